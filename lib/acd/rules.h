// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acd/states.h"
#include "base/time.h"

namespace hotline::acd {

/// Skills by name, with a level from 1 to kLevelMax: what an agent has, or the least that a caller needs.
using Skills = std::map<std::string, int>;
inline constexpr int kLevelMax = 100;
inline constexpr size_t kNeedsMax = 8;  ///< skills that a queue and its caller may ask for together

/// Priorities run from 0 to this, the highest first; others are brought into the range.
inline constexpr int kPriorityMax = 9;
/// Tiers of agents run from 1, who are asked first, to this.
inline constexpr int kTierMax = 9;
inline constexpr size_t kWidenMax = 8;
/// A caller overflows from one queue into another this often; then he leaves.
inline constexpr int kHopsMax = 3;

/// Which of the idle agents of a queue is rung. Within it, and where two are alike, the one who has been ready longest;
/// in any case agents of a lower tier come first.
enum class Strategy {
  longest_idle,  ///< ready longest
  fewest_calls,  ///< fewest calls answered since he logged in
  round_robin,   ///< longest since this queue last rang him
  skill_first,   ///< highest sum of levels in the skills that are needed
  ring_all,      ///< all of them at once; the first to answer has the call
};
std::string_view name(Strategy strategy);
std::optional<Strategy> strategy(std::string_view name);

/// From a wait of `after` on the queue is content with more agents: those up to `tier`, and with these levels of the
/// skills named (0: the skill is not needed any more).
struct Widen {
  microseconds after{0};
  int tier = kTierMax;
  Skills needs;
  bool operator==(const Widen&) const = default;
};

/// What the configuration says of one queue.
struct QueueRule {
  std::string name;
  microseconds ring_timeout{seconds(15)};  ///< after that long without an answer the next agent is tried
  microseconds wrap_up{seconds(10)};       ///< after each talk; 0: none
  microseconds max_wait{0};                ///< then the caller leaves as timed-out; 0: never
  int64_t max_waiting = 10000;             ///< one more leaves as overflowed; 0: nobody waits
  int priority = 0;                        ///< of callers who bring none of their own

  microseconds wrap_up_max{0};  ///< the longest that an agent may extend wrap-up to, from the talk's end; 0: not at all
  Strategy strategy = Strategy::longest_idle;
  Skills needs;              ///< every caller of this queue needs these
  std::vector<Widen> widen;  ///< by `after`; with none, agents of every tier may be rung from the start, else tier 1

  microseconds max_expected_wait{0};             ///< who would wait longer leaves as overflowed at once; 0: no limit
  bool join_when_empty = true;                   ///< false: who comes while no agent is there leaves as overflowed
  std::optional<microseconds> leave_when_empty;  ///< so long after the last agent went, all leave; nullopt: they wait
  std::vector<AgentState> absent;  ///< states besides logged-out in which an agent does not count as there
  std::string overflow_to;         ///< timed-out and overflowed callers go to this queue, with their place; "": out
  microseconds prefer_for{0};      ///< how long a caller waits for the agent he prefers; 0: no preference
  microseconds announce_every{0};  ///< how often a caller is told his place and wait; 0: never
  microseconds resume_within{0};   ///< who gave up and calls again by then has his old place; 0: nobody
  bool outbound = false;           ///< its entries come after all inbound callers, whatever their age
  int64_t reserve = 0;             ///< agents who stay idle for inbound callers when this queue is outbound
  bool operator==(const QueueRule&) const = default;
};

/// What it says of one agent.
struct AgentRule {
  std::string id;
  std::string phone;                   ///< the phone that is rung; several agents may not share one
  std::vector<std::string> queues;     ///< those he answers
  bool auto_login = true;              ///< logged in while the phone is registered
  bool registers = true;               ///< false: a number outside, always taken as reachable
  std::map<std::string, int> tiers{};  ///< by queue; 1 where none is named
  Skills skills{};
  int tier(const std::string& queue) const {
    auto found = tiers.find(queue);
    return found == tiers.end() ? 1 : found->second;
  }
  bool operator==(const AgentRule&) const = default;
};

struct Rules {
  std::vector<QueueRule> queues;
  std::vector<AgentRule> agents;
  int misses_max = 2;                      ///< offers missed in a row until an agent is paused as "missed"; 0: never
  microseconds hold_off{seconds(10)};      ///< pause after a rejected, busy or unreachable offer
  microseconds short_abandon{seconds(5)};  ///< who gives up sooner is a short-abandoned
  /// One step of priority is worth so much waiting: who has priority 2 is served before one of priority 0 who came less
  /// than two steps before him, and nobody is overtaken by those who come later than that. 0: a higher priority is
  /// always first.
  microseconds priority_step{0};
  /// Where given, instead of hold_off after that kind of miss; a ring that was not answered holds nobody off by
  /// default.
  std::optional<microseconds> hold_off_missed, hold_off_busy, hold_off_rejected, hold_off_unreachable;
  bool operator==(const Rules&) const = default;
};

}  // namespace hotline::acd
