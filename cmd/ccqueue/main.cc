// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue: the queues. Which agent, when.
#include "base/log.h"
#include "mind.h"
#include "tools.h"

namespace hotline::ccqueue {

static int run(const service::Options& options) {
  auto load = [&options](Settings& settings) {
    return service::load_config(options.config, [&settings](conf::Table& root) { read_settings(root, settings); });
  };
  Settings settings;
  auto verdict = load(settings);
  if (auto status = service::config_status(options, verdict)) return *status;
  auto service = service::Service::start("ccqueue", options, conf::Instance::from_environment());
  if (!service) return cli::fail(service.error());
  Mind mind(**service, std::move(settings));
  if (auto started = mind.start(); !started) return cli::fail(started.error());
  (*service)->on_reload([&]() -> Result<std::string> {
    Settings fresh;
    if (auto good = load(fresh); !good) return good.error();
    return mind.reconfigure(std::move(fresh));
  });
  return (*service)->run();
}

}  // namespace hotline::ccqueue

int main(int argc, char** argv) {
  using namespace hotline;
  cli::App app("ccqueue", "the queues: which agent gets the caller, and when");
  service::Options options;
  service::add_options(app.verb("run", "run the daemon", [&] { return ccqueue::run(options); }), options);
  ccqueue::add_status(app);
  ccqueue::add_agents(app);
  ccqueue::add_agent_commands(app);
  ccqueue::add_doctor(app);
  return app.run(argc, argv);
}
