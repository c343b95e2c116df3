// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>

namespace hotline {

struct Loop::Watch {
  int fd;
  std::function<void(uint32_t)> ready;
  Fd owned;  // a signalfd; empty for the caller's descriptors
};

struct Loop::Timer {
  uint64_t id;
  Instant due;
  microseconds period;  // zero: once
  std::function<void()> call;
  bool live = true;
};

// Ids of our own descriptors inside the epoll set; handles start above them.
static constexpr uint64_t kTimerTag = UINT64_MAX, kWakeTag = UINT64_MAX - 1;

Loop::Handle& Loop::Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    cancel();
    loop_ = std::exchange(other.loop_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

void Loop::Handle::cancel() {
  if (auto* loop = std::exchange(loop_, nullptr)) loop->cancel(id_);
}

Loop::Loop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  require(epoll_ && timer_ && wake_);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kTimerTag;
  require(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event) == 0);
  event.data.u64 = kWakeTag;
  require(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) == 0);
}

Loop::~Loop() = default;

Loop::Handle Loop::watch(int fd, uint32_t events, std::function<void(uint32_t)> ready) {
  uint64_t id = next_id_++;
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  require(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
  watches_[id] = std::make_shared<Watch>(Watch{fd, std::move(ready), Fd()});
  return Handle(this, id);
}

Loop::Handle Loop::after(microseconds delay, std::function<void()> due) {
  uint64_t id = next_id_++;
  auto timer = std::make_shared<Timer>(Timer{id, monotonic_now() + delay, microseconds(0), std::move(due)});
  timers_[id] = timer;
  due_[{timer->due, id}] = timer;
  arm();
  return Handle(this, id);
}

Loop::Handle Loop::every(microseconds period, std::function<void()> due) {
  require(period.count() > 0);
  auto handle = after(period, std::move(due));
  timers_[handle.id_]->period = period;
  return handle;
}

Loop::Handle Loop::on_signal(int signal, std::function<void()> caught) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  require(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  require(fd);
  int raw = fd.get();
  auto handle = watch(raw, EPOLLIN, [raw, caught = std::move(caught)](uint32_t) {
    signalfd_siginfo info;
    while (::read(raw, &info, sizeof info) == sizeof info) caught();
  });
  watches_[handle.id_]->owned = std::move(fd);
  return handle;
}

void Loop::cancel(uint64_t id) {
  if (auto found = watches_.find(id); found != watches_.end()) {
    (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second->fd, nullptr);
    watches_.erase(found);
  } else if (auto timer = timers_.find(id); timer != timers_.end()) {
    timer->second->live = false;
    due_.erase({timer->second->due, id});
    timers_.erase(timer);
  }
}

void Loop::arm() {
  itimerspec spec{};
  if (!due_.empty()) {
    auto ns = due_.begin()->first.first.time_since_epoch().count();
    spec.it_value.tv_sec = ns / 1000000000;
    spec.it_value.tv_nsec = ns % 1000000000;
    if (ns <= 0) spec.it_value.tv_nsec = 1;
  }
  require(::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr) == 0);
}

void Loop::run_timers() {
  uint64_t count;
  (void)!::read(timer_.get(), &count, sizeof count);
  Instant now = monotonic_now();
  while (!due_.empty() && due_.begin()->first.first <= now) {
    auto timer = due_.begin()->second;
    due_.erase(due_.begin());
    if (timer->period.count() > 0) {
      timer->due = std::max(timer->due + timer->period, now);
      due_[{timer->due, timer->id}] = timer;
      timer->call();
      if (timer->due <= now) break;  // a period shorter than its own work must not starve the descriptors
    } else {
      timers_.erase(timer->id);
      timer->call();
    }
  }
  arm();
}

void Loop::run_posted() {
  uint64_t count;
  (void)!::read(wake_.get(), &count, sizeof count);
  std::vector<std::function<void()>> work;
  {
    std::lock_guard guard(posted_lock_);
    work.swap(posted_);
  }
  for (auto& one : work) one();
}

void Loop::post(std::function<void()> work) {
  {
    std::lock_guard guard(posted_lock_);
    posted_.push_back(std::move(work));
  }
  uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

void Loop::stop() {
  post([this] { stopped_ = true; });
}

void Loop::run() {
  while (!stopped_) step(milliseconds(-1));
}

void Loop::step(milliseconds wait) {
  epoll_event events[64];
  int count = ::epoll_wait(epoll_.get(), events, 64, static_cast<int>(wait.count()));
  if (count < 0) {
    require(errno == EINTR);
    return;
  }
  for (int i = 0; i < count; ++i) {
    uint64_t id = events[i].data.u64;
    if (id == kTimerTag) {
      run_timers();
    } else if (id == kWakeTag) {
      run_posted();
    } else if (auto found = watches_.find(id); found != watches_.end()) {
      auto watch = found->second;  // kept alive: its callback may cancel it
      watch->ready(events[i].events);
    }
  }
}

}  // namespace hotline
