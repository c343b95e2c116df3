// SPDX-License-Identifier: GPL-2.0-or-later
// The threads of one look-up: for statements and hashes, which cannot be made not to wait. Inside the room only.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/site.h"
#include "store/store.h"

namespace hotline::lookup {

class Workers {
 public:
  /// What a thread keeps open from one piece of work to the next.
  struct Desk {
    std::unique_ptr<store::SiteDatabase> database;
    uint64_t device = 0, inode = 0;  ///< of the database's file when it was opened
    std::unique_ptr<store::Connection> store;
  };
  using Work = std::function<void(Desk&)>;

  /// At most so many threads, each begun when there is work for it.
  explicit Workers(size_t threads_max) : threads_max_(threads_max) {}
  /// Drops what has not begun and waits for what has: its owner must have told it to stop.
  ~Workers();

  void submit(Work work);

 private:
  void work();

  const size_t threads_max_;
  std::mutex lock_;
  std::condition_variable more_;
  std::deque<Work> waiting_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool ending_ = false;
};

}  // namespace hotline::lookup
