// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/loop.h"

namespace hotline {

/// A thread for what may wait for the disk, so that a loop need not: one job after the other, in their order.
///
/// Called on the loop's thread alone. Signals stay the loop's: the thread blocks them all.
class Worker {
 public:
  Worker(Loop& loop, size_t waiting_max);
  /// Waits for the job that is on its way. Those that wait are forgotten, and no `done` is called any more.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs `work` on the thread, then `done` on the loop's. False, and nothing is run, when `waiting_max` jobs wait.
  [[nodiscard]] bool run(std::function<void()> work, std::function<void()> done);

 private:
  struct Job {
    std::function<void()> work, done;
  };
  void work();

  Loop& loop_;
  const size_t waiting_max_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  const std::weak_ptr<bool> still_there_ = alive_;  // the thread's
  std::mutex lock_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace hotline
