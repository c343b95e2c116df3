// SPDX-License-Identifier: GPL-2.0-or-later
// Looking after a store as a whole: what is in it, table by table. Owner of nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/store.h"

namespace hotline::store {

struct TableRows {
  std::string table;
  int64_t rows = 0;
};
/// Every table that holds rows of ours (not the innards of word indices), by name, counted at one moment.
Result<std::vector<TableRows>> count_tables(Connection& connection);

}  // namespace hotline::store
