// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "isdn_ends.h"

using namespace hotline;
using namespace hotline::isdn;
using hotline::isdn::test::End;
using hotline::isdn::test::Ends;

namespace {

// An answered call from the network to the user.
std::pair<CallId, CallId> talk(Ends& ends, int channel = 4) {
  CallId placed = ends.network->place(channel, "1", "96116");
  const size_t before = ends.user->incoming.size();
  REQUIRE(ends.run([&] { return ends.user->incoming.size() > before; }));
  CallId offered = ends.user->incoming.back().first;
  ends.user->d->answer(offered);
  REQUIRE(ends.run([&] { return !ends.network->answered.empty() && !ends.user->answered.empty(); }));
  return {placed, offered};
}

}  // namespace

TEST_CASE("isdn: an end that was killed in the middle of a call comes back, and the other end's call is released") {
  for (bool user_dies : {true, false}) {
    CAPTURE(user_dies);
    Ends ends;
    REQUIRE(ends.up());
    auto [placed, offered] = talk(ends);
    if (user_dies) {
      ends.user.reset();
      ends.start_user();
    } else {
      ends.network.reset();
      ends.start_network();
    }
    End& survivor = user_dies ? *ends.network : *ends.user;
    const CallId call = user_dies ? placed : offered;
    REQUIRE(ends.up());
    REQUIRE(ends.run([&] { return survivor.gone(call); }, seconds(5)));
    CHECK(survivor.busy.empty());
    CHECK(survivor.cause(call) == 81);
    CHECK(survivor.released[call].size() == 1);
    ends.network->answered.clear();
    ends.user->answered.clear();
    talk(ends);  // and the same channel serves again
  }
}

TEST_CASE("isdn: both ends killed and started in either order come up within two seconds") {
  for (bool user_first : {true, false}) {
    CAPTURE(user_first);
    Ends ends;
    REQUIRE(ends.up());
    talk(ends);
    ends.user.reset();
    ends.network.reset();
    if (user_first) ends.start_user();
    ends.run([] { return false; }, milliseconds(300));
    ends.start_network();
    if (!user_first) {
      ends.run([] { return false; }, milliseconds(300));
      ends.start_user();
    }
    CHECK(ends.run([&] { return ends.user->d->up() && ends.network->d->up(); }, seconds(5)));
    talk(ends);
  }
}

TEST_CASE("isdn: a call placed the moment that layer 2 is up goes through, though the first SABME was lost") {
  for (bool network_calls : {true, false}) {
    CAPTURE(network_calls);
    Ends ends;
    ends.user.reset();
    ends.network.reset();
    (network_calls ? ends.start_user() : ends.start_network());
    ends.run([] { return false; }, milliseconds(50));  // its SABME finds nobody
    (network_calls ? ends.start_network() : ends.start_user());
    End& from = network_calls ? *ends.network : *ends.user;
    End& to = network_calls ? *ends.user : *ends.network;
    REQUIRE(ends.run([&] { return from.d->up(); }, seconds(3)));
    const CallId call = from.place(2, "1", "96116");
    REQUIRE(ends.run([&] { return !to.incoming.empty() || from.gone(call); }, seconds(3)));
    to.d->answer(to.incoming.at(0).first);
    CHECK(ends.run([&] { return !from.answered.empty(); }, seconds(3)));
    CHECK(ends.up());
  }
}

TEST_CASE("isdn: layer 2 started anew by an end that still knows its calls costs no call") {
  Ends ends;
  REQUIRE(ends.up());
  auto [placed, offered] = talk(ends);
  const uint8_t sabme[] = {0x00, 0x01, 0x7F};  // from the user: C/R 0, SAPI 0, TEI 0
  ends.network->d->receive(sabme);
  ends.run([] { return false; }, milliseconds(500));
  CHECK_FALSE(ends.network->gone(placed));
  CHECK_FALSE(ends.user->gone(offered));
}

TEST_CASE("isdn: a call that is lost on the way ends by itself with a cause") {
  Ends ends;
  REQUIRE(ends.up());
  CallId call = ends.network->place(7, "1", "96116");
  ends.user.reset();  // never answers
  REQUIRE(ends.run([&] { return ends.network->gone(call); }, seconds(30)));
  CHECK(ends.network->cause(call) >= 1);
  CHECK(ends.network->busy.empty());
}

TEST_CASE("isdn: a D channel cut goes down, its calls live on, and come back with it") {
  Ends ends;
  REQUIRE(ends.up());
  auto [placed, offered] = talk(ends);
  ends.cut = true;
  REQUIRE(ends.run([&] { return !ends.network->d->up() && !ends.user->d->up(); }, seconds(40)));
  CHECK_FALSE(ends.network->gone(placed));
  CHECK_FALSE(ends.user->gone(offered));
  ends.cut = false;
  REQUIRE(ends.run([&] { return ends.network->d->up() && ends.user->d->up(); }, seconds(10)));
  ends.run([] { return false; }, milliseconds(500));
  CHECK_FALSE(ends.network->gone(placed));
  CHECK_FALSE(ends.user->gone(offered));
  ends.network->d->hangup(placed, 16);
  REQUIRE(ends.run([&] { return ends.network->gone(placed) && ends.user->gone(offered); }));
  CHECK(ends.user->cause(offered) == 16);
  CHECK(ends.network->layer2 == std::vector<bool>{true, false, true});
}
