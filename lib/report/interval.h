// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "report/agent.h"
#include "report/queue.h"

namespace hotline::report {

/// What is said of a queue, or of all, within an interval of time. Entries are booked by t0, their arrival; agents'
/// time is cut to the interval.
struct Interval {
  int64_t begin_us = 0, end_us = 0;
  QueueFigures figures;
  AgentTime time;
  Ratio positions;      ///< available agents' µs / the interval's, as far as it is over
  double traffic = 0;   ///< erlang: entered × AHT / seconds
  int64_t servers = 0;  ///< positions, rounded
  /// What Erlang C says of this traffic and these agents; none when no handling time is known. ASA infinite: overload.
  std::optional<double> predicted_level, predicted_asa_s;
};

/// `figures` are of the entries that came within it, `time` that of the agents within it, both of `times` runs together
/// (one, unless simulated); `until_us` is how far it is over; `aht_otherwise` stands in while nothing has been handled.
Interval interval(QueueFigures figures, const AgentTime& time, int64_t begin_us, int64_t end_us, int64_t until_us,
                  int64_t within_ms, Ratio aht_otherwise, int64_t times = 1);

/// Those of `width_us` from begin_us on in which somebody came or an agent was there, in order. Linear in entries, and
/// in spans and the intervals that each touches.
std::vector<Interval> intervals(std::span<const Entry> entries, std::span<const StateSpan> spans, int64_t begin_us,
                                int64_t end_us, int64_t width_us, int64_t within_ms);

}  // namespace hotline::report
