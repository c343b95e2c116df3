// SPDX-License-Identifier: GPL-2.0-or-later
// What a call brings beside its number: names, who passed it on, who answers, what it costs, and what is heard of it.
#include <doctest/doctest.h>

#include "isdn/frame.h"
#include "isdn_ends.h"

using namespace hotline;
using namespace hotline::isdn;
using hotline::isdn::test::End;
using hotline::isdn::test::Ends;

namespace {

Setup arrived(Ends& ends, End& from, End& to, const Outgoing& outgoing) {
  const size_t before = to.incoming.size();
  const CallId call = from.place(outgoing);
  REQUIRE(call != 0);
  REQUIRE(ends.run([&] { return to.incoming.size() > before; }));
  const Setup setup = to.incoming.back().second;
  from.d->hangup(call, 16);
  REQUIRE(ends.run([&] { return from.d->calls() == 0 && to.d->calls() == 0; }));
  return setup;
}

Outgoing call_to(const std::string& to) {
  Outgoing outgoing;
  outgoing.channel = 5;
  outgoing.from = "13800138000";
  outgoing.to = to;
  return outgoing;
}

std::pair<CallId, CallId> talk(Ends& ends, const std::string& answers_as = "") {
  const CallId placed = ends.user->place(7, "96116", "13800138000");
  REQUIRE(ends.run([&] { return ends.network->incoming.size() == 1; }));
  const CallId offered = ends.network->incoming[0].first;
  ends.network->d->answer(offered, answers_as);
  REQUIRE(ends.run([&] { return ends.user->answered.size() == 1 && ends.network->answered.size() == 1; }));
  return {placed, offered};
}

}  // namespace

TEST_CASE("services: the network's caller has a name, in any script; the user's has none to send") {
  Ends ends;
  REQUIRE(ends.up());
  for (const char* name : {"Wang Wei", "王伟", "Müller"}) {
    Outgoing outgoing = call_to("96116");
    outgoing.name = name;
    CHECK(arrived(ends, *ends.network, *ends.user, outgoing).name == name);
    CHECK(arrived(ends, *ends.user, *ends.network, outgoing).name.empty());
  }
  Outgoing withheld = call_to("96116");
  withheld.from.clear();
  withheld.name = "Nobody";
  const Setup setup = arrived(ends, *ends.network, *ends.user, withheld);
  CHECK(setup.withheld);
  CHECK(setup.from.empty());
  CHECK(setup.name.empty());
}

TEST_CASE("services: who passed the call on, and why, either way") {
  Ends ends;
  REQUIRE(ends.up());
  for (const char* reason : {"busy", "no-answer", "unconditional", "deflection"}) {
    CAPTURE(reason);
    Outgoing outgoing = call_to("96116");
    outgoing.redirecting = {"96110", reason};
    for (auto [from, to] : {std::pair(ends.network.get(), ends.user.get()), {ends.user.get(), ends.network.get()}}) {
      const Setup setup = arrived(ends, *from, *to, outgoing);
      CHECK(setup.redirecting.number == "96110");
      CHECK(setup.redirecting.reason == reason);
    }
  }
  CHECK(arrived(ends, *ends.network, *ends.user, call_to("96116")).redirecting.reason.empty());
}

TEST_CASE("services: types of number arrive as they were sent") {
  Ends ends;
  REQUIRE(ends.up());
  for (auto type : {NumberType::unknown, NumberType::national, NumberType::network, NumberType::subscriber,
                    NumberType::abbreviated}) {
    CAPTURE(name_of(type));
    Outgoing outgoing = call_to("96116");
    outgoing.from_type = outgoing.to_type = type;
    const Setup setup = arrived(ends, *ends.network, *ends.user, outgoing);
    CHECK(setup.from_type == type);
    CHECK(setup.to_type == type);
    CHECK(setup.from == "13800138000");
  }
  Outgoing outgoing = call_to("+8610");
  CHECK(arrived(ends, *ends.network, *ends.user, outgoing).to_type == NumberType::international);
}

TEST_CASE("services: who answers is told to the caller") {
  Ends ends;
  REQUIRE(ends.up());
  const auto [placed, offered] = talk(ends, "13900139000");
  CHECK(ends.user->connected[placed] == "13900139000");
}

TEST_CASE("services: what a call costs, while it goes on and at its end, in units and in money") {
  Ends ends;
  REQUIRE(ends.up());
  const auto [placed, offered] = talk(ends);
  Charge units;
  units.units = 3;
  ends.network->d->charge(offered, units);
  REQUIRE(ends.run([&] { return ends.user->charges.size() == 1; }));
  CHECK(ends.user->charges[0] == std::pair(placed, units));
  Charge money;
  money.final = true;
  money.currency = "CNY";
  money.thousandths = 350;
  ends.network->d->charge(offered, money);
  ends.network->d->hangup(offered, 16);
  REQUIRE(ends.run([&] { return ends.user->gone(placed); }));
  REQUIRE(ends.user->charges.size() == 2);
  CHECK(ends.user->charges[1] == std::pair(placed, money));
  CHECK(amount_text(350) == "0.35");
  CHECK(amount_text(12'000) == "12.00");
  CHECK(amount_text(5) == "0.005");
  CHECK(amount_text(-1'250) == "-1.25");
}

TEST_CASE("services: a call that costs nothing says so") {
  Ends ends;
  REQUIRE(ends.up());
  const auto [placed, offered] = talk(ends);
  Charge free;
  free.free = true;
  ends.network->d->charge(offered, free);
  REQUIRE(ends.run([&] { return ends.user->charges.size() == 1; }));
  CHECK(ends.user->charges[0].second.free);
}

TEST_CASE("services: something to hear before the answer, with ALERTING or after it") {
  for (bool with_alerting : {true, false}) {
    CAPTURE(with_alerting);
    Ends ends;
    REQUIRE(ends.up());
    const CallId placed = ends.user->place(7, "96116", "1");
    REQUIRE(ends.run([&] { return ends.network->incoming.size() == 1; }));
    const CallId offered = ends.network->incoming[0].first;
    ends.network->d->alert(offered, with_alerting);
    REQUIRE(ends.run([&] { return ends.user->ringing.size() == 1; }));
    CHECK(ends.user->early.count(placed) == (with_alerting ? 1 : 0));
    ends.network->d->progress(offered);
    ends.network->d->progress(offered);
    REQUIRE(ends.run([&] { return ends.user->early.count(placed) == 1; }));
  }
}

TEST_CASE("services: a refusal with tones is heard for a while, then released with its cause") {
  Ends ends;
  REQUIRE(ends.up());
  Timers timers;
  timers.tone = milliseconds(400);
  ends.user->d->adopt(timers, {});
  for (bool hears : {true, false}) {
    CAPTURE(hears);
    ends.user->hears_tones = hears;
    const size_t before = ends.network->incoming.size();
    const CallId placed = ends.user->place(7, "96116", "1");
    REQUIRE(ends.run([&] { return ends.network->incoming.size() > before; }));
    const Instant refused = monotonic_now();
    ends.network->d->hangup(ends.network->incoming.back().first, 1, true);
    REQUIRE(ends.run([&] { return ends.user->gone(placed) && ends.network->d->calls() == 0; }));
    CHECK(ends.user->tones[placed] == 1);
    CHECK(ends.user->cause(placed) == 1);
    CHECK(ends.user->by_remote(placed));
    if (hears) CHECK(monotonic_now() - refused >= milliseconds(400));
    CHECK(ends.network->busy.empty());
    CHECK(ends.user->busy.empty());
  }
}

TEST_CASE("services: who has heard enough hangs up, and the far end's cause stands") {
  Ends ends;
  REQUIRE(ends.up());
  ends.user->hears_tones = true;
  const CallId placed = ends.user->place(7, "96116", "1");
  REQUIRE(ends.run([&] { return ends.network->incoming.size() == 1; }));
  ends.network->d->hangup(ends.network->incoming[0].first, 17, true);
  REQUIRE(ends.run([&] { return ends.user->tones.count(placed) == 1; }));
  CHECK_FALSE(ends.user->gone(placed));
  ends.user->d->hangup(placed, 16);
  REQUIRE(ends.run([&] { return ends.user->gone(placed) && ends.network->d->calls() == 0; }));
  CHECK(ends.user->cause(placed) == 17);
  CHECK(ends.user->released[placed].size() == 1);
}

TEST_CASE("services: the progress indicator goes into a DISCONNECT in its place, and is found again") {
  const std::vector<uint8_t> frame = {0x02, 0x01, 0x0A, 0x0A, 0x08, 0x02, 0x80, 0x01, 0x45,
                                      0x08, 0x02, 0x81, 0x90, 0x28, 0x02, 'h',  'i'};
  const auto message = message_of(frame);
  REQUIRE(message);
  CHECK(message->reference == 0x8001);
  CHECK(message->type == kDisconnect);
  CHECK_FALSE(has_tones(*message));
  const auto amended = with_tones(frame, true);
  CHECK(std::vector<uint8_t>(amended.begin() + 13, amended.begin() + 17) ==
        std::vector<uint8_t>{0x1E, 0x02, 0x82, 0x88});
  CHECK(amended.size() == frame.size() + 4);
  CHECK(has_tones(*message_of(amended)));
  for (size_t cut = 0; cut < amended.size(); cut++) {  // whatever comes, nothing is read behind its end
    const std::vector<uint8_t> part(amended.begin(), amended.begin() + static_cast<std::ptrdiff_t>(cut));
    if (const auto some = message_of(part)) (void)has_tones(*some);
  }
  CHECK_FALSE(message_of(std::vector<uint8_t>{0x02, 0x01, 0x01, 0x0A, 0x08, 0x02, 0x80, 0x01, 0x45}));  // an RR
}
