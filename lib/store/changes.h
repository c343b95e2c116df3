// SPDX-License-Identifier: GPL-2.0-or-later
// What was changed, by whom, from what to what; what was refused; numbers without a gap. Owner: lib/desk.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "store/store.h"

namespace hotline::store {

/// One field of one row. Added: no old value; deleted: no new one.
struct Change {
  std::string entity;  ///< the table
  int64_t row_id = 0;
  std::string field;
  std::optional<std::string> before, after;
  bool operator==(const Change&) const = default;
};
struct ChangeRow : Change {
  int64_t at_us = 0;
  std::string actor;
};
/// Within the transaction that makes the change. False when the id is another row's.
Result<bool> add_change(Connection& connection, int64_t id, int64_t at_us, const std::string& actor,
                        const Change& change);
/// Oldest first.
Result<int64_t> changes_of(Connection& connection, const std::string& entity, int64_t row_id,
                           const std::function<void(const ChangeRow&)>& on_row);

struct Refusal {
  int64_t id = 0, at_us = 0;
  std::string actor, block, bit, subject;
};
/// False when the id is another row's.
Result<bool> add_refusal(Connection& connection, const Refusal& refusal);
/// Of [begin_us, end_us), oldest first.
Result<int64_t> refusals_between(Connection& connection, int64_t begin_us, int64_t end_us,
                                 const std::function<void(const Refusal&)>& on_row);

/// The next number of a sequence, from `first` on. Taken back with the transaction, so that none is left out; others
/// wait for it until then.
Result<int64_t> next_number(Connection& connection, const std::string& sequence, int64_t first);

}  // namespace hotline::store
