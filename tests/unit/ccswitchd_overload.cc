// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccswitchd/overload.h"

namespace hotline::ccswitchd {

namespace {

/// A switch on which a call costs so much of a core: offers `rate` calls a second, samples every 200 ms.
struct Machine {
  Overload overload;
  Instant now{};
  double call_cost_s = 0.002, refusal_cost_s = 0.0001;
  int64_t admitted = 0, refused = 0;

  void run(double calls_per_second, double for_s) {
    double due = 0;
    for (int step = 0; step < for_s * 5; ++step) {
      due += calls_per_second * 0.2;
      double busy = 0;
      for (; due >= 1; due -= 1) {
        now += microseconds(static_cast<int64_t>(1e6 / calls_per_second));
        bool in = overload.admit(now);
        (in ? admitted : refused) += 1;
        busy += in ? call_cost_s : refusal_cost_s;
      }
      Overload::Sample sample;
      sample.signalling = std::min(1.0, busy / 0.2);
      overload.sample(sample);
    }
  }
};

}  // namespace

TEST_CASE("below its limit every call comes in") {
  Machine machine;
  machine.run(300, 60);
  CHECK(machine.refused == 0);
  CHECK_FALSE(machine.overload.change(machine.now));
}

TEST_CASE("at three times the possible rate the switch works at nine tenths of it, whatever refusing costs") {
  Machine machine;
  machine.run(1500, 10);  // 500 a second would be all it can do
  machine.admitted = 0;
  machine.run(1500, 60);
  CHECK(machine.admitted > 60 * 350);
  CHECK(machine.admitted < 60 * 500);
  auto change = machine.overload.change(machine.now);
  REQUIRE(change);
  CHECK(change->began);
  CHECK(change->reason == "signalling");
  machine.run(100, 30);
  machine.refused = 0;
  machine.run(100, 30);
  CHECK(machine.refused == 0);
  change = machine.overload.change(machine.now);
  REQUIRE(change);
  CHECK_FALSE(change->began);
  CHECK(change->refused > 0);
}

TEST_CASE("a few calls a second come in however busy the thread seems") {
  Overload overload;
  Overload::Sample full;
  full.signalling = 1;
  for (int i = 0; i < 100; ++i) overload.sample(full);
  CHECK(overload.fraction() == doctest::Approx(Overload::kFractionMin));
  Instant now{};
  for (int i = 0; i < 100; ++i) CHECK(overload.admit(now += milliseconds(100)));
}

TEST_CASE("a media thread at its limit shuts the door until it is well below") {
  Overload overload;
  Instant now{};
  auto media = [&](double share) {
    Overload::Sample sample;
    sample.media = share;
    overload.sample(sample);
    return overload.admit(now += seconds(1));
  };
  CHECK(media(0.84));
  CHECK_FALSE(media(0.86));
  CHECK_FALSE(media(0.75));  // between the two: as it was
  CHECK(media(0.69));
  CHECK(media(0.75));
  auto change = overload.change(now);
  REQUIRE(change);
  CHECK(change->reason == "media");
  CHECK(change->refused == 2);
}

TEST_CASE("ticks that are late for three seconds shut the door, a machine that stalls for one does not") {
  Overload overload;
  Instant now{};
  Overload::Sample late, calm;
  late.late = 0.9;
  for (int i = 0; i < Overload::kLateSamples - 1; ++i) overload.sample(late);
  CHECK(overload.admit(now += seconds(1)));
  overload.sample(late);
  CHECK_FALSE(overload.admit(now += seconds(1)));
  overload.sample(calm);
  CHECK(overload.admit(now += seconds(1)));
}

TEST_CASE("a journal that cannot be written shuts the door before its memory is full") {
  Overload overload;
  Instant now{};
  Overload::Sample sample;
  sample.journal_bytes = 33u << 20;
  overload.sample(sample);
  CHECK_FALSE(overload.admit(now += seconds(1)));
  sample.journal_bytes = 9u << 20;
  overload.sample(sample);
  CHECK_FALSE(overload.admit(now += seconds(1)));
  sample.journal_bytes = 7u << 20;
  overload.sample(sample);
  CHECK(overload.admit(now += seconds(1)));
}

}  // namespace hotline::ccswitchd
