// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <unistd.h>

#include <thread>

#include "../../cmd/ccswitchd/relay.h"
#include "../../cmd/ccswitchd/yielded.h"

namespace hotline::ccswitchd {

using wire::Json;

namespace {

Json call(const std::string& id) { return {{"call", id}, {"note", std::string(100, 'x')}}; }

std::string ids(const Json& page) {
  std::string text;
  for (const auto& one : page["calls"]) text += wire::text(one, "call");
  return text + (wire::boolean(page, "more") ? "+" : "");
}

wire::Event event(const std::string& name, const std::string& call) {
  wire::Event one;
  one.time = utc_now();
  one.from = "ccswitchd";
  one.name = name;
  one.call = call;
  return one;
}

const std::string kOld = "0b1c2d3e4f5g6", kNew = "0b1c2d3e4f5g7";

/// One that has yielded, and faces that come and go.
struct Pair {
  Loop loop;
  std::string path = "/tmp/hl-relay-" + std::to_string(::getpid()) + ".sock";
  std::unique_ptr<Yielded> yielded;
  std::unique_ptr<Relay> relay;
  std::vector<std::string> heard;
  int gone = 0, done = 0;

  Pair() {
    Yielded::Hooks hooks;
    hooks.estate = [] { return Json{{"calls", {kOld}}, {"spans", {"e1"}}}; };
    hooks.command = [](const std::string& verb, const Json&, const auto&) { return wire::Reply::yes({{"verb", verb}}); };
    hooks.hello = [this](const std::string& name) { heard.push_back("hello " + name); };
    hooks.phone = [](const Json&) {};
    hooks.calls = [this](size_t calls) { heard.push_back("calls " + std::to_string(calls)); };
    hooks.drain = [this] { heard.push_back("drain"); };
    auto opened = Yielded::open(loop, path, std::move(hooks));
    REQUIRE(opened);
    yielded = std::move(*opened);
    yielded->ready(100);
  }

  void face(int64_t seen) {
    Result<std::unique_ptr<Relay>> taken = Error{};
    std::thread other([&] { taken = Relay::take_over(path, seen, seconds(5)); });  // it waits; we are its peer
    std::atomic<bool> joined = false;
    std::thread waiter([&] { other.join(), joined = true; });
    while (!joined) loop.step(milliseconds(5));
    waiter.join();
    REQUIRE(taken);
    relay = std::move(*taken);
    Relay::Hooks hooks;
    hooks.event = [this](const wire::Event& one, int64_t number) {
      heard.push_back(one.name + " " + std::to_string(number));
    };
    hooks.span_free = [this](const std::string& span) { heard.push_back("span " + span); };
    hooks.gone = [this](bool was_done) { ++gone, done += was_done; };
    relay->start(loop, std::move(hooks));
  }
  void settle() {
    for (int i = 0; i < 20; ++i) loop.step(milliseconds(2));
  }
  std::string take() {
    settle();
    std::string text;
    for (const auto& one : std::exchange(heard, {})) text += one + "; ";
    return text;
  }
};

}  // namespace

TEST_CASE("two pages of calls become one in the order of their ids") {
  Json ours = {{"calls", {call("b"), call("d")}}}, theirs = {{"calls", {call("a"), call("c")}}};
  merge_calls(ours, theirs, 1 << 20);
  CHECK(ids(ours) == "abcd");
}

TEST_CASE("a joint page ends where the first of both goes on, so that no call is passed over") {
  Json ours = {{"calls", {call("b"), call("d")}}}, theirs = {{"calls", {call("a"), call("c")}}, {"more", true}};
  merge_calls(ours, theirs, 1 << 20);
  CHECK(ids(ours) == "abc+");
  ours = {{"calls", {call("b"), call("d")}}, {"more", true}};
  merge_calls(ours, theirs, 1 << 20);
  CHECK(ids(ours) == "abc+");
  ours = {{"calls", {call("b"), call("d")}}}, theirs = {{"calls", Json::array()}};
  merge_calls(ours, theirs, 150);
  CHECK(ids(ours) == "b+");
}

TEST_CASE("commands go to who has the call, and none that names calls of both is one's") {
  Pair pair;
  pair.face(0);
  auto named = pair.relay->named({{"leg", kOld + "-1"}});
  CHECK(named.theirs);
  CHECK_FALSE(named.others);
  named = pair.relay->named({{"legs", {kOld + "-1", kNew + "-1"}}});
  CHECK(named.theirs);
  CHECK(named.others);
  named = pair.relay->named({{"call", kNew}, {"to", kOld}});  // `to` is an endpoint, not a call
  CHECK_FALSE(named.theirs);
  CHECK(pair.relay->holds_span("e1"));
}

TEST_CASE("events come numbered from the last journal number on, before the answers that follow them") {
  Pair pair;
  pair.face(0);
  pair.yielded->take(event("leg.dialed", kNew));
  pair.relay->ask("calls", Json::object(), [&](const wire::Reply& reply) {
    pair.heard.push_back("answer " + wire::text(reply.body, "verb"));
  });
  pair.yielded->take(event("call.ended", kOld));
  CHECK(pair.take() == "leg.dialed 101; call.ended 102; answer calls; ");
  CHECK(pair.relay->calls() == std::set<std::string>{kNew});
  CHECK(pair.yielded->all_told());
}

TEST_CASE("a face that dies loses no event: the next gets what the journal does not have") {
  Pair pair;
  pair.yielded->take(event("digit", kOld));  // before there is a face
  pair.face(0);
  CHECK(pair.take() == "digit 101; ");
  pair.relay->tell({{"calls", 3}});
  CHECK(pair.take() == "calls 3; ");
  pair.relay.reset();
  CHECK(pair.take() == "calls 0; ");  // who is gone has none
  CHECK_FALSE(pair.yielded->has_face());
  pair.yielded->take(event("digit", kOld));
  pair.yielded->take(event("digit", kOld));
  pair.face(102);  // 102 had come into the journal, its acknowledgement was lost
  CHECK(pair.take() == "digit 103; ");
}

TEST_CASE("the one that is done says so, and the one that dies does not; what was asked is answered") {
  Pair pair;
  pair.face(0);
  pair.yielded->span_free("e1");
  CHECK(pair.take() == "span e1; ");  // each way has its order; the two ways have none between them
  pair.relay->tell({{"hello", "ccqueue"}});
  pair.relay->tell({{"drain", true}});
  CHECK(pair.take() == "hello ccqueue; drain; ");
  CHECK_FALSE(pair.relay->holds_span("e1"));
  pair.yielded->done();
  pair.settle();
  pair.yielded.reset();
  pair.settle();
  CHECK(pair.gone == 1);
  CHECK(pair.done == 1);

  Pair other;
  other.face(0);
  other.yielded.reset();
  std::string code;
  other.relay->ask("calls", Json::object(), [&](const wire::Reply& reply) { code = wire::text(reply.body, "code"); });
  other.settle();
  CHECK(other.gone == 1);
  CHECK(other.done == 0);
  CHECK(code == "unavailable");
}

}  // namespace hotline::ccswitchd
