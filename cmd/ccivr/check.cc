// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdio>

#include "cli/app.h"
#include "settings.h"
#include "verbs.h"

namespace hotline::ccivr {

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
  int status = 0;
  for (const auto& file : files) {
    auto flow = load_flow(file);
    if (!flow) {
      status = cli::fail(flow.error());
      continue;
    }
    auto faults = check_flow(*flow, settings_for(file, instance));
    for (const auto& fault : faults) status = cli::fail(Errc::config, fault);
    if (faults.empty()) say_good(*flow);
  }
  return status;
}

}  // namespace hotline::ccivr
