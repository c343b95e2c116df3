// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/fd.h"
#include "base/time.h"

namespace hotline {

/// The one event loop of a daemon's thread: descriptors, timers, signals, and work posted by other threads.
///
/// Everything but post() and stop() is called on the loop's own thread. Callbacks may add and remove watches and
/// timers, their own included. Nothing happens inside a signal handler: signals arrive as callbacks (signalfd).
/// A handle that goes out of scope ends its watch or timer. The loop outlives its handles.
class Loop {
 public:
  class Handle {
   public:
    Handle() = default;
    Handle(Handle&& other) noexcept { *this = std::move(other); }
    Handle& operator=(Handle&& other) noexcept;
    ~Handle() { cancel(); }
    void cancel();
    explicit operator bool() const { return loop_ != nullptr; }

   private:
    friend class Loop;
    Handle(Loop* loop, uint64_t id) : loop_(loop), id_(id) {}
    Loop* loop_ = nullptr;
    uint64_t id_ = 0;
  };

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Calls `ready(events)` while `fd` is readable (EPOLLIN) or what `events` says; level-triggered. The descriptor
  /// stays the caller's and must be open as long as the handle lives.
  [[nodiscard]] Handle watch(int fd, uint32_t events, std::function<void(uint32_t)> ready);

  /// Calls once after `delay`, or again and again every `period`. A late loop does not make up for missed periods.
  [[nodiscard]] Handle after(microseconds delay, std::function<void()> due);
  [[nodiscard]] Handle every(microseconds period, std::function<void()> due);

  /// Blocks `signal` in this thread (call before other threads start) and calls back when it comes.
  [[nodiscard]] Handle on_signal(int signal, std::function<void()> caught);

  /// Runs `work` on the loop's thread, soon. Any thread.
  void post(std::function<void()> work);

  /// Runs until stop(). `step` handles what is ready now, waiting at most `wait` (negative: for ever), and is how a
  /// foreign loop drives this one: it polls fd() and calls step(0).
  void run();
  void step(milliseconds wait);
  void stop();
  bool stopped() const { return stopped_; }
  int fd() const { return epoll_.get(); }

 private:
  struct Watch;
  struct Timer;
  void cancel(uint64_t id);
  void arm();
  void run_timers();
  void run_posted();

  Fd epoll_, timer_, wake_;
  uint64_t next_id_ = 1;
  std::map<uint64_t, std::shared_ptr<Watch>> watches_;
  std::map<uint64_t, std::shared_ptr<Timer>> timers_;
  std::map<std::pair<Instant, uint64_t>, std::shared_ptr<Timer>> due_;
  std::mutex posted_lock_;
  std::vector<std::function<void()>> posted_;
  bool stopped_ = false;
};

}  // namespace hotline
