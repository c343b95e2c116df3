// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/changes.h"

namespace hotline::store {

static std::optional<std::string> maybe_text(const Row& row, int column) {
  return row.null(column) ? std::nullopt : std::optional(row.text(column));
}

/// One row or none: the id was free or not.
static Result<bool> added(const Result<int64_t>& rows) {
  if (!rows) return rows.error();
  return *rows == 1;
}

Result<bool> add_change(Connection& connection, int64_t id, int64_t at_us, const std::string& actor,
                        const Change& change) {
  return added(connection.execute(
      "INSERT INTO changes (id, at_us, actor, entity, row_id, field, old, new) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
      "ON CONFLICT (id) DO NOTHING",
      {id, at_us, actor, change.entity, change.row_id, change.field, or_null(change.before), or_null(change.after)}));
}

Result<int64_t> changes_of(Connection& connection, const std::string& entity, int64_t row_id,
                           const std::function<void(const ChangeRow&)>& on_row) {
  return connection.query(
      "SELECT at_us, actor, field, old, new FROM changes WHERE entity = $1 AND row_id = $2 ORDER BY id",
      {entity, row_id}, [&](const Row& row) {
        ChangeRow change;
        change.entity = entity;
        change.row_id = row_id;
        change.at_us = row.integer(0);
        change.actor = row.text(1);
        change.field = row.text(2);
        change.before = maybe_text(row, 3);
        change.after = maybe_text(row, 4);
        on_row(change);
      });
}

Result<bool> add_refusal(Connection& connection, const Refusal& refusal) {
  return added(
      connection.execute("INSERT INTO refusals (id, at_us, actor, block, bit, subject) VALUES ($1, $2, $3, $4, $5, $6) "
                         "ON CONFLICT (id) DO NOTHING",
                         {refusal.id, refusal.at_us, refusal.actor, refusal.block, refusal.bit, refusal.subject}));
}

Result<int64_t> refusals_between(Connection& connection, int64_t begin_us, int64_t end_us,
                                 const std::function<void(const Refusal&)>& on_row) {
  return connection.query(
      "SELECT id, at_us, actor, block, bit, subject FROM refusals WHERE at_us >= $1 AND at_us < $2 ORDER BY at_us, id",
      {begin_us, end_us}, [&](const Row& row) {
        on_row({row.integer(0), row.integer(1), row.text(2), row.text(3), row.text(4), row.text(5)});
      });
}

Result<int64_t> next_number(Connection& connection, const std::string& sequence, int64_t first) {
  int64_t number = 0;
  auto taken = connection.query(
      "INSERT INTO sequences (name, next) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET next = sequences.next + 1 "
      "RETURNING next",
      {sequence, first}, [&](const Row& row) { number = row.integer(0); });
  if (!taken) return taken.error();
  return number;
}

}  // namespace hotline::store
