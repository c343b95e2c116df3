// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/upkeep.h"

#include "store/dialect.h"

namespace hotline::store {

Result<std::vector<TableRows>> count_tables(Connection& connection) {
  auto tx = connection.tx_read();
  if (!tx) return tx.error();
  std::vector<TableRows> tables;
  auto named =
      connection.query(tables_sql(connection.kind()), {}, [&](const Row& row) { tables.push_back({row.text(0)}); });
  if (!named) return named.error();
  for (auto& one : tables) {
    auto counted =
        connection.query("SELECT count(*) FROM " + one.table, {}, [&](const Row& row) { one.rows = row.integer(0); });
    if (!counted) return counted.error();
  }
  return tables;
}

}  // namespace hotline::store
