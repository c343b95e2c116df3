// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "report/agent.h"
#include "report/queue.h"

using namespace hotline::report;

TEST_CASE("the four service levels of one day: 70 in time, 10 late, 8 gave up in time, 12 late") {
  const ServiceCounts day{70, 10, 8, 12};
  CHECK(percent_text(service_level(day, 1)) == "78.0 %");
  CHECK(percent_text(service_level(day, 2)) == "87.5 %");
  CHECK(percent_text(service_level(day, 3)) == "70.0 %");
  CHECK(percent_text(service_level(day, 4)) == "76.1 %");
  CHECK(service_level(day, 4) == Ratio{70, 92});
}

TEST_CASE("rounding is half up, once, and nothing is a dash") {
  CHECK(decimal_text(0.125, 2) == "0.13");
  CHECK(decimal_text(2.5, 0) == "3");
  CHECK(percent_text({1, 8}) == "12.5 %");
  CHECK(percent_text({1, 16}) == "6.3 %");    // 6.25
  CHECK(percent_text({1, 2000}) == "0.1 %");  // 0.05
  CHECK(percent_text({0, 0}) == "-");
  CHECK(seconds_text({1050, 1}) == "1.1");
  CHECK(seconds_text({0, 0}) == "-");
  CHECK(seconds_text({int64_t(1) << 53, 1}) == "9007199254741.0");
}

static std::vector<Entry> some_entries() {
  std::vector<Entry> entries;
  auto add = [&](const std::string& exit, int64_t wait_ms) -> Entry& {
    Entry entry;
    entry.exit = exit;
    entry.wait_ms = wait_ms;
    entries.push_back(entry);
    return entries.back();
  };
  auto& first = add("answered", 15000);  // exactly T is in time
  first.talk_ms = 60000;
  first.wrap_ms = 10000;
  first.connect_ms = 18000;
  add("answered", 15001).talk_ms = 30000;
  add("answered", 1000);  // still talking: no handling time yet
  add("abandoned", 40000);
  add("short-abandoned", 3000);
  for (const char* exit : {"key-exit", "timed-out", "overflowed", "call-back", "withdrawn", "failed"}) add(exit, 5000);
  add("", 0);
  add("", 0).call_over = true;
  return entries;
}

TEST_CASE("every entry is counted once: entered is the sum of exits and of those who wait") {
  auto figures = queue_figures(some_entries(), 15000);
  CHECK(figures.entered == 13);
  CHECK(figures.waiting == 2);
  CHECK(figures.unclosed == 1);
  CHECK(figures.adds_up());
  auto entries = some_entries();
  entries.front().exit = "vanished";
  CHECK_FALSE(queue_figures(entries, 15000).adds_up());
}

TEST_CASE("waits, abandons and handling time follow their definitions") {
  auto figures = queue_figures(some_entries(), 15000);
  CHECK(figures.service == ServiceCounts{2, 1, 1, 1});
  CHECK(figures.asa_ms() == Ratio{31001, 3});
  CHECK(figures.connect_mean_ms() == Ratio{18000, 1});
  CHECK(figures.abandon_rate() == Ratio{1, 12});  // the short one is no chance missed
  CHECK(figures.raw_abandon_rate() == Ratio{2, 13});
  CHECK(figures.time_to_abandon_ms() == Ratio{43000, 2});
  CHECK(figures.aht_ms() == Ratio{100000, 2});
  CHECK(figures.wait_percentile_ms(50) == 15000);
  CHECK(figures.wait_percentile_ms(90) == 15001);
  CHECK_FALSE(queue_figures({}, 15000).wait_percentile_ms(50));
}

TEST_CASE("agents' time is cut to the span, and occupancy is not utilisation") {
  const StateSpan spans[] = {{"1001", "logged-out", "", 0, 100}, {"1001", "ready", "", 100, 200},
                             {"1001", "offered", "c", 200, 210}, {"1001", "talking", "c", 210, 300},
                             {"1001", "wrap-up", "c", 300, 320}, {"1001", "paused", "", 320, 420},
                             {"1002", "ready", "", 0, 1000}};
  auto times = agent_times(spans, 150, 400);
  const auto& time = times["1001"];
  CHECK(time.ready_us == 50);
  CHECK(time.paused_us == 80);
  CHECK(time.signed_in_us() == 250);
  CHECK(time.occupancy() == Ratio{120, 170});
  CHECK(time.utilisation() == Ratio{110, 250});
  CHECK(total_time(spans, 150, 400).ready_us == 300);
}
