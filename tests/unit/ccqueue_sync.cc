// SPDX-License-Identifier: GPL-2.0-or-later
// The line to the switch, against a double that answers what a test says.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>

#include "../../cmd/ccqueue/sync.h"
#include "../../cmd/ccqueue/view.h"

using namespace hotline;
using namespace hotline::ccqueue;
using wire::Json;

namespace {

struct Centre {
  Centre() {
    char name[] = "/tmp/hls.XXXXXX";
    dir = ::mkdtemp(name);
    ::setenv("HOTLINE_HOME", dir.c_str(), 1);
    instance = conf::Instance::from_environment();
    REQUIRE(instance.prepare());
    publisher = std::move(bus::Publisher::bind(instance.event_endpoint("ccswitchd")).value());
    server = std::move(bus::Server::bind(loop, instance.command_endpoint("ccswitchd"),
                                         [this](const std::string& verb, const Json& body, int) {
                                           if (verb == "hello") return wire::Reply::yes({{"n", number}});
                                           ++snapshots;
                                           return wire::Reply::yes(snapshot(wire::text(body, "after")));
                                         })
                           .value());
  }
  ~Centre() {
    sync.reset();
    ::unsetenv("HOTLINE_HOME");
    std::filesystem::remove_all(dir);
  }

  void connect() {
    sync = std::make_unique<Sync>(loop, instance,
                                  Sync::Ears{[this](const Json& body, const std::vector<wire::Event>& since) {
                                               view.load(body);
                                               for (const auto& event : since) view.apply(event);
                                               seen = sync->number();
                                             },
                                             [this](const wire::Event& event) {
                                               view.apply(event);
                                               seen = event.number;
                                             },
                                             [this] { ++lost; }});
  }
  void say(const std::string& name, const std::string& call, const std::string& leg, Json fields) {
    wire::Event event{++number, utc_now(), "ccswitchd", name, call, leg, std::move(fields)};
    publisher->publish(name, number, wire::encode(event));
  }
  /// Runs the loop until `done`, ten seconds at most.
  bool until(const std::function<bool()>& done) {
    auto end = monotonic_now() + seconds(10);
    while (!done() && monotonic_now() < end) loop.step(milliseconds(20));
    return done();
  }
  /// Events reach us: the SUB socket is connected. Says harmless ones until one has come.
  void follow() {
    REQUIRE(until([&] { return sync->live(); }));
    int64_t before = seen;
    REQUIRE(until([&] {
      say("span.up", "", "", {{"span", "e1"}});
      return seen > before;
    }));
    REQUIRE(until([&] { return seen == number; }));
  }

  std::string dir;
  conf::Instance instance;
  Loop loop;
  std::unique_ptr<bus::Publisher> publisher;
  std::unique_ptr<bus::Server> server;
  std::unique_ptr<Sync> sync;
  std::function<Json(const std::string&)> snapshot = [this](const std::string&) {
    return Json{{"n", number}, {"calls", Json::array()}};
  };
  View view;
  int64_t number = 5, seen = -1;
  int snapshots = 0, lost = 0;
};

Json call(const std::string& id) {
  return {
      {"call", id}, {"controller", "ccqueue"}, {"legs", {{{"leg", id + "-1"}, {"role", "caller"}, {"state", "up"}}}}};
}

}  // namespace

TEST_CASE("a snapshot in parts is made one picture by the events between them") {
  Centre centre;
  centre.connect();
  centre.follow();
  centre.snapshot = [&](const std::string& after) {
    if (after.empty()) return Json{{"n", centre.number}, {"more", true}, {"calls", {call("a"), call("b")}}};
    REQUIRE(after == "b");
    int64_t n = centre.number + 3;
    // Between the parts: a call of the first part ends, one of the second loses a leg (its part knows), and one is
    // tagged.
    centre.say("call.ended", "a", "", Json::object());
    centre.say("leg.released", "c", "c-2", Json::object());
    centre.say("call.tagged", "b", "", {{"set", {{"queue", "repair"}}}});
    CHECK(n == centre.number);
    return Json{{"n", n}, {"calls", {call("c"), call("d")}}};
  };
  centre.sync->resync();
  REQUIRE(centre.until([&] { return centre.sync->live() && centre.seen == centre.number; }));
  CHECK_FALSE(centre.view.call("a"));
  REQUIRE(centre.view.call("b"));
  CHECK(centre.view.call("b")->tag("queue") == "repair");
  CHECK(centre.view.call("c"));
  CHECK(centre.view.call("d"));
  centre.say("call.ended", "d", "", Json::object());
  REQUIRE(centre.until([&] { return centre.seen == centre.number; }));
  CHECK_FALSE(centre.view.call("d"));
}

TEST_CASE("events that were missed are noticed by the next event or by the hello, and healed by a snapshot") {
  Centre centre;
  centre.connect();
  centre.follow();
  int before = centre.snapshots;
  ++centre.number;  // nobody hears this one
  centre.say("span.up", "", "", {{"span", "e1"}});
  REQUIRE(centre.until([&] { return centre.snapshots > before && centre.seen == centre.number; }));
  before = centre.snapshots;
  ++centre.number;  // and after this one nothing is said
  REQUIRE(centre.until([&] { return centre.snapshots > before && centre.seen == centre.number; }));
}

TEST_CASE("a switch that started anew is asked for all again") {
  Centre centre;
  centre.connect();
  centre.follow();
  int before = centre.snapshots;
  centre.say("switch.started", "", "", Json::object());
  REQUIRE(centre.until([&] { return centre.snapshots > before && centre.sync->live(); }));
  CHECK(centre.sync->number() == centre.number);
}

TEST_CASE("a switch that does not answer any more is lost, once") {
  Centre centre;
  centre.connect();
  centre.follow();
  centre.server.reset();
  REQUIRE(centre.until([&] { return centre.lost > 0; }));
  CHECK_FALSE(centre.sync->live());
  CHECK(centre.lost == 1);
}
