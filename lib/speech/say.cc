// SPDX-License-Identifier: GPL-2.0-or-later
// Texts of tags to values, and the one door through which they are said.
#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"
#include "speech/languages.h"

namespace hotline::speech {

namespace {

constexpr size_t kDigitsMost = 64;  ///< said one by one; more is nobody's number
constexpr int kPlacesMost = 9;

Error wrong(std::string_view value, const char* what, const char* wanted) {
  // A tag may hold anything; who reads the log wants one line of it.
  std::string shown(value.substr(0, 40));
  return {Errc::bad_data, "'" + valid_utf8(shown) + "' " + what + "; wanted " + wanted};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The digits of a fixed place, "2026" of "2026-11-26": nothing else may stand there.
std::optional<int> fixed(std::string_view text, size_t at, size_t length) {
  if (at + length > text.size()) return std::nullopt;
  auto part = text.substr(at, length);
  if (!std::all_of(part.begin(), part.end(), is_digit)) return std::nullopt;
  return static_cast<int>(*parse_int(part));
}

/// A decimal fraction: `units` of 10^-`places`.
struct Fraction {
  int64_t units = 0;
  int places = 0;
};

std::optional<Fraction> read_fraction(std::string_view text, int places_most) {
  size_t dot = text.find('.');
  std::string all(text.substr(0, dot));
  Fraction read;
  if (dot != text.npos) {
    auto places = text.substr(dot + 1);
    if (places.empty() || places.size() > static_cast<size_t>(places_most)) return std::nullopt;
    read.places = static_cast<int>(places.size());
    all += places;
  }
  // What stands before the point has a digit, and a sign is at its front alone.
  if (dot == 0 || (dot == 1 && text[0] == '-') || !std::all_of(all.begin() + (all[0] == '-'), all.end(), is_digit))
    return std::nullopt;
  auto units = parse_int(all);
  if (!units) return std::nullopt;
  read.units = *units;
  return read;
}

Result<Prompts> say_digits(Language language, std::string_view value) {
  auto passed = [](char c) { return c == ' ' || c == '-'; };
  size_t said = 0;
  for (char c : value) {
    if (passed(c)) continue;
    if (!is_digit(c) && c != '*' && c != '#')
      return Error{Errc::bad_data, "digits may be 0 to 9, * and #, with blanks and '-' between them"};
    ++said;
  }
  if (said == 0 || said > kDigitsMost)
    return Error{Errc::bad_data, std::to_string(said) + " digits; wanted 1 to " + std::to_string(kDigitsMost)};
  return digits(language, value);
}

Result<Prompts> say_ticket(Language language, std::string_view value) {
  if (value.find_first_not_of("0123456789 -") != value.npos)
    return Error{Errc::bad_data, "a ticket's number has digits, with blanks and '-' between them"};
  auto count = std::count_if(value.begin(), value.end(), is_digit);
  if (count == 0 || count > static_cast<ptrdiff_t>(kDigitsMost))
    return Error{Errc::bad_data, "a ticket's number of " + std::to_string(count) + " digits; wanted 1 to " +
                                     std::to_string(kDigitsMost)};
  return ticket_number(language, value);
}

/// As people write it: each part between blanks, '-' and parentheses in breaths of its own.
Result<Prompts> say_phone(Language language, std::string_view value) {
  static constexpr std::string_view kBetween = " -()";
  Prompts said;
  if (value.starts_with('+')) {
    said.push_back("plus");
    value.remove_prefix(1);
  }
  if (value.find_first_not_of("0123456789*# -()") != value.npos)
    return Error{Errc::bad_data,
                 "a telephone number has digits, * and #, a + at its front, and blanks, '-' and () between"};
  size_t count = 0;
  for (size_t begin; (begin = value.find_first_not_of(kBetween)) != value.npos;) {
    value.remove_prefix(begin);
    auto part = value.substr(0, value.find_first_of(kBetween));
    if (count > 0) said.push_back("pause");
    count += part.size();
    append(said, telephone(language, part));
    value.remove_prefix(part.size());
  }
  if (count == 0 || count > kDigitsMost)
    return Error{Errc::bad_data, "a telephone number of " + std::to_string(count) + " digits; wanted 1 to " +
                                     std::to_string(kDigitsMost)};
  return said;
}

Result<Prompts> say_number(Language language, std::string_view value) {
  auto read = read_fraction(value, 0);
  if (!read) return wrong(value, "is no whole number", "such as 105 or -7, of at most 18 digits");
  return number(language, read->units);
}

Result<Prompts> say_decimal(Language language, std::string_view value) {
  auto read = read_fraction(value, kPlacesMost);
  if (!read) return wrong(value, "is no decimal number", "such as 10.05, with at most 9 places and 18 digits");
  return decimal(language, read->units, read->places);
}

Result<Prompts> say_percent(Language language, std::string_view value) {
  auto read = read_fraction(value.substr(0, value.size() - value.ends_with('%')), kPlacesMost);
  if (!read) return wrong(value, "is no percentage", "such as 12.5 or 25%, with at most 9 places and 18 digits");
  return percent(language, read->units, read->places);
}

Result<Prompts> say_money(Language language, std::string_view value) {
  static constexpr int64_t kYuanMost = std::numeric_limits<int64_t>::max() / 100;
  auto read = read_fraction(value, 2);
  if (!read) return wrong(value, "is no amount", "yuan with at most two places, such as 105.20 or -3.5");
  int64_t fen = read->units;
  for (int places = read->places; places < 2; ++places) {
    if (fen > kYuanMost || fen < -kYuanMost) return wrong(value, "is too much", "less than 92 quadrillion yuan");
    fen *= 10;
  }
  return money(language, fen);
}

std::optional<std::chrono::year_month_day> read_date(std::string_view text) {
  auto year = fixed(text, 0, 4), month = fixed(text, 5, 2), day = fixed(text, 8, 2);
  if (text.size() != 10 || !year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                   std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional(date) : std::nullopt;
}

/// "14:15", "14:15:59", "14:15:59.123456".
std::optional<seconds> read_time(std::string_view text) {
  auto hour = fixed(text, 0, 2), minute = fixed(text, 3, 2);
  if (text.size() < 5 || !hour || !minute || text[2] != ':' || *hour > 23 || *minute > 59) return std::nullopt;
  seconds time = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (text.size() == 5) return time;
  auto second = fixed(text, 6, 2);
  if (text[5] != ':' || !second || *second > 59) return std::nullopt;
  if (text.size() == 8) return time + seconds(*second);
  auto fraction = text.substr(9);
  if (text[8] != '.' || fraction.empty() || !std::all_of(fraction.begin(), fraction.end(), is_digit))
    return std::nullopt;
  return time + seconds(*second);
}

Result<Prompts> say_date(Language language, std::string_view value) {
  auto year = fixed(value, 0, 4), month = fixed(value, 5, 2);
  if (value.size() == 7 && year && month && value[4] == '-' && *month >= 1 && *month <= 12)
    return language == Language::zh ? zh::date(*year, *month, 0) : en::date(*year, *month, 0);
  auto read = read_date(value);
  if (!read) return wrong(value, "is no date", "a day such as 2026-11-26, or a month such as 2026-11");
  return date(language, *read);
}

Prompts clock(Language language, seconds of_day) {
  return time_of_day(language, static_cast<int>(of_day / std::chrono::hours(1)),
                     static_cast<int>(of_day / std::chrono::minutes(1) % 60));
}

Result<Prompts> say_time(Language language, std::string_view value) {
  auto read = read_time(value);
  if (!read) return wrong(value, "is no time of day", "hours and minutes such as 09:05 or 14:15");
  return clock(language, *read);
}

/// What a time is written with at its end: "Z", "+08:00".
std::optional<seconds> read_offset(std::string_view text) {
  if (text == "Z" || text == "z") return seconds(0);
  auto hours = fixed(text, 1, 2), minutes = fixed(text, 4, 2);
  if (text.size() != 6 || !hours || !minutes || text[3] != ':' || *hours > 23 || *minutes > 59) return std::nullopt;
  return (std::chrono::hours(*hours) + std::chrono::minutes(*minutes)) * (text[0] == '-' ? -1 : 1);
}

Result<Prompts> say_datetime(Language language, std::string_view value, const WallClock& wall_clock) {
  auto bad = [&] {
    return wrong(value, "is no date and time", "2026-11-26 14:15, or RFC 3339 such as 2026-11-26T14:15:00+08:00");
  };
  if (value.size() < 16 || (value[10] != ' ' && value[10] != 'T' && value[10] != 't')) return bad();
  auto day = read_date(value.substr(0, 10));
  auto rest = value.substr(11);
  size_t zone = rest.find_first_of("Zz+-");
  auto time = read_time(rest.substr(0, zone));
  if (!day || !time) return bad();
  auto shown = std::chrono::local_seconds(std::chrono::local_days(*day)) + *time;
  if (zone != rest.npos) {
    auto offset = read_offset(rest.substr(zone));
    if (!offset) return bad();
    if (wall_clock) shown = wall_clock(Utc(shown.time_since_epoch() - *offset));
  }
  auto midnight = std::chrono::floor<std::chrono::days>(shown);
  Prompts said = date(language, std::chrono::year_month_day(midnight));
  if (language == Language::en) said.push_back("at");
  append(said, clock(language, shown - midnight));
  return said;
}

Result<Prompts> say_duration(Language language, std::string_view value) {
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_digit)) {
    if (auto plain = parse_int(value)) return duration(language, seconds(*plain));
  } else if (auto span = parse_duration(value);
             span && *span >= microseconds(0) && *span % seconds(1) == microseconds(0)) {
    return duration(language, std::chrono::duration_cast<seconds>(*span));
  }
  return wrong(value, "is no duration", "whole seconds such as 90, or with a unit, 90s, 5m, 2h or 1d");
}

Result<Prompts> say_day(Language language, std::string_view value) {
  if (value.size() == 1 && value[0] >= '1' && value[0] <= '7')
    return day_of_week(language, std::chrono::weekday(static_cast<unsigned>(value[0] - '0')));
  auto read = read_date(value);
  if (!read) return wrong(value, "is no day of the week", "1 (Monday) to 7, or a date such as 2026-11-26");
  return day_of_week(language, std::chrono::weekday(std::chrono::sys_days(*read)));
}

}  // namespace

std::span<const std::string> kind_words() {
  static const std::array<std::string, 12> kWords = {"digits", "number",   "decimal",  "percent", "money",  "date",
                                                     "time",   "datetime", "duration", "phone",   "ticket", "day"};
  return kWords;
}

std::optional<Kind> kind_of(std::string_view word) {
  auto words = kind_words();
  auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return std::nullopt;
  return static_cast<Kind>(found - words.begin());
}

Result<Prompts> say(Language language, Kind kind, std::string_view value, const WallClock& wall_clock) {
  value = trim(value);
  switch (kind) {
    case Kind::digits:
      return say_digits(language, value);
    case Kind::number:
      return say_number(language, value);
    case Kind::decimal:
      return say_decimal(language, value);
    case Kind::percent:
      return say_percent(language, value);
    case Kind::money:
      return say_money(language, value);
    case Kind::date:
      return say_date(language, value);
    case Kind::time:
      return say_time(language, value);
    case Kind::datetime:
      return say_datetime(language, value, wall_clock);
    case Kind::duration:
      return say_duration(language, value);
    case Kind::phone:
      return say_phone(language, value);
    case Kind::ticket:
      return say_ticket(language, value);
    case Kind::day:
      return say_day(language, value);
  }
  require(!"every kind has a line");
  return Prompts{};
}

}  // namespace hotline::speech
