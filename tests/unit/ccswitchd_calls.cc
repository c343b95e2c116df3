// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <random>

#include "ccswitchd_table.h"

namespace hotline::ccswitchd {

TEST_CASE("a leg's states are those of the table and no others") {
  using S = LegState;
  using E = LegEvent;
  CHECK(next_state(S::offered, E::alert) == S::alerting);
  CHECK(next_state(S::alerting, E::answer) == S::answering);
  CHECK(next_state(S::answering, E::answered) == S::up);
  CHECK(next_state(S::dialed, E::ringing) == S::ringing);
  CHECK(next_state(S::dialed, E::answered) == S::up);  // a phone that answers without ringing
  CHECK_FALSE(next_state(S::alerting, E::alert));
  CHECK_FALSE(next_state(S::dialed, E::answer));
  CHECK_FALSE(next_state(S::up, E::ringing));
  CHECK_FALSE(next_state(S::releasing, E::answered));
  CHECK_FALSE(next_state(S::releasing, E::hangup));
  CHECK_FALSE(next_state(S::gone, E::released));
  for (auto state : {S::offered, S::alerting, S::answering, S::dialed, S::ringing, S::up, S::releasing})
    CHECK(next_state(state, E::released) == S::gone);
}

TEST_CASE("a call that is answered and hung up by the caller has each event once, in order") {
  Table table;
  Leg& leg = table.caller();
  table.pass(milliseconds(1500));
  table.calls.released(leg, 16, true);
  CHECK(wire::integer(table.last("leg.released").fields, "up_ms") == 1500);
  CHECK(wire::text(table.last("leg.released").fields, "by") == "remote");
  CHECK(wire::text(table.last("call.ended").fields, "by") == "caller");
  CHECK(wire::integer(table.last("call.ended").fields, "ms") == 1500);
  CHECK(table.names() == "call.offered leg.answered leg.released call.ended");
  CHECK(table.calls.all().empty());
}

TEST_CASE("who asked for a release first stands in its event, with the cause that was asked for") {
  Table table;
  Leg& leg = table.caller();
  CHECK(table.calls.releasing(leg, 17, By::local));
  CHECK_FALSE(table.calls.releasing(leg, 31, By::the_switch));
  table.pass(seconds(3));  // the far end takes its time; that is no talk
  table.calls.released(leg, 16, true);
  CHECK(wire::integer(table.last("leg.released").fields, "cause") == 17);
  CHECK(wire::text(table.last("leg.released").fields, "by") == "local");
  CHECK(wire::integer(table.last("leg.released").fields, "up_ms") == 0);
  CHECK(wire::text(table.last("call.ended").fields, "by") == "controller");
}

TEST_CASE("a call ends with its last leg, and as its first leg did") {
  Table table;
  Leg& caller = table.caller();
  Call& call = table.calls.call_of(caller);
  Leg& agent = table.agent(call);
  table.calls.released(caller, 16, true);
  CHECK(call.caller_gone);
  CHECK(table.count("call.ended") == 0);
  table.calls.releasing(agent, 31, By::local);
  table.calls.released(agent, 31, false);
  CHECK(wire::integer(table.last("call.ended").fields, "cause") == 16);
  CHECK(wire::text(table.last("call.ended").fields, "by") == "caller");
}

TEST_CASE("a dialed call whose far end hangs up was ended by that party") {
  Table table;
  Call& call = table.calls.open("", "1001", "", "ccdial", {});
  Leg& leg = table.calls.dialed(call, {Far::Kind::phone, 9}, 4, "phone:1001", "phone:1001", "party", {}, std::nullopt);
  table.calls.step(leg, LegEvent::answered);
  table.calls.released(leg, 16, true);
  CHECK(wire::text(table.last("call.ended").fields, "by") == "party");
  CHECK(table.names() == "leg.dialed leg.answered leg.released call.ended");
}

TEST_CASE("what a leg still plays is told to be gone before the leg is") {
  Table table;
  Leg& leg = table.caller();
  table.calls.play_started(leg, 7, true);
  table.pass(milliseconds(400));
  table.calls.released(leg, 16, true);
  CHECK(wire::text(table.last("play.done").fields, "reason") == "gone");
  CHECK(table.names() == "call.offered leg.answered play.done leg.released call.ended");
}

TEST_CASE("a notice is only played when it was heard to its end") {
  Table table;
  Leg& leg = table.caller();
  table.calls.play_started(leg, 1, true);
  table.calls.play_done(leg, 1, "barge", 100);
  CHECK(table.count("notice.played") == 0);
  table.calls.play_started(leg, 2, true);
  table.calls.play_done(leg, 2, "end", 3000);
  CHECK(wire::integer(table.last("notice.played").fields, "play") == 2);
  table.calls.play_done(leg, 2, "end", 3000);  // told twice: no such play any more
  CHECK(table.count("play.done") == 2);
}

TEST_CASE("plays whose end is never told do not pile up") {
  Table table;
  Leg& leg = table.caller();
  for (uint32_t play = 1; play <= 100; ++play) table.calls.play_started(leg, play, false);
  CHECK(leg.plays.size() == kPlaysMax);
  CHECK(table.count("play.done") == 100 - kPlaysMax);
}

TEST_CASE("the call's last event waits for its recordings") {
  Table table;
  Leg& caller = table.caller();
  Call& call = table.calls.call_of(caller);
  Leg& agent = table.agent(call);
  Bridge& bridge = table.calls.bridge_up(call, {&caller, &agent}, true);
  std::string file = table.calls.record_started(bridge, table.calls.next_segment(call)).file;
  CHECK(file == call.id + "-r1.wav");
  table.names();
  table.calls.bridge_down(bridge, "released");
  table.calls.released(agent, 16, true);
  table.calls.released(caller, 16, true);
  CHECK(table.names() == "announce.done bridge.down leg.released leg.released");
  table.calls.record_stopped(file, 5000, 0, "gone");
  CHECK(table.names() == "record.stopped call.ended");
  CHECK(table.calls.all().empty());
}

TEST_CASE("a writer that never speaks again holds no call for ever") {
  Table table;
  Leg& caller = table.caller();
  Call& call = table.calls.call_of(caller);
  Leg& agent = table.agent(call);
  Bridge& bridge = table.calls.bridge_up(call, {&caller, &agent}, false);
  table.calls.record_started(bridge, table.calls.next_segment(call));
  table.calls.bridge_down(bridge, "released");
  table.calls.released(agent, 16, true);
  table.calls.released(caller, 16, true);
  table.pass(kRecordingPatience);
  table.calls.end_waiting(kRecordingPatience);
  CHECK(table.count("call.ended") == 0);
  table.pass(milliseconds(1));
  table.calls.end_waiting(kRecordingPatience);
  CHECK(table.count("call.ended") == 1);
  CHECK(table.count("record.stopped") == 1);
  CHECK(table.calls.recordings().empty());
}

TEST_CASE("a third leg joins a bridge and leaves it with the time that it was in; the last two end it") {
  Table table;
  Leg& caller = table.caller();
  Call& call = table.calls.call_of(caller);
  Leg& agent = table.agent(call);
  Leg& leader = table.calls.dialed(call, {Far::Kind::phone, 2}, 3, "phone:1002", "phone:1002", "party", {}, {});
  table.calls.step(leader, LegEvent::answered);
  Bridge& bridge = table.calls.bridge_up(call, {&caller, &agent}, false);
  table.names();
  table.pass(seconds(3));
  table.calls.bridge_joined(bridge, leader);
  CHECK(table.last("bridge.joined").leg == leader.id);
  CHECK(leader.bridge == bridge.id);
  CHECK(bridge.legs() == Json({caller.id, agent.id, leader.id}));
  table.pass(seconds(4));
  table.calls.bridge_left(bridge, agent, "leave");
  CHECK(table.last("bridge.left").leg == agent.id);
  CHECK(wire::integer(table.last("bridge.left").fields, "ms") == 7000);
  CHECK(wire::text(table.last("bridge.left").fields, "reason") == "leave");
  CHECK(agent.bridge.empty());
  table.calls.bridge_down(bridge, "unbridge");
  CHECK(table.last("bridge.down").fields.at("legs") == Json({caller.id, leader.id}));
  CHECK(table.names() == "bridge.joined bridge.left bridge.down");
  CHECK(leader.bridge.empty());
}

TEST_CASE("spying is told in the call of its target, with its time, and is not there when it is over") {
  Table table;
  Leg& caller = table.caller();
  Call& call = table.calls.call_of(caller);
  Leg& agent = table.agent(call);
  Bridge& bridge = table.calls.bridge_up(call, {&caller, &agent}, false);
  Call& other = table.calls.open("", "1009", "", "ccmon", {});
  Leg& leader = table.calls.dialed(other, {Far::Kind::phone, 2}, 3, "phone:1009", "phone:1009", "party", {}, {});
  table.calls.step(leader, LegEvent::answered);
  table.names();
  table.calls.spy_started(leader, agent, "listen", "");
  table.calls.listener_started(7, caller, "li");
  CHECK(table.last("spy.started").call == call.id);
  CHECK(wire::text(table.last("spy.started").fields, "by") == "li");
  CHECK(table.calls.ears_at(bridge) == 2);
  CHECK(table.calls.spies_of(agent.id) == std::vector<std::string>{leader.id});
  table.pass(seconds(2));
  table.calls.spy_changed(leader, "whisper");
  table.calls.spy_stopped(leader, "unspy");
  CHECK(table.last("spy.stopped").call == call.id);
  CHECK(table.last("spy.stopped").leg == leader.id);
  CHECK(wire::integer(table.last("spy.stopped").fields, "ms") == 2000);
  CHECK(wire::text(table.last("spy.stopped").fields, "mode") == "whisper");
  CHECK(table.calls.ears_at(bridge) == 1);
  // The call's last event waits for the stream's.
  table.calls.bridge_down(bridge, "released");
  table.calls.released(agent, 16, true);
  table.calls.released(caller, 16, true);
  CHECK(table.count("call.ended") == 0);
  table.calls.listener_stopped(7, 40, "target");
  CHECK(wire::integer(table.last("spy.stopped").fields, "gap_ms") == 40);
  CHECK(table.last("call.ended").call == call.id);
}

TEST_CASE("a recording of one leg is told with that leg, and what ended it") {
  Table table;
  Leg& caller = table.caller();
  Call& call = table.calls.call_of(caller);
  std::string file = table.calls.record_started(caller, table.calls.next_segment(call)).file;
  CHECK(caller.segment == call.id + "-r1");
  CHECK(table.last("record.started").leg == caller.id);
  CHECK(table.last("record.started").fields.at("legs") == Json::array({caller.id}));
  table.calls.record_stopped(file, 5000, 0, "key", {{"key", "#"}, {"silence_ms", 0}});
  CHECK(table.last("record.stopped").leg == caller.id);
  CHECK(wire::text(table.last("record.stopped").fields, "key") == "#");
  CHECK(caller.segment.empty());
  file = table.calls.record_started(caller, table.calls.next_segment(call)).file;
  table.calls.released(caller, 16, true);
  table.calls.record_stopped(file, 100, 0, "gone");  // its leg is gone before it
  CHECK(table.calls.all().empty());
}

TEST_CASE("legs and bridges are found by their whole name only") {
  Table table;
  Leg& caller = table.caller();
  Call& call = table.calls.call_of(caller);
  Bridge& bridge = table.calls.bridge_up(call, {&caller, &table.agent(call)}, false);
  CHECK(table.calls.find_leg(call.id + "-1") == &caller);
  CHECK(table.calls.find_bridge(call.id + "-b1") == &bridge);
  for (const char* wrong : {"", "-", "-01", "-1 ", "-b1", "-0", "-99999999999999999999", "-1-1"})
    CHECK(table.calls.find_leg(call.id + wrong) == nullptr);
  CHECK(table.calls.find_leg("") == nullptr);
  CHECK(table.calls.find_bridge(call.id) == nullptr);
}

TEST_CASE("tags are bounded in number and size, and a bad one changes nothing") {
  Tags full;
  for (size_t i = 0; i < kTagsMax; ++i) full["k" + std::to_string(i)] = "v";
  CHECK(Calls::wrong_tags({}, {{"queue", "repair"}}, Json()) == "");
  CHECK(Calls::wrong_tags(full, {{"k0", "again"}}, Json()) == "");
  CHECK(Calls::wrong_tags(full, {{"one-more", "x"}}, Json()) == "more than 64 tags");
  CHECK(Calls::wrong_tags({}, {{"Queue", "repair"}}, Json()) != "");
  CHECK(Calls::wrong_tags({}, {{"queue", 3}}, Json()) == "tag 'queue' is no text");
  CHECK(Calls::wrong_tags({}, {{"queue", "a\tb"}}, Json()) != "");
  CHECK(Calls::wrong_tags({}, {{"queue", std::string(kTagBytesMax + 1, 'x')}}, Json()) != "");
  CHECK(Calls::wrong_tags({}, Json::array({"queue"}), Json()) != "");
  CHECK(Calls::wrong_tags({}, Json(), {{"queue", "x"}}) != "");
  CHECK(Calls::wrong_tags({}, Json(), Json::array({1})) != "");
}

TEST_CASE("a handover sets controller and tags in one step") {
  Table table;
  Call& call = table.calls.call_of(table.caller());
  table.calls.handover(call, "ccqueue", {{"queue", "repair"}});
  CHECK(call.controller == "ccqueue");
  CHECK(call.tags.at("queue") == "repair");
  CHECK(call.tags.at("lang") == "zh-CN");
  const auto& fields = table.last("call.handover").fields;
  CHECK(wire::text(fields, "was") == "ccivr");
  CHECK(wire::text(fields, "to") == "ccqueue");
}

TEST_CASE("a call whose caller is gone is idle when nobody has done anything with it, unless two still talk") {
  Table table;
  Leg& caller = table.caller();
  Call& call = table.calls.call_of(caller);
  Leg& agent = table.agent(call);
  table.pass(kIdleMax * 10);
  CHECK(table.calls.idle(kIdleMax).empty());  // a waiting caller is never idle
  table.calls.released(caller, 16, true);
  table.pass(kIdleMax);
  CHECK(table.calls.idle(kIdleMax).empty());
  table.pass(milliseconds(1));
  CHECK(table.calls.idle(kIdleMax) == std::vector<std::string>{call.id});
  table.calls.tag(call, nullptr, {{"a", "b"}}, Json());  // somebody is there after all
  CHECK(table.calls.idle(kIdleMax).empty());
  Leg& other =
      table.calls.dialed(call, {Far::Kind::phone, 7}, 7, "phone:1002", "phone:1002", "party", {}, std::nullopt);
  table.calls.step(other, LegEvent::answered);
  table.calls.bridge_up(call, {&agent, &other}, false);
  table.pass(kIdleMax * 10);
  CHECK(table.calls.idle(kIdleMax).empty());
}

TEST_CASE("a dialed leg's time ends when it is answered or being released") {
  Table table;
  Call& call = table.calls.call_of(table.caller());
  auto dial = [&](uint32_t id) -> Leg& {
    return table.calls.dialed(call, {Far::Kind::phone, id}, id, "phone:1", "phone:1", "agent", {},
                              table.now.mono + seconds(15));
  };
  Leg &answered = dial(11), &late = dial(12), &released = dial(13);
  table.calls.step(answered, LegEvent::answered);
  table.calls.releasing(released, 16, By::local);
  table.pass(milliseconds(14999));
  CHECK(table.calls.unanswered().empty());
  table.pass(milliseconds(1));
  CHECK(table.calls.unanswered() == std::vector<std::string>{late.id});
}

// The laws hold whatever far ends and controllers do, in any order.
TEST_CASE("random lives: every leg is released once, every call ends once, and nothing is left") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    Table table;
    std::mt19937 random(seed);
    auto below = [&](size_t n) { return random() % n; };
    uint32_t far = 0;
    std::vector<std::string> files;
    for (int step = 0; step < 200; ++step) {
      table.pass(milliseconds(below(50)));
      std::vector<std::string> legs;
      for (auto& [id, call] : table.calls.all())
        for (auto& [number, leg] : call.legs) legs.push_back(leg.id);
      Leg* leg = legs.empty() ? nullptr : table.calls.find_leg(legs[below(legs.size())]);
      switch (below(8)) {
        case 0: {
          ++far;
          Call& call = table.calls.open("1", "2", "span:e1/1", "ccivr", {});
          table.calls.offer(call, {Far::Kind::span, far}, far, "span:e1/1");
          break;
        }
        case 1:
          if (leg && table.calls.call_of(*leg).legs.size() < kLegsMax) {
            ++far;
            table.calls.dialed(table.calls.call_of(*leg), {Far::Kind::phone, far}, far, "phone:1", "phone:1", "party",
                               {}, std::nullopt);
          }
          break;
        case 2:
        case 3:
          if (leg) table.calls.step(*leg, static_cast<LegEvent>(below(6)));
          break;
        case 4:
          if (leg) table.calls.play_started(*leg, ++far, below(2));
          break;
        case 5: {
          Call* call = leg ? &table.calls.call_of(*leg) : nullptr;
          Leg* other = nullptr;
          if (call)
            for (auto& [number, one] : call->legs)
              if (&one != leg && one.state == LegState::up && one.bridge.empty()) other = &one;
          if (!other || leg->state != LegState::up || !leg->bridge.empty()) break;
          Bridge& bridge = table.calls.bridge_up(*call, {leg, other}, below(2));
          if (below(2)) files.push_back(table.calls.record_started(bridge, table.calls.next_segment(*call)).file);
          break;
        }
        case 6:
          if (!files.empty()) {
            table.calls.record_stopped(files.back(), 1, 0, "stop");
            files.pop_back();
          }
          break;
        default:
          if (!leg) break;
          if (Bridge* bridge = table.calls.find_bridge(leg->bridge)) table.calls.bridge_down(*bridge, "released");
          if (below(2)) table.calls.releasing(*leg, 16, By::local);
          if (below(2)) table.calls.released(*leg, 16, below(2));
      }
    }
    std::vector<std::string> legs;
    for (auto& [id, call] : table.calls.all())
      for (auto& [number, leg] : call.legs) legs.push_back(leg.id);
    for (const auto& id : legs) {
      Leg& leg = *table.calls.find_leg(id);
      if (Bridge* bridge = table.calls.find_bridge(leg.bridge)) table.calls.bridge_down(*bridge, "released");
      table.calls.released(leg, 16, true);
    }
    for (const auto& file : files) table.calls.record_stopped(file, 1, 0, "stop");
    CHECK(table.calls.all().empty());
    CHECK(table.calls.recordings().empty());
    CHECK(table.count("leg.released") == table.count("call.offered") + table.count("leg.dialed"));
    CHECK(table.count("call.ended") == table.count("call.offered"));
    CHECK(table.count("bridge.up") == table.count("bridge.down"));
    CHECK(table.count("record.started") == table.count("record.stopped"));
    std::set<std::string> ended;
    for (const auto& event : table.events) {
      CHECK_MESSAGE(ended.count(event.call) == 0, event.name << " after the call's end");
      if (event.name == "call.ended") ended.insert(event.call);
    }
  }
}

}  // namespace hotline::ccswitchd
