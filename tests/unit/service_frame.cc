// SPDX-License-Identifier: GPL-2.0-or-later
// Daemons in processes of their own, asked from here.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/fd.h"
#include "service/service.h"

using namespace hotline;
using wire::Json;
using wire::Reply;

namespace {

/// What the daemon of these tests does: "emit" says an event, "shrink" lets its files grow no more, "grow" lets them
/// again, reload reads a file; a drain ends only by a second TERM when the instance has a file "stubborn".
int daemon_main(int ready_fd) {
  service::Options options;
  options.ready_fd = ready_fd;
  options.log_level = "error";
  auto started = service::Service::start("ccx", options, conf::Instance::from_environment());
  if (!started) return static_cast<int>(started.error().code);
  auto& service = **started;
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, SIG_IGN);
  service.on_command([&](const std::string& verb, const Json& body, int) {
    if (verb == "shrink" || verb == "grow") {
      rlimit limit = before;
      if (verb == "shrink") limit.rlim_cur = 10;
      ::setrlimit(RLIMIT_FSIZE, &limit);
      return Reply::yes();
    }
    if (verb == "synced") return Reply::yes({{"n", service.synced_number()}});
    if (verb != "emit") return Reply::no(wire::code::kUnknownVerb, "ccx knows no '" + verb + "'");
    wire::Event event;
    event.name = "test.done";
    event.fields = body;
    return Reply::yes({{"n", service.emit(std::move(event))}});
  });
  service.on_reload([&]() -> Result<std::string> {
    int value = 0;
    auto loaded = service::load_config("", [&](conf::Table& root) {
      auto table = root.table("site");
      value = static_cast<int>(table.integer("value", 0, 0, 9));
      table.close();
    });
    if (!loaded) return loaded.error();
    return "value=" + std::to_string(value);
  });
  service.on_drain([&] {
    if (::access((service.instance().var() + "/stubborn").c_str(), F_OK) != 0) service.done();
  });
  return service.run();
}

struct Daemon {
  std::string home;
  pid_t pid = -1;
  std::unique_ptr<conf::Instance> instance;

  Daemon() {
    char name[] = "/tmp/svc-XXXXXX";
    home = ::mkdtemp(name);
    REQUIRE(make_directories(home + "/etc"));
    config("[site]\nvalue = 1\n");
    ::setenv("HOTLINE_HOME", home.c_str(), 1);
    instance = std::make_unique<conf::Instance>(conf::Instance::from_environment());
    start();
  }
  ~Daemon() {
    if (pid > 0) (void)end(SIGKILL);
    std::filesystem::remove_all(home);
  }
  void config(const std::string& text) const { REQUIRE(replace_file(home + "/etc/hotline.toml", text)); }
  void start() {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      ::close(ready[0]);
      ::_exit(daemon_main(ready[1]));
    }
    ::close(ready[1]);
    char newline = 0;
    REQUIRE(::read(ready[0], &newline, 1) == 1);
    CHECK(newline == '\n');
    ::close(ready[0]);
  }
  /// Its exit status, or the negative signal that ended it.
  int end(int signal) {
    ::kill(pid, signal);
    int status = 0;
    REQUIRE(::waitpid(std::exchange(pid, -1), &status, 0) > 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  Reply ask(const std::string& verb, const Json& body = Json::object()) const {
    auto reply = bus::ask(instance->command_endpoint("ccx"), verb, body, seconds(20));
    REQUIRE(reply);
    return *reply;
  }
  /// The names of the events in its journal.
  std::string journal() const {
    std::string names;
    auto read = journal::read(
        instance->journal_dir(), "ccx", 1,
        [&](const journal::Entry& entry) {
          names += entry.event.name +
                   (entry.event.name.rfind("alarm", 0) == 0 ? ":" + wire::text(entry.event.fields, "alarm") : "") + " ";
          return true;
        },
        [](const std::string&) {});
    CHECK(read);
    return names;
  }
};

}  // namespace

TEST_CASE("a daemon says when it is ready, answers ping, and ends with 0 on TERM") {
  Daemon daemon;
  auto ping = daemon.ask("ping");
  CHECK(ping.body["name"] == "ccx");
  CHECK(ping.body["pid"] == daemon.pid);
  CHECK(ping.body["n"] == 0);
  CHECK(ping.body["wire"] == 1);
  auto unknown = daemon.ask("dance");
  CHECK_FALSE(unknown.ok);
  CHECK(unknown.body["code"] == "unknown-verb");
  CHECK(daemon.end(SIGTERM) == 0);
}

TEST_CASE("one copy of a daemon runs in an instance") {
  Daemon daemon;
  pid_t second = ::fork();
  REQUIRE(second >= 0);
  if (second == 0) ::_exit(daemon_main(-1));
  int status;
  REQUIRE(::waitpid(second, &status, 0) == second);
  CHECK(WEXITSTATUS(status) == static_cast<int>(Errc::again));
  CHECK(daemon.ask("ping").ok);
}

TEST_CASE("events are numbered over kill -9, and synced soon") {
  Daemon daemon;
  CHECK(daemon.ask("emit").body["n"] == 1);
  CHECK(daemon.ask("emit").body["n"] == 2);
  CHECK(daemon.end(SIGKILL) == -SIGKILL);
  daemon.start();
  CHECK(daemon.ask("emit").body["n"] == 3);
  Instant end = monotonic_now() + seconds(20);
  while (daemon.ask("synced").body["n"] != 3 && monotonic_now() < end) {
  }
  CHECK(daemon.ask("synced").body["n"] == 3);
  CHECK(journal::verify(daemon.instance->journal_dir(), "ccx", nullptr).empty());
}

TEST_CASE("a second TERM ends a daemon whose drain does not end") {
  Daemon daemon;
  REQUIRE(replace_file(daemon.home + "/var/stubborn", ""));
  ::kill(daemon.pid, SIGTERM);
  CHECK(daemon.ask("ping").ok);  // it drains and still answers
  CHECK(::waitpid(daemon.pid, nullptr, WNOHANG) == 0);
  CHECK(daemon.end(SIGTERM) == 0);
}

TEST_CASE("reload takes the new configuration whole or keeps the old one and says why") {
  Daemon daemon;
  daemon.config("[site]\nvalue = 5\n");
  CHECK(daemon.ask("reload").body["text"] == "value=5");
  daemon.config("[site]\nvalue = 55\n");
  auto refused = daemon.ask("reload");
  CHECK_FALSE(refused.ok);
  CHECK(wire::text(refused.body, "text").find("hotline.toml:2: 'value'") != std::string::npos);
  ::kill(daemon.pid, SIGHUP);
  CHECK(daemon.ask("ping").ok);
}

TEST_CASE("a journal that cannot be written is an alarm, once, and nothing is lost when it can again") {
  Daemon daemon;
  (void)daemon.ask("emit");
  (void)daemon.ask("shrink");
  for (int i = 0; i < 5; ++i) CHECK(daemon.ask("emit").ok);
  (void)daemon.ask("grow");
  (void)daemon.ask("emit");
  CHECK(daemon.end(SIGTERM) == 0);
  std::string names = daemon.journal();
  auto count = [&](const std::string& name) {
    int found = 0;
    for (size_t at = 0; (at = names.find(name + " ", at)) != std::string::npos; ++at) ++found;
    return found;
  };
  CHECK(count("test.done") == 7);
  CHECK(count("alarm.set:journal-disk") == 1);
  CHECK(count("alarm.cleared:journal-disk") == 1);
  CHECK(journal::verify(daemon.instance->journal_dir(), "ccx", nullptr).empty());
}

TEST_CASE("a follower hears of events from the daemon's socket, in the journal's own lines") {
  Daemon daemon;
  Loop loop;
  std::string heard;
  auto follower = bus::Follower::connect(
      loop, {daemon.instance->event_endpoint("ccx")}, "",
      [&](const wire::Event&, const std::string& line) { heard = line; }, [](const std::string&, int64_t, int64_t) {});
  auto asker = bus::Asker::connect(loop, daemon.instance->command_endpoint("ccx"));
  Instant end = monotonic_now() + seconds(20);
  while (heard.empty() && monotonic_now() < end) {
    asker->ask("emit", Json::object(), [](Result<Reply>) {});
    loop.step(milliseconds(20));
  }
  bool found = false;
  auto read = journal::read(
      daemon.instance->journal_dir(), "ccx", 1,
      [&](const journal::Entry& entry) { return !(found = entry.line == heard); }, [](const std::string&) {});
  CHECK(read);
  CHECK(found);
}

TEST_CASE("the verdict on a configuration is a status: 78 when bad, 0 with -t, else none") {
  service::Options options;
  CHECK(service::config_status(options, Error{Errc::config, "etc/hotline.toml:1: unknown key 'x'"}) == 78);
  CHECK_FALSE(service::config_status(options, Result<void>()));
  options.test = true;
  CHECK(service::config_status(options, Result<void>()) == 0);
  CHECK(service::config_status(options, Error{Errc::config, "etc/hotline.toml:1: unknown key 'x'"}) == 78);
}
