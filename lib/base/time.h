// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hotline {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Monotonic moment; for timers and for what a decision calls `now`.
using Instant = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

/// Wall-clock moment in UTC, microseconds; what events, rows and files carry.
using Utc = std::chrono::sys_time<microseconds>;

Instant monotonic_now();
Utc utc_now();

/// Microseconds since 1970-01-01T00:00:00Z, the form of every time column (`…_us`).
inline int64_t to_us(Utc time) { return time.time_since_epoch().count(); }
inline Utc from_us(int64_t us) { return Utc(microseconds(us)); }

/// "2026-11-22T17:01:45.123456Z" (RFC 3339, always six digits, always UTC).
std::string format_utc(Utc time);
Result<Utc> parse_utc(std::string_view text);

/// Local time for people: "2026-11-22 17:01:45" in the process's TZ.
std::string format_local(Utc time);

/// Local calendar date "2026-11-22", and the UTC one that names journal files.
std::string local_date(Utc time);
std::string utc_date(Utc time);

/// [begin, end) in UTC of the local calendar day "2026-11-22"; `bad_data` for what is no date. Honours DST.
struct TimeSpan {
  Utc begin, end;
};
Result<TimeSpan> local_day(std::string_view date);

/// A moment as people give it to --since and --until: RFC 3339 in UTC, a local date "2026-11-22" (its first instant, or
/// for `end_of_day` the first one after it), or a span before `now` ("10m"). `usage` says what was expected.
Result<Utc> parse_moment(std::string_view text, Utc now, bool end_of_day = false);

/// "20s", "500ms", "10m", "2h", "1d", "250us"; a unit is needed. `bad_data` says what was expected.
Result<microseconds> parse_duration(std::string_view text);

/// The shortest exact form in one unit: "20s", "1500ms"; for people: "1:05", "1:02:03" by `clock_text`.
std::string format_duration(microseconds span);
std::string clock_text(seconds span);

}  // namespace hotline
