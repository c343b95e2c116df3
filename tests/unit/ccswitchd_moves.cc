// SPDX-License-Identifier: GPL-2.0-or-later
// Legs on hold, legs that lead elsewhere, legs that come into another call.
#include <doctest/doctest.h>

#include "ccswitchd_table.h"

namespace hotline::ccswitchd {

namespace {

/// A second call: phone 1001 has called phone 1002, both up.
std::pair<Leg*, Leg*> consultation(Table& table) {
  Call& call = table.calls.open("1001", "1002", "phone:1001", "switch", {});
  Leg& first = table.calls.offer(call, {Far::Kind::phone, 7}, 7, "phone:1001");
  table.calls.step(first, LegEvent::answer);
  table.calls.step(first, LegEvent::answered);
  Leg& second = table.calls.dialed(call, {Far::Kind::phone, 8}, 8, "phone:1002", "phone:1002", "party", {}, {});
  table.calls.step(second, LegEvent::answered);
  return {&first, &second};
}

}  // namespace

TEST_CASE("a leg held by its phone and by a controller is resumed when neither holds it") {
  Table table;
  Leg& leg = table.caller();
  table.calls.hold(leg, true, true);
  table.pass(milliseconds(700));
  table.calls.hold(leg, false, true);
  table.calls.hold(leg, true, false);
  CHECK(leg.held());
  CHECK(table.count("leg.held") == 1);
  CHECK(table.count("leg.resumed") == 0);
  table.pass(milliseconds(300));
  table.calls.hold(leg, false, false);
  CHECK(wire::integer(table.last("leg.resumed").fields, "ms") == 1000);
  CHECK(wire::text(table.last("leg.held").fields, "by") == "phone");
  CHECK(wire::text(table.last("leg.resumed").fields, "by") == "controller");
}

TEST_CASE("a leg that is released on hold has been held until then") {
  Table table;
  Leg& leg = table.caller();
  table.calls.hold(leg, true, true);
  table.pass(milliseconds(1200));
  table.calls.released(leg, 16, true);
  CHECK(wire::integer(table.last("leg.resumed").fields, "ms") == 1200);
  CHECK(wire::text(table.last("leg.resumed").fields, "by") == "release");
  CHECK(table.names() == "call.offered leg.answered leg.held leg.resumed leg.released call.ended");
}

TEST_CASE("a leg that comes into another call ends in its own and begins there, and is found by what it was") {
  Table table;
  Leg& caller = table.caller();
  Call& call = table.calls.call_of(caller);
  auto [first, second] = consultation(table);
  std::string consulted = second->call, was = second->id;
  table.calls.hold(*second, true, true);
  table.pass(milliseconds(400));
  table.events.clear();
  Leg& moved = table.calls.move(*second, call);
  CHECK(moved.id == call.id + "-2");
  CHECK(moved.state == LegState::up);
  CHECK(moved.held());
  CHECK(wire::text(table.last("leg.released").fields, "moved") == moved.id);
  CHECK(table.last("leg.released").leg == was);
  CHECK(wire::integer(table.last("leg.released").fields, "up_ms") == 400);
  CHECK(wire::text(table.last("leg.dialed").fields, "was") == was);
  CHECK(table.names() == "leg.resumed leg.released leg.dialed leg.answered leg.held");
  CHECK(table.calls.find_leg(Far{Far::Kind::phone, 8}) == &moved);
  CHECK(table.calls.find_port(8) == &moved);
  CHECK(table.calls.find_leg(was) == nullptr);
  CHECK(table.calls.legs_of("phone:1002") == 1);
  table.calls.released(*first, 16, true);
  CHECK(table.last("call.ended").call == consulted);
  CHECK(table.count("call.ended") == 1);
}

TEST_CASE("a call whose last leg has gone into another is over") {
  Table table;
  Leg& caller = table.caller();
  auto [first, second] = consultation(table);
  table.calls.released(*first, 16, true);
  table.calls.move(*second, table.calls.call_of(caller));
  CHECK(table.count("call.ended") == 1);
  CHECK(table.calls.all().size() == 1);
}

TEST_CASE("a leg that rings comes over ringing, with the time that it has left") {
  Table table;
  Leg& caller = table.caller();
  Call& other = table.calls.open("1001", "1002", "phone:1001", "switch", {});
  table.calls.offer(other, {Far::Kind::phone, 7}, 7, "phone:1001");
  auto deadline = table.now.mono + seconds(20);
  Leg& rings = table.calls.dialed(other, {Far::Kind::phone, 8}, 8, "phone:1002", "phone:1002", "party", {}, deadline);
  table.calls.step(rings, LegEvent::ringing);
  Leg& moved = table.calls.move(rings, table.calls.call_of(caller));
  CHECK(moved.state == LegState::ringing);
  CHECK(moved.deadline == deadline);
}

TEST_CASE("a leg whose phone has moved is the same leg with another far end") {
  Table table;
  Call& call = table.calls.call_of(table.caller());
  Leg& leg = table.calls.dialed(call, {Far::Kind::phone, 5}, 5, "phone:1001", "phone:1001", "party", {}, {});
  table.calls.redirect(leg, {Far::Kind::phone, 6}, 6, "phone:1002", "phone:1002");
  CHECK(table.calls.find_leg(Far{Far::Kind::phone, 5}) == nullptr);
  CHECK(table.calls.find_leg(Far{Far::Kind::phone, 6}) == &leg);
  CHECK(table.calls.find_port(6) == &leg);
  CHECK(table.calls.legs_of("phone:1001") == 0);
  CHECK(table.calls.legs_of("phone:1002") == 1);
  CHECK(wire::text(table.last("leg.redirected").fields, "to") == "phone:1002");
  table.calls.released(leg, 17, true);
  CHECK(table.calls.legs_of("phone:1002") == 0);
}

TEST_CASE("audio before the answer is told once, and not of one that is up") {
  Table table;
  Leg& caller = table.caller();
  Call& call = table.calls.call_of(caller);
  Leg& leg = table.calls.dialed(call, {Far::Kind::phone, 5}, 5, "phone:1001", "phone:1001", "party", {}, {});
  table.calls.early(leg);
  table.calls.early(leg);
  table.calls.early(caller);
  CHECK(table.count("leg.early") == 1);
}

}  // namespace hotline::ccswitchd
