// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf/calendar.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/fd.h"
#include "base/text.h"

namespace hotline::conf {

namespace chrono = std::chrono;
using chrono::days;
using chrono::hours;

namespace {

constexpr size_t kRangesMax = 64;
constexpr size_t kDaysMax = 4000;  // of one calendar: ten years
constexpr int kLookAheadDays = 400;
constexpr const char* kWeekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

std::optional<unsigned> weekday_of(std::string_view text) {
  for (unsigned i = 0; i < 7; ++i)
    if (text == kWeekdays[i]) return i;
  return std::nullopt;
}

/// "Mon-Fri", "Sat,Sun", "daily" as bits; 0 for what is none. "Fri-Mon" goes over the weekend.
unsigned read_days(std::string_view text) {
  if (text == "daily") return 0x7f;
  unsigned bits = 0;
  for (const auto& part : split(text, ',')) {
    auto ends = split(part, '-');
    if (ends.size() > 2) return 0;
    auto first = weekday_of(ends.front()), last = weekday_of(ends.back());
    if (!first || !last) return 0;
    for (unsigned day = *first;; day = (day + 1) % 7) {
      bits |= 1u << day;
      if (day == *last) break;
    }
  }
  return bits;
}

constexpr seconds kNoClock{-1};

/// "08:30" or "08:30:15", up to "24:00"; kNoClock for anything else.
seconds read_clock(std::string_view text) {
  auto parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) return kNoClock;
  int64_t total = 0;
  for (size_t i = 0; i < 3; ++i) {
    std::string part = i < parts.size() ? parts[i] : "00";
    auto number = parse_int(part);
    if (part.size() != 2 || !number || *number < 0 || *number > (i == 0 ? 24 : 59)) return kNoClock;
    total = total * 60 + *number;
  }
  return total > 86400 ? kNoClock : seconds(total);
}

unsigned weekday(Date date) { return chrono::weekday(date).c_encoding(); }

const char* name_of(Calendar::Kind kind) {
  switch (kind) {
    case Calendar::Kind::holiday:
      return "holiday";
    case Calendar::Kind::working:
      return "working";
    default:
      return "plain";
  }
}

}  // namespace

Result<Date> parse_date(std::string_view text) {
  auto parts = split(text, '-');
  Error wrong{Errc::bad_data, "'" + std::string(text) + "' is no date, as 2026-02-14 is"};
  if (parts.size() != 3 || parts[0].size() != 4 || parts[1].size() != 2 || parts[2].size() != 2) return wrong;
  int64_t numbers[3];
  for (int i = 0; i < 3; ++i) {
    auto number = parse_int(parts[i]);
    if (!number || *number < 0) return wrong;
    numbers[i] = *number;
  }
  auto date = chrono::year(static_cast<int>(numbers[0])) / chrono::month(static_cast<unsigned>(numbers[1])) /
              chrono::day(static_cast<unsigned>(numbers[2]));
  if (!date.ok()) return wrong;
  return Date(date);
}

std::string format_date(Date date) {
  chrono::year_month_day ymd{date};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                static_cast<unsigned>(ymd.day()));
  return text;
}

Result<Hours> Hours::parse(const std::vector<std::string>& texts) {
  Hours hours;
  hours.text_ = join(texts, ", ");
  for (const auto& text : texts) {
    Error wrong{Errc::bad_data, "'" + text + "' is no time of the week, as \"Mon-Fri 08:30-17:30\" is"};
    auto words = split(trim(text), ' ');
    if (words.empty() || words.size() > 2) return wrong;
    Range range;
    range.days = words.size() == 2 ? read_days(words[0]) : 0x7f;
    auto ends = split(words.back(), '-');
    range.begin = ends.size() == 2 ? read_clock(ends[0]) : kNoClock;
    range.end = ends.size() == 2 ? read_clock(ends[1]) : kNoClock;
    bool clocks = range.begin != kNoClock && range.end != kNoClock;
    if (!range.days || !clocks || range.begin == range.end || range.begin == seconds(86400)) return wrong;
    if (range.end < range.begin) range.end += chrono::hours(24);
    if (hours.ranges_.size() == kRangesMax) return Error{Errc::bad_data, "more than 64 times of the week"};
    hours.ranges_.push_back(range);
  }
  return hours;
}

bool Hours::contains(unsigned weekday, seconds since_midnight) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    return (range.days >> weekday & 1) && since_midnight >= range.begin && since_midnight < range.end;
  });
}

bool Hours::contains(LocalTime time) const {
  Date today = date_of(time);
  seconds clock = time - today;
  return contains(weekday(today), clock) || contains(weekday(today - days(1)), clock + chrono::hours(24));
}

std::vector<seconds> Hours::edges() const {
  std::vector<seconds> list;
  for (const auto& range : ranges_) {
    list.push_back(range.begin);
    list.push_back(range.end);
  }
  return list;
}

Result<void> Calendar::add_days(std::string_view text, const std::string& name) {
  auto added = days_;
  int64_t number = 0;
  for (const auto& line : split(text, '\n')) {
    ++number;
    auto wrong = [&](const std::string& what) {
      return Error{Errc::bad_data, name + ":" + std::to_string(number) + ": " + what};
    };
    if (trim(line).empty() || line[0] == '#') continue;
    auto fields = split(line, '\t');
    auto ends = split(fields[0], '.');  // "a..b" has an empty part between
    if (ends.size() != 1 && (ends.size() != 3 || !ends[1].empty()))
      return wrong("'" + fields[0] + "' is neither a date nor two joined by \"..\"");
    auto first = parse_date(ends.front()), last = parse_date(ends.back());
    if (!first || !last) return wrong((first ? last : first).error().text);
    if (*last < *first) return wrong("'" + fields[0] + "' ends before it begins");
    if (fields.size() < 2 || (fields[1] != "holiday" && fields[1] != "working"))
      return wrong("the second field is neither \"holiday\" nor \"working\"; fields are parted by a tab");
    Day day{fields[1] == "holiday" ? Kind::holiday : Kind::working, fields.size() > 2 ? fields[2] : ""};
    if (*last - *first >= days(366)) return wrong("'" + fields[0] + "' is longer than a year");
    for (Date date = *first; date <= *last; date += days(1)) {
      if (!added.emplace(date, day).second) return wrong(format_date(date) + " is there twice");
      if (added.size() > kDaysMax) return wrong("more than 4000 days");
    }
  }
  days_ = std::move(added);
  return {};
}

Calendar::Day Calendar::day(Date date) const {
  auto found = days_.find(date);
  return found == days_.end() ? Day() : found->second;
}

std::optional<Date> Calendar::known_until() const {
  return days_.empty() ? std::nullopt : std::optional(days_.rbegin()->first);
}

bool Calendar::on(Date date, seconds since_midnight) const {
  static constexpr unsigned kMonday = 1;
  switch (day(date).kind) {
    case Kind::holiday:
      return holiday_.contains(weekday(date), since_midnight);
    case Kind::working:
      return working_ ? working_->contains(weekday(date), since_midnight) : hours_.contains(kMonday, since_midnight);
    default:
      return hours_.contains(weekday(date), since_midnight);
  }
}

bool Calendar::open(Utc time) const {
  LocalTime local = zone_.local(time);
  Date today = date_of(local);
  seconds clock = local - today;
  return on(today, clock) || on(today - days(1), clock + hours(24));
}

std::optional<Utc> Calendar::next_change(Utc time) const {
  bool now = open(time);
  std::set<seconds> edges;
  for (const Hours* one : {&hours_, &holiday_, working_ ? &*working_ : &hours_})
    for (seconds edge : one->edges()) edges.insert(edge % hours(24));
  edges.insert(seconds(0));
  Date today = date_of(zone_.local(time));
  for (int i = 0; i <= kLookAheadDays; ++i)
    for (seconds edge : edges) {
      Utc at = zone_.utc(LocalTime(today + days(i)) + edge);
      if (at > time && open(at) != now) return at;
    }
  return std::nullopt;
}

microseconds Calendar::open_between(Utc from, Utc to) const {
  microseconds total{0};
  while (from < to) {
    Utc end = std::min(next_change(from).value_or(to), to);
    if (open(from)) total += end - from;
    from = end;
  }
  return total;
}

std::string Calendar::describe(Utc time) const {
  LocalTime local = zone_.local(time);
  Date today = date_of(local);
  chrono::hh_mm_ss clock{local - today};
  char text[64];
  std::snprintf(text, sizeof text, " %02d:%02d:%02d %s", static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                kWeekdays[weekday(today)]);
  std::string line = format_date(today) + text;
  Day special = day(today);
  if (special.kind != Kind::plain) line += std::string(", ") + name_of(special.kind);
  if (!special.name.empty()) line += " " + special.name;
  return line + (open(time) ? ", open" : ", closed");
}

std::string Calendar::fingerprint() const {
  std::string text = zone_.name() + "|" + hours_.text() + "|" + holiday_.text() + "|";
  text += working_ ? working_->text() : "-";
  for (const auto& [date, day] : days_) text += "|" + format_date(date) + name_of(day.kind) + day.name;
  return text;
}

namespace {

Hours read_hours(Table& table, const char* key) {
  auto hours = Hours::parse(table.strings(key));
  if (hours) return *hours;
  table.complain(key, hours.error().text);
  return {};
}

}  // namespace

Calendars read_calendars(Table& root, const std::string& etc, const Zone& zone) {
  static constexpr size_t kFileBytesMax = 1 << 20;
  Calendars calendars;
  Table all = root.table("calendar");
  for (auto& [name, table] : all.named_tables()) {
    Hours hours = read_hours(table, "hours"), holiday = read_hours(table, "holiday");
    std::optional<Hours> working = read_hours(table, "working");
    if (!table.has("working")) working.reset();
    if (hours.empty()) table.complain("", "calendar '" + name + "' needs hours, as in hours = [\"Mon-Fri 08:30-17:30\"]");
    Calendar calendar(zone, hours, holiday, working);
    for (const auto& file : table.strings("days")) {
      std::string path = file.starts_with('/') ? file : etc + "/" + file;
      auto text = read_file(path, kFileBytesMax);
      auto added = text ? calendar.add_days(*text, path) : Result<void>(text.error());
      if (!added) table.complain("days", added.error().text);
    }
    calendars[name] = std::move(calendar);
    table.close();
  }
  all.close();
  return calendars;
}

Zone read_zone(Table& site) {
  auto zone = Zone::load(site.string("time_zone", "Asia/Shanghai"));
  if (zone) return *zone;
  site.complain("time_zone", zone.error().text);
  return *Zone::load("Asia/Shanghai");
}

}  // namespace hotline::conf
