// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/ivr.h"

namespace hotline::store {

Result<void> apply(Connection& connection, const IvrEntered& change) {
  return connection.run(
      "INSERT INTO ivr_visits (call, number, flow, version, entered_us, nodes) VALUES ($1, $2, $3, $4, $5, 0)",
      {change.call, change.number, change.flow, change.version, change.time_us});
}

Result<void> apply(Connection& connection, const IvrNode& change) {
  return connection.run(
      "UPDATE ivr_visits SET nodes = nodes + 1, last_node = $2 WHERE call = $1 AND exit_us IS NULL "
      "AND number = (SELECT max(i.number) FROM ivr_visits i WHERE i.call = $1)",
      {change.call, change.node});
}

Result<void> apply(Connection& connection, const IvrExit& change) {
  return connection.run(
      "UPDATE ivr_visits SET exit_us = $2, exit_reason = $3, last_node = coalesce($4, last_node) "
      "WHERE call = $1 AND exit_us IS NULL AND number = (SELECT max(i.number) FROM ivr_visits i WHERE i.call = $1)",
      {change.call, change.time_us, change.reason, or_null(change.node)});
}

Result<int64_t> ivr_visits_between(Connection& connection, int64_t begin_us, int64_t end_us,
                                   const std::function<void(const IvrRow&)>& on_row) {
  return connection.query(
      "SELECT call, flow, version, last_node, exit_reason, entered_us, nodes, exit_us FROM ivr_visits "
      "WHERE entered_us >= $1 AND entered_us < $2 ORDER BY entered_us, call, number",
      {begin_us, end_us}, [&](const Row& row) {
        IvrRow visit;
        visit.call = row.text(0);
        visit.flow = row.text(1);
        visit.version = row.text(2);
        visit.last_node = row.text(3);
        visit.exit_reason = row.text(4);
        visit.entered_us = row.integer(5);
        visit.nodes = row.integer(6);
        visit.exit_us = row.maybe_integer(7);
        on_row(visit);
      });
}

}  // namespace hotline::store
