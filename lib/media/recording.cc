// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/recording.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "media/spool.h"

namespace hotline::media {

static constexpr milliseconds kRound{100};
static constexpr seconds kRefresh{1};
static constexpr seconds kRetry{1};

Recording::Recording(uint64_t id, RecordSpec what)
    : Note(Kind::recording), id(id), spec(std::move(what)), ring_(new uint8_t[kRing]) {}

static void interleave(const uint8_t* left, const uint8_t* right, uint8_t* out, size_t frames) {
  for (size_t i = 0; i < frames; ++i) {
    out[2 * i] = left[i];
    out[2 * i + 1] = right[i];
  }
}

void Recording::add(const uint8_t* left_octets, const uint8_t* right_octets, int samples) {
  uint64_t added = added_.load(std::memory_order_relaxed), written = written_.load(std::memory_order_acquire);
  size_t octets = static_cast<size_t>(samples) * 2;
  if (kRing - (added - written) < octets) {
    gap_samples_.fetch_add(samples, std::memory_order_relaxed);
    return;
  }
  if (added == written) begun_.store(added, std::memory_order_relaxed);
  size_t at = (added - begun_.load(std::memory_order_relaxed)) % kRing,
         before_end = std::min(static_cast<size_t>(samples), (kRing - at) / 2);
  interleave(left_octets, right_octets, ring_.get() + at, before_end);
  interleave(left_octets + before_end, right_octets + before_end, ring_.get(),
             static_cast<size_t>(samples) - before_end);
  added_.store(added + octets, std::memory_order_release);
}

void Recording::end(const char* reason) { ended_.store(reason, std::memory_order_release); }

bool Recording::open() {
  if (file_) return true;
  file_ = Fd(::open(spec.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!file_) return false;
  auto head = spool_head(spec.about, 0);
  ssize_t put = ::pwrite(file_.get(), head.data(), head.size(), 0);
  if (put == static_cast<ssize_t>(head.size())) return true;
  int number = put < 0 ? errno : ENOSPC;
  close();
  (void)::unlink(spec.path.c_str());  // a torn head is no spool file
  errno = number;
  return false;
}

// Brings the ring to the file. Always whole frames: what a short write leaves of a frame is written over by the next.
bool Recording::flush() {
  uint64_t written = written_.load(std::memory_order_relaxed);
  uint64_t added = added_.load(std::memory_order_acquire), begun = begun_.load(std::memory_order_relaxed);
  while (written < added) {
    size_t at = (written - begun) % kRing, octets = added - written, first = std::min(octets, kRing - at);
    iovec parts[2] = {{ring_.get() + at, first}, {ring_.get(), octets - first}};
    auto offset = static_cast<off_t>(kSpoolHeadBytes + written);
    ssize_t put = ::pwritev(file_.get(), parts, octets > first ? 2 : 1, offset);
    if (put < 0 && errno == EINTR) continue;
    if (put == 1) put = ::pwrite(file_.get(), ring_.get() + at + 1, 1, offset + 1) == 1 ? 2 : -1;
    if (put == 0) errno = ENOSPC;
    if (put <= 0) return false;
    written += static_cast<uint64_t>(put) & ~uint64_t{1};
    written_.store(written, std::memory_order_release);
  }
  return true;
}

bool Recording::fail(int number, Instant now) {
  if (error_ == 0) gap_at_error_ = gap_samples_.load(std::memory_order_relaxed);
  error_ = number;
  retry_ = now + kRetry;
  return false;
}

void Recording::close() {
  if (file_) {
    uint64_t written = written_.load(std::memory_order_relaxed);
    (void)!::ftruncate(file_.get(), static_cast<off_t>(kSpoolHeadBytes + written));
  }
  file_.reset();
}

bool Recording::write(Instant now, bool refresh) {
  bool ended = ended_.load(std::memory_order_acquire) != nullptr;  // before the ring: nothing is added after it
  if (error_ == 0 || now >= retry_ || ended) {
    if (!open() || !flush()) {
      fail(errno, now);
    } else {
      // The disk is whole again. What was lost meanwhile stays in the account, and its cause too.
      if (error_ != 0 && gap_samples_.load(std::memory_order_relaxed) == gap_at_error_) error_ = 0;
      retry_ = {};
    }
  }
  if (!ended && !(refresh && file_)) return false;
  if (file_) {
    auto head = spool_head(spec.about, static_cast<int64_t>(written_.load(std::memory_order_relaxed)) / 2);
    (void)!::pwrite(file_.get(), head.data(), head.size(), 0);
  }
  if (!ended) return false;
  uint64_t left = added_.load(std::memory_order_acquire) - written_.load(std::memory_order_relaxed);
  gap_samples_.fetch_add(static_cast<int64_t>(left / 2), std::memory_order_relaxed);
  close();
  return true;
}

RecordDone Recording::done() const {
  int64_t gap = gap_samples_.load(std::memory_order_relaxed);
  const char* reason = ended_.load(std::memory_order_acquire);
  return {spec.path,
          static_cast<int64_t>(written_.load(std::memory_order_relaxed)) / 2,
          gap,
          error_ != 0 && gap > 0 ? errno_text(error_) : std::string(reason ? reason : "gone"),
          alone() ? silence.silent_samples() : 0,
          key};
}

void Writer::start() {
  thread_ = std::thread([this] { run(); });
}

void Writer::stop() {
  if (!running()) return;
  {
    std::lock_guard guard(lock_);
    stopping_ = true;
  }
  called_.notify_one();
  thread_.join();
}

void Writer::add(Recording* recording) {
  std::lock_guard guard(lock_);
  added_.push_back(recording);
  called_.notify_one();
}

void Writer::write_all(Instant now) {
  {
    std::lock_guard guard(lock_);
    recordings_.insert(recordings_.end(), added_.begin(), added_.end());
    added_.clear();
  }
  bool refresh = now - refreshed_ >= kRefresh;
  if (refresh) refreshed_ = now;
  bool done = false;
  std::erase_if(recordings_, [&](Recording* recording) {
    if (!recording->write(now, refresh)) return false;
    notes_.push(recording);
    return done = true;
  });
  if (done) wake_();
}

void Writer::run() {
  for (bool stopping = false; !stopping;) {
    write_all(monotonic_now());
    std::unique_lock guard(lock_);
    auto called = [this] { return stopping_; };
    if (recordings_.empty()) {
      called_.wait(guard, [this] { return stopping_ || !added_.empty(); });
    } else {
      called_.wait_for(guard, kRound, called);
    }
    stopping = stopping_;
  }
  write_all(monotonic_now());
}

}  // namespace hotline::media
