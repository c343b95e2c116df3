// SPDX-License-Identifier: GPL-2.0-or-later
// Legs and bridges.
#include "store/calls.h"

namespace hotline::store {

Result<void> apply(Connection& connection, const LegStarted& change) {
  return connection.run(
      "INSERT INTO legs (leg, call, role, endpoint, agent, offer, started_us) VALUES ($1, $2, $3, $4, $5, $6, $7) "
      "ON CONFLICT (leg) DO NOTHING",
      {change.leg, change.call, change.role, change.endpoint, or_null(change.agent), or_null(change.offer),
       change.time_us});
}

Result<void> apply(Connection& connection, const LegRinging& change) {
  return connection.run("UPDATE legs SET ringing_us = $2 WHERE leg = $1 AND ringing_us IS NULL",
                        {change.leg, change.time_us});
}

Result<void> apply(Connection& connection, const LegAnswered& change) {
  auto leg = connection.run("UPDATE legs SET answered_us = $2 WHERE leg = $1 AND answered_us IS NULL",
                            {change.leg, change.time_us});
  if (!leg || !change.first) return leg;
  return connection.run("UPDATE calls SET answered_us = $2 WHERE call = $1 AND answered_us IS NULL",
                        {change.call, change.time_us});
}

Result<void> apply(Connection& connection, const LegReleased& change) {
  return connection.run(
      "UPDATE legs SET released_us = $2, cause = $3, released_by = $4, up_ms = $5 WHERE leg = $1 AND cause IS NULL",
      {change.leg, change.time_us, change.cause, change.by, change.up_ms});
}

Result<void> apply(Connection& connection, const BridgeUp& change) {
  auto bridge = connection.run(
      "INSERT INTO bridges (bridge, call, left_leg, right_leg, up_us) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (bridge) DO NOTHING",
      {change.bridge, change.call, change.left_leg, change.right_leg, change.time_us});
  if (!bridge) return bridge;
  return connection.run("UPDATE calls SET bridged_us = $2 WHERE call = $1 AND bridged_us IS NULL",
                        {change.call, change.time_us});
}

Result<void> apply(Connection& connection, const BridgeDown& change) {
  // The bridge's own length says when it was over: after a death of the switch its event is late.
  auto members = connection.run(
      "UPDATE bridge_legs SET left_us = $2, "
      "ms = (SELECT CASE WHEN b.up_us + $3 * 1000 > joined_us THEN (b.up_us + $3 * 1000 - joined_us) / 1000 ELSE 0 END "
      "FROM bridges b WHERE b.bridge = $1) "
      "WHERE bridge = $1 AND left_us IS NULL",
      {change.bridge, change.time_us, change.ms});
  if (!members) return members;
  return connection.run("UPDATE bridges SET down_us = $2, ms = $3, reason = $4 WHERE bridge = $1 AND ms IS NULL",
                        {change.bridge, change.time_us, change.ms, change.reason});
}

Result<void> apply(Connection& connection, const BridgeJoined& change) {
  return connection.run(
      "INSERT INTO bridge_legs (bridge, leg, joined_us, call) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (bridge, leg, joined_us) DO NOTHING",
      {change.bridge, change.leg, change.time_us, change.call});
}

Result<void> apply(Connection& connection, const BridgeLeft& change) {
  return connection.run(
      "UPDATE bridge_legs SET left_us = $3, ms = $4 WHERE bridge = $1 AND leg = $2 AND left_us IS NULL",
      {change.bridge, change.leg, change.time_us, change.ms});
}

Result<int64_t> talks_between(Connection& connection, int64_t begin_us, int64_t end_us,
                              const std::function<void(const TalkRow&)>& on_row) {
  return connection.query(
      "SELECT m.bridge, m.call, m.leg, l.agent, l.endpoint, m.joined_us, m.ms FROM bridge_legs m "
      "LEFT JOIN legs l ON l.leg = m.leg WHERE m.joined_us >= $1 AND m.joined_us < $2 "
      "ORDER BY m.joined_us, m.bridge, m.leg",
      {begin_us, end_us}, [&](const Row& row) {
        TalkRow talk;
        talk.bridge = row.text(0);
        talk.call = row.text(1);
        talk.leg = row.text(2);
        talk.agent = row.text(3);
        talk.endpoint = row.text(4);
        talk.joined_us = row.integer(5);
        talk.ms = row.maybe_integer(6);
        on_row(talk);
      });
}

Result<int64_t> bridges_between(Connection& connection, int64_t begin_us, int64_t end_us,
                                const std::function<void(const BridgeRow&)>& on_row) {
  return connection.query(
      "SELECT b.bridge, b.call, c.queue, b.ms, b.down_us, sum(r.kept_ms), coalesce(sum(r.kept_gap_ms), 0), b.up_us, "
      "b.reason "
      "FROM bridges b LEFT JOIN calls c ON c.call = b.call "
      "LEFT JOIN recordings r ON r.call = b.call AND r.bridge = b.bridge AND r.file IS NOT NULL "
      "WHERE b.up_us >= $1 AND b.up_us < $2 GROUP BY b.bridge, b.call, c.queue, b.ms, b.down_us, b.up_us, b.reason "
      "ORDER BY b.up_us, b.bridge",
      {begin_us, end_us}, [&](const Row& row) {
        BridgeRow bridge;
        bridge.bridge = row.text(0);
        bridge.call = row.text(1);
        bridge.queue = row.text(2);
        bridge.ms = row.maybe_integer(3);
        bridge.down = !row.null(4);
        bridge.recorded_ms = row.maybe_integer(5);
        bridge.gap_ms = row.integer(6);
        bridge.up_us = row.integer(7);
        bridge.reason = row.text(8);
        on_row(bridge);
      });
}

}  // namespace hotline::store
