// SPDX-License-Identifier: GPL-2.0-or-later
// English, as spoken in Britain: "and" after the hundreds; years in pairs.
#include <array>

#include "speech/languages.h"

namespace hotline::speech::en {

namespace {

std::string small_name(uint64_t value) {  // 0 to 20 and the tens
  return value < 10 ? digit_name(value) : "number-" + std::to_string(value);
}

void say_below_hundred(Prompts& said, uint64_t value) {
  if (value <= 20 || value % 10 == 0) {
    said.push_back(small_name(value));
    return;
  }
  said.push_back(small_name(value / 10 * 10));
  said.push_back(digit_name(value % 10));
}

void say_below_thousand(Prompts& said, uint64_t value) {
  if (value >= 100) {
    said.push_back(digit_name(value / 100));
    said.push_back("hundred");
    value %= 100;
    if (value == 0) return;
    said.push_back("and");
  }
  say_below_hundred(said, value);
}

void say_counted(Prompts& said, uint64_t value, const char* one, const char* many) {
  append(said, number(value));
  said.push_back(value == 1 ? one : many);
}

}  // namespace

Prompts number(uint64_t value) {
  struct Scale {
    uint64_t unit;
    const char* name;
  };
  static constexpr std::array<Scale, 4> kScales = {
      {{1'000'000'000'000, "trillion"}, {1'000'000'000, "billion"}, {1'000'000, "million"}, {1'000, "thousand"}}};
  Prompts said;
  for (const auto& [unit, name] : kScales) {
    if (value < unit) continue;
    append(said, number(value / unit));
    said.push_back(name);
    value %= unit;
  }
  if (value == 0 && !said.empty()) return said;
  if (value < 100 && !said.empty()) said.push_back("and");
  say_below_thousand(said, value);
  return said;
}

Prompts money(uint64_t fen) {
  Prompts said;
  if (fen >= 100 || fen == 0) say_counted(said, fen / 100, "yuan", "yuan");
  if (fen % 100 > 0) say_counted(said, fen % 100, "fen", "fen");
  return said;
}

/// 1905 nineteen oh five, 1900 nineteen hundred, 2000 to 2009 and years far away as numbers, 2011 twenty eleven.
static Prompts year_words(int year) {
  auto value = static_cast<uint64_t>(year);
  if (value < 1100 || value > 2099 || (value >= 2000 && value < 2010)) return number(value);
  Prompts said;
  say_below_hundred(said, value / 100);
  if (value % 100 == 0) {
    said.push_back("hundred");
    return said;
  }
  if (value % 100 < 10) said.push_back("oh");
  say_below_hundred(said, value % 100);
  return said;
}

Prompts date(int year, int month, int day) {
  Prompts said = {"month-" + std::to_string(month)};
  if (day > 0) said.push_back("day-" + std::to_string(day));
  append(said, year_words(year));
  return said;
}

Prompts time_of_day(int hour, int minute) {
  Prompts said = number(static_cast<uint64_t>(hour % 12 == 0 ? 12 : hour % 12));
  if (minute > 0) {
    if (minute < 10) said.push_back("oh");
    append(said, number(static_cast<uint64_t>(minute)));
  }
  // Twelve p.m. is noon to some and midnight to others.
  if (minute == 0 && hour % 12 == 0)
    said.push_back(hour == 0 ? "midnight" : "noon");
  else
    said.push_back(hour < 12 ? "am" : "pm");
  return said;
}

Prompts duration(int64_t seconds) {
  auto whole = static_cast<uint64_t>(seconds);
  Prompts said;
  if (uint64_t days = whole / 86400) say_counted(said, days, "day", "days");
  if (uint64_t hours = whole / 3600 % 24) say_counted(said, hours, "hour", "hours");
  if (uint64_t minutes = whole / 60 % 60) say_counted(said, minutes, "minute", "minutes");
  if (uint64_t rest = whole % 60; rest > 0 || said.empty()) say_counted(said, rest, "second", "seconds");
  return said;
}

}  // namespace hotline::speech::en
