// SPDX-License-Identifier: GPL-2.0-or-later
// How far each publisher's journal has been folded into the call tables. Owner: ccjournal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/store.h"

namespace hotline::store {

struct Position {
  std::string publisher;
  int64_t number = 0;   ///< the last event folded; 0: none yet
  int64_t time_us = 0;  ///< of that event
};
/// All of them, by name.
Result<std::vector<Position>> positions(Connection& connection);
/// One publisher's; number 0 when nothing of it has been folded.
Result<Position> position(Connection& connection, const std::string& publisher);
/// Belongs into the transaction that carries the events' rows.
Result<void> set_position(Connection& connection, const Position& position);

/// Time of the newest event folded, 0 for none: the "now" of a report, which must not depend on a clock.
Result<int64_t> horizon_us(Connection& connection);

/// Every table that is folded from the journals, positions included.
const std::vector<std::string>& folded_tables();

}  // namespace hotline::store
