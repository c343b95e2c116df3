// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "acd/rules.h"
#include "acd/states.h"
#include "base/time.h"

namespace hotline::acd {

/// All that a core knows, as plain values: what a recording carries once a day, so that it can be played from there.
/// Core::saved() gives it, a core that is made of it goes on as the one it was taken of, to the octet. What can be
/// worked out from the rest (lines, ranks, counts) is not in it. Bounded by the callers and agents that there are.
struct Saved {
  struct Agent {
    AgentRule rule;
    AgentState state = AgentState::logged_out;
    Utc since{}, idle_since{};
    std::optional<Utc> until, wrap_up_limit, due;  ///< due: when his wrap-up or pause ends by itself
    std::string reason, call, offer, next_reason;
    std::optional<AgentState> next;
    int misses = 0;
    int64_t calls = 0;
    bool reachable = false, dnd = false, leaving = false;
    std::map<std::string, int64_t> last_rung;
    bool operator==(const Agent&) const = default;
  };
  /// A telephone that rings: the agent, the offer, since when.
  struct Ringing {
    std::string agent, offer;
    Utc at{};
    bool operator==(const Ringing&) const = default;
  };
  /// The callers among whom he stands.
  struct Line {
    int tier = 0;
    Skills needs;
    std::string only;
    bool operator==(const Line&) const = default;
  };
  struct Entry {
    std::string call, queue;
    EntryState state = EntryState::waiting;
    int priority = 0, hops = 0;
    Utc entered{}, seniority{}, offered_at{}, answered_at{}, connected_at{};
    int64_t offers = 0, widened = 0, told_position = 0;
    std::string agent, offer, preferred, resume_key;
    std::vector<Ringing> open;
    std::vector<std::string> tried;
    Skills needs;
    bool call_back = false, queued = false, rings_all = false;
    std::optional<Utc> parked_until;
    std::optional<milliseconds> expected, told_wait;
    std::optional<Line> line;        ///< while he stands in one
    std::map<std::string, Utc> due;  ///< what is to come for him, by name: ring, wait, prefer, widen, park, tell
    bool operator==(const Entry&) const = default;
  };
  struct Queue {
    std::string name;
    int64_t rung = 0;
    std::optional<Utc> empty_at;  ///< when those who wait for nobody leave
    Utc measured{};               ///< of the estimator: until then, and what was
    int64_t staffed = 0, waiting = 0;
    double answers = 0, agent_seconds = 0, abandons = 0, waited_seconds = 0;
    bool operator==(const Queue&) const = default;
  };
  /// Who gave up not long ago, in the order in which they are forgotten; without `until`: called again since.
  struct Gone {
    std::string key;
    std::optional<Utc> until;
    Utc seniority{};
    int priority = 0;
    bool operator==(const Gone&) const = default;
  };
  Rules rules;
  bool suspended = false;
  std::vector<Queue> queues;
  std::vector<Agent> agents;
  std::vector<Entry> entries;
  std::vector<Gone> gone;
  bool operator==(const Saved&) const = default;
};

}  // namespace hotline::acd
