// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>

#include "base/loop.h"
#include "bus/bus.h"
#include "cli/app.h"
#include "conf/instance.h"
#include "journal/journal.h"
#include "verbs.h"

namespace hotline::ccbus {

namespace {

const std::vector<std::string> kDaemons = {"ccswitchd", "ccivr", "ccqueue", "ccrec", "ccjournal", "ccpstn"};

/// Prints what is wanted, as a line each, until there was enough of it.
class Printer {
 public:
  Printer(Loop& loop, const FollowOptions& options) : loop_(loop), options_(options) {}
  void print(const std::string& name, const std::string& line) {
    if (enough() || name.rfind(options_.topic, 0) != 0) return;
    ++printed_;
    // Flushed line by line, so that a pipe sees each event when it happens.
    bad_ = std::printf("%s\n", line.c_str()) < 0 || std::fflush(stdout) != 0;
    if (bad_) cause_ = errno;
    if (enough()) loop_.stop();
  }
  bool enough() const { return bad_ || (options_.count > 0 && printed_ >= options_.count); }
  int status() const {
    if (bad_) return cli::fail(errno_error("cannot write", cause_));
    return printed_ > 0 && printed_ >= options_.count ? 0 : 1;
  }

 private:
  Loop& loop_;
  const FollowOptions& options_;
  int64_t printed_ = 0;
  bool bad_ = false;
  int cause_ = 0;
};

/// Events of the journals from a number on, joined without seam to those on the bus: an event is in the journal before
/// it is published, so whatever the bus skipped can be read there.
class Seam {
 public:
  Seam(std::string dir, int64_t since, Printer& printer) : dir_(std::move(dir)), since_(since), printer_(printer) {}
  /// Prints what the journal has of `daemon` up to number `last`.
  void read_up_to(const std::string& daemon, int64_t last) {
    int64_t& next = next_.try_emplace(daemon, since_).first->second;
    auto read = journal::read(
        dir_, daemon, next,
        [&](const journal::Entry& entry) {
          if (entry.event.number > last || printer_.enough()) return false;
          printer_.print(entry.event.name, entry.line);
          next = entry.event.number + 1;
          return true;
        },
        [](const std::string& damage) { std::fprintf(stderr, "ccbus: %s\n", damage.c_str()); });
    if (!read) (void)cli::fail(read.error());
  }
  void on_event(const wire::Event& event, const std::string& line) {
    int64_t& next = next_.try_emplace(event.from, since_).first->second;
    if (event.number < next) return;
    if (event.number > next) read_up_to(event.from, event.number - 1);
    printer_.print(event.name, line);
    next = event.number + 1;
  }

 private:
  std::string dir_;
  int64_t since_;
  Printer& printer_;
  std::map<std::string, int64_t> next_;
};

/// Ends us when whoever reads our lines has gone: the next event, which would show it, may be hours away.
Loop::Handle end_with_reader(Loop& loop) {
  struct stat status;
  if (::fstat(STDOUT_FILENO, &status) != 0 || !(S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))) return {};
  return loop.watch(STDOUT_FILENO, 0, [&loop](uint32_t events) {
    if (events & (EPOLLERR | EPOLLHUP)) loop.stop();
  });
}

}  // namespace

int follow(const FollowOptions& options) {
  auto instance = conf::Instance::from_environment();
  const auto& daemons = options.from.empty() ? kDaemons : options.from;
  for (const auto& daemon : daemons)
    if (!wire::is_verb(daemon)) return cli::fail(Errc::usage, "'" + daemon + "' is no daemon's name");
  microseconds timeout{0};
  if (!options.timeout.empty()) {
    auto parsed = parse_duration(options.timeout);
    if (!parsed) return cli::fail(Errc::usage, "--timeout: " + parsed.error().text);
    timeout = *parsed;
  }
  if (options.count < 0) return cli::fail(Errc::usage, "--count: a number from 1 on is expected");

  Loop loop;
  Printer printer(loop, options);
  Seam seam(instance.journal_dir(), options.since, printer);
  bool seamless = options.since >= 0;
  std::vector<std::string> endpoints;
  endpoints.reserve(daemons.size());
  for (const auto& daemon : daemons) endpoints.push_back(instance.event_endpoint(daemon));
  auto on_event = [&](const wire::Event& event, const std::string& line) {
    if (seamless)
      seam.on_event(event, line);
    else
      printer.print(event.name, line);
  };
  auto on_gap = [](const std::string& endpoint, int64_t expected, int64_t got) {
    std::fprintf(stderr, "ccbus: %s: events %lld to %lld were missed\n", std::filesystem::path(endpoint).stem().c_str(),
                 static_cast<long long>(expected), static_cast<long long>(got) - 1);
  };
  // A prefix hides the gaps; the seam needs to see them and the printer sorts out the names.
  auto follower = bus::Follower::connect(loop, endpoints, seamless ? "" : options.topic, on_event,
                                         seamless ? bus::Follower::OnGap() : on_gap);
  auto reader = end_with_reader(loop);
  Loop::Handle deadline;
  if (timeout.count() > 0) deadline = loop.after(timeout, [&] { loop.stop(); });
  // Once more when there was time to connect: what happened between is in the journal and will have no successor yet.
  auto catch_up = [&] {
    for (const auto& daemon : daemons) seam.read_up_to(daemon, INT64_MAX);
  };
  Loop::Handle again;
  if (seamless) {
    catch_up();
    again = loop.every(seconds(1), catch_up);
  }
  if (!printer.enough()) loop.run();
  return printer.status();
}

}  // namespace hotline::ccbus
