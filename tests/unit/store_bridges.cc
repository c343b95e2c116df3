// SPDX-License-Identifier: GPL-2.0-or-later
// Who talked how long, in bridges of two and more.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "store/calls.h"
#include "store_fixture.h"

using namespace hotline;
using namespace hotline::store;

namespace {

constexpr int64_t kSecond = 1'000'000;

std::string talks(Connection& store) {
  std::string text;
  auto asked = talks_between(store, 0, 1000 * kSecond, [&](const TalkRow& row) {
    text += row.leg + "/" + row.agent + " " + (row.ms ? std::to_string(*row.ms) : "-") + "\n";
  });
  REQUIRE(asked);
  return text;
}

void bridge_of_three(Connection& store) {
  REQUIRE(apply(store, LegStarted{"a-2", "a", "agent", "phone:1001", "1001", "", 5 * kSecond}));
  REQUIRE(apply(store, BridgeUp{"a-b1", "a", "a-1", "a-2", 10 * kSecond}));
  REQUIRE(apply(store, BridgeJoined{"a-b1", "a", "a-1", 10 * kSecond}));
  REQUIRE(apply(store, BridgeJoined{"a-b1", "a", "a-2", 10 * kSecond}));
  REQUIRE(apply(store, BridgeJoined{"a-b1", "a", "a-3", 20 * kSecond}));
  REQUIRE(apply(store, BridgeLeft{"a-b1", "a-2", 30 * kSecond, 20000}));
}

}  // namespace

TEST_CASE("each leg of a bridge has its own time, and who stays to the end has it from the bridge's length") {
  StoreFixture fixture;
  auto store = fixture.open();
  bridge_of_three(*store);
  CHECK(talks(*store) == "a-1/ -\na-2/1001 20000\na-3/ -\n");
  // The switch died at 50 s; that was found out at 90 s.
  REQUIRE(apply(*store, BridgeDown{"a-b1", "restart", 90 * kSecond, 40000}));
  CHECK(talks(*store) == "a-1/ 40000\na-2/1001 20000\na-3/ 30000\n");
}

TEST_CASE("who comes back into a bridge has two times; what nobody ended has no length") {
  StoreFixture fixture;
  auto store = fixture.open();
  bridge_of_three(*store);
  REQUIRE(apply(*store, BridgeJoined{"a-b1", "a", "a-2", 40 * kSecond}));
  REQUIRE(apply(*store, CallEnded{"a", "restart", 60 * kSecond, 1, 41}));
  CHECK(talks(*store) == "a-1/ -\na-2/1001 20000\na-3/ -\na-2/1001 -\n");
}

TEST_CASE("a store of schema 1 gets the legs of its bridges as a rebuild makes them") {
  StoreFixture fixture;
  std::ifstream first("share/sql/001-calls.sql"), second("share/sql/002-bridge-legs.sql");
  auto whole = [](std::ifstream& file) { return (std::stringstream() << file.rdbuf()).str(); };
  auto store = fixture.open();
  REQUIRE(apply(*store, BridgeUp{"a-b1", "a", "a-1", "a-2", 10 * kSecond}));
  REQUIRE(apply(*store, BridgeDown{"a-b1", "released", 15 * kSecond, 5000}));
  CHECK(talks(*store) == "");
  std::string insert = whole(second);
  REQUIRE(store->script(insert.substr(insert.find("INSERT"))));
  CHECK(talks(*store) == "a-1/ 5000\na-2/ 5000\n");
}
