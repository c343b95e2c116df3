// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "ccswitchd_table.h"

namespace hotline::ccswitchd {

TEST_CASE("a leg that is moved has another far end, and what the one before says is not heard") {
  Table table;
  Leg& caller = table.caller();
  Call& call = table.calls.call_of(caller);
  Leg& leg = table.calls.dialed(call, {Far::Kind::phone, 7}, 3, "phone:1001", "phone:1001", "party", {}, std::nullopt);
  table.calls.step(leg, LegEvent::ringing);
  CHECK(table.calls.move(leg, {Far::Kind::span, 8}, 4, "span:e1/3"));
  CHECK(leg.state == LegState::dialed);
  CHECK(leg.endpoint == "span:e1/3");
  CHECK(table.calls.find_leg(Far{Far::Kind::phone, 7}) == nullptr);
  CHECK(table.calls.find_port(3) == nullptr);
  CHECK(table.calls.find_leg(Far{Far::Kind::span, 8}) == &leg);
  CHECK(table.calls.find_port(4) == &leg);
  // The next far end went by itself: nobody has to be told.
  table.calls.far_is_gone(leg);
  CHECK_FALSE(table.calls.move(leg, {Far::Kind::phone, 9}, 5, "phone:1002"));
  table.events.clear();
  CHECK(table.calls.step(leg, LegEvent::ringing));
  CHECK(table.calls.step(leg, LegEvent::answered));
  CHECK(table.names() == "leg.ringing leg.answered");
}

TEST_CASE("a call that the blacklist kept out is ended by it") {
  Table table;
  Call& call = table.calls.open("13800138000", "96116", "span:e1/1", "", {});
  Leg& leg = table.calls.offer(call, {Far::Kind::span, 1}, 1, "span:e1/1");
  CHECK(table.calls.releasing(leg, 21, By::blacklist));
  table.calls.released(leg, 21, false);
  CHECK(wire::text(table.last("leg.released").fields, "by") == "switch");
  CHECK(wire::text(table.last("call.ended").fields, "by") == "blacklist");
  CHECK(wire::integer(table.last("call.ended").fields, "cause") == 21);
}

}  // namespace hotline::ccswitchd
