// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/agents.h"

namespace hotline::store {

Result<void> apply(Connection& connection, const AgentState& change) {
  auto closed = connection.run("UPDATE agent_spans SET to_us = $2 WHERE agent = $1 AND to_us IS NULL",
                               {change.agent, change.time_us});
  if (!closed) return closed;
  return connection.run(
      "INSERT INTO agent_spans (agent, number, state, from_us, reason, call) VALUES ($1, $2, $3, $4, $5, $6)",
      {change.agent, change.number, change.state, change.time_us, change.reason, or_null(change.call)});
}

Result<int64_t> agent_spans_between(Connection& connection, int64_t begin_us, int64_t end_us,
                                    const std::function<void(const AgentSpanRow&)>& on_row) {
  return connection.query(
      "SELECT agent, state, reason, call, from_us, to_us FROM agent_spans "
      "WHERE from_us < $2 AND (to_us IS NULL OR to_us > $1) ORDER BY agent, number",
      {begin_us, end_us}, [&](const Row& row) {
        AgentSpanRow span;
        span.agent = row.text(0);
        span.state = row.text(1);
        span.reason = row.text(2);
        span.call = row.text(3);
        span.from_us = row.integer(4);
        span.to_us = row.maybe_integer(5);
        on_row(span);
      });
}

}  // namespace hotline::store
