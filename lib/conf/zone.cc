// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf/zone.h"

#include <algorithm>
#include <cstdio>

#include "base/fd.h"

namespace hotline::conf {

namespace chrono = std::chrono;

namespace {

/// Takes numbers off the front of a text; `good` says whether all was there so far.
struct Cursor {
  std::string_view rest;
  bool good = true;

  bool take(char c) {
    if (rest.empty() || rest[0] != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  int number(int max) {
    int value = 0, digits = 0;
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9' && digits < 4) {
      value = value * 10 + (rest[0] - '0');
      rest.remove_prefix(1);
      ++digits;
    }
    good &= digits > 0 && value <= max;
    return value;
  }
  /// "[+-]hh[:mm[:ss]]"
  seconds clock(int hours_max) {
    int sign = take('-') ? -1 : 1;
    take('+');
    int total = number(hours_max) * 3600;
    if (take(':')) total += number(59) * 60;
    if (take(':')) total += number(59);
    return seconds(sign * total);
  }
  void zone_name() {
    if (take('<')) {
      size_t end = rest.find('>');
      good &= end != rest.npos;
      rest.remove_prefix(std::min(end == rest.npos ? rest.size() : end + 1, rest.size()));
      return;
    }
    size_t end = 0;
    while (end < rest.size() && ((rest[end] >= 'A' && rest[end] <= 'Z') || (rest[end] >= 'a' && rest[end] <= 'z'))) ++end;
    good &= end >= 3;
    rest.remove_prefix(end);
  }
};

int64_t big_endian(std::string_view octets) {
  uint64_t value = octets[0] & 0x80 ? ~uint64_t{0} : 0;
  for (char c : octets) value = value << 8 | static_cast<uint8_t>(c);
  return static_cast<int64_t>(value);
}

/// The six counts of a TZif header (RFC 8536 §3.1) and the length of the block that follows it.
struct Header {
  size_t isut = 0, isstd = 0, leap = 0, time = 0, type = 0, chars = 0;
  static constexpr size_t kBytes = 44;
  bool read(std::string_view text) {
    if (text.size() < kBytes || text.substr(0, 4) != "TZif") return false;
    size_t* fields[] = {&isut, &isstd, &leap, &time, &type, &chars};
    for (int i = 0; i < 6; ++i) {
      int64_t count = big_endian(text.substr(20 + 4 * i, 4));
      if (count < 0 || count > 10000) return false;
      *fields[i] = static_cast<size_t>(count);
    }
    return type > 0;
  }
  size_t block(size_t time_bytes) const {
    return time * (time_bytes + 1) + type * 6 + chars + leap * (time_bytes + 4) + isstd + isut;
  }
};

int64_t unix_seconds(Utc time) { return chrono::floor<seconds>(time).time_since_epoch().count(); }

/// The day of a switch: the week-th such weekday of the month.
chrono::sys_days day_of(int year, int month, int week, int weekday) {
  auto ym = chrono::year(year) / chrono::month(static_cast<unsigned>(month));
  auto day = chrono::weekday(static_cast<unsigned>(weekday));
  if (week == 5) return chrono::sys_days(ym / day[chrono::last]);
  return chrono::sys_days(ym / day[static_cast<unsigned>(week)]);
}

constexpr seconds kShanghai{8 * 3600};

}  // namespace

Result<Zone> Zone::load(const std::string& name) {
  if (!name.empty() && (name[0] == '+' || name[0] == '-')) {
    Cursor cursor{name};
    Zone zone;
    zone.before_ = cursor.clock(14);
    zone.name_ = name;
    if (cursor.good && cursor.rest.empty()) return zone;
    return Error{Errc::config, "'" + name + "' is no offset from UTC, as \"+08:00\" is"};
  }
  bool plain = !name.empty() && name[0] != '/' && name.find("..") == std::string::npos &&
               name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") == name.npos;
  if (plain) {
    static constexpr size_t kBytesMax = 1 << 20;
    if (auto text = read_file("/usr/share/zoneinfo/" + name, kBytesMax)) return read(name, *text);
  }
  if (name == "Asia/Shanghai") {
    Zone zone;
    zone.name_ = name;
    zone.before_ = kShanghai;
    return zone;
  }
  return Error{Errc::config, "no time zone '" + name +
                                 "' in /usr/share/zoneinfo: install tzdata, or give an offset as \"+08:00\""};
}

Result<Zone> Zone::read(const std::string& name, std::string_view text) {
  Error broken{Errc::bad_data, "the file of time zone '" + name + "' is no TZif file of version 2 or later"};
  Header first, second;
  if (!first.read(text) || text[4] < '2') return broken;
  size_t at = Header::kBytes + first.block(4);  // the block with 64-bit times follows the old one
  if (text.size() < at || !second.read(text.substr(at))) return broken;
  text.remove_prefix(at + Header::kBytes);
  if (text.size() < second.block(8)) return broken;
  std::string_view kinds = text.substr(second.time * 8, second.time), types = text.substr(second.time * 9);
  auto offset_of = [&](size_t type) { return seconds(big_endian(types.substr(type * 6, 4))); };
  Zone zone;
  zone.name_ = name;
  zone.before_ = offset_of(0);
  for (size_t i = 0; i < second.time; ++i) {
    size_t type = static_cast<uint8_t>(kinds[i]);
    if (type >= second.type) return broken;
    zone.changes_.push_back({big_endian(text.substr(i * 8, 8)), offset_of(type)});
  }
  std::string_view footer = text.substr(second.block(8));
  if (footer.size() < 2 || footer.front() != '\n') return broken;
  footer.remove_prefix(1);
  footer = footer.substr(0, footer.find('\n'));
  if (!footer.empty() && !zone.read_footer(footer)) return broken;
  return zone;
}

/// "CST-8", "CET-1CEST,M3.5.0,M10.5.0/3": RFC 8536 §3.3. Offsets there are what is added to local time to get UTC.
bool Zone::read_footer(std::string_view footer) {
  Cursor cursor{footer};
  cursor.zone_name();
  standard_ = summer_ = -cursor.clock(24);
  has_rule_ = cursor.good;
  if (cursor.rest.empty()) return cursor.good;
  cursor.zone_name();
  summer_ = standard_ + chrono::hours(1);
  if (!cursor.rest.empty() && cursor.rest[0] != ',') summer_ = -cursor.clock(24);
  for (Switch* one : {&begins_, &ends_}) {
    cursor.good &= cursor.take(',') && cursor.take('M');
    one->month = cursor.number(12);
    cursor.good &= cursor.take('.');
    one->week = cursor.number(5);
    cursor.good &= cursor.take('.');
    one->weekday = cursor.number(6);
    if (cursor.take('/')) one->at = cursor.clock(167);
    cursor.good &= one->month > 0 && one->week > 0;
  }
  has_rule_ = cursor.good && cursor.rest.empty();
  return has_rule_;
}

seconds Zone::by_rule(int64_t unix) const {
  if (begins_.month == 0) return standard_;
  chrono::sys_seconds local{seconds(unix) + standard_};
  int year = static_cast<int>(chrono::year_month_day(chrono::floor<chrono::days>(local)).year());
  auto moment = [&](const Switch& one, seconds offset) {
    return (chrono::sys_seconds(day_of(year, one.month, one.week, one.weekday)) + one.at - offset)
        .time_since_epoch()
        .count();
  };
  int64_t begins = moment(begins_, standard_), ends = moment(ends_, summer_);
  bool summer = begins < ends ? unix >= begins && unix < ends : unix >= begins || unix < ends;
  return summer ? summer_ : standard_;
}

seconds Zone::offset(Utc time) const {
  int64_t unix = unix_seconds(time);
  auto next = std::upper_bound(changes_.begin(), changes_.end(), unix,
                               [](int64_t at, const Change& change) { return at < change.at; });
  if (next == changes_.end() && has_rule_) return by_rule(unix);
  return next == changes_.begin() ? before_ : std::prev(next)->offset;
}

LocalTime Zone::local(Utc time) const {
  return LocalTime(chrono::floor<seconds>(time).time_since_epoch() + offset(time));
}

Utc Zone::utc(LocalTime time) const {
  Utc as_utc{time.time_since_epoch()};
  // Both sides of a change are within a day of here.
  seconds early = offset(as_utc - chrono::hours(24)), late = offset(as_utc + chrono::hours(24));
  Utc first = as_utc - std::max(early, late), second = as_utc - std::min(early, late);
  if (local(first) == time) return first;
  if (local(second) == time) return second;
  // Leapt over: the change lies between; found by halving.
  while (second - first > seconds(1)) {
    Utc middle = chrono::floor<seconds>(first + (second - first) / 2);
    (local(middle) < time ? first : second) = middle;
  }
  return second;
}

std::string Zone::format(Utc time) const {
  LocalTime local = this->local(time);
  auto day = chrono::floor<chrono::days>(local);
  chrono::year_month_day date{day};
  chrono::hh_mm_ss clock{local - day};
  auto minutes = chrono::duration_cast<chrono::minutes>(offset(time)).count();
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d%c%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), minutes < 0 ? '-' : '+',
                static_cast<int>(std::abs(minutes) / 60), static_cast<int>(std::abs(minutes) % 60));
  return text;
}

}  // namespace hotline::conf
