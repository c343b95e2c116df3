// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "report/figures.h"

namespace hotline::report {

/// An agent was in a state from then to then.
struct StateSpan {
  std::string agent, state, call;
  int64_t from_us = 0, to_us = 0;
};

/// An agent's time by state within a span of time, in microseconds until it is printed.
struct AgentTime {
  int64_t ready_us = 0, ringing_us = 0, talking_us = 0, wrap_up_us = 0, paused_us = 0;

  int64_t signed_in_us() const { return ready_us + ringing_us + talking_us + wrap_up_us + paused_us; }
  /// Signed in and not paused: what could serve.
  int64_t available_us() const { return signed_in_us() - paused_us; }
  /// (ring + talk + wrap-up) / (the same + ready)
  Ratio occupancy() const { return {ringing_us + talking_us + wrap_up_us, available_us()}; }
  /// (talk + wrap-up) / signed in
  Ratio utilisation() const { return {talking_us + wrap_up_us, signed_in_us()}; }
  void add(const StateSpan& span, int64_t begin_us, int64_t end_us);
  void add(const AgentTime& other);
};

/// Time of each agent within [begin_us, end_us): spans are cut to it.
std::map<std::string, AgentTime> agent_times(std::span<const StateSpan> spans, int64_t begin_us, int64_t end_us);

/// All agents' together.
AgentTime total_time(std::span<const StateSpan> spans, int64_t begin_us, int64_t end_us);

}  // namespace hotline::report
