// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "acd/states.h"
#include "base/time.h"

namespace hotline::acd {

/// Decisions and facts, in the order in which they came to be. Offer, Cancel and Connect ask for something to be done;
/// the others are facts to be written down.

struct Entered {
  std::string call, queue;
  Utc entered;  ///< t0
  int priority;
  int64_t position;                         ///< 1 is the next
  std::optional<milliseconds> expected{};   ///< wait, as far as it can be told
  bool resumed = false, call_back = false;  ///< has the place of an earlier visit; nobody is on the line
  std::optional<Utc> seniority{};           ///< what his place counts from, where that is not t0
};
struct Offer {
  std::string call, queue, agent, phone, offer;
  microseconds ring_timeout;
  bool call_back = false;  ///< the caller is to be called, too
};
/// The agent's leg of that offer is to be released, whatever its state.
struct Cancel {
  std::string call, agent, offer;
};
/// The agent answered in time: join the two, then report connected() or connect_failed().
struct Connect {
  std::string call, queue, agent, offer;
};
struct Missed {
  std::string call, queue, agent, offer;
  MissReason reason;
  milliseconds ring;
};
struct Exit {
  std::string call, queue;
  ExitReason reason;
  milliseconds wait;
  std::string agent, offer;  ///< when answered
  milliseconds ring{0};
  std::string detail{};                    ///< of overflowed: size, expected-wait, no-agent
  std::string to{};                        ///< the queue that he enters next, "" when he leaves for good
  std::optional<milliseconds> expected{};  ///< what his wait was expected to be when he came
};
/// A caller may be told his place and how long it will take.
struct Tell {
  std::string call, queue;
  int64_t position;
  std::optional<milliseconds> expected;
};
struct Served {
  std::string call, queue, agent;
  milliseconds talk;
};
struct AgentChanged {
  std::string agent;
  AgentState state, was;
  std::string reason;
  std::optional<Utc> until;
  std::string call;
  std::optional<AgentState> next;  ///< what he wishes to be afterwards: paused or logged-out
  std::string next_reason;
};

using Action = std::variant<Entered, Offer, Cancel, Connect, Missed, Exit, Served, AgentChanged, Tell>;
using Actions = std::vector<Action>;

/// One line of text for an action: what replays and tests compare byte for byte.
std::string text(const Action& action);

}  // namespace hotline::acd
