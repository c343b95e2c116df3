// SPDX-License-Identifier: GPL-2.0-or-later
// Channels: another than was asked for, and RESTART.
#include <doctest/doctest.h>

#include "isdn_ends.h"

using namespace hotline;
using namespace hotline::isdn;
using hotline::isdn::test::End;
using hotline::isdn::test::Ends;

TEST_CASE("channels: the far end may put a call on another channel; who cannot take it loses the call with 44") {
  for (bool may : {true, false}) {
    CAPTURE(may);
    Ends ends;
    REQUIRE(ends.up());
    ends.network->may_move = may;
    ends.user->put_on = 9;
    Outgoing outgoing;
    outgoing.channel = 5;
    outgoing.exclusive = false;
    outgoing.to = "96116";
    const CallId call = ends.network->place(outgoing);
    REQUIRE(ends.run([&] { return ends.user->incoming.size() == 1; }));
    CHECK_FALSE(ends.user->incoming[0].second.exclusive);
    if (may) {
      ends.user->d->answer(ends.user->incoming[0].first);
      REQUIRE(ends.run([&] { return ends.network->answered.size() == 1; }));
      CHECK(ends.network->channel_of[call] == 9);
      CHECK(ends.network->busy == std::set<int>{9});
      ends.network->d->hangup(call, 16);
    }
    REQUIRE(ends.run([&] { return ends.network->gone(call) && ends.user->d->calls() == 0; }));
    CHECK(ends.network->cause(call) == (may ? 16 : 44));
    CHECK(ends.network->busy.empty());
    CHECK(ends.user->busy.empty());
  }
}

TEST_CASE("channels: each is restarted, one after the other, from both ends at once") {
  Ends ends;
  REQUIRE(ends.up());
  int slot_n = 1, slot_u = 31;
  const bool all = ends.run(
      [&] {
        for (auto [end, slot, step] : {std::tuple(ends.network.get(), &slot_n, 1), {ends.user.get(), &slot_u, -1}}) {
          if (*slot == 16) *slot += step;
          if (*slot >= 1 && *slot <= 31 && end->d->restart(*slot)) *slot += step;
        }
        return ends.network->restarted.size() == 30 && ends.user->restarted.size() == 30;
      },
      seconds(20));
  REQUIRE(all);
  for (const auto* end : {ends.network.get(), ends.user.get()}) {
    CHECK(end->far_restarts.size() == 30);
    for (const auto& [channel, acknowledged] : end->restarted) CHECK_MESSAGE(acknowledged, channel);
  }
  CHECK(ends.network->d->layer3_calls() == 0);
}

TEST_CASE("channels: a restart ends the call that is there at both ends, once, and no other") {
  Ends ends;
  REQUIRE(ends.up());
  ends.user->on_call = [&](CallId call) { ends.user->d->answer(call); };
  const CallId here = ends.network->place(4, "1", "96116"), there = ends.network->place(5, "1", "96116");
  REQUIRE(ends.run([&] { return ends.network->answered.size() == 2 && ends.user->answered.size() == 2; }));
  REQUIRE(ends.user->d->restart(4));
  CHECK(ends.user->d->restart(5).error().code == Errc::again);
  REQUIRE(ends.run([&] { return ends.user->restarted.size() == 1 && ends.network->gone(here); }));
  CHECK(ends.network->cause(here) == 41);
  CHECK(ends.network->by_remote(here));
  CHECK(ends.user->released.size() == 1);
  CHECK_FALSE(ends.network->gone(there));
  CHECK(ends.user->busy == std::set<int>{5});
  CHECK(ends.network->place(4, "1", "96116") != 0);
  REQUIRE(ends.run([&] { return ends.network->answered.size() == 3; }));
}

TEST_CASE("channels: a restart that nobody acknowledges is told after T316, one on a dead span at once") {
  Ends ends;
  REQUIRE(ends.up());
  Timers timers;
  timers.t316 = milliseconds(300);
  ends.network->d->adopt(timers, {});
  ends.cut = true;
  REQUIRE(ends.network->d->restart(3));
  REQUIRE(ends.run([&] { return ends.network->restarted.size() == 1; }, seconds(5)));
  CHECK(ends.network->restarted[0] == std::pair(3, false));
  timers.t316 = seconds(120);
  ends.network->d->adopt(timers, {});
  REQUIRE(ends.network->d->restart(3));
  REQUIRE(ends.run([&] { return !ends.network->d->up(); }, seconds(40)));
  CHECK(ends.network->restarted.size() == 2);
  CHECK(ends.network->d->restart(3).error().code == Errc::unavailable);
}

TEST_CASE("channels: a SETUP that crosses a restart is a channel that was taken, not a failure of the call") {
  Ends ends;
  REQUIRE(ends.up());
  const CallId call = ends.network->place(6, "1", "96116");
  ends.user->busy.insert(6);  // as who restarts it would have it
  REQUIRE(ends.user->d->restart(6));
  REQUIRE(ends.run([&] { return ends.network->gone(call) && ends.user->restarted.size() == 1; }));
  CHECK(ends.network->cause(call) == 44);
  ends.settle();
  CHECK(ends.network->d->layer3_calls() == 0);
  CHECK(ends.user->d->layer3_calls() == 0);
}

TEST_CASE("channels: the link is lost while calls clear, and no channel stays busy") {
  Ends ends;
  REQUIRE(ends.up());
  ends.user->on_call = [&](CallId call) { ends.user->d->answer(call); };
  std::vector<CallId> calls;
  for (int slot : {1, 2, 3, 17, 18}) calls.push_back(ends.network->place(slot, "1", "96116"));
  REQUIRE(ends.run([&] { return ends.network->answered.size() == 5 && ends.user->answered.size() == 5; }));
  ends.cut = true;
  for (CallId call : calls) ends.network->d->hangup(call, 16);
  ends.run([] { return false; }, milliseconds(300));
  ends.cut = false;  // layer 2 repeats what was lost
  CHECK(ends.run([&] { return ends.network->d->calls() == 0 && ends.user->d->calls() == 0; }, seconds(30)));
  CHECK(ends.network->busy.empty());
  CHECK(ends.user->busy.empty());
  CHECK(ends.user->stuck.empty());
}

TEST_CASE("channels: no answer to ALERTING within T301 is cause 19, none to PROCEEDING within T310 is cause 102") {
  Ends ends;
  REQUIRE(ends.up());
  Timers timers;
  timers.t301 = timers.t310 = milliseconds(300);
  ends.user->d->adopt(timers, {});
  for (bool rings : {true, false}) {
    const size_t before = ends.network->incoming.size();
    const CallId call = ends.user->place(9, "96116", "1");
    REQUIRE(ends.run([&] { return ends.network->incoming.size() > before; }));
    if (rings) ends.network->d->alert(ends.network->incoming.back().first);
    REQUIRE(ends.run([&] { return ends.user->gone(call) && ends.network->d->calls() == 0; }, seconds(5)));
    CHECK(ends.user->cause(call) == (rings ? 19 : 102));
    CHECK(ends.network->busy.empty());
  }
}
