// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace hotline::route {

/// A caller who is not let in.
struct Blocked {
  std::string number;        ///< "13800138000", or "0756*" for all that begin so
  std::optional<Utc> until;  ///< nullopt: for ever
  int cause = 0;             ///< Q.850; 0: what [blacklist] says
  std::string reason;        ///< for people; one field of text
};

/// The callers who are released before they are answered. Pure; the file is text here. ccformats(5) has the format:
///
///     13800138000<TAB>2026-12-31T16:00:00.000000Z<TAB>21<TAB>threatened staff
///     0756*<TAB>-<TAB>-<TAB>-
class Blacklist {
 public:
  static constexpr size_t kNumbersMax = 100'000;

  /// `bad_data` with name:line.
  static Result<Blacklist> parse(std::string_view text, const std::string& name);
  std::string format() const;

  /// The entry that keeps this caller out at `now`: his number itself, else the longest beginning.
  const Blocked* find(const std::string& caller, Utc now) const;
  /// Replaces the one of the same number. `bad_data` for what is no number, a beginning of fewer than three digits, a
  /// cause that is none; `again` when the list is full.
  Result<void> add(Blocked blocked);
  /// False when it was not there.
  bool remove(const std::string& number);
  /// Takes out, and returns, those whose time is over.
  std::vector<Blocked> prune(Utc now);

  const std::map<std::string, Blocked, std::less<>>& all() const { return all_; }

 private:
  std::map<std::string, Blocked, std::less<>> all_;  ///< by `number`
};

}  // namespace hotline::route
