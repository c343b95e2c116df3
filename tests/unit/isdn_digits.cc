// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers that come in parts: overlap sending and receiving, Q.931 §5.1.3 and §5.2.
#include <doctest/doctest.h>

#include "isdn_ends.h"

using namespace hotline;
using namespace hotline::isdn;
using hotline::isdn::test::End;
using hotline::isdn::test::Ends;

namespace {

Dialling parts(int length = 0, std::vector<std::string> patterns = {}) { return {true, length, std::move(patterns)}; }

CallId begin(End& from, const std::string& digits, int channel = 5) {
  Outgoing outgoing;
  outgoing.channel = channel;
  outgoing.from = "13800138000";
  outgoing.to = digits;
  outgoing.complete = false;
  const CallId call = from.place(outgoing);
  REQUIRE(call != 0);
  return call;
}

}  // namespace

TEST_CASE("digits: which numbers are whole") {
  const Dialling dialling = parts(7, {"96116", "12xxx"});
  const std::tuple<const char*, bool, const char*> rows[] = {{"", false, ""},
                                                             {"9611", false, "9611"},
                                                             {"96116", true, "96116"},
                                                             {"961160", false, "961160"},
                                                             {"9611600", true, "9611600"},
                                                             {"12", false, "12"},
                                                             {"12345", true, "12345"},
                                                             {"5#", true, "5"},
                                                             {"88#99", true, "88"},
                                                             {"*21", false, "*21"},
                                                             {"*21#", true, "*21#"},
                                                             {"#", false, "#"},
                                                             {"#31#", true, "#31#"}};
  for (const auto& [digits, whole, left] : rows) {
    CAPTURE(digits);
    std::string number = digits;
    CHECK(is_whole(dialling, number) == whole);
    CHECK(number == left);
  }
  std::string longest(31, '1');
  CHECK(is_whole(parts(), longest));
  longest.pop_back();
  CHECK_FALSE(is_whole(parts(), longest));
}

TEST_CASE("digits: one at a time, from no number at all, until the length says that it is whole; either side") {
  for (bool network_calls : {true, false}) {
    CAPTURE(network_calls);
    Ends ends;
    REQUIRE(ends.up());
    End& from = network_calls ? *ends.network : *ends.user;
    End& to = network_calls ? *ends.user : *ends.network;
    to.d->adopt({}, parts(5));
    const CallId call = begin(from, "");
    REQUIRE(ends.run([&] { return to.collecting.size() == 1; }));
    CHECK(to.collecting.begin()->second.empty());
    REQUIRE(ends.run([&] { return from.early.count(call) == 1; }));  // the dial tone
    for (const char* digit : {"9", "6", "1"}) from.d->dial(call, digit);
    REQUIRE(ends.run([&] { return to.collecting.begin()->second == "961"; }));
    CHECK(to.incoming.empty());
    from.d->dial(call, "16");
    REQUIRE(ends.run([&] { return to.incoming.size() == 1; }));
    CHECK(to.incoming[0].second.to == "96116");
    CHECK(to.incoming[0].second.from == "13800138000");
    from.d->dial(call, "777");  // too late to matter
    to.d->answer(to.incoming[0].first);
    REQUIRE(ends.run([&] { return from.answered.size() == 1 && to.answered.size() == 1; }));
    from.d->hangup(call, 16);
    REQUIRE(ends.run([&] { return from.d->calls() == 0 && to.d->calls() == 0; }));
    CHECK(to.busy.empty());
  }
}

TEST_CASE("digits: some in the SETUP, a '#' at the end, and digits given before they are asked for") {
  Ends ends;
  REQUIRE(ends.up());
  ends.user->d->adopt({}, parts());
  const CallId call = begin(*ends.network, "96");
  ends.network->d->dial(call, "116#");
  REQUIRE(ends.run([&] { return ends.user->incoming.size() == 1; }));
  CHECK(ends.user->incoming[0].second.to == "96116");
  CHECK(ends.network->early.empty());  // no dial tone with a digit there
}

TEST_CASE("digits: a pattern, or a SETUP that says it is complete, needs no more") {
  Ends ends;
  REQUIRE(ends.up());
  ends.user->d->adopt({}, parts(11, {"96116"}));
  begin(*ends.network, "96116");
  REQUIRE(ends.run([&] { return ends.user->incoming.size() == 1; }));
  REQUIRE(ends.network->place(6, "1", "12"));
  REQUIRE(ends.run([&] { return ends.user->incoming.size() == 2; }));
  CHECK(ends.user->incoming[1].second.to == "12");
  CHECK(ends.user->collecting.empty());
}

TEST_CASE("digits: without overlap a SETUP holds all there is, even when it does not say so") {
  Ends ends;
  REQUIRE(ends.up());
  begin(*ends.network, "961");
  REQUIRE(ends.run([&] { return ends.user->incoming.size() == 1; }));
  CHECK(ends.user->incoming[0].second.to == "961");
}

TEST_CASE("digits: when no more come in T302 the number is what there is, and none at all is cause 28") {
  Ends ends;
  REQUIRE(ends.up());
  Timers timers;
  timers.t302 = milliseconds(300);
  ends.user->d->adopt(timers, parts(11));
  begin(*ends.network, "119", 5);
  REQUIRE(ends.run([&] { return ends.user->incoming.size() == 1; }, seconds(5)));
  CHECK(ends.user->incoming[0].second.to == "119");
  const CallId silent = begin(*ends.network, "", 6);
  REQUIRE(ends.run([&] { return ends.network->gone(silent); }, seconds(5)));
  CHECK(ends.network->cause(silent) == 28);
  CHECK(ends.user->busy.size() == 1);
}

TEST_CASE("digits: a caller who gives up between two digits leaves nothing behind") {
  Ends ends;
  REQUIRE(ends.up());
  ends.user->d->adopt({}, parts(11));
  const CallId call = begin(*ends.network, "1");
  REQUIRE(ends.run([&] { return ends.user->collecting.size() == 1; }));
  ends.network->d->hangup(call, 16);
  REQUIRE(ends.run([&] { return ends.network->d->calls() == 0 && ends.user->d->calls() == 0; }));
  CHECK(ends.user->incoming.empty());
  CHECK(ends.user->busy.empty());
  CHECK(ends.user->d->layer3_calls() == 0);
}

TEST_CASE("digits: an exchange that never has enough is given up after T304, cause 102") {
  Ends ends;
  REQUIRE(ends.up());
  Timers timers;
  timers.t304 = milliseconds(300);
  ends.user->d->adopt(timers, {});
  ends.network->d->adopt({}, parts(20));
  const CallId call = begin(*ends.user, "138");
  REQUIRE(ends.run([&] { return ends.user->gone(call); }, seconds(5)));
  CHECK(ends.user->cause(call) == 102);
  CHECK(ends.network->busy.empty());
}
