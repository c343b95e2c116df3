// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdio>
#include <filesystem>

#include "cli/app.h"
#include "settings.h"
#include "verbs.h"

namespace hotline::ccivr {

/// The instance's settings when there is a configuration that can be read, else those that came with the programs: a
/// flow can be checked on a desk that has no instance.
static Settings settings_at_hand(const conf::Instance& instance) {
  if (std::filesystem::exists(instance.config_file()))
    if (auto settings = load_settings("", instance)) return *settings;
  Settings settings;
  settings.prompt_dirs = {instance.share() + "/prompts"};
  return settings;
}

static void say_good(const flow::Flow& flow) {
  std::printf("%s: good: %zu nodes, version %s\n", flow.file.c_str(), flow.nodes.size(), flow.version.c_str());
}

int check(const std::vector<std::string>& files) {
  auto instance = conf::Instance::from_environment();
  if (files.empty()) {
    auto settings = load_settings("", instance);
    if (!settings) return cli::fail(settings.error());
    if (settings->flows.empty()) return cli::fail(Errc::config, "'" + instance.config_file() + "' names no [[flow]]");
    for (const auto& [name, flow] : settings->flows) say_good(*flow);
    return 0;
  }
  Settings settings = settings_at_hand(instance);
  int status = 0;
  for (const auto& file : files) {
    auto flow = load_flow(file);
    if (!flow) {
      status = cli::fail(flow.error());
      continue;
    }
    auto faults = check_flow(*flow, settings);
    for (const auto& fault : faults) status = cli::fail(Errc::config, fault);
    if (faults.empty()) say_good(*flow);
  }
  return status;
}

}  // namespace hotline::ccivr
