// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/worker.h"

#include <signal.h>

namespace hotline {

Worker::Worker(Loop& loop, size_t waiting_max) : loop_(loop), waiting_max_(waiting_max) {
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // the thread is born with it
  thread_ = std::thread([this] { work(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Worker::~Worker() {
  alive_.reset();
  {
    std::lock_guard hold(lock_);
    ending_ = true;
    jobs_.clear();
  }
  wake_.notify_all();
  thread_.join();
}

bool Worker::run(std::function<void()> work, std::function<void()> done) {
  {
    std::lock_guard hold(lock_);
    if (jobs_.size() >= waiting_max_) return false;
    jobs_.push_back({std::move(work), std::move(done)});
  }
  wake_.notify_all();
  return true;
}

void Worker::work() {
  std::unique_lock hold(lock_);
  for (;;) {
    wake_.wait(hold, [this] { return ending_ || !jobs_.empty(); });
    if (ending_) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    hold.unlock();
    job.work();
    // What `done` holds may be the loop's: it is let go of there.
    loop_.post([alive = still_there_, done = std::move(job.done)] {
      if (!alive.expired()) done();
    });
    hold.lock();
  }
}

}  // namespace hotline
