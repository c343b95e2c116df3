// SPDX-License-Identifier: GPL-2.0-or-later
// Messages in mailboxes, as ccivr told of them. Owner: ccjournal.
//
//     left -> new -> heard -> answered -> deleted        each step may be left out; none is taken back
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace hotline::store {

// What events say. Each must be applied once, in the order of ccivr's journal.
struct MessageLeft {
  std::string file, number, mailbox, call, caller, called, topic, reply_to, reply;
  int64_t time_us = 0;
  std::optional<int64_t> ms{};
  bool operator==(const MessageLeft&) const = default;
};
struct MessageChanged {
  std::string file, state, by;
  int64_t time_us = 0;
  bool operator==(const MessageChanged&) const = default;
};
Result<void> apply(Connection& connection, const MessageLeft& change);
Result<void> apply(Connection& connection, const MessageChanged& change);

struct MessageRow {
  std::string file, number, mailbox, call, caller, called, topic, reply_to, reply, state, changed_by;
  int64_t left_us = 0;
  std::optional<int64_t> ms, changed_us;
};

/// What a search may ask for; conditions that are set hold together (AND).
struct MessageFilter {
  std::optional<std::vector<std::string>> mailboxes{};  ///< in one of these; an empty list finds nothing
  std::optional<std::string> id{};                      ///< its number, or the segment of its recording
  std::optional<std::string> state{};
  std::optional<int64_t> since_us{};  ///< left then or later
  bool deleted = false;               ///< also those that are gone
  int64_t rows_max = 0;               ///< the newest so many; 0: all
};
/// Calls `on_row` for each that fits, oldest first; the number of them.
Result<int64_t> find_messages(Connection& connection, const MessageFilter& filter,
                              const std::function<void(const MessageRow&)>& on_row);

}  // namespace hotline::store
