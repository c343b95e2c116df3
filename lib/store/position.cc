// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/position.h"

namespace hotline::store {

Result<std::vector<Position>> positions(Connection& connection) {
  std::vector<Position> all;
  auto asked = connection.query("SELECT publisher, number, time_us FROM journal_position ORDER BY publisher", {},
                                [&](const Row& row) {
                                  all.push_back({row.text(0), row.integer(1), row.integer(2)});
                                });
  if (!asked) return asked.error();
  return all;
}

Result<Position> position(Connection& connection, const std::string& publisher) {
  Position found{publisher, 0, 0};
  auto asked = connection.query("SELECT number, time_us FROM journal_position WHERE publisher = $1", {publisher},
                                [&](const Row& row) {
                                  found = {publisher, row.integer(0), row.integer(1)};
                                });
  if (!asked) return asked.error();
  return found;
}

Result<void> set_position(Connection& connection, const Position& position) {
  return connection.run(
      "INSERT INTO journal_position (publisher, number, time_us) VALUES ($1, $2, $3) ON CONFLICT (publisher) "
      "DO UPDATE SET number = excluded.number, time_us = excluded.time_us",
      {position.publisher, position.number, position.time_us});
}

Result<int64_t> horizon_us(Connection& connection) {
  int64_t horizon = 0;
  auto asked = connection.query("SELECT coalesce(max(time_us), 0) FROM journal_position", {},
                                [&](const Row& row) { horizon = row.integer(0); });
  if (!asked) return asked.error();
  return horizon;
}

const std::vector<std::string>& folded_tables() {
  static const std::vector<std::string> tables = {"calls",      "legs",         "bridges",         "bridge_legs",
                                                  "recordings", "queue_visits", "offers",          "agent_spans",
                                                  "ivr_visits", "messages",     "journal_position"};
  return tables;
}

}  // namespace hotline::store
