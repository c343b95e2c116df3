// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/workers.h"

#include <csignal>

namespace hotline::lookup {

Workers::~Workers() {
  {
    std::lock_guard guard(lock_);
    ending_ = true;
    waiting_.clear();
  }
  more_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Workers::submit(Work work) {
  std::lock_guard guard(lock_);
  waiting_.push_back(std::move(work));
  if (idle_ >= waiting_.size() || threads_.size() >= threads_max_) return more_.notify_one();
  // Signals are for the thread that has the loop.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  threads_.emplace_back([this] { this->work(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Workers::work() {
  Desk desk;
  std::unique_lock guard(lock_);
  for (;;) {
    ++idle_;
    more_.wait(guard, [&] { return ending_ || !waiting_.empty(); });
    --idle_;
    if (ending_) return;
    Work next = std::move(waiting_.front());
    waiting_.pop_front();
    guard.unlock();
    next(desk);
    next = nullptr;
    guard.lock();
  }
}

}  // namespace hotline::lookup
