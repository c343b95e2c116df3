// SPDX-License-Identifier: GPL-2.0-or-later
// Agents' time, as ccqueue told it. Owner: ccjournal.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "store/store.h"

namespace hotline::store {

/// An agent came into a state; the span before it ends at the same instant. `number` is the event's.
struct AgentState {
  std::string agent, state, reason, call;
  int64_t number = 0, time_us = 0;
  bool operator==(const AgentState&) const = default;
};
Result<void> apply(Connection& connection, const AgentState& change);

struct AgentSpanRow {
  std::string agent, state, reason, call;
  int64_t from_us = 0;
  std::optional<int64_t> to_us;  ///< none: the state it is in now
};
/// Spans that touch [begin_us, end_us), whole, by agent and time.
Result<int64_t> agent_spans_between(Connection& connection, int64_t begin_us, int64_t end_us,
                                    const std::function<void(const AgentSpanRow&)>& on_row);

}  // namespace hotline::store
