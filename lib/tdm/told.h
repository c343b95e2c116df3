// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <atomic>
#include <cstdint>

namespace hotline::tdm {

/// What the media thread alone writes and anybody may read.
template <typename T>
class Told {
 public:
  Told(T value = T()) : value_(value) {}  // NOLINT: a value that others may look at
  Told& operator=(T value) {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }
  operator T() const { return value_.load(std::memory_order_relaxed); }  // NOLINT
  void add(T n = 1) { *this = *this + n; }

 private:
  std::atomic<T> value_;
};
using Counter = Told<uint64_t>;

}  // namespace hotline::tdm
