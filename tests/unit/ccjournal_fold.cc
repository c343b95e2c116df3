// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccjournal/ending.h"
#include "../../cmd/ccjournal/fold.h"

using namespace hotline;
using namespace hotline::journal_fold;

namespace {

constexpr int64_t kTime = 1795136460'000'004;  // 2026-11-20T01:01:00.000004Z
constexpr const char* kHead = R"({"n":7,"time":"2026-11-20T01:01:00.000004Z","from":")";
const std::string kCall = "0b1c2d3e4f5g6";

/// The changes of one event, given as its publisher and the rest of its line.
std::vector<Change> changes_of(const std::string& from, const std::string& rest) {
  return fold(*wire::decode_event(kHead + from + "\"," + rest + "}"));
}

template <typename T>
void check_one(const std::vector<Change>& changes, const T& wanted) {
  REQUIRE(changes.size() == 1);
  REQUIRE(std::holds_alternative<T>(changes[0]));
  CHECK(std::get<T>(changes[0]) == wanted);
}

}  // namespace

TEST_CASE("an offered call begins a call and its first leg") {
  auto changes = changes_of(
      "ccswitchd", R"("event":"call.offered","call":"0b1c2d3e4f5g6","leg":"0b1c2d3e4f5g6-1","caller":"13800138000",)"
                   R"("called":"96116","line":"span:e1/17","controller":"ccivr","tags":{"flow":"main"})");
  REQUIRE(changes.size() == 2);
  CHECK(std::get<store::CallStarted>(changes[0]) ==
        store::CallStarted{kCall, "in", "13800138000", "96116", "span:e1/17", "main", kTime});
  CHECK(std::get<store::LegStarted>(changes[1]) ==
        store::LegStarted{kCall + "-1", kCall, "caller", "span:e1/17", "", "", kTime});
}

TEST_CASE("a dialed leg begins an outbound call only when it is the first") {
  const std::string fields = R"("to":"phone:1001","role":"agent","tags":{"agent":"1001","offer":"9"})";
  check_one(changes_of("ccswitchd", R"("event":"leg.dialed","call":"0b1c2d3e4f5g6","leg":"0b1c2d3e4f5g6-2",)" + fields),
            store::LegStarted{kCall + "-2", kCall, "agent", "phone:1001", "1001", "9", kTime});
  auto first =
      changes_of("ccswitchd", R"("event":"leg.dialed","call":"0b1c2d3e4f5g6","leg":"0b1c2d3e4f5g6-1",)" + fields);
  REQUIRE(first.size() == 2);
  CHECK(std::get<store::CallStarted>(first[0]).direction == "out");
}

TEST_CASE("events of the switch become changes of calls, legs, bridges and recordings") {
  const std::string call = R"(,"call":"0b1c2d3e4f5g6")", leg = call + R"(,"leg":"0b1c2d3e4f5g6-1")";
  check_one(changes_of("ccswitchd", R"("event":"leg.ringing")" + leg), store::LegRinging{kCall + "-1", kTime});
  check_one(changes_of("ccswitchd", R"("event":"leg.answered")" + leg),
            store::LegAnswered{kCall + "-1", kCall, true, kTime});
  check_one(changes_of("ccswitchd", R"("event":"leg.released","cause":16,"by":"remote","up_ms":5)" + leg),
            store::LegReleased{kCall + "-1", "remote", kTime, 16, 5});
  check_one(changes_of("ccswitchd", R"("event":"call.ended","cause":16,"by":"caller","ms":9)" + call),
            store::CallEnded{kCall, "caller", kTime, 9, 16});
  check_one(changes_of("ccswitchd", R"("event":"bridge.joined","bridge":"B")" + leg),
            store::BridgeJoined{"B", kCall, kCall + "-1", kTime});
  check_one(changes_of("ccswitchd", R"("event":"bridge.left","bridge":"B","ms":4,"reason":"leave")" + leg),
            store::BridgeLeft{"B", kCall + "-1", kTime, 4});
  check_one(changes_of("ccswitchd", R"("event":"bridge.down","bridge":"B","ms":8,"reason":"released")" + call),
            store::BridgeDown{"B", "released", kTime, 8});
  check_one(changes_of("ccswitchd",
                       R"("event":"record.started","segment":"S","file":"f","legs":["x","y"],"bridge":"B")" + call),
            store::RecordStarted{"S", kCall, "B", "f", "x", "y", kTime});
  check_one(changes_of("ccswitchd",
                       R"("event":"record.stopped","segment":"S","file":"f","ms":3,"gap_ms":1,"reason":"r")" + call),
            store::RecordStopped{"S", kCall, "f", "r", kTime, 3, 1});
}

TEST_CASE("a bridge begins with the time in it of each of its legs") {
  auto changes =
      changes_of("ccswitchd", R"("event":"bridge.up","bridge":"B","legs":["x","y","z"],"call":"0b1c2d3e4f5g6")");
  REQUIRE(changes.size() == 4);
  CHECK(std::get<store::BridgeUp>(changes[0]) == store::BridgeUp{"B", kCall, "x", "y", kTime});
  CHECK(std::get<store::BridgeJoined>(changes[3]) == store::BridgeJoined{"B", kCall, "z", kTime});
}

TEST_CASE("events of the queues become changes of visits, offers and agents' time") {
  const std::string call = R"(,"call":"0b1c2d3e4f5g6")";
  check_one(
      changes_of("ccqueue",
                 R"("event":"queue.entered","queue":"repair","entry":"2026-11-20T01:00:00Z","priority":2)" + call),
      store::QueueEntered{kCall, "repair", 7, kTime - 60'000'004, 2});
  check_one(
      changes_of("ccqueue", R"("event":"queue.offered","queue":"repair","agent":"1001","offer":9,"leg":"L")" + call),
      store::QueueOffered{"9", kCall, "repair", "1001", "L", 7, kTime});
  check_one(
      changes_of(
          "ccqueue",
          R"("event":"queue.missed","queue":"repair","agent":"1001","offer":"9","reason":"timeout","ring_ms":15000)" +
              call),
      store::QueueMissed{"9", kCall, "timeout", kTime, 15000});
  check_one(
      changes_of("ccqueue", R"("event":"queue.exit","queue":"repair","reason":"abandoned","wait_ms":4000)" + call),
      store::QueueExit{kCall, "repair", "abandoned", "", "", 7, kTime, 4000, std::nullopt});
  check_one(changes_of("ccqueue", R"("event":"queue.announced","agent":"1001")" + call),
            store::QueueAnnounced{kCall, kTime});
  check_one(changes_of("ccqueue", R"("event":"queue.served","queue":"repair","agent":"1001","talk_ms":60000)" + call),
            store::QueueServed{kCall, "repair", "1001", 60000});
  check_one(
      changes_of("ccqueue", R"("event":"agent.state","agent":"1001","state":"paused","was":"ready","reason":"lunch")"),
      store::AgentState{"1001", "paused", "lunch", "", 7, kTime});
}

TEST_CASE("events of flows and of the recorder become changes") {
  const std::string call = R"(,"call":"0b1c2d3e4f5g6")";
  check_one(changes_of("ccivr", R"("event":"ivr.entered","flow":"main","version":3)" + call),
            store::IvrEntered{kCall, "main", "3", 7, kTime});
  check_one(changes_of("ccivr", R"("event":"ivr.node","flow":"main","node":"menu")" + call),
            store::IvrNode{kCall, "menu"});
  check_one(changes_of("ccivr", R"("event":"ivr.exit","flow":"main","node":"menu","reason":"queue")" + call),
            store::IvrExit{kCall, "menu", "queue", kTime});
  check_one(
      changes_of(
          "ccrec",
          R"("event":"rec.kept","segment":"S","file":"f","started":"2026-11-20T01:00:00Z","ms":3,"gap_ms":1,"bytes":2,"sha256":"ab")" +
              call),
      store::RecordKept{"S", kCall, "f", "ab", kTime, kTime - 60'000'004, 3, 1, 2});
  check_one(changes_of("ccrec", R"("event":"rec.failed","segment":"S","file":"f","text":"no space")" + call),
            store::RecordFailed{"S", kCall, "no space", kTime});
}

TEST_CASE(
    "what changes nothing: other events, other publishers' events of the same name, and events that lack their "
    "subject") {
  const std::string call = R"(,"call":"0b1c2d3e4f5g6")";
  CHECK(changes_of("ccswitchd", R"("event":"digit","digit":"1")" + call).empty());
  CHECK(changes_of("ccswitchd", R"("event":"some.thing")").empty());
  CHECK(changes_of("ccpstn", R"("event":"call.ended","cause":16,"by":"caller","ms":9)" + call).empty());
  CHECK(changes_of("ccswitchd", R"("event":"call.ended","cause":16,"by":"caller","ms":9)").empty());
  CHECK(changes_of("ccswitchd", R"("event":"leg.answered")" + call).empty());
  CHECK(changes_of("ccswitchd", R"("event":"bridge.up","legs":["x","y"])" + call).empty());
  CHECK(changes_of("ccqueue", R"("event":"agent.state","agent":"1001")").empty());
}

TEST_CASE("absurd spans are clamped and fields of a wrong type are missing") {
  const std::string call = R"(,"call":"0b1c2d3e4f5g6")";
  check_one(changes_of("ccswitchd", R"("event":"call.ended","cause":-5,"by":7,"ms":9223372036854775807)" + call),
            store::CallEnded{kCall, "", kTime, 1'000'000'000'000, 0});
  check_one(changes_of("ccswitchd", R"("event":"bridge.up","bridge":"B","legs":"none")" + call),
            store::BridgeUp{"B", kCall, "", "", kTime});
}

TEST_CASE("every call ends in exactly one way") {
  struct {
    const char* name;
    store::CallFacts facts;
    const char* outcome;
  } const cases[] = {
      {"it lasts", {.answered = true, .bridged = true}, "open"},
      {"died with the switch, though joined", {.bridged = true, .ended = true, .ended_by = "restart"}, "lost"},
      {"outbound and answered", {.outbound = true, .answered = true, .bridged = true, .ended = true}, "reached"},
      {"outbound and not", {.outbound = true, .ended = true}, "unreached"},
      {"joined with a person, whatever came after",
       {.bridged = true, .ended = true, .queued = true, .queue_exit = "timed-out"},
       "answered"},
      {"left the queue", {.ended = true, .queued = true, .queue_exit = "abandoned"}, "abandoned"},
      {"left the queue at once", {.ended = true, .queued = true, .queue_exit = "short-abandoned"}, "abandoned"},
      {"left by a key", {.ended = true, .queued = true, .queue_exit = "key-exit"}, "ivr"},
      {"asked to be called back", {.ended = true, .queued = true, .queue_exit = "call-back"}, "call-back"},
      {"waited too long", {.ended = true, .queued = true, .queue_exit = "timed-out"}, "turned-away"},
      {"no room", {.ended = true, .queued = true, .queue_exit = "overflowed"}, "turned-away"},
      {"taken out by hand", {.ended = true, .queued = true, .queue_exit = "withdrawn"}, "turned-away"},
      {"answered but never joined", {.ended = true, .queued = true, .queue_exit = "answered"}, "failed"},
      {"queue was away and the caller left", {.ended = true, .ended_by = "caller", .queued = true}, "abandoned"},
      {"queue was away and the call was taken down",
       {.ended = true, .ended_by = "controller", .queued = true},
       "failed"},
      {"ended in the menu", {.answered = true, .ended = true, .in_menu = true, .menu_exit = "caller-gone"}, "ivr"},
      {"the flow broke", {.answered = true, .ended = true, .in_menu = true, .menu_exit = "error"}, "failed"},
      {"answered by a script", {.answered = true, .ended = true}, "ivr"},
      {"left before an answer", {.ended = true, .ended_by = "caller"}, "abandoned"},
      {"turned down", {.ended = true, .ended_by = "controller"}, "refused"},
      {"on the list", {.ended = true, .ended_by = "blacklist"}, "refused"},
      {"the network took it", {.ended = true, .ended_by = "network", .cause = 41}, "failed"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(std::string(ending(c.facts)) == c.outcome);
  }
}

TEST_CASE("a message that was left, and what became of it, become changes") {
  const std::string rest = R"(,"file":"messages/service/S.wav","mailbox":"service","call":"0b1c2d3e4f5g6")";
  check_one(
      changes_of("ccivr",
                 R"("event":"voicemail.left","number":"123456788","caller":"13800138000","called":"96116","ms":4000,)"
                 R"("form":{"topic":"leak","number":"88001234","reply":"yes"})" +
                     rest),
      store::MessageLeft{"messages/service/S.wav", "123456788", "service", kCall, "13800138000", "96116", "leak",
                         "88001234", "yes", kTime, 4000});
  // Of a recording that was made before, nobody says how long it is; and old ones have no number.
  check_one(changes_of("ccivr", R"("event":"voicemail.left","form":{})" + rest),
            store::MessageLeft{"messages/service/S.wav", "", "service", kCall, "", "", "", "", "", kTime});
  for (const char* state : {"heard", "answered", "deleted"})
    check_one(changes_of("ccivr", R"("event":"message.)" + std::string(state) + R"(","by":"li")" + rest),
              store::MessageChanged{"messages/service/S.wav", state, "li", kTime});
  CHECK(changes_of("ccqueue", R"("event":"message.heard","by":"li")" + rest).empty());
  CHECK(changes_of("ccivr", R"("event":"message.heard","by":"li","call":"0b1c2d3e4f5g6")").empty());
}
