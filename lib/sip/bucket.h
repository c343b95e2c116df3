// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"

namespace hotline::sip {

/// Tokens by address. An address without any is met with silence, and the log hears of it once a minute, of at most
/// kLinesMax addresses. Bounded: at most `addresses_max` are remembered, then the ones that have all their tokens again are forgotten, and if there are
/// none, strangers share one bucket.
class Buckets {
 public:
  struct Limits {
    double tokens, tokens_per_second;
    size_t addresses_max = 4096;
  };
  static constexpr int kLinesMax = 10;  ///< in a minute
  /// `what` is what the log says there was too much of.
  Buckets(std::string what, Limits limits) : what_(std::move(what)), limits_(limits) {}

  /// True when the address has used up its tokens; the request is counted as ignored.
  bool silent(const std::string& address, Instant now);
  void spend(const std::string& address, Instant now);
  void refund(const std::string& address, Instant now);
  size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    double tokens;
    Instant filled;
    Instant logged{};
    uint64_t ignored = 0;
  };
  Bucket& bucket(const std::string& address, Instant now);
  double tokens_at(const Bucket& bucket, Instant now) const;
  void forget_full(Instant now);
  std::string what_;
  Limits limits_;
  std::unordered_map<std::string, Bucket> buckets_;
  Instant minute_{};
  int lines_ = 0;
};

}  // namespace hotline::sip
