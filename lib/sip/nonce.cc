// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/nonce.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "base/require.h"
#include "base/text.h"

namespace hotline::sip {
namespace {

constexpr size_t kRandomBytes = 8, kTimeBytes = 8, kMacBytes = 16, kNonceBytes = kRandomBytes + kTimeBytes + kMacBytes;

void seal(const std::array<uint8_t, 32>& key, std::string_view address, uint8_t* octets) {
  crypto_auth_hmacsha256_state state;
  uint8_t mac[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, octets, kRandomBytes + kTimeBytes);
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const uint8_t*>(address.data()), address.size());
  crypto_auth_hmacsha256_final(&state, mac);
  std::memcpy(octets + kRandomBytes + kTimeBytes, mac, kMacBytes);
}

int64_t microseconds_of(Instant now) {
  return std::chrono::duration_cast<microseconds>(now.time_since_epoch()).count();
}

}  // namespace

NonceMint::NonceMint(seconds lifetime) : lifetime_(lifetime) {
  require(sodium_init() >= 0);
  randombytes_buf(key_.data(), key_.size());
}

std::string NonceMint::make(std::string_view address, Instant now) const {
  uint8_t octets[kNonceBytes];
  randombytes_buf(octets, kRandomBytes);
  int64_t issued_us = microseconds_of(now);
  std::memcpy(octets + kRandomBytes, &issued_us, kTimeBytes);
  seal(key_, address, octets);
  return hex(octets);
}

NonceMint::Checked NonceMint::check(std::string_view nonce, std::string_view address, Instant now) const {
  uint8_t octets[kNonceBytes], expected[kNonceBytes];
  size_t length = 0;
  if (nonce.size() != 2 * kNonceBytes) return {};
  if (sodium_hex2bin(octets, sizeof octets, nonce.data(), nonce.size(), nullptr, &length, nullptr) != 0) return {};
  if (length != kNonceBytes) return {};
  std::memcpy(expected, octets, kNonceBytes);
  seal(key_, address, expected);
  if (sodium_memcmp(octets, expected, kNonceBytes) != 0) return {};

  Checked checked;
  std::memcpy(&checked.issued_us, octets + kRandomBytes, kTimeBytes);
  bool old = microseconds(microseconds_of(now) - checked.issued_us) > lifetime_;
  checked.verdict = old ? Verdict::stale : Verdict::good;
  return checked;
}

bool NonceLedger::use(std::string_view nonce, int64_t issued_us, uint32_t count) {
  if (count == 0) return false;
  for (auto& used : used_) {
    if (used.nonce != nonce) continue;
    if (count <= used.count) return false;
    used.count = count;
    return true;
  }
  if (issued_us <= forgotten_us_) return false;
  if (used_.size() == kRemembered) {
    auto oldest = std::min_element(used_.begin(), used_.end(),
                                   [](const Used& a, const Used& b) { return a.issued_us < b.issued_us; });
    forgotten_us_ = oldest->issued_us;
    *oldest = std::move(used_.back());
    used_.pop_back();
  }
  used_.push_back({std::string(nonce), issued_us, count});
  return true;
}

}  // namespace hotline::sip
