// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccswitchd/controllers.h"
#include "../../cmd/ccswitchd/fields.h"
#include "../../cmd/ccswitchd/routes.h"

namespace hotline::ccswitchd {

TEST_CASE("a controller is lost three seconds after its last hello, once, and back with the next") {
  using namespace std::chrono_literals;
  Controllers all([](const std::string&) { return true; });
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

TEST_CASE("controllers are bounded, and who is lost and has nothing to do makes room, the longest lost first") {
  using namespace std::chrono_literals;
  Controllers all([](const std::string& name) { return name == "c1"; });
  for (size_t i = 0; i < kControllersMax; ++i) CHECK(all.expect("c" + std::to_string(i), Instant{}));
  CHECK_FALSE(all.expect("one-more", Instant{}));
  CHECK(all.expect("c0", Instant{}));
  for (size_t i = 0; i < kControllersMax; ++i)
    if (i != 5) all.hello("c" + std::to_string(i), Instant{} + milliseconds(i < 3 ? 1 + i : 5000));
  CHECK(all.lost(Instant{} + 4s, 3000ms) == std::vector<std::string>{"c0", "c1", "c2", "c5"});
  CHECK(all.expect("new", Instant{} + 4s));
  CHECK_FALSE(all.known("c5"));
  CHECK(all.expect("newer", Instant{} + 4s));
  CHECK_FALSE(all.known("c0"));
  CHECK(all.expect("newest", Instant{} + 4s));
  CHECK_FALSE(all.known("c2"));
  CHECK_FALSE(all.expect("one-more", Instant{} + 4s));
  CHECK(all.known("c1"));
  CHECK(all.all().size() == kControllersMax);
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
