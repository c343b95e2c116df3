// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace hotline::sip {

/// Makes and recognises digest nonces without keeping any of them: 8 random octets, the time of issue, and an HMAC over
/// both and the address they were issued to, as 64 hexadecimal digits. A flood of requests leaves no state behind.
class NonceMint {
 public:
  enum class Verdict { good, stale, forged };
  struct Checked {
    Verdict verdict = Verdict::forged;
    int64_t issued_us = 0;  ///< monotonic
  };

  explicit NonceMint(seconds lifetime = seconds(300));
  std::string make(std::string_view address, Instant now) const;
  /// `forged`: not ours, or issued to another address; `stale`: ours, and too old.
  Checked check(std::string_view nonce, std::string_view address, Instant now) const;

 private:
  seconds lifetime_;
  std::array<uint8_t, 32> key_;
};

/// Which nonces a phone has used and up to what nonce-count (RFC 7616 §3.3), so that no request can be replayed.
/// It remembers the last 32; when one is forgotten, every nonce as old as that is refused from then on.
class NonceLedger {
 public:
  /// True, and noted, when `count` is greater than any used with this nonce before.
  bool use(std::string_view nonce, int64_t issued_us, uint32_t count);

 private:
  struct Used {
    std::string nonce;
    int64_t issued_us;
    uint32_t count;
  };
  static constexpr size_t kRemembered = 32;
  std::vector<Used> used_;
  int64_t forgotten_us_ = INT64_MIN;
};

}  // namespace hotline::sip
