// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "report/erlang.h"
#include "report/interval.h"

using namespace hotline::report;

namespace {

constexpr int64_t kMinuteUs = 60 * 1000000LL;

Entry answered(int64_t minute, int64_t wait_s, int64_t talk_s, int64_t wrap_s) {
  Entry entry;
  entry.call = std::to_string(minute);
  entry.queue = "repair";
  entry.agent = "1001";
  entry.exit = "answered";
  entry.entered_us = minute * kMinuteUs;
  entry.wait_ms = wait_s * 1000;
  entry.talk_ms = talk_s * 1000;
  entry.wrap_ms = wrap_s * 1000;
  return entry;
}

}  // namespace

TEST_CASE("an entry is booked in the interval of its arrival, an agent's time in those it was spent in") {
  std::vector<Entry> entries = {answered(29, 90, 60, 30), answered(31, 5, 30, 0)};
  std::vector<StateSpan> spans = {{"1001", "talking", "29", 25 * kMinuteUs, 40 * kMinuteUs},
                                  {"1001", "logged-out", "", 40 * kMinuteUs, 50 * kMinuteUs},
                                  {"1002", "paused", "", 0, 120 * kMinuteUs}};
  auto list = intervals(entries, spans, 0, 90 * kMinuteUs, 30 * kMinuteUs, 15000);
  REQUIRE(list.size() == 3);
  CHECK(list[0].figures.entered == 1);
  CHECK(list[0].figures.service == ServiceCounts{0, 1, 0, 0});
  CHECK(list[0].time.talking_us == 5 * kMinuteUs);
  CHECK(list[0].time.paused_us == 30 * kMinuteUs);
  CHECK(list[0].positions == Ratio{5 * kMinuteUs, 30 * kMinuteUs});
  CHECK(list[1].figures.service == ServiceCounts{1, 0, 0, 0});
  CHECK(list[1].time.talking_us == 10 * kMinuteUs);
  CHECK(list[2].figures.entered == 0);
  CHECK(list[2].time.paused_us == 30 * kMinuteUs);
  CHECK(list[2].time.available_us() == 0);
}

TEST_CASE("where nobody came and nobody was there, no interval is listed; the last one ends with the span") {
  auto list = intervals(std::vector{answered(95, 1, 1, 0)}, {}, 0, 100 * kMinuteUs, 30 * kMinuteUs, 15000);
  REQUIRE(list.size() == 1);
  CHECK(list[0].begin_us == 90 * kMinuteUs);
  CHECK(list[0].end_us == 100 * kMinuteUs);
}

TEST_CASE("Erlang C is told the interval's own traffic and the positions rounded") {
  std::vector<Entry> entries;
  for (int i = 0; i < 20; ++i) entries.push_back(answered(0, 5, 150, 30));
  AgentTime time;
  time.ready_us = 13 * 6 * kMinuteUs;
  auto of = interval(queue_figures(entries, 15000), time, 0, 6 * kMinuteUs, 6 * kMinuteUs, 15000, {});
  CHECK(of.servers == 13);
  CHECK(of.traffic == doctest::Approx(10));
  CHECK(*of.predicted_level == doctest::Approx(0.7778).epsilon(0.0001));
  CHECK(*of.predicted_asa_s == doctest::Approx(17.12).epsilon(0.001));
  // Two runs together are the same traffic for the same positions.
  auto figures = queue_figures(entries, 15000);
  figures.add(queue_figures(entries, 15000));
  time.add(time);
  auto twice = interval(figures, time, 0, 6 * kMinuteUs, 6 * kMinuteUs, 15000, {}, 2);
  CHECK(twice.servers == 13);
  CHECK(twice.traffic == doctest::Approx(10));
}

TEST_CASE("figures of several runs together are those of all their entries") {
  std::vector<Entry> all = {answered(1, 20, 60, 10), answered(2, 3, 60, 10), answered(3, 7, 30, 0)};
  all[2].exit = "abandoned";
  all[2].talk_ms.reset();
  auto sum = queue_figures(std::span(all).subspan(0, 1), 15000);
  sum.add(queue_figures(std::span(all).subspan(1), 15000));
  auto whole = queue_figures(all, 15000);
  CHECK(sum.entered == whole.entered);
  CHECK(sum.exits == whole.exits);
  CHECK(sum.service == whole.service);
  CHECK(sum.waits_ms == whole.waits_ms);
  CHECK(sum.aht_ms() == whole.aht_ms());
  CHECK(sum.asa_ms() == whole.asa_ms());
  CHECK(sum.time_to_abandon_ms() == whole.time_to_abandon_ms());
}
