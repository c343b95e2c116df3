// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

#include "base/seldom.h"
#include "base/time.h"

using namespace hotline;

TEST_CASE("a moment is written and read back to the microsecond") {
  Utc moment = from_us(1795366905123456);
  CHECK(format_utc(moment) == "2026-11-22T17:01:45.123456Z");
  CHECK(*parse_utc("2026-11-22T17:01:45.123456Z") == moment);
  CHECK(*parse_utc("2026-11-22T17:01:45Z") == from_us(1795366905000000));
}

TEST_CASE("what is no UTC moment is refused") {
  for (const char* text : {"", "2026-11-22", "2026-02-30T00:00:00Z", "2026-11-22T25:00:00Z", "2026-11-22T17:01:45+08:00"})
    CHECK_FALSE(parse_utc(text));
}

TEST_CASE("durations need a unit") {
  CHECK(*parse_duration("20s") == seconds(20));
  CHECK(*parse_duration("1500ms") == milliseconds(1500));
  CHECK(*parse_duration("2h") == std::chrono::hours(2));
  for (const char* text : {"", "20", "s", "20 s", "-5s", "5x", "9999999999999d"}) CHECK_FALSE(parse_duration(text));
  CHECK(format_duration(milliseconds(1500)) == "1500ms");
  CHECK(format_duration(seconds(120)) == "2m");
  CHECK(clock_text(seconds(3725)) == "1:02:05");
}

TEST_CASE("a local day begins at local midnight") {
  ::setenv("TZ", "Asia/Shanghai", 1);
  ::tzset();
  auto day = local_day("2026-11-22");
  REQUIRE(day);
  CHECK(format_utc(day->begin) == "2026-11-21T16:00:00.000000Z");
  CHECK(day->end - day->begin == std::chrono::hours(24));
  CHECK(local_date(day->begin) == "2026-11-22");
  CHECK_FALSE(local_day("2026-02-29"));
  CHECK_FALSE(local_day("yesterday"));
}

TEST_CASE("what goes wrong a thousand times is said once a minute, with how often") {
  Seldom seldom;
  Instant start = Instant{} + seconds(5);
  CHECK(seldom.due(start) == 1);
  for (int i = 0; i < 999; ++i) CHECK(seldom.due(start + milliseconds(i * 60)) == 0);
  CHECK(seldom.due(start + seconds(60)) == 1000);
  CHECK(seldom.due(start + seconds(119)) == 0);
  CHECK(seldom.due(start + seconds(200)) == 2);
}
