// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace hotline::conf {

/// What a clock on a wall of the zone shows, in whole seconds.
using LocalTime = std::chrono::local_time<seconds>;

/// A time zone, independent of the process's TZ: a site's hours are those of the site, wherever it is asked from.
///
/// A value; pure once loaded. Read from the system's zoneinfo (package tzdata; TZif, RFC 8536), its rule for later years
/// included. "Asia/Shanghai" is known without it: UTC+8 without summer time since 1992.
class Zone {
 public:
  /// UTC.
  Zone() = default;
  /// "Asia/Shanghai", or a fixed offset "+08:00". `config` when there is no such zone, with the remedy.
  static Result<Zone> load(const std::string& name);
  /// The content of a TZif file. `bad_data` when it is none.
  static Result<Zone> read(const std::string& name, std::string_view tzif);

  const std::string& name() const { return name_; }
  /// What is added to UTC then.
  seconds offset(Utc time) const;
  LocalTime local(Utc time) const;
  /// The moment at which the clock shows `time`: the first one where it is shown twice, and where the clock leaps over
  /// it the moment of the leap.
  Utc utc(LocalTime time) const;
  /// RFC 3339 with the zone's offset: "2026-11-22T09:00:00+08:00".
  std::string format(Utc time) const;

 private:
  struct Change {
    int64_t at = 0;  ///< Unix seconds
    seconds offset{0};
  };
  /// A yearly switch of the TZ footer, "M3.2.0/2": in `month`, the `week`th (5: last) `weekday`, at `at` local time.
  struct Switch {
    int month = 0, week = 0, weekday = 0;
    seconds at{7200};
  };
  bool read_footer(std::string_view footer);
  seconds by_rule(int64_t unix) const;

  std::string name_ = "UTC";
  seconds before_{0};            ///< until the first change
  std::vector<Change> changes_;  ///< in time order
  bool has_rule_ = false;        ///< after the last change: standard_, and summer_ between the two switches
  seconds standard_{0}, summer_{0};
  Switch begins_, ends_;
};

}  // namespace hotline::conf
