// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue: the queues. Which agent, when.
#include <cstdio>

#include "base/log.h"
#include "changes.h"
#include "mind.h"
#include "simulate.h"
#include "tools.h"

namespace hotline::ccqueue {

static constexpr size_t kChangesLoggedMax = 200;

static void log_changes(const Flat& was, const Flat& is) {
  auto lines = changes(was, is);
  for (size_t i = 0; i < lines.size() && i < kChangesLoggedMax; ++i) log_info("changed what='" + lines[i] + "'");
}

static int run(const service::Options& options, bool dry) {
  auto load = [&options](Settings& settings) {
    return service::load_config(options.config, [&settings](conf::Table& root) { read_settings(root, settings); });
  };
  Settings settings;
  auto verdict = load(settings);
  if (verdict && (options.test || dry))
    for (const auto& warning : settings.warnings)
      std::fprintf(stderr, "%s: warning: %s\n", cli::program_name().c_str(), warning.c_str());
  if (auto status = service::config_status(options, verdict)) return *status;
  if (dry) return dry_run(settings);
  auto service = service::Service::start("ccqueue", options, conf::Instance::from_environment());
  if (!service) return cli::fail(service.error());
  auto warn = [](const Settings& of) {
    for (const auto& warning : of.warnings) log_warning("configuration text='" + warning + "'");
  };
  warn(settings);
  Flat known = flat(settings);
  Mind mind(**service, std::move(settings));
  if (auto started = mind.start(); !started) return cli::fail(started.error());
  (*service)->on_reload([&]() -> Result<std::string> {
    Settings fresh;
    if (auto good = load(fresh); !good) return good.error();
    warn(fresh);
    Flat next = flat(fresh);
    log_changes(known, next);
    known = std::move(next);
    return mind.reconfigure(std::move(fresh));
  });
  return (*service)->run();
}

}  // namespace hotline::ccqueue

int main(int argc, char** argv) {
  using namespace hotline;
  cli::App app("ccqueue", "the queues: which agent gets the caller, and when");
  service::Options options;
  bool dry = false;
  auto& run = app.verb("run", "run the daemon", [&] { return ccqueue::run(options, dry); });
  service::add_options(run, options);
  run.flag("--dry-run", dry, "print what a reload would change in the running daemon; 1: something would");
  ccqueue::add_status(app);
  ccqueue::add_agents(app);
  ccqueue::add_agent_commands(app);
  ccqueue::add_orders(app);
  ccqueue::add_doctor(app);
  ccqueue::add_replay(app);
  ccqueue::add_why(app);
  ccqueue::add_simulate(app);
  return app.run(argc, argv);
}
