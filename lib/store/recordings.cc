// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/recordings.h"

namespace hotline::store {

namespace {

constexpr const char* kColumns =
    "SELECT segment, call, bridge, file, spool, coalesce(at_us, 0), coalesce(kept_ms, ms), coalesce(kept_gap_ms, "
    "gap_ms), "
    "bytes, sha256, reason, failure, caller, called, queue, agent, phone FROM recordings";

Recording read_row(const Row& row) {
  Recording recording;
  recording.segment = row.text(0);
  recording.call = row.text(1);
  recording.bridge = row.text(2);
  recording.file = row.text(3);
  recording.spool = row.text(4);
  recording.started_us = row.integer(5);
  recording.ms = row.maybe_integer(6);
  recording.gap_ms = row.maybe_integer(7);
  recording.bytes = row.maybe_integer(8);
  recording.sha256 = row.text(9);
  recording.reason = row.text(10);
  recording.failure = row.text(11);
  recording.caller = row.text(12);
  recording.called = row.text(13);
  recording.queue = row.text(14);
  recording.agent = row.text(15);
  recording.phone = row.text(16);
  return recording;
}

/// WHERE of the conditions that are set, with their values.
std::string conditions(const RecordingFilter& filter, std::vector<Value>& values) {
  std::string where;
  auto add = [&](const std::string& condition, const std::optional<Value>& value) {
    where += (where.empty() ? " WHERE " : " AND ") + condition;
    if (!value) return;
    values.push_back(*value);
    where += "$" + std::to_string(values.size());
  };
  if (filter.call) add("call = ", *filter.call);
  if (filter.segment) add("segment = ", *filter.segment);
  if (filter.agent) add("agent = ", *filter.agent);
  if (filter.caller) add("caller = ", *filter.caller);
  if (filter.called) add("called = ", *filter.called);
  if (filter.queue) add("queue = ", *filter.queue);
  if (filter.phone) add("phone = ", *filter.phone);
  if (filter.since_us) add("at_us >= ", *filter.since_us);
  if (filter.until_us) add("at_us < ", *filter.until_us);
  if (filter.kept_only) add("file IS NOT NULL", {});
  return where;
}

}  // namespace

Result<int64_t> find_recordings(Connection& connection, const RecordingFilter& filter,
                                const std::function<void(const Recording&)>& on_row) {
  std::vector<Value> values;
  std::string sql = kColumns + conditions(filter, values);
  if (filter.rows_max > 0) {
    values.emplace_back(filter.rows_max);
    sql += " ORDER BY at_us DESC, segment DESC LIMIT $" + std::to_string(values.size());
    sql = "SELECT * FROM (" + sql + ") AS newest ORDER BY 6, 1";
  } else {
    sql += " ORDER BY at_us, segment";
  }
  return connection.query(sql, values, [&](const Row& row) { on_row(read_row(row)); });
}

Result<std::optional<Recording>> recording(Connection& connection, const std::string& segment) {
  RecordingFilter filter;
  filter.segment = segment;
  filter.kept_only = false;
  std::optional<Recording> found;
  auto asked = find_recordings(connection, filter, [&](const Recording& row) { found = row; });
  if (!asked) return asked.error();
  return found;
}

Result<void> apply(Connection& connection, const RecordStarted& change) {
  return connection.run(
      "INSERT INTO recordings (segment, call, bridge, spool, left_leg, right_leg, started_us) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (segment) DO UPDATE SET bridge = excluded.bridge, "
      "spool = excluded.spool, left_leg = excluded.left_leg, right_leg = excluded.right_leg, "
      "started_us = excluded.started_us",
      {change.segment, change.call, or_null(change.bridge), or_null(change.spool), or_null(change.left_leg),
       or_null(change.right_leg), change.time_us});
}

Result<void> apply(Connection& connection, const RecordStopped& change) {
  return connection.run(
      "INSERT INTO recordings (segment, call, spool, stopped_us, ms, gap_ms, reason) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (segment) DO UPDATE SET "
      "spool = coalesce(recordings.spool, excluded.spool), stopped_us = excluded.stopped_us, ms = excluded.ms, "
      "gap_ms = excluded.gap_ms, reason = excluded.reason",
      {change.segment, change.call, or_null(change.spool), change.time_us, change.ms, change.gap_ms, change.reason});
}

Result<void> apply(Connection& connection, const RecordKept& change) {
  return connection.run(
      "INSERT INTO recordings (segment, call, kept_us, kept_started_us, kept_ms, kept_gap_ms, file, bytes, sha256) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (segment) DO UPDATE SET "
      "kept_us = excluded.kept_us, kept_started_us = excluded.kept_started_us, kept_ms = excluded.kept_ms, "
      "kept_gap_ms = excluded.kept_gap_ms, file = excluded.file, bytes = excluded.bytes, "
      "sha256 = excluded.sha256, failure = NULL",
      {change.segment, change.call, change.time_us, change.started_us, change.ms, change.gap_ms, or_null(change.file),
       change.bytes, or_null(change.sha256)});
}

Result<void> apply(Connection& connection, const RecordFailed& change) {
  return connection.run(
      "INSERT INTO recordings (segment, call, failure) VALUES ($1, $2, $3) "
      "ON CONFLICT (segment) DO UPDATE SET failure = excluded.failure",
      {change.segment, change.call, change.text});
}

Result<void> settle_recordings(Connection& connection, const std::string& call) {
  auto settled = connection.run(
      "UPDATE recordings SET at_us = coalesce(kept_started_us, started_us), "
      "caller = (SELECT c.caller FROM calls c WHERE c.call = recordings.call), "
      "called = (SELECT c.called FROM calls c WHERE c.call = recordings.call), "
      "agent = (SELECT l.agent FROM legs l WHERE l.leg = recordings.right_leg), "
      "phone = (SELECT l.endpoint FROM legs l WHERE l.leg = recordings.right_leg) WHERE call = $1",
      {call});
  if (!settled) return settled;
  // The visit that this agent answered, or else the call's last.
  return connection.run(
      "UPDATE recordings SET queue = coalesce("
      "(SELECT v.queue FROM queue_visits v WHERE v.call = recordings.call AND v.agent = recordings.agent "
      "ORDER BY v.number DESC LIMIT 1), "
      "(SELECT v.queue FROM queue_visits v WHERE v.call = recordings.call ORDER BY v.number DESC LIMIT 1)) "
      "WHERE call = $1",
      {call});
}

}  // namespace hotline::store
