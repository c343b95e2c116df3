// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "store/store.h"

namespace hotline::store {

/// One recorded segment of a call: what ccswitchd spooled (rows appear with record.started) and what ccrec kept of it.
/// Owner: ccjournal. Joined from two publishers, so either half may be there first.
struct Recording {
  std::string segment, call, bridge;
  std::string file;               ///< below var/recordings/; "" until it is kept
  std::string spool;              ///< below var/spool/
  int64_t started_us = 0;         ///< of the first sample
  std::optional<int64_t> ms;      ///< length; none while it runs
  std::optional<int64_t> gap_ms;  ///< audio that could not be written
  std::optional<int64_t> bytes;
  std::string sha256;          ///< hex, of the kept file
  std::string reason;          ///< why it stopped
  std::string failure;         ///< why it could not be kept; "" when it was or may yet be
  std::string caller, called;  ///< of its call, unmasked
  std::string queue;           ///< where the caller waited; "" when nowhere
  std::string agent;           ///< who spoke in the right channel
  std::string phone;           ///< endpoint of the right channel: "phone:1001"
};

/// What `find` may ask for; conditions that are set hold together (AND).
struct RecordingFilter {
  std::optional<std::string> call{}, segment{}, agent{}, caller{}, called{}, queue{}, phone{};
  std::optional<int64_t> since_us{};  ///< started at or after
  std::optional<int64_t> until_us{};  ///< started before
  bool kept_only = true;              ///< only those whose file is in var/recordings/
  int64_t rows_max = 0;               ///< the newest so many; 0: all
};

/// Calls `on_row` for each recording that fits, oldest first; the number of them. Every single condition has an index.
Result<int64_t> find_recordings(Connection& connection, const RecordingFilter& filter,
                                const std::function<void(const Recording&)>& on_row);

/// Segment of the recording that has this file below var/recordings/, or none.
Result<std::optional<Recording>> recording(Connection& connection, const std::string& segment);

// What events say of a recording (folded by ccjournal).
struct RecordStarted {
  std::string segment, call, bridge, spool, left_leg, right_leg;
  int64_t time_us = 0;
  bool operator==(const RecordStarted&) const = default;
};
struct RecordStopped {
  std::string segment, call, spool, reason;
  int64_t time_us = 0, ms = 0, gap_ms = 0;
  bool operator==(const RecordStopped&) const = default;
};
struct RecordKept {
  std::string segment, call, file, sha256;
  int64_t time_us = 0, started_us = 0, ms = 0, gap_ms = 0, bytes = 0;
  bool operator==(const RecordKept&) const = default;
};
struct RecordFailed {
  std::string segment, call, text;
  int64_t time_us = 0;
  bool operator==(const RecordFailed&) const = default;
};
Result<void> apply(Connection& connection, const RecordStarted& change);
Result<void> apply(Connection& connection, const RecordStopped& change);
Result<void> apply(Connection& connection, const RecordKept& change);
Result<void> apply(Connection& connection, const RecordFailed& change);

/// Copies what searches ask for (caller, called, queue, agent, phone) from the call's other rows into its recordings.
Result<void> settle_recordings(Connection& connection, const std::string& call);

}  // namespace hotline::store
