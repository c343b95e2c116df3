// SPDX-License-Identifier: GPL-2.0-or-later
// A site's own statement to a database that may not be ours: prepared, its parameters bound by name and never put into
// the text, stopped in time. For look-ups; our own tables are asked through the files of their families.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace hotline::store {

/// What a statement takes and gives.
struct SiteShape {
  std::vector<std::string> parameters;  ///< without the colon, in the order of their first appearance
  std::vector<std::string> columns;
  bool writes = false;
};

/// When a statement must stop: at `deadline`, or as soon as `abandoned` (which may be null) is set by another thread.
struct SiteStop {
  Instant deadline;
  const std::atomic<bool>* abandoned = nullptr;
  bool now() const { return (abandoned && abandoned->load()) || monotonic_now() >= deadline; }
};

struct SiteAnswer {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< NULL is ""; at most `rows_max` of them
  int64_t changed = 0;                         ///< by INSERT, UPDATE, DELETE
};

/// One connection; one thread at a time. Without `write` nothing can be changed, whatever the statement says. ATTACH,
/// PRAGMA, transactions and extensions are refused in any case. Texts of errors while a statement runs hold no values.
class SiteDatabase {
 public:
  /// `no_input` when there is none: it is never made.
  static Result<std::unique_ptr<SiteDatabase>> open(const std::string& path, bool write);
  ~SiteDatabase();

  /// `config` when it is not one statement that this connection may run, with the engine's words.
  Result<SiteShape> shape(const std::string& sql);

  /// Binds every parameter as text by its name; `config` when one is missing. `again` when it was stopped or another
  /// writer was in the way until the deadline; `bad_data` when the data was at fault, `io` for the disk. More rows than
  /// `rows_max` are not fetched.
  Result<SiteAnswer> ask(const std::string& sql, const std::map<std::string, std::string>& values, size_t rows_max,
                         const SiteStop& stop);

 private:
  struct State;
  explicit SiteDatabase(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hotline::store
