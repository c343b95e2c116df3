// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccswitchd/controllers.h"
#include "../../cmd/ccswitchd/fields.h"
#include "../../cmd/ccswitchd/routes.h"

namespace hotline::ccswitchd {

static const Routes kRoutes({{"96116", "ccivr", "main", "", ""},
                             {"961169", "ccivr", "english", "en", ""},
                             {"8", "", "", "", "pstn"},
                             {"96110", "", "", "", "phone:1001"},
                             {"default", "ccivr", "wrong-number", "", ""}});
static const std::vector<std::string> kPhones = {"1001", "1002"};

TEST_CASE("the longest beginning wins, and brings its flow and language") {
  auto where = route_from_span(kRoutes, "96116", "zh-CN");
  CHECK(where.controller == "ccivr");
  CHECK(where.tags == Tags{{"flow", "main"}, {"lang", "zh-CN"}});
  CHECK_FALSE(where.unrouted);
  CHECK(route_from_span(kRoutes, "9611690", "zh-CN").tags == Tags{{"flow", "english"}, {"lang", "en"}});
}

TEST_CASE("a number that no route names goes to the default, marked; without a default it is unallocated") {
  auto where = route_from_span(kRoutes, "12345", "zh-CN");
  CHECK(where.unrouted);
  CHECK(where.tags.at("flow") == "wrong-number");
  where = route_from_span(Routes(), "12345", "zh-CN");
  CHECK(where.unrouted);
  CHECK(where.controller.empty());
  CHECK(where.cause == cause::kUnallocated);
}

TEST_CASE("direct routes name the number that was called, or a phone") {
  CHECK(route_from_span(kRoutes, "812345", "zh-CN").tags.at(kDirectTo) == "pstn:812345");
  auto where = route_from_span(kRoutes, "96110", "zh-CN");
  CHECK(where.controller == kDirect);
  CHECK(where.tags.at(kDirectTo) == "phone:1001");
}

TEST_CASE("a phone reaches other phones, routes, and the network outside if it may") {
  auto from = [&](bool outside, const char* to) { return route_from_phone(kRoutes, kPhones, outside, to, "zh-CN"); };
  CHECK(from(false, "1002").tags.at(kDirectTo) == "phone:1002");
  CHECK(from(false, "96116").controller == "ccivr");
  CHECK(from(true, "13800138000").tags.at(kDirectTo) == "pstn:13800138000");
  CHECK(from(true, "nobody").unrouted);
  auto refused = route_from_phone(Routes(), kPhones, false, "13800138000", "zh-CN");
  CHECK(refused.controller.empty());
  CHECK(refused.cause == cause::kRejected);
  // A caller from outside does not reach a phone by its id.
  CHECK(route_from_span(kRoutes, "1002", "zh-CN").unrouted);
}

TEST_CASE("what is a number") {
  for (const char* yes : {"1", "96116", "+8613800138000", "*61#"}) CHECK(is_number(yes));
  for (const char* no : {"", "+", "12a", "1 2", "phone:1001", "123456789012345678901234567890123"})
    CHECK_FALSE(is_number(no));
}

TEST_CASE("a controller is lost three seconds after its last hello, once, and back with the next") {
  using namespace std::chrono_literals;
  Controllers all;
  Instant t0{};
  CHECK(all.expect("ccivr", t0));
  CHECK(all.alive("ccivr"));
  CHECK_FALSE(all.hello("ccivr", t0 + 1s));
  CHECK(all.lost(t0 + 4s, 3000ms).empty());
  CHECK(all.lost(t0 + 4001ms, 3000ms) == std::vector<std::string>{"ccivr"});
  CHECK(all.lost(t0 + 5s, 3000ms).empty());
  CHECK_FALSE(all.alive("ccivr"));
  CHECK(all.hello("ccivr", t0 + 6s));
  CHECK(all.alive("ccivr"));
  CHECK_FALSE(all.alive("nobody"));
}

TEST_CASE("controllers are bounded") {
  Controllers all;
  for (size_t i = 0; i < kControllersMax; ++i) CHECK(all.expect("c" + std::to_string(i), Instant{}));
  CHECK_FALSE(all.expect("one-more", Instant{}));
  CHECK(all.expect("c0", Instant{}));
}

TEST_CASE("the first field that is missing or wrong is named") {
  wire::Json body = {{"leg", 3}, {"cause", 999}, {"what", "noise"}, {"loop", "yes"}, {"items", 1}, {"text", "a\nb"}};
  auto said = [&](auto read) {
    Fields fields(body);
    read(fields);
    return fields ? std::string("nothing") : wire::text(fields.refused()->body, "text");
  };
  CHECK(said([](Fields& f) { f.needed("leg"); }) == "field 'leg' is no text");
  CHECK(said([](Fields& f) { f.needed("call"); }) == "field 'call' is missing");
  CHECK(said([](Fields& f) { f.integer("cause", 16, 1, 127); }) == "field 'cause' is no whole number from 1 to 127");
  CHECK(said([](Fields& f) {
          f.choice("what", "", {"music", "silence"});
        }) == "field 'what': 'noise' is none of music, silence");
  CHECK(said([](Fields& f) { f.boolean("loop", false); }) == "field 'loop' is neither true nor false");
  CHECK(said([](Fields& f) { f.list("items", 3); }) == "field 'items' is no list of at most 3");
  CHECK(said([](Fields& f) { f.text("text"); }).find("field 'text'") == 0);
  CHECK(said([](Fields& f) { f.integer("none", 5, 1, 9); }) == "nothing");
  wire::Json huge = {{"cause", 18446744073709551615u}};
  Fields fields(huge);
  CHECK(fields.integer("cause", 16, 1, 127) == 16);
  CHECK(fields.refused());
}

}  // namespace hotline::ccswitchd
