// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <limits>

#include "speech_prompts.h"

using namespace hotline;
using namespace hotline::speech;
using namespace std::chrono_literals;

TEST_CASE("English numbers have and after the hundreds") {
  struct {
    int64_t value;
    const char* said;
  } cases[] = {{0, "zero"},
               {7, "seven"},
               {11, "eleven"},
               {20, "twenty"},
               {21, "twenty one"},
               {100, "one hundred"},
               {101, "one hundred and one"},
               {999, "nine hundred and ninety nine"},
               {1000, "one thousand"},
               {1005, "one thousand and five"},
               {2200, "two thousand two hundred"},
               {1000001, "one million and one"},
               {12345678, "twelve million three hundred and forty five thousand six hundred and seventy eight"},
               {-40, "minus forty"}};
  for (const auto& [value, said] : cases) {
    CAPTURE(value);
    CHECK(en_text(number(Language::en, value)) == said);
  }
  CHECK(en_text(number(Language::en, std::numeric_limits<int64_t>::max())).find("<no prompt") == std::string::npos);
}

TEST_CASE("English money, decimals and percentages") {
  CHECK(en_text(money(Language::en, 0)) == "zero yuan");
  CHECK(en_text(money(Language::en, 10520)) == "one hundred and five yuan twenty fen");
  CHECK(en_text(money(Language::en, 5)) == "five fen");
  CHECK(en_text(money(Language::en, -500)) == "minus five yuan");
  CHECK(en_text(decimal(Language::en, 1005, 2)) == "ten point zero five");
  CHECK(en_text(percent(Language::en, 25, 0)) == "twenty five percent");
}

TEST_CASE("English digits have no yao") {
  CHECK(en_text(digits(Language::en, "101*")) == "one zero one star");
  CHECK(en_text(agent_number(Language::en, "1001")) == "Agent number one zero zero one is at your service.");
}

TEST_CASE("English dates say years in pairs") {
  using namespace std::chrono;
  CHECK(en_text(date(Language::en, 2011y / 11 / 22)) == "November twenty-second twenty eleven");
  CHECK(en_text(date(Language::en, 1905y / 1 / 1)) == "January first nineteen oh five");
  CHECK(en_text(date(Language::en, 1900y / 2 / 3)) == "February third nineteen hundred");
  CHECK(en_text(date(Language::en, 2000y / 12 / 31)) == "December thirty-first two thousand");
  CHECK(en_text(date(Language::en, 2026y / 11 / 21)) == "November twenty-first twenty twenty six");
  CHECK(en_text(day_of_week(Language::en, Monday)) == "Monday");
}

TEST_CASE("every day and month has its English prompt") {
  using namespace std::chrono;
  for (auto day = sys_days(2026y / 1 / 1); day < sys_days(2027y / 1 / 1); day += days(1))
    CHECK(en_text(date(Language::en, year_month_day(day))).find("<no prompt") == std::string::npos);
}

TEST_CASE("English times use the twelve-hour clock") {
  CHECK(en_text(time_of_day(Language::en, 0, 5)) == "twelve oh five a.m.");
  CHECK(en_text(time_of_day(Language::en, 9, 30)) == "nine thirty a.m.");
  CHECK(en_text(time_of_day(Language::en, 12, 0)) == "twelve noon");
  CHECK(en_text(time_of_day(Language::en, 14, 15)) == "two fifteen p.m.");
}

TEST_CASE("English durations know one from many") {
  CHECK(en_text(duration(Language::en, 0s)) == "zero seconds");
  CHECK(en_text(duration(Language::en, 61s)) == "one minute one second");
  CHECK(en_text(duration(Language::en, 7320s)) == "two hours two minutes");
  CHECK(en_text(duration(Language::en, 86400s)) == "one day");
}
