// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace hotline::acd {

/// What the configuration says of one queue.
struct QueueRule {
  std::string name;
  microseconds ring_timeout{seconds(15)};  ///< after that long without an answer the next agent is tried
  microseconds wrap_up{seconds(10)};       ///< after each talk; 0: none
  microseconds max_wait{0};                ///< then the caller leaves as timed-out; 0: never
  int64_t max_waiting = 10000;             ///< one more leaves as overflowed; 0: nobody waits
  int priority = 0;                        ///< of callers who bring none of their own
  bool operator==(const QueueRule&) const = default;
};

/// What it says of one agent.
struct AgentRule {
  std::string id;
  std::string phone;                ///< the phone that is rung; several agents may not share one
  std::vector<std::string> queues;  ///< those he answers
  bool auto_login = true;           ///< logged in while the phone is registered
  bool registers = true;            ///< false: a number outside, always taken as reachable
  bool operator==(const AgentRule&) const = default;
};

struct Rules {
  std::vector<QueueRule> queues;
  std::vector<AgentRule> agents;
  int misses_max = 2;                      ///< offers missed in a row until an agent is paused as "missed"; 0: never
  microseconds hold_off{seconds(10)};      ///< pause after a rejected, busy or unreachable offer
  microseconds short_abandon{seconds(5)};  ///< who gives up sooner is a short-abandoned
};

/// Priorities run from 0 to this, the highest first; others are brought into the range.
inline constexpr int kPriorityMax = 9;

}  // namespace hotline::acd
