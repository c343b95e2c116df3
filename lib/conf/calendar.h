// SPDX-License-Identifier: GPL-2.0-or-later
// When a site is open: hours of the week, and the days that are otherwise: holidays, and the weekend days that are worked
// in exchange (调休). Pure values but for the reading of files; cccalendar(5) is the page. For routes, night mode, flows
// and the clocks of tickets alike.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "conf/conf.h"
#include "conf/zone.h"

namespace hotline::conf {

using Date = std::chrono::local_days;

/// "2026-02-14"; `bad_data` for what is no date.
Result<Date> parse_date(std::string_view text);
std::string format_date(Date date);
inline Date date_of(LocalTime time) { return std::chrono::floor<std::chrono::days>(time); }

/// Hours of the week: "Mon-Fri 08:30-17:30", "Sat,Sun 09:00-12:00", "daily 22:00-06:00" (into the next morning; it
/// belongs to the day on which it began). Without days: every day. The end is not within. At most 64 of them.
class Hours {
 public:
  /// `bad_data` names the part that was not understood.
  static Result<Hours> parse(const std::vector<std::string>& texts);
  /// Whether the moment `since_midnight` of such a weekday (0: Sunday, as in cron) is within; 24 h and more reach into
  /// the next day.
  bool contains(unsigned weekday, seconds since_midnight) const;
  /// Within on plain days: those of the week and nothing else.
  bool contains(LocalTime time) const;
  bool empty() const { return ranges_.empty(); }
  /// Begin and end of each, since midnight: where something may change.
  std::vector<seconds> edges() const;
  const std::string& text() const { return text_; }

 private:
  struct Range {
    unsigned days = 0;  ///< bit 0: Sunday
    seconds begin{0}, end{0};
  };
  std::vector<Range> ranges_;
  std::string text_;
};

class Calendar {
 public:
  enum class Kind { plain, holiday, working };
  struct Day {
    Kind kind = Kind::plain;
    std::string name;  ///< "春节"
  };

  Calendar() = default;
  Calendar(Zone zone, Hours hours, Hours holiday = {}, std::optional<Hours> working = std::nullopt)
      : zone_(std::move(zone)), hours_(std::move(hours)), holiday_(std::move(holiday)), working_(std::move(working)) {}

  /// Adds the days of a file: one a line, "2026-02-15..2026-02-23<TAB>holiday<TAB>春节" or "2026-02-14<TAB>working";
  /// empty lines and those that begin with '#' are passed over. `bad_data` with name:line; then nothing was added.
  Result<void> add_days(std::string_view text, const std::string& name);

  Day day(Date date) const;
  /// Of the last day that a file names; nullopt without one. Later than that nobody knows the holidays.
  std::optional<Date> known_until() const;
  /// A plain day has the hours of its weekday, a holiday those of `holiday`, a working day those of `working` or, unless
  /// given, Monday's.
  bool open(Utc time) const;
  /// When open() next says something else; nullopt when it does not within 400 days.
  std::optional<Utc> next_change(Utc time) const;
  /// How much of [from, to) is open: what a deadline in working hours counts. Linear in days.
  microseconds open_between(Utc from, Utc to) const;
  /// "2026-02-17 10:30:00 Tue, holiday 春节, closed": for people.
  std::string describe(Utc time) const;
  const Zone& zone() const { return zone_; }

  bool operator==(const Calendar& other) const { return fingerprint() == other.fingerprint(); }

 private:
  bool on(Date date, seconds since_midnight) const;
  std::string fingerprint() const;

  Zone zone_;
  Hours hours_, holiday_;
  std::optional<Hours> working_;
  std::map<Date, Day> days_;
};

using Calendars = std::map<std::string, Calendar>;

/// Reads every [calendar.NAME] of hotline.toml: `hours`, `holiday`, `working`, `days` (files, below `etc` unless they
/// begin with a slash). Complaints go into the table.
Calendars read_calendars(Table& root, const std::string& etc, const Zone& zone);

/// `time_zone` of [site]; complains and gives Asia/Shanghai when there is no such zone.
Zone read_zone(Table& site);

}  // namespace hotline::conf
