// SPDX-License-Identifier: GPL-2.0-or-later
#include "worker.h"

namespace hotline::ccrec {

static constexpr size_t kWaitingMax = 10000;

Worker::Worker(Loop& loop, conf::Instance instance, std::function<void(Outcome)> done)
    : loop_(loop), instance_(std::move(instance)), done_(std::move(done)), thread_([this] { work(); }) {}

Worker::~Worker() {
  {
    std::lock_guard guard(lock_);
    ending_ = true;
    jobs_.clear();
  }
  wake_.notify_one();
  thread_.join();
}

bool Worker::add(const std::string& file, int64_t gap_ms) {
  if (taken_.size() >= kWaitingMax || !taken_.insert(file).second) return false;
  {
    std::lock_guard guard(lock_);
    jobs_.push_back({file, gap_ms});
  }
  wake_.notify_one();
  return true;
}

void Worker::clear() {
  std::lock_guard guard(lock_);
  for (const auto& job : jobs_) taken_.erase(job.file);
  jobs_.clear();
}

size_t Worker::waiting() const {
  std::lock_guard guard(lock_);
  return jobs_.size();
}

void Worker::work() {
  std::unique_lock guard(lock_);
  for (;;) {
    wake_.wait(guard, [this] { return ending_ || !jobs_.empty(); });
    if (ending_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    guard.unlock();
    Outcome outcome = keep_spool_file(instance_, job.file, job.gap_ms);
    loop_.post([this, outcome = std::move(outcome)]() mutable {
      taken_.erase(outcome.file);
      done_(std::move(outcome));
    });
    guard.lock();
  }
}

}  // namespace hotline::ccrec
