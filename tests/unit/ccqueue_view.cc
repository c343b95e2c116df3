// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccqueue/view.h"

using namespace hotline;
using namespace hotline::ccqueue;

namespace {

void hear(View& view, const std::string& name, const std::string& leg, const char* fields) {
  view.apply({1, *parse_utc("2026-11-22T01:00:00Z"), "ccswitchd", name, "c", leg, *wire::parse(fields)});
}

/// A caller whom agent 1001 talks to, as the switch's events tell it.
View talking() {
  View view;
  hear(view, "call.offered", "c-1", R"({"caller":"13800138000","controller":"ccivr","tags":{"lang":"en"}})");
  hear(view, "leg.answered", "c-1", "{}");
  hear(view, "call.handover", "", R"({"was":"ccivr","to":"ccqueue","tags":{"queue":"repair"}})");
  hear(view, "leg.dialed", "c-2", R"({"to":"phone:1001","role":"agent","tags":{"agent":"1001","offer":"c-o1"},"controller":"ccqueue"})");
  hear(view, "leg.ringing", "c-2", "{}");
  hear(view, "leg.answered", "c-2", "{}");
  hear(view, "bridge.up", "", R"({"bridge":"c-b1","legs":["c-1","c-2"]})");
  return view;
}

}  // namespace

TEST_CASE("events make the same picture as a snapshot") {
  View told = talking(), shown;
  shown.load(*wire::parse(R"({"calls":[{"call":"c","from":"13800138000","controller":"ccqueue","tags":{"lang":"en","queue":"repair"},
    "legs":[{"leg":"c-1","role":"caller","state":"up"},
            {"leg":"c-2","role":"agent","state":"up","tags":{"agent":"1001","offer":"c-o1"}}],
    "bridges":[{"bridge":"c-b1","legs":["c-1","c-2"]}]}]})"));
  for (const View* view : {&told, &shown}) {
    const auto* call = view->call("c");
    REQUIRE(call);
    CHECK(call->controller == "ccqueue");
    CHECK(call->from == "13800138000");
    CHECK(call->tag("queue") == "repair");
    CHECK(call->tag("lang") == "en");
    CHECK(call->caller()->id == "c-1");
    REQUIRE(call->leg_of("c-o1"));
    CHECK(call->leg_of("c-o1")->up());
    CHECK(call->leg_of("c-o1")->agent() == "1001");
    CHECK(call->leg_of("") == nullptr);
    CHECK(call->leg_of("c-o2") == nullptr);
    CHECK(call->bridge_of("c-2"));
  }
}

TEST_CASE("who joins a talk is in its bridge, who leaves it is not, and the others are still") {
  View view = talking();
  hear(view, "bridge.joined", "c-3", R"({"bridge":"c-b1"})");
  CHECK(view.call("c")->bridge_of("c-3"));
  hear(view, "bridge.left", "c-2", R"({"bridge":"c-b1","ms":1,"reason":"leave"})");
  CHECK_FALSE(view.call("c")->bridge_of("c-2"));
  CHECK(view.call("c")->bridge_of("c-1"));
  hear(view, "bridge.joined", "c-4", R"({"bridge":"c-b9"})");  // of a bridge that nobody knows
  CHECK_FALSE(view.call("c")->bridge_of("c-4"));
}

TEST_CASE("a released leg, a parted bridge, removed tags and an ended call are gone") {
  View view = talking();
  hear(view, "bridge.down", "", R"({"bridge":"c-b1","legs":["c-1","c-2"]})");
  CHECK_FALSE(view.call("c")->bridge_of("c-2"));
  hear(view, "leg.released", "c-2", R"({"cause":16})");
  CHECK_FALSE(view.leg("c", "c-2"));
  hear(view, "call.tagged", "", R"({"set":{"queue-entry":"x"},"unset":["queue"]})");
  CHECK(view.call("c")->tag("queue") == "");
  CHECK(view.call("c")->tag("queue-entry") == "x");
  hear(view, "leg.released", "c-1", R"({"cause":16})");
  CHECK_FALSE(view.call("c")->caller());
  hear(view, "call.ended", "", "{}");
  CHECK_FALSE(view.call("c"));
}

TEST_CASE("a leg that is being released is nobody's caller and nobody's offer") {
  View view;
  view.load(*wire::parse(R"({"calls":[{"call":"c","legs":[{"leg":"c-1","role":"caller","state":"releasing"},
    {"leg":"c-2","role":"agent","state":"releasing","tags":{"offer":"c-o1"}}]}]})"));
  CHECK_FALSE(view.call("c")->caller());
  CHECK_FALSE(view.call("c")->leg_of("c-o1"));
}

TEST_CASE("an offer tag on a leg that is no agent's means nothing") {
  View view;
  view.load(*wire::parse(R"({"calls":[{"call":"c","legs":[{"leg":"c-1","role":"party","state":"up","tags":{"offer":"c-o1"}}]}]})"));
  CHECK(view.call("c")->leg_of("c-o1") == nullptr);
  CHECK(view.call("c")->caller()->id == "c-1");
}

TEST_CASE("a phone whose contact was replaced is registered still") {
  View view;
  hear(view, "phone.registered", "", R"({"phone":"1001"})");
  CHECK(view.phones().at("1001"));
  hear(view, "phone.unregistered", "", R"({"phone":"1001","reason":"replaced"})");
  CHECK(view.phones().at("1001"));
  hear(view, "phone.unregistered", "", R"({"phone":"1001","reason":"expired"})");
  CHECK_FALSE(view.phones().at("1001"));
}

TEST_CASE("a phone that is registered and silent cannot be rung, until it is reachable again") {
  View view;
  hear(view, "phone.registered", "", R"({"phone":"1001"})");
  hear(view, "phone.silent", "", R"({"phone":"1001"})");
  CHECK_FALSE(view.phones().at("1001"));
  hear(view, "phone.reachable", "", R"({"phone":"1001","rtt_ms":20})");
  CHECK(view.phones().at("1001"));
  view.load(*wire::parse(R"({"phones":[{"phone":"1001","registered":true,"reachable":false},
                                       {"phone":"1002","registered":true,"reachable":true}]})"));
  CHECK_FALSE(view.phones().at("1001"));
  CHECK(view.phones().at("1002"));
}

TEST_CASE("events of calls nobody has told of make no call") {
  View view;
  hear(view, "leg.released", "c-1", "{}");
  hear(view, "bridge.up", "", "{}");
  CHECK(view.calls().empty());
}
