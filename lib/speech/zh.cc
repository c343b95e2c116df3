// SPDX-License-Identifier: GPL-2.0-or-later
// Mandarin. 一 and 二 are the trouble:
//   一  yi1 alone, at a number's end and in dates; yi4 before tones 1-3 (一百, 一千, 一元); yi2 before tone 4 (一万,
//   一位) 二  两 before 千, 万, 亿 and measure words, and before 百 when it begins the number; 二 elsewhere
#include <array>

#include "speech/languages.h"

namespace hotline::speech::zh {

namespace {

const char* const kYiRising = "number-1-rising";
const char* const kYiFalling = "number-1-falling";
const char* const kLiang = "number-2-liang";
constexpr uint64_t kWan = 10'000, kYi = 100'000'000;

/// What one counts with: the prompt, and how 一 sounds before it.
struct Measure {
  const char* name;
  const char* one;
};
const Measure kYuan{"yuan", kYiFalling}, kJiao{"jiao", kYiFalling}, kFen{"fen", kYiFalling};
const Measure kDays{"days", kYiFalling}, kHours{"hours", kYiFalling}, kMinutes{"minutes", kYiFalling},
    kMinute{"minute", kYiFalling}, kSecond{"second", kYiFalling};

/// One of 千 百 十 with its digit. `leads`: nothing of the number has been said yet.
void say_place(Prompts& said, uint64_t digit, uint64_t place, bool leads) {
  const bool tens = place == 10;
  if (tens && digit == 1 && leads) {
    said.push_back("ten");  // 十一, not 一十一
    return;
  }
  if (digit == 1 && !tens)
    said.push_back(kYiFalling);
  else if (digit == 2 && (place == 1000 || (place == 100 && leads)))
    said.push_back(kLiang);
  else
    said.push_back(digit_name(digit));
  said.push_back(place == 1000 ? "thousand" : place == 100 ? "hundred" : "ten");
}

/// 1 to 9999; zeros between two of its digits are one 零.
void say_group(Prompts& said, uint64_t group) {
  bool begun = false, gap = false;
  for (uint64_t place : {1000, 100, 10, 1}) {
    uint64_t digit = group / place % 10;
    if (digit == 0) {
      gap = begun;
      continue;
    }
    if (gap) said.push_back("digit-0");
    if (place == 1)
      said.push_back(digit_name(digit));
    else
      say_place(said, digit, place, said.empty());
    begun = true;
    gap = false;
  }
}

void say_number(Prompts& said, uint64_t value);

/// A number above `unit`, which is 万 or 亿: so many of them, then the rest.
void say_units(Prompts& said, uint64_t value, uint64_t unit, const char* name) {
  uint64_t many = value / unit, rest = value % unit;
  if (many == 1)
    said.push_back(kYiRising);
  else if (many == 2)
    said.push_back(kLiang);
  else
    say_number(said, many);
  said.push_back(name);
  if (rest == 0) return;
  if (rest < unit / 10) said.push_back("digit-0");
  say_number(said, rest);
}

void say_number(Prompts& said, uint64_t value) {
  if (value >= kYi)
    say_units(said, value, kYi, "hundred-million");
  else if (value >= kWan)
    say_units(said, value, kWan, "ten-thousand");
  else
    say_group(said, value);
}

/// A count before a measure word. `after`: something of the same quantity was said, then a last 二 stays 二 (两分二秒).
void say_count(Prompts& said, uint64_t value, const Measure& measure, bool after = false) {
  if (value == 1)
    said.push_back(measure.one);
  else if (value == 2)
    said.push_back(after ? "digit-2" : kLiang);
  else
    append(said, number(value));
  said.push_back(measure.name);
}

}  // namespace

Prompts number(uint64_t value) {
  if (value == 0) return {"digit-0"};
  Prompts said;
  say_number(said, value);
  return said;
}

Prompts money(uint64_t fen) {
  if (fen == 0) return {"digit-0", "yuan"};
  Prompts said;
  uint64_t yuan = fen / 100, jiao = fen / 10 % 10, last = fen % 10;
  if (yuan > 0) say_count(said, yuan, kYuan);
  if (jiao > 0) say_count(said, jiao, kJiao);
  if (last == 0) return said;
  if (yuan > 0 && jiao == 0)
    append(said, {"digit-0", digit_name(last), "fen"});
  else
    say_count(said, last, kFen, jiao > 0);
  return said;
}

Prompts date(int year, int month, int day) {
  Prompts said;
  for (char c : std::to_string(year)) said.push_back(digit_name(static_cast<uint64_t>(c - '0')));
  said.push_back("year");
  append(said, number(static_cast<uint64_t>(month)));
  said.push_back("month");
  if (day == 0) return said;
  append(said, number(static_cast<uint64_t>(day)));
  said.push_back("day");
  return said;
}

static const char* part_of_day(int hour) {
  if (hour < 6) return "dawn";
  if (hour < 12) return "morning";
  if (hour == 12) return "noon";
  return hour < 18 ? "afternoon" : "evening";
}

Prompts time_of_day(int hour, int minute) {
  Prompts said = {part_of_day(hour)};
  say_count(said, static_cast<uint64_t>(hour > 12 ? hour - 12 : hour), {"o-clock", kYiFalling});
  if (minute == 0) return said;
  if (minute < 10) said.push_back("digit-0");
  append(said, number(static_cast<uint64_t>(minute)));
  said.push_back("minute");
  return said;
}

Prompts duration(int64_t seconds) {
  auto whole = static_cast<uint64_t>(seconds);
  struct Part {
    uint64_t value;
    Measure measure;
  };
  const bool ends_in_seconds = whole % 60 > 0;
  const std::array<Part, 4> parts = {{{whole / 86400, kDays},
                                      {whole / 3600 % 24, kHours},
                                      {whole / 60 % 60, ends_in_seconds ? kMinute : kMinutes},
                                      {whole % 60, kSecond}}};
  Prompts said;
  bool gap = false;
  for (const auto& [value, measure] : parts) {
    if (value == 0) {
      gap = !said.empty();
      continue;
    }
    if (gap && value < 10) said.push_back("digit-0");  // 一小时零五秒
    gap = false;
    say_count(said, value, measure, !said.empty() && measure.name == kSecond.name);
  }
  return said.empty() ? Prompts{"digit-0", "second"} : said;
}

Prompts callers(uint64_t callers) {
  // 位 is the first word of "queue-callers".
  if (callers == 1) return {kYiRising};
  if (callers == 2) return {kLiang};
  return number(callers);
}

}  // namespace hotline::speech::zh
