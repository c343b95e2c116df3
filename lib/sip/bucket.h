// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"

namespace hotline::sip {

/// How many refusals (401) an address may draw from us. Each costs a token, a request that is let in gives one back, so
/// that honest phones, which are challenged and then answer rightly, pay nothing. An address without tokens is met with
/// silence, and the log hears of it once a minute. Bounded: at most `addresses_max` are remembered, then the ones that
/// have all their tokens again are forgotten, and if there are none, strangers share one bucket.
class Buckets {
 public:
  struct Limits {
    double tokens = 100, tokens_per_second = 0.5;
    size_t addresses_max = 4096;
  };
  Buckets() : Buckets(Limits{}) {}
  explicit Buckets(Limits limits) : limits_(limits) {}

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
  Limits limits_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace hotline::sip
