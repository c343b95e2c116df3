// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/calls.h"

namespace hotline::store {

Result<void> apply(Connection& connection, const CallStarted& change) {
  return connection.run(
      "INSERT INTO calls (call, direction, started_us, caller, called, line, flow, outcome) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, 'open') ON CONFLICT (call) DO NOTHING",
      {change.call, change.direction, change.time_us, change.caller, change.called, change.line, change.flow});
}

Result<void> apply(Connection& connection, const CallEnded& change) {
  auto ended = connection.run(
      "INSERT INTO calls (call, direction, started_us, caller, called, line, flow, ended_us, cause, ended_by, outcome) "
      "VALUES ($1, 'in', $2, '', '', '', '', $3, $4, $5, 'open') ON CONFLICT (call) DO UPDATE SET "
      "ended_us = excluded.ended_us, cause = excluded.cause, ended_by = excluded.ended_by WHERE calls.ended_us IS NULL",
      {change.call, change.time_us - change.ms * 1000, change.time_us, change.cause, change.by});
  if (!ended) return ended;
  auto legs = connection.run("UPDATE legs SET released_us = $2 WHERE call = $1 AND released_us IS NULL",
                             {change.call, change.time_us});
  if (!legs) return legs;
  auto members = connection.run("UPDATE bridge_legs SET left_us = $2 WHERE call = $1 AND left_us IS NULL",
                                {change.call, change.time_us});
  if (!members) return members;
  return connection.run("UPDATE bridges SET down_us = $2, reason = $3 WHERE call = $1 AND down_us IS NULL",
                        {change.call, change.time_us, change.by});
}

Result<std::optional<CallFacts>> call_facts(Connection& connection, const std::string& call) {
  std::optional<CallFacts> facts;
  auto asked = connection.query(
      "SELECT direction, answered_us, bridged_us, ended_us, ended_by, cause, "
      "(SELECT count(*) FROM queue_visits v WHERE v.call = $1), "
      "(SELECT v.exit_reason FROM queue_visits v WHERE v.call = $1 ORDER BY v.number DESC LIMIT 1), "
      "(SELECT count(*) FROM ivr_visits i WHERE i.call = $1), "
      "(SELECT i.exit_reason FROM ivr_visits i WHERE i.call = $1 ORDER BY i.number DESC LIMIT 1) "
      "FROM calls WHERE call = $1",
      {call}, [&](const Row& row) {
        facts.emplace();
        facts->outbound = row.text(0) == "out";
        facts->answered = !row.null(1);
        facts->bridged = !row.null(2);
        facts->ended = !row.null(3);
        facts->ended_by = row.text(4);
        facts->cause = row.integer(5);
        facts->queued = row.integer(6) > 0;
        facts->queue_exit = row.text(7);
        facts->in_menu = row.integer(8) > 0;
        facts->menu_exit = row.text(9);
      });
  if (!asked) return asked.error();
  return facts;
}

Result<void> settle_call(Connection& connection, const std::string& call, const std::string& outcome) {
  return connection.run(
      "UPDATE calls SET outcome = $2, "
      "queue = (SELECT v.queue FROM queue_visits v WHERE v.call = $1 ORDER BY v.number DESC LIMIT 1), "
      "agent = (SELECT l.agent FROM legs l WHERE l.call = $1 AND l.agent IS NOT NULL AND l.answered_us IS NOT NULL "
      "ORDER BY l.answered_us DESC, l.leg DESC LIMIT 1) WHERE call = $1",
      {call, outcome});
}

Result<int64_t> calls_between(Connection& connection, int64_t begin_us, int64_t end_us,
                              const std::function<void(const CallRow&)>& on_row) {
  return connection.query(
      "SELECT call, direction, started_us, ended_us, caller, called, outcome, ended_by, queue, agent, cause FROM calls "
      "WHERE started_us >= $1 AND started_us < $2 ORDER BY started_us, call",
      {begin_us, end_us}, [&](const Row& row) {
        CallRow call;
        call.call = row.text(0);
        call.direction = row.text(1);
        call.started_us = row.integer(2);
        call.ended_us = row.maybe_integer(3);
        call.caller = row.text(4);
        call.called = row.text(5);
        call.outcome = row.text(6);
        call.ended_by = row.text(7);
        call.queue = row.text(8);
        call.agent = row.text(9);
        call.cause = row.maybe_integer(10);
        on_row(call);
      });
}

}  // namespace hotline::store
