// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/bucket.h"

#include <algorithm>

#include "base/log.h"

namespace hotline::sip {

double Buckets::tokens_at(const Bucket& bucket, Instant now) const {
  double passed_s = std::max(0.0, std::chrono::duration<double>(now - bucket.filled).count());
  return std::min(limits_.tokens, bucket.tokens + passed_s * limits_.tokens_per_second);
}

void Buckets::forget_full(Instant now) {
  std::erase_if(buckets_, [&](const auto& entry) { return tokens_at(entry.second, now) >= limits_.tokens; });
}

Buckets::Bucket& Buckets::bucket(const std::string& address, Instant now) {
  auto found = buckets_.find(address);
  if (found == buckets_.end() && buckets_.size() >= limits_.addresses_max) {
    forget_full(now);
    // Too many attackers at once: strangers share the bucket without a name.
    if (buckets_.size() >= limits_.addresses_max)
      return buckets_.try_emplace("", Bucket{limits_.tokens, now}).first->second;
  }
  if (found == buckets_.end()) found = buckets_.try_emplace(address, Bucket{limits_.tokens, now}).first;
  found->second.tokens = tokens_at(found->second, now);
  found->second.filled = now;
  return found->second;
}

bool Buckets::silent(const std::string& address, Instant now) {
  if (!buckets_.contains(address) && buckets_.size() < limits_.addresses_max) return false;
  auto& one = bucket(address, now);
  if (one.tokens >= 1) return false;
  ++one.ignored;
  if (one.logged != Instant{} && now - one.logged < std::chrono::minutes(1)) return true;
  if (now - minute_ >= std::chrono::minutes(1)) {
    minute_ = now;
    lines_ = 0;
  }
  // Many attackers at once make no more lines than a few.
  if (++lines_ <= kLinesMax)
    log_warning("sip: too many " + what_ + ", ignoring address=" + address + " ignored=" + std::to_string(one.ignored) +
                (lines_ == kLinesMax ? " text='and others, of which no more is said for a minute'" : ""));
  one.logged = now;
  one.ignored = 0;
  return true;
}

void Buckets::spend(const std::string& address, Instant now) {
  auto& one = bucket(address, now);
  one.tokens = std::max(0.0, one.tokens - 1);
}

void Buckets::refund(const std::string& address, Instant now) {
  if (!buckets_.contains(address)) return;
  auto& one = bucket(address, now);
  one.tokens = std::min(limits_.tokens, one.tokens + 1);
}

}  // namespace hotline::sip
