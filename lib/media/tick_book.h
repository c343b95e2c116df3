// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "base/time.h"

namespace hotline::media {

/// How late ticks were: a histogram with eight steps to each doubling, so that what it tells is right to an eighth. One
/// thread adds, any may look.
class TickBook {
 public:
  void add(std::chrono::nanoseconds late) {
    const auto us = static_cast<uint64_t>(std::max<int64_t>(0, late.count() / 1000));
    auto& bucket = buckets_[std::min(bucket_of(us), kBuckets - 1)];
    bucket.store(bucket.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (us > max_us_.load(std::memory_order_relaxed)) max_us_.store(us, std::memory_order_relaxed);
  }

  uint64_t count() const { return count_over(microseconds(-1)); }
  /// Ticks later than that; those within an eighth of it may be counted or not.
  uint64_t count_over(microseconds late) const {
    uint64_t count = 0;
    const size_t first = late.count() < 0 ? 0 : bucket_of(static_cast<uint64_t>(late.count())) + 1;
    for (size_t i = first; i < kBuckets; i++) count += buckets_[i].load(std::memory_order_relaxed);
    return count;
  }
  /// What so many of a thousand ticks did not exceed.
  microseconds per_mille(int of_thousand) const {
    const uint64_t all = count();
    uint64_t seen = 0;
    for (size_t i = 0; i < kBuckets; i++) {
      seen += buckets_[i].load(std::memory_order_relaxed);
      if (seen * 1000 >= all * static_cast<uint64_t>(of_thousand)) return std::min(edge_of(i), max());
    }
    return max();
  }
  microseconds max() const { return microseconds(max_us_.load(std::memory_order_relaxed)); }

 private:
  static constexpr size_t kBuckets = 8 * 30;
  static size_t bucket_of(uint64_t us) {
    if (us < 8) return us;
    const int doubling = std::bit_width(us) - 4;  // 8 to 15: none
    return static_cast<size_t>(doubling) * 8 + (us >> doubling);
  }
  static microseconds edge_of(size_t bucket) {
    if (bucket < 16) return microseconds(static_cast<int64_t>(bucket));
    const int doubling = static_cast<int>(bucket / 8) - 1;
    return microseconds(static_cast<int64_t>(((bucket % 8 + 8 + 1) << doubling) - 1));
  }

  std::array<std::atomic<uint64_t>, kBuckets> buckets_{};
  std::atomic<uint64_t> max_us_{0};
};

}  // namespace hotline::media
