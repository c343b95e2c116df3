// SPDX-License-Identifier: GPL-2.0-or-later
#include "speech/speech.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "speech/languages.h"

namespace hotline::speech {

std::optional<Language> language_of(std::string_view tag) {
  if (tag == "zh-CN") return Language::zh;
  if (tag == "en") return Language::en;
  return std::nullopt;
}

Prompts digits(Language language, std::string_view text) {
  Prompts said;
  for (char c : text) {
    if (c == '1' && language == Language::zh)
      said.push_back("digit-1-yao");
    else if (c >= '0' && c <= '9')
      said.push_back(digit_name(static_cast<uint64_t>(c - '0')));
    else if (c == '*')
      said.push_back("digit-star");
    else if (c == '#')
      said.push_back("digit-pound");
  }
  return said;
}

/// In fours from the end, what is left over first.
static void add_fours(std::vector<size_t>& groups, size_t length) {
  if (length % 4 > 0) groups.push_back(length % 4);
  groups.insert(groups.end(), length / 4, 4);
}

/// How many digits each breath has: 11 digits from 1 are a mobile, 3-4-4; up to five go in one; from 0 they are an area
/// code and a number.
static std::vector<size_t> breaths(std::string_view number) {
  if (number.size() == 11 && number[0] == '1') return {3, 4, 4};
  if (number.size() <= 5) return {number.size()};
  std::vector<size_t> groups;
  if (number[0] == '0' && number[1] != '0' && number.size() >= 10 && number.size() <= 12)
    groups.push_back(number[1] <= '2' ? 3 : 4);
  add_fours(groups, number.size() - (groups.empty() ? 0 : groups[0]));
  return groups;
}

static void say_groups(Prompts& said, Language language, std::string_view number, const std::vector<size_t>& groups) {
  size_t at = 0;
  for (size_t length : groups) {
    if (!said.empty()) said.push_back("pause");
    append(said, digits(language, number.substr(at, length)));
    at += length;
  }
}

Prompts telephone(Language language, std::string_view number) {
  Prompts said;
  if (!number.empty()) say_groups(said, language, number, breaths(number));
  return said;
}

Prompts ticket_number(Language language, std::string_view number) {
  static constexpr size_t kGroupMost = 4;
  Prompts said;
  auto say_part = [&](const std::string& part) {
    std::vector<size_t> groups;
    size_t left = part.size(), count = (left + kGroupMost - 1) / kGroupMost;
    for (; count > 0; --count) {
      groups.push_back((left + count - 1) / count);
      left -= groups.back();
    }
    say_groups(said, language, part, groups);
  };
  std::string part;
  for (char c : number) {
    if (c >= '0' && c <= '9')
      part.push_back(c);
    else if (c == '-' || c == ' ')
      say_part(std::exchange(part, {}));
  }
  say_part(part);
  return said;
}

Prompts agent_number(Language language, std::string_view agent) {
  Prompts said = {"agent-number"};
  append(said, digits(language, agent));
  said.push_back("at-your-service");
  return said;
}

/// The value without its sign, "minus" put to `said` when it had one.
static uint64_t take_sign(int64_t value, Prompts& said) {
  if (value >= 0) return static_cast<uint64_t>(value);
  said.push_back("minus");
  return static_cast<uint64_t>(-std::max(value, -std::numeric_limits<int64_t>::max()));
}

static Prompts plain_number(Language language, uint64_t value) {
  return language == Language::zh ? zh::number(value) : en::number(value);
}

Prompts number(Language language, int64_t value) {
  Prompts said;
  uint64_t rest = take_sign(value, said);
  append(said, plain_number(language, rest));
  return said;
}

Prompts decimal(Language language, int64_t value, int places) {
  Prompts said;
  uint64_t rest = take_sign(value, said), unit = 1;
  places = std::clamp(places, 0, 18);
  for (int i = 0; i < places; ++i) unit *= 10;
  append(said, plain_number(language, rest / unit));
  if (places > 0) said.push_back("point");
  while (unit > 1) {
    rest %= unit;
    unit /= 10;
    said.push_back(digit_name(rest / unit));
  }
  return said;
}

Prompts percent(Language language, int64_t value, int places) {
  if (language == Language::zh && places <= 0 && (value == 100 || value == -100))  // 百分之百, not 百分之一百
    return value > 0 ? Prompts{"percent", "hundred"} : Prompts{"minus", "percent", "hundred"};
  Prompts said = decimal(language, value, places);
  bool minus = said.front() == "minus";
  // 负百分之五, but "minus five percent": the Chinese word stands before the number.
  said.insert(language == Language::zh ? said.begin() + minus : said.end(), "percent");
  return said;
}

Prompts money(Language language, int64_t fen) {
  Prompts said;
  uint64_t rest = take_sign(fen, said);
  append(said, language == Language::zh ? zh::money(rest) : en::money(rest));
  return said;
}

Prompts date(Language language, std::chrono::year_month_day date) {
  if (!date.ok() || int(date.year()) < 0) return {};
  int year = int(date.year()), month = int(unsigned(date.month())), day = int(unsigned(date.day()));
  return language == Language::zh ? zh::date(year, month, day) : en::date(year, month, day);
}

Prompts day_of_week(Language, std::chrono::weekday day) {
  if (!day.ok()) return {};
  return {"weekday-" + std::to_string(day.iso_encoding())};
}

Prompts time_of_day(Language language, int hour, int minute) {
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return {};
  return language == Language::zh ? zh::time_of_day(hour, minute) : en::time_of_day(hour, minute);
}

Prompts duration(Language language, seconds span) {
  int64_t length = std::max<int64_t>(span.count(), 0);
  return language == Language::zh ? zh::duration(length) : en::duration(length);
}

Prompts callers_ahead(Language language, int64_t callers) {
  if (callers <= 0) return {"queue-next"};
  auto count = static_cast<uint64_t>(callers);
  Prompts said = {"queue-position"};
  append(said, language == Language::zh ? zh::callers(count) : en::number(count));
  said.push_back("queue-callers");
  return said;
}

}  // namespace hotline::speech
