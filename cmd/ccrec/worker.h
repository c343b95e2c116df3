// SPDX-License-Identifier: GPL-2.0-or-later
// The thread that converts, one spool file after the other, so that commands are answered meanwhile.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/loop.h"
#include "keep.h"

namespace hotline::ccrec {

/// All but the conversion itself happens on the loop's thread. `done` is called there for each file that was added.
class Worker {
 public:
  Worker(Loop& loop, conf::Instance instance, std::function<void(Outcome)> done);
  ~Worker();  ///< waits for the conversion that is on its way

  /// False when it is waiting or being converted already, or so many wait that it must come again.
  bool add(const std::string& file, int64_t gap_ms);
  /// Forgets those that wait; the one on its way goes on.
  void clear();
  size_t waiting() const;
  bool idle() const { return taken_.empty(); }

 private:
  struct Job {
    std::string file;
    int64_t gap_ms;
  };
  void work();

  Loop& loop_;
  conf::Instance instance_;
  std::function<void(Outcome)> done_;
  std::set<std::string> taken_;  // waiting, on their way, or not yet reported; the loop's thread alone
  mutable std::mutex lock_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace hotline::ccrec
