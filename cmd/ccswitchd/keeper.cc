// SPDX-License-Identifier: GPL-2.0-or-later
#include "keeper.h"

#include "base/fd.h"

namespace hotline::ccswitchd {

Keeper::Keeper(Loop& loop, Told told)
    : loop_(loop), told_(std::make_shared<Told>(std::move(told))), thread_([this] { work(); }) {}

Keeper::~Keeper() {
  {
    std::lock_guard hold(lock_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Keeper::keep(const std::string& path, std::string content) {
  {
    std::lock_guard hold(lock_);
    waiting_[path] = std::move(content);
  }
  wake_.notify_all();
}

void Keeper::settle() {
  std::unique_lock hold(lock_);
  idle_.wait(hold, [this] { return waiting_.empty() && !writing_; });
}

void Keeper::work() {
  std::unique_lock hold(lock_);
  for (;;) {
    wake_.wait(hold, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto one = waiting_.extract(waiting_.begin());
    writing_ = true;
    hold.unlock();
    auto written = replace_file(one.key(), one.mapped());
    std::string failure = written ? "" : written.error().text;
    loop_.post([told = std::weak_ptr(told_), path = one.key(), failure] {
      if (auto still = told.lock()) (*still)(path, failure);
    });
    hold.lock();
    writing_ = false;
    if (waiting_.empty()) idle_.notify_all();
  }
}

}  // namespace hotline::ccswitchd
