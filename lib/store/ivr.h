// SPDX-License-Identifier: GPL-2.0-or-later
// Visits to call flows, as ccivr told them. Owner: ccjournal.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "store/store.h"

namespace hotline::store {

// What events say. Each must be applied once, in the order of ccivr's journal; `number` is the event's.
struct IvrEntered {
  std::string call, flow, version;
  int64_t number = 0, time_us = 0;
  bool operator==(const IvrEntered&) const = default;
};
struct IvrNode {
  std::string call, node;
  bool operator==(const IvrNode&) const = default;
};
struct IvrExit {
  std::string call, node, reason;
  int64_t time_us = 0;
  bool operator==(const IvrExit&) const = default;
};
Result<void> apply(Connection& connection, const IvrEntered& change);
Result<void> apply(Connection& connection, const IvrNode& change);
Result<void> apply(Connection& connection, const IvrExit& change);

struct IvrRow {
  std::string call, flow, version, last_node, exit_reason;  ///< exit_reason "" while it goes on
  int64_t entered_us = 0, nodes = 0;
  std::optional<int64_t> exit_us;
};
/// Visits that began in [begin_us, end_us), oldest first.
Result<int64_t> ivr_visits_between(Connection& connection, int64_t begin_us, int64_t end_us,
                                   const std::function<void(const IvrRow&)>& on_row);

}  // namespace hotline::store
