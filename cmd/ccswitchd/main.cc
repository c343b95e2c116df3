// SPDX-License-Identifier: GPL-2.0-or-later
// ccswitchd: every line, phone and sample of audio of an instance. See ccswitchd(8).
#include "base/log.h"
#include "cli/app.h"
#include "cli/output.h"
#include "ports.h"
#include "recovery.h"
#include "switch.h"

namespace hotline::ccswitchd {

/// Ends in the journal what died with the run before, and says that this one has begun.
static Result<void> recover(service::Service& service) {
  const auto& instance = service.instance();
  std::string mark = instance.var() + "/ccswitchd.started";
  auto remains = read_remains(instance.journal_dir(), mark);
  if (!remains) return remains.error().within("cannot read my journal");
  auto endings = remains->endings([&](const std::string& file) -> int64_t {
    auto head = media::read_spool_head(instance.spool_dir() + "/" + file);
    return head ? head->samples : 0;
  });
  for (auto& event : endings) service.emit(std::move(event));
  int64_t started =
      service.emit(own_event("switch.started", {{"version", HOTLINE_VERSION}, {"lost_calls", remains->lost_calls()}}));
  if (remains->lost_calls() > 0)
    log_warning("recovered lost_calls=" + std::to_string(remains->lost_calls()) +
                " text='these calls died with the switch before; they are ended with cause 41'");
  return set_mark(mark, started);
}

/// A configuration with everything it names at hand.
struct Prepared {
  Config config;
  Sounds sounds;
};

static Result<Prepared> prepare(const std::string& path, const conf::Instance& instance) {
  auto config = read_config(path, instance);
  if (!config) return config.error();
  auto sounds = load_sounds(*config);
  if (!sounds) return sounds.error();
  return Prepared{std::move(*config), std::move(*sounds)};
}

static Result<int> serve(service::Service& service, Prepared prepared, const std::string& path) {
  Switch hub(service, std::move(prepared.config), std::move(prepared.sounds));
  if (auto recovered = recover(service); !recovered) return recovered.error();
  // A port that is taken may be free again soon: temporary, so that runit tries again.
  if (auto started = hub.start(); !started)
    return Error{started.error().code == Errc::bad_data ? Errc::config : Errc::unavailable, started.error().text};
  service.on_command([&](const std::string& verb, const Json& body, int) { return hub.command(verb, body); });
  service.on_reload([&]() -> Result<std::string> {
    hub.settle();
    auto fresh = prepare(path, service.instance());
    if (!fresh) return fresh.error();
    return hub.reload(std::move(fresh->config), std::move(fresh->sounds));
  });
  service.on_drain([&] { hub.drain(); });
  return service.run([&] { hub.run(); });
}

/// Every port that this configuration opens.
static int list_ports(const Config& config, cli::Listing& listing) {
  for (const auto& port : ports_of(config))
    listing.row({port.proto, port.address, port.first, port.last, port.purpose});
  return listing.finish();
}

struct Options : service::Options {
  bool ports = false;
  cli::Listing listing{
      {{"proto", "PROTO"}, {"address", "ADDRESS"}, {"port", "PORT", true}, {"port_last", "LAST", true}, {"purpose", "PURPOSE"}}};
};

static int run(Options& options) {
  auto instance = conf::Instance::from_environment();
  std::string path = options.config.empty() ? instance.config_file() : options.config;
  if (options.ports) {
    auto config = read_config(path, instance);
    return config ? list_ports(*config, options.listing) : cli::fail(config.error());
  }
  auto prepared = prepare(path, instance);
  auto verdict = prepared ? Result<void>() : Result<void>(prepared.error());
  if (auto status = service::config_status(options, verdict)) return *status;
  auto service = service::Service::start("ccswitchd", options, instance);
  if (!service) return cli::fail(service.error());
  auto status = serve(**service, std::move(*prepared), path);
  return status ? *status : cli::fail(status.error());
}

}  // namespace hotline::ccswitchd

int main(int argc, char** argv) {
  hotline::cli::App app("ccswitchd", "lines, phones and audio of one instance");
  hotline::ccswitchd::Options options;
  hotline::service::add_options(app.root(), options);
  app.root().flag("--ports", options.ports, "list every port that the configuration opens, and exit");
  options.listing.add_options(app.root());
  app.action([&] { return hotline::ccswitchd::run(options); });
  return app.run(argc, argv);
}
