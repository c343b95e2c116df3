// SPDX-License-Identifier: GPL-2.0-or-later
// Looking recordings up in the store.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/output.h"
#include "conf/instance.h"
#include "store/recordings.h"

namespace hotline::ccrec {

/// What was asked for on the command line; all that is given holds together.
struct SearchOptions {
  std::optional<std::string> agent, caller, called, queue, call, since, until;
};

/// The columns of `ccrec find`.
cli::Listing recordings_listing();

Result<std::unique_ptr<store::Connection>> open_store(const conf::Instance& instance);
Result<store::RecordingFilter> filter_of(const SearchOptions& options, Utc now);

/// Segments of messages in mailboxes that the user may not open: for him those recordings do not exist.
Result<std::set<std::string>> hidden_segments(const conf::Instance& instance, store::Connection& store);

/// Full paths of the kept recordings of a call (in the order of time) or of one segment; `no` when there is none.
Result<std::vector<std::string>> files_of(const conf::Instance& instance, const std::string& call_or_segment);

}  // namespace hotline::ccrec
