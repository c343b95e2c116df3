// SPDX-License-Identifier: GPL-2.0-or-later
// Room service: what every daemon does alike: options, one copy per instance, config with -t, journal and sockets,
// readiness, TERM, HUP, ping. Refuses to know what the daemon is for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/loop.h"
#include "base/result.h"
#include "bus/bus.h"
#include "cli/app.h"
#include "conf/conf.h"
#include "conf/instance.h"
#include "journal/journal.h"
#include "wire/wire.h"

namespace hotline::service {

struct Options {
  std::string config;     ///< -c, --config; default: the instance's hotline.toml
  bool test = false;      ///< -t, --test: check the configuration and exit
  int64_t ready_fd = -1;  ///< --ready-fd: newline when ready
  std::string log_level = "info";
};
void add_options(cli::Verb& verb, Options& options);

/// The daemon's frame. Order of a start, early failures first: config, lock, journal, sockets, (the daemon's own),
/// ready.
class Service {
 public:
  /// Takes `run/<name>.lock`, opens the journal, binds .cmd and .evt. SIGPIPE is ignored.
  static Result<std::unique_ptr<Service>> start(const std::string& name, const Options& options,
                                                const conf::Instance& instance);
  /// The same, waiting up to `patience` for another of that name to let go of the instance.
  static Result<std::unique_ptr<Service>> start_after(const std::string& name, const Options& options,
                                                      const conf::Instance& instance, milliseconds patience);
  virtual ~Service() = default;

  virtual Loop& loop() = 0;
  virtual const conf::Instance& instance() const = 0;

  /// Numbers the event, writes it to the journal, publishes it. Returns its number.
  virtual int64_t emit(wire::Event event) = 0;
  virtual int64_t last_number() const = 0;
  /// The last event that not even a power cut can take any more (the journal is synced in groups): for what must not
  /// happen before its event is safe, as removing a file.
  virtual int64_t synced_number() const = 0;
  /// Octets of events that wait in memory for the disk, see journal::Writer.
  virtual size_t waiting_bytes() const = 0;

  /// Lets go of sockets, journal (all is written and synced) and lock, in this order, so that another may start in this
  /// instance while we live on. From now on emit() gives its events to `sink`, which numbers them.
  virtual void release(std::function<int64_t(wire::Event)> sink) = 0;

  /// Commands other than ping and reload.
  virtual void on_command(bus::Server::Handler handler) = 0;
  virtual void on_slow_command(bus::Server::SlowHandler handler) = 0;
  /// HUP and the reload command: validate whole, swap or keep the old; the text says what was wrong or what changed.
  virtual void on_reload(std::function<Result<std::string>()> reload) = 0;
  /// First TERM: take nothing new, call done() when drained (at once if not set); a second TERM leaves now.
  virtual void on_drain(std::function<void()> drain) = 0;
  virtual void done() = 0;

  /// Says "ready" on the log and on ready_fd, runs the loop (or `runner`, which must return when the loop is stopped),
  /// returns the exit status.
  virtual int run(std::function<void()> runner = {}) = 0;
};

/// Loads hotline.toml for a program: parses, lets `read` take its tables, closes the root (other programs' tables are
/// left alone), returns the verdict. `read` gets the root table. An empty path is the instance's hotline.toml.
Result<void> load_config(const std::string& path, const std::function<void(conf::Table&)>& read);

/// What a daemon does with that verdict before Service::start: complaints are printed and the status is 78; with -t a
/// good configuration is said to be good and the status is 0; otherwise nullopt: go on.
///
///     auto verdict = service::load_config(options.config, read);
///     if (auto status = service::config_status(options, verdict)) return *status;
std::optional<int> config_status(const Options& options, const Result<void>& verdict);

}  // namespace hotline::service
