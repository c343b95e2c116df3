// SPDX-License-Identifier: GPL-2.0-or-later
// ccswitchd: every line, phone and sample of audio of an instance. See ccswitchd(8).
#include "base/log.h"
#include "cli/app.h"
#include "cli/output.h"
#include "ports.h"
#include "recovery.h"
#include "supervisor.h"
#include "switch.h"

namespace hotline::ccswitchd {

/// How long the one that yields may need to write its journal and let go of everything.
static constexpr milliseconds kYieldPatience{15000};

static int64_t samples_in_spool(const conf::Instance& instance, const std::string& file) {
  auto head = media::read_spool_head(instance.spool_dir() + "/" + file);
  return head ? head->samples : 0;
}

/// Ends in the journal what died with the run before, and says that this one has begun. What a ccswitchd that has
/// yielded still has goes on: `hub` becomes its face.
static Result<void> recover(service::Service& service, Switch& hub) {
  const auto& instance = service.instance();
  std::string mark = instance.var() + "/ccswitchd.started";
  auto remains = read_remains(instance.journal_dir(), mark);
  if (!remains) return remains.error().within("cannot read my journal");
  auto relay =
      Relay::take_over(instance.run() + "/ccswitchd-old.sock", remains->last_told(), kYieldPatience);
  if (!relay && relay.error().code != Errc::unavailable) return relay.error();
  Remains theirs;
  if (relay) theirs = remains->without((*relay)->calls());
  int64_t lost = remains->lost_calls(), kept = theirs.lost_calls();
  for (auto& event : remains->endings([&](const std::string& file) { return samples_in_spool(instance, file); }))
    service.emit(std::move(event));
  Json fields = {{"version", HOTLINE_VERSION}, {"lost_calls", lost}};
  if (relay) fields.update({{"kept_calls", kept}, {"was", wire::text((*relay)->estate(), "version")}});
  int64_t started = service.emit(own_event(relay && lost == 0 ? "switch.upgraded" : "switch.started", fields));
  if (lost > 0)
    log_warning("recovered lost_calls=" + std::to_string(lost) +
                " text='these calls died with the switch before; they are ended with cause 41'");
  if (!relay) return set_mark(mark, started);
  log_info("upgrade kept_calls=" + std::to_string(kept) + " pid_before=" +
           std::to_string(wire::integer((*relay)->estate(), "pid")) + " text='that ccswitchd keeps them to their end'");
  if (int64_t missing = wire::integer((*relay)->estate(), "lost_events"); missing > 0)
    log_error("upgrade lost_events=" + std::to_string(missing) + " text='nobody took them while there was no face'");
  // The mark stays where it is until all that is open began with us.
  hub.on_alone([mark, started] {
    if (auto set = set_mark(mark, started); !set) log_error("cannot set mark: " + set.error().text);
  });
  hub.take_over(std::move(*relay), std::move(theirs));
  return {};
}

/// Asks the one that runs, if any, to let us take its place.
static Result<void> ask_to_yield(const conf::Instance& instance) {
  auto reply = bus::ask(instance.command_endpoint("ccswitchd"), "yield", Json::object(), milliseconds(3000));
  if (!reply) {
    log_info("upgrade text='no ccswitchd answers here: an ordinary start'");
    return {};
  }
  if (!reply->ok) return Error{Errc::again, "cannot take over: " + wire::text(reply->body, "text")};
  return {};
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

static Result<int> serve(service::Service& service, Prepared prepared, const std::string& path,
                         std::function<void()> leave_supervisor) {
  Switch hub(service, std::move(prepared.config), std::move(prepared.sounds));
  hub.on_leave_supervisor(std::move(leave_supervisor));
  if (auto recovered = recover(service, hub); !recovered) return recovered.error();
  // A port that is taken may be free again soon: temporary, so that runit tries again.
  if (auto started = hub.start(); !started)
    return Error{started.error().code == Errc::bad_data ? Errc::config : Errc::unavailable, started.error().text};
  service.on_slow_command([&](const std::string& verb, const Json& body, int, bus::Server::Later later) {
    return hub.obey(verb, body, std::move(later));
  });
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
  bool ports = false, take_over = false, supervised = false;
  cli::Listing listing{{{"proto", "PROTO"},
                        {"address", "ADDRESS"},
                        {"port", "PORT", true},
                        {"port_last", "LAST", true},
                        {"purpose", "PURPOSE"}}};
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
  std::function<void()> leave_supervisor;
  if (options.supervised) leave_supervisor = run_below_supervisor();
  if (options.take_over)
    if (auto asked = ask_to_yield(instance); !asked) return cli::fail(asked.error());
  auto service =
      service::Service::start_after("ccswitchd", options, instance, options.take_over ? kYieldPatience : milliseconds(0));
  if (!service) return cli::fail(service.error());
  auto status = serve(**service, std::move(*prepared), path, std::move(leave_supervisor));
  return status ? *status : cli::fail(status.error());
}

}  // namespace hotline::ccswitchd

int main(int argc, char** argv) {
  hotline::cli::App app("ccswitchd", "lines, phones and audio of one instance");
  hotline::ccswitchd::Options options;
  hotline::service::add_options(app.root(), options);
  app.root()
      .flag("--ports", options.ports, "list every port that the configuration opens, and exit")
      .flag("--take-over", options.take_over,
            "take the place of the ccswitchd that runs; it keeps its calls to their end")
      .flag("--supervised", options.supervised, "for runit: let the next one be started when this one is to yield");
  options.listing.add_options(app.root());
  app.action([&] { return hotline::ccswitchd::run(options); });
  return app.run(argc, argv);
}
