// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "isdn_ends.h"

using namespace hotline;
using namespace hotline::isdn;
using hotline::isdn::test::End;
using hotline::isdn::test::Ends;

namespace {

// A call on its way from one end to the other, both already knowing of it.
struct Passed {
  CallId placed = 0, offered = 0;
};

Passed pass(Ends& ends, End& from, End& to, int channel = 5) {
  const size_t before = to.incoming.size();
  Passed call;
  call.placed = from.place(channel, "13800138000", "96116");
  REQUIRE(call.placed != 0);
  REQUIRE(ends.run([&] { return to.incoming.size() > before; }));
  call.offered = to.incoming.back().first;
  return call;
}

Passed pass_and_answer(Ends& ends, End& from, End& to, int channel = 5) {
  Passed call = pass(ends, from, to, channel);
  to.d->alert(call.offered);
  to.d->answer(call.offered);
  const size_t a = from.answered.size(), b = to.answered.size();
  REQUIRE(ends.run([&] { return from.answered.size() > a && to.answered.size() > b; }));
  return call;
}

bool both_gone(const End& a, CallId call_a, const End& b, CallId call_b) { return a.gone(call_a) && b.gone(call_b); }

}  // namespace

TEST_CASE("isdn: a call rings, is answered and cleared, from either side to the other") {
  Ends ends;
  REQUIRE(ends.up());
  for (bool network_calls : {true, false}) {
    CAPTURE(network_calls);
    End& from = network_calls ? *ends.network : *ends.user;
    End& to = network_calls ? *ends.user : *ends.network;
    Passed call = pass(ends, from, to, 17);
    CHECK(to.incoming.back().second.from == "13800138000");
    CHECK(to.incoming.back().second.to == "96116");
    CHECK(to.channel_of.at(call.offered) == 17);
    to.d->alert(call.offered);
    REQUIRE(ends.run([&] { return !from.ringing.empty(); }));
    CHECK(from.answered.empty());
    to.d->answer(call.offered);
    REQUIRE(ends.run([&] { return !from.answered.empty() && !to.answered.empty(); }));
    from.d->hangup(call.placed, 16);
    REQUIRE(ends.run([&] { return both_gone(from, call.placed, to, call.offered); }));
    CHECK(from.cause(call.placed) == 16);
    CHECK_FALSE(from.by_remote(call.placed));
    CHECK(to.cause(call.offered) == 16);
    CHECK(to.by_remote(call.offered));
    ends.network->answered.clear();
    ends.user->answered.clear();
  }
  CHECK(ends.network->busy.empty());
  CHECK(ends.user->busy.empty());
}

TEST_CASE("isdn: the called side may hang up too") {
  Ends ends;
  REQUIRE(ends.up());
  Passed call = pass_and_answer(ends, *ends.network, *ends.user);
  ends.user->d->hangup(call.offered, 31);
  REQUIRE(ends.run([&] { return both_gone(*ends.network, call.placed, *ends.user, call.offered); }));
  CHECK(ends.network->cause(call.placed) == 31);
  CHECK(ends.network->by_remote(call.placed));
  CHECK_FALSE(ends.user->by_remote(call.offered));
}

TEST_CASE("isdn: a call is refused with every cause, and both ends know it and are free again") {
  Ends ends;
  REQUIRE(ends.up());
  for (bool network_calls : {true, false}) {
    End& from = network_calls ? *ends.network : *ends.user;
    End& to = network_calls ? *ends.user : *ends.network;
    for (bool after_alerting : {false, true}) {
      for (int cause = 1; cause <= 127; cause++) {
        CAPTURE(network_calls);
        CAPTURE(after_alerting);
        CAPTURE(cause);
        Passed call = pass(ends, from, to);
        if (after_alerting) to.d->alert(call.offered);
        to.d->hangup(call.offered, cause);
        REQUIRE(ends.run([&] { return both_gone(from, call.placed, to, call.offered); }, seconds(3)));
        const bool of_reference = cause == 6 || cause == 7 || cause == 26 || cause == 81;
        CHECK(from.cause(call.placed) == (of_reference ? 31 : cause));
        CHECK(from.by_remote(call.placed));
        CHECK(to.cause(call.offered) == cause);
        CHECK(from.busy.empty());
        CHECK(to.busy.empty());
      }
    }
  }
}

TEST_CASE("isdn: a busy channel is refused with cause 44 and the call on it lives on") {
  Ends ends;
  REQUIRE(ends.up());
  Passed first = pass_and_answer(ends, *ends.network, *ends.user, 9);
  ends.network->busy.erase(9);  // an exchange that has lost count
  const size_t offered = ends.user->incoming.size();
  CallId second = ends.network->place(9, "2", "96116");
  REQUIRE(ends.run([&] { return ends.network->gone(second); }, seconds(3)));
  CHECK(ends.network->cause(second) == 44);
  CHECK(ends.user->incoming.size() == offered);
  CHECK_FALSE(ends.user->gone(first.offered));
  ends.network->d->hangup(first.placed, 16);
  CHECK(ends.run([&] { return both_gone(*ends.network, first.placed, *ends.user, first.offered); }));
  CHECK(ends.user->d->calls() == 0);
}

TEST_CASE("isdn: the caller gives up at any moment, even with SETUP just sent") {
  Ends ends;
  REQUIRE(ends.up());
  for (bool network_calls : {true, false}) {
    End& from = network_calls ? *ends.network : *ends.user;
    End& to = network_calls ? *ends.user : *ends.network;
    for (int moment : {0, 1, 2, 3}) {
      CAPTURE(network_calls);
      CAPTURE(moment);
      const size_t before = to.incoming.size();
      CallId call = from.place(3, "1", "96116");
      if (moment > 0) REQUIRE(ends.run([&] { return to.incoming.size() > before; }));
      if (moment > 1) to.d->alert(to.incoming.back().first);
      if (moment == 2) {
        const size_t rung = from.ringing.size();
        REQUIRE(ends.run([&] { return from.ringing.size() > rung; }));
      }
      if (moment == 3) to.d->answer(to.incoming.back().first);  // and both cross on the line
      from.d->hangup(call, 16);
      REQUIRE(ends.run([&] { return from.gone(call) && to.d->calls() == 0 && from.d->calls() == 0; }));
      CHECK(from.cause(call) == 16);
      CHECK(to.busy.empty());
      CHECK(from.busy.empty());
    }
  }
}

TEST_CASE("isdn: the caller gives up with every cause, at every moment") {
  Ends ends;
  REQUIRE(ends.up());
  for (bool network_calls : {true, false}) {
    End& from = network_calls ? *ends.network : *ends.user;
    End& to = network_calls ? *ends.user : *ends.network;
    for (int cause = 1; cause <= 127; cause++) {
      for (int moment : {0, 1, 2}) {
        CAPTURE(network_calls);
        CAPTURE(cause);
        CAPTURE(moment);
        const size_t before = to.incoming.size(), rung = from.ringing.size();
        CallId call = from.place(3, "1", "96116");
        if (moment > 0) REQUIRE(ends.run([&] { return to.incoming.size() > before; }));
        if (moment > 1) {
          to.d->alert(to.incoming.back().first);
          REQUIRE(ends.run([&] { return from.ringing.size() > rung; }));
        }
        from.d->hangup(call, cause);
        REQUIRE(ends.run([&] { return from.d->calls() == 0 && to.d->calls() == 0; }, seconds(3)));
        CHECK(from.cause(call) == cause);
      }
    }
  }
}

TEST_CASE("isdn: both ends hang up at once") {
  Ends ends;
  REQUIRE(ends.up());
  Passed call = pass_and_answer(ends, *ends.network, *ends.user);
  ends.network->d->hangup(call.placed, 16);
  ends.user->d->hangup(call.offered, 17);
  REQUIRE(ends.run([&] { return both_gone(*ends.network, call.placed, *ends.user, call.offered); }));
  CHECK(ends.network->cause(call.placed) == 16);
  CHECK(ends.user->cause(call.offered) == 17);
  CHECK(ends.network->released[call.placed].size() == 1);
  CHECK(ends.user->released[call.offered].size() == 1);
}

TEST_CASE("isdn: two SETUPs for one channel cross (glare): each ends with a cause, nothing stays busy") {
  Ends ends;
  REQUIRE(ends.up());
  CallId a = ends.network->place(12, "1", "96116");
  CallId b = ends.user->place(12, "96116", "2");
  REQUIRE(ends.run([&] { return ends.network->gone(a) && ends.user->gone(b); }));
  CHECK(ends.network->cause(a) == 44);
  CHECK(ends.user->cause(b) == 44);
  CHECK(ends.network->busy.empty());
  CHECK(ends.user->busy.empty());
}

TEST_CASE("isdn: thirty calls at once") {
  Ends ends;
  REQUIRE(ends.up());
  ends.user->on_call = [&](CallId call) { ends.user->d->answer(call); };
  std::vector<CallId> calls;
  for (int slot = 1; slot < 32; slot++) {
    if (is_channel(slot)) calls.push_back(ends.network->place(slot, "1", "96116"));
  }
  CHECK(calls.size() == 30);
  REQUIRE(ends.run([&] { return ends.network->answered.size() == 30 && ends.user->answered.size() == 30; }));
  CHECK(ends.user->busy.size() == 30);
  for (CallId call : calls) ends.network->d->hangup(call, 16);
  REQUIRE(ends.run([&] { return ends.network->released.size() == 30 && ends.user->released.size() == 30; }));
  CHECK(ends.user->busy.empty());
}

TEST_CASE("isdn: a withheld number comes as none, an international one with its +, and 31 digits fit") {
  Ends ends;
  REQUIRE(ends.up());
  const std::string longest(31, '7');
  for (auto [from, to] :
       {std::pair<std::string, std::string>{"", "96116"}, {"+8613800138000", "+86512"}, {"1", longest}}) {
    const size_t before = ends.user->incoming.size();
    CallId call = ends.network->place(1, from, to);
    REQUIRE(call != 0);
    REQUIRE(ends.run([&] { return ends.user->incoming.size() > before; }));
    CHECK(ends.user->incoming.back().second.from == from);
    CHECK(ends.user->incoming.back().second.to == to);
    ends.network->d->hangup(call, 16);
    REQUIRE(ends.run([&] { return ends.network->gone(call) && ends.user->busy.empty(); }));
  }
}

TEST_CASE("isdn: what is no number is refused before anything is sent") {
  Ends ends;
  REQUIRE(ends.up());
  for (const char* bad : {"", "12a", "+", "1 2", "1+2", "12345678901234567890123456789012", "1\n"}) {
    auto call = ends.network->d->place(1, "1", bad);
    REQUIRE_FALSE(call);
    CHECK(call.error().code == Errc::bad_data);
  }
  CHECK_FALSE(ends.network->d->place(1, "x", "1"));
  CHECK(ends.network->d->calls() == 0);
}

TEST_CASE("isdn: no call is placed while layer 2 is down") {
  Ends ends;
  ends.user.reset();
  auto call = ends.network->d->place(1, "1", "2");
  REQUIRE_FALSE(call);
  CHECK(call.error().code == Errc::unavailable);
}

TEST_CASE("isdn: commands for calls that are gone, and at the wrong moment, do nothing") {
  Ends ends;
  REQUIRE(ends.up());
  Passed call = pass_and_answer(ends, *ends.network, *ends.user);
  ends.user->d->answer(call.offered);
  ends.user->d->alert(call.offered);
  ends.network->d->answer(call.placed);
  ends.network->d->hangup(call.placed, 16);
  ends.network->d->hangup(call.placed, 17);
  REQUIRE(ends.run([&] { return both_gone(*ends.network, call.placed, *ends.user, call.offered); }));
  ends.user->d->hangup(call.offered, 16);
  ends.user->d->answer(call.offered);
  ends.network->d->hangup(4711, 16);
  ends.settle();
  CHECK(ends.network->cause(call.placed) == 16);
  CHECK(ends.network->released[call.placed].size() == 1);
  CHECK(ends.user->answered.size() == 1);
}

TEST_CASE("isdn: who would have any channel and finds none is told 34") {
  Ends ends;
  REQUIRE(ends.up());
  ends.user->full = true;
  Outgoing outgoing;
  outgoing.channel = 9;
  outgoing.exclusive = false;
  outgoing.to = "96116";
  const CallId call = ends.network->place(outgoing);
  REQUIRE(ends.run([&] { return ends.network->gone(call); }));
  CHECK(ends.network->cause(call) == 34);
  CHECK(ends.user->d->layer3_calls() == 0);
}
