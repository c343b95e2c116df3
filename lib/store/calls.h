// SPDX-License-Identifier: GPL-2.0-or-later
// Calls, their legs and bridges, as ccswitchd told them. Owner: ccjournal.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "store/store.h"

namespace hotline::store {

/// How a call can end, each call exactly one; `open` while it lasts. ccreport(1) says what they mean.
inline constexpr const char* kOutcomes[] = {"answered", "abandoned", "ivr",     "call-back", "turned-away", "refused",
                                            "failed",   "lost",      "reached", "unreached", "open"};

// What events say (folded by ccjournal). Each must be applied once, in the order of ccswitchd's journal.
struct CallStarted {
  std::string call, direction;  ///< "in" or "out"
  std::string caller, called, line, flow;
  int64_t time_us = 0;
  bool operator==(const CallStarted&) const = default;
};
struct CallEnded {
  std::string call, by;
  int64_t time_us = 0, ms = 0, cause = 0;
  bool operator==(const CallEnded&) const = default;
};
struct LegStarted {
  std::string leg, call, role, endpoint, agent, offer;
  int64_t time_us = 0;
  bool operator==(const LegStarted&) const = default;
};
struct LegRinging {
  std::string leg;
  int64_t time_us = 0;
  bool operator==(const LegRinging&) const = default;
};
struct LegAnswered {
  std::string leg, call;
  bool first = false;  ///< leg 1: the call itself is answered
  int64_t time_us = 0;
  bool operator==(const LegAnswered&) const = default;
};
struct LegReleased {
  std::string leg, by;
  int64_t time_us = 0, cause = 0, up_ms = 0;
  bool operator==(const LegReleased&) const = default;
};
struct BridgeUp {
  std::string bridge, call, left_leg, right_leg;
  int64_t time_us = 0;
  bool operator==(const BridgeUp&) const = default;
};
struct BridgeDown {
  std::string bridge, reason;
  int64_t time_us = 0, ms = 0;
  bool operator==(const BridgeDown&) const = default;
};
/// A leg came into a bridge, with its beginning or later.
struct BridgeJoined {
  std::string bridge, call, leg;
  int64_t time_us = 0;
  bool operator==(const BridgeJoined&) const = default;
};
/// One of three and more went; the others go with BridgeDown.
struct BridgeLeft {
  std::string bridge, leg;
  int64_t time_us = 0, ms = 0;
  bool operator==(const BridgeLeft&) const = default;
};
/// A call whose beginning was never seen (its line was damaged) is made from its end.
Result<void> apply(Connection& connection, const CallStarted& change);
/// Closes what is open of the call: legs, and bridges without a length, which nobody knows any more.
Result<void> apply(Connection& connection, const CallEnded& change);
Result<void> apply(Connection& connection, const LegStarted& change);
Result<void> apply(Connection& connection, const LegRinging& change);
Result<void> apply(Connection& connection, const LegAnswered& change);
Result<void> apply(Connection& connection, const LegReleased& change);
Result<void> apply(Connection& connection, const BridgeUp& change);
/// Ends the time of those who were still in it.
Result<void> apply(Connection& connection, const BridgeDown& change);
Result<void> apply(Connection& connection, const BridgeJoined& change);
Result<void> apply(Connection& connection, const BridgeLeft& change);

/// All that decides how a call ended.
struct CallFacts {
  bool outbound = false, answered = false, bridged = false, ended = false;
  std::string ended_by{};
  int64_t cause = 0;
  bool queued = false;       ///< it waited in some queue
  std::string queue_exit{};  ///< how the last visit ended; "" when it did not
  bool in_menu = false;      ///< some flow spoke with it
  std::string menu_exit{};   ///< how the last flow ended; "" when it did not
};
/// None for a call that ccswitchd has not spoken of (yet).
Result<std::optional<CallFacts>> call_facts(Connection& connection, const std::string& call);
/// Writes the outcome, and the queue and agent that the call's other rows tell.
Result<void> settle_call(Connection& connection, const std::string& call, const std::string& outcome);

struct CallRow {
  std::string call, direction;
  int64_t started_us = 0;
  std::optional<int64_t> ended_us;
  std::string caller, called, outcome, ended_by, queue, agent;
  std::optional<int64_t> cause;
};
/// Calls that began in [begin_us, end_us), oldest first.
Result<int64_t> calls_between(Connection& connection, int64_t begin_us, int64_t end_us,
                              const std::function<void(const CallRow&)>& on_row);

/// A leg's time in a bridge: who talked is counted by it, not by how long a leg was up.
struct TalkRow {
  std::string bridge, call, leg, agent, endpoint;
  int64_t joined_us = 0;
  std::optional<int64_t> ms;  ///< none: still in, or nobody knows
};
/// Of legs that joined in [begin_us, end_us), in the order in which they did.
Result<int64_t> talks_between(Connection& connection, int64_t begin_us, int64_t end_us,
                              const std::function<void(const TalkRow&)>& on_row);

struct BridgeRow {
  std::string bridge, call, queue;
  int64_t up_us = 0;
  std::optional<int64_t> ms;  ///< none: still up, or nobody knows
  bool down = false;
  std::string reason;  ///< why it is down; "restart": the switch died
  std::optional<int64_t> recorded_ms;  ///< of all its kept segments; none: nothing of it is kept
  int64_t gap_ms = 0;
};
/// Bridges that came up in [begin_us, end_us), with what is kept of them, oldest first.
Result<int64_t> bridges_between(Connection& connection, int64_t begin_us, int64_t end_us,
                                const std::function<void(const BridgeRow&)>& on_row);

}  // namespace hotline::store
