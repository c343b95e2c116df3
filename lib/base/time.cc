// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/time.h"

#include <cstdio>
#include <ctime>

#include "base/text.h"

namespace hotline {

Instant monotonic_now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

Utc utc_now() { return std::chrono::floor<microseconds>(std::chrono::system_clock::now()); }

namespace {

struct Broken {
  std::tm tm{};
  int64_t us = 0;
};

Broken break_down(Utc time, bool local) {
  auto whole = std::chrono::floor<seconds>(time);
  std::time_t t = whole.time_since_epoch().count();
  Broken parts;
  parts.us = (time - whole).count();
  local ? ::localtime_r(&t, &parts.tm) : ::gmtime_r(&t, &parts.tm);
  return parts;
}

std::string date_of(Utc time, bool local) {
  auto parts = break_down(time, local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts.tm);
  return text;
}

}  // namespace

std::string format_utc(Utc time) {
  auto parts = break_down(time, false);
  char text[32], whole[48];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts.tm);
  std::snprintf(whole, sizeof whole, "%s.%06dZ", text, static_cast<int>(parts.us));
  return whole;
}

Result<Utc> parse_utc(std::string_view text) {
  int year, month, day, hour, minute, second, used = 0;
  std::string copy(text);
  auto bad = [&] { return Error{Errc::bad_data, "'" + copy + "' is no RFC 3339 time in UTC (2026-01-31T23:59:59.000000Z)"}; };
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) != 6)
    return bad();
  int64_t us = 0, scale = 100000;
  size_t at = static_cast<size_t>(used);
  if (at < copy.size() && copy[at] == '.')
    for (++at; at < copy.size() && copy[at] >= '0' && copy[at] <= '9'; ++at, scale /= 10) us += (copy[at] - '0') * scale;
  if (copy.substr(at) != "Z") return bad();
  std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return bad();
  return Utc(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second) +
         microseconds(us);
}

std::string format_local(Utc time) {
  auto parts = break_down(time, true);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts.tm);
  return text;
}

std::string local_date(Utc time) { return date_of(time, true); }
std::string utc_date(Utc time) { return date_of(time, false); }

Result<TimeSpan> local_day(std::string_view date) {
  int year, month, day, used = 0;
  std::string copy(date);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 || copy.size() != size_t(used) ||
      !std::chrono::year_month_day{std::chrono::year(year), std::chrono::month(unsigned(month)),
                                   std::chrono::day(unsigned(day))}.ok())
    return Error{Errc::bad_data, "'" + copy + "' is no date (2026-01-31)"};
  auto midnight = [&](int add) {
    std::tm tm{};
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day + add;
    tm.tm_isdst = -1;
    return Utc(seconds(std::mktime(&tm)));
  };
  return TimeSpan{midnight(0), midnight(1)};
}

Result<microseconds> parse_duration(std::string_view text) {
  static constexpr struct {
    std::string_view unit;
    int64_t us;
  } kUnits[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", 3600000000}, {"d", 86400000000}};
  size_t digits = text.find_first_not_of("0123456789");
  if (digits != 0 && digits != std::string_view::npos && digits < 13)
    for (auto [unit, us] : kUnits)
      if (text.substr(digits) == unit)
        if (auto count = parse_int(text.substr(0, digits)); count && *count <= INT64_MAX / us)
          return microseconds(*count * us);
  return Error{Errc::bad_data, "'" + std::string(text) + "' is no duration; write a whole number and a unit: 250us 500ms 20s 10m 2h 1d"};
}

std::string format_duration(microseconds span) {
  static constexpr struct {
    const char* unit;
    int64_t us;
  } kUnits[] = {{"d", 86400000000}, {"h", 3600000000}, {"m", 60000000}, {"s", 1000000}, {"ms", 1000}, {"us", 1}};
  if (span.count() == 0) return "0s";
  for (auto [unit, us] : kUnits)
    if (span.count() % us == 0) return std::to_string(span.count() / us) + unit;
  return {};
}

std::string clock_text(seconds span) {
  char text[48];
  long long s = span.count();
  if (s >= 3600)
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
  else
    std::snprintf(text, sizeof text, "%lld:%02lld", s / 60, s % 60);
  return text;
}

Result<Utc> parse_moment(std::string_view text, Utc now, bool end_of_day) {
  if (auto day = local_day(text)) return end_of_day ? day->end : day->begin;
  if (auto time = parse_utc(text)) return *time;
  if (auto span = parse_duration(text)) return now - *span;
  return Error{Errc::usage, "'" + std::string(text) +
                                "' is no time: wanted 2026-11-22, 2026-11-22T01:02:03Z or a span ago such as 10m"};
}

}  // namespace hotline
