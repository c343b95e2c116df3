// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "journal/journal.h"
#include "store/position.h"
#include "store/store.h"

namespace hotline::journal_fold {

/// Folds journals into a store, a batch a transaction; the batch's rows and the journal's position are committed as
/// one, so that each event is folded exactly once whenever we are killed.
class Folder {
 public:
  /// `log` gets one line for each damaged journal line and each event that contradicts the store; both are passed over.
  Folder(store::Connection& store, std::string journal_dir, std::function<void(const std::string&)> log)
      : store_(store), dir_(std::move(journal_dir)), log_(std::move(log)) {}

  /// Folds one batch of what is new in every journal; the number of events, 0 when there is nothing new. After an error
  /// (store busy, disk full) the next call goes on where the store is.
  Result<int64_t> step();
  /// Steps until nothing is new.
  Result<int64_t> drain();

  /// Damaged lines and contradicting events that were met.
  int64_t damaged() const { return int64_t(complaints_.size()); }

 private:
  struct Source {
    std::unique_ptr<journal::Follower> follower;
    int64_t number = 0;  ///< what the store must say before the next batch
  };
  Result<int64_t> step(const std::string& publisher);
  Result<void> open(const std::string& publisher, Source& source);
  /// False when the store is not where the source is: somebody else has moved it (ccjournal rebuild).
  Result<bool> commit(const std::string& publisher, const Source& source, const std::vector<wire::Event>& events);
  void complain(const std::string& what);

  store::Connection& store_;
  std::string dir_;
  std::function<void(const std::string&)> log_;
  std::map<std::string, Source> sources_;
  std::set<std::string> complaints_;
};

}  // namespace hotline::journal_fold
