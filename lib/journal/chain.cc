// SPDX-License-Identifier: GPL-2.0-or-later
#include <sodium.h>

#include <span>

#include "base/text.h"
#include "journal/files.h"

namespace hotline::journal {

static constexpr std::string_view kPrevKey = ",\"prev\":\"", kPrevEnd = "\"}";
static constexpr size_t kHashDigits = 64;

std::string line_hash(std::string_view line) {
  uint8_t digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const uint8_t*>(line.data()), line.size());
  return hex(digest);
}

std::string with_prev(std::string line, std::string_view hash) {
  line.pop_back();
  return line.append(kPrevKey).append(hash).append(kPrevEnd);
}

std::string_view prev_of(std::string_view line) {
  size_t tail = kPrevKey.size() + kHashDigits + kPrevEnd.size();
  if (line.size() < tail) return {};
  auto end = line.substr(line.size() - tail);
  bool shaped = end.substr(0, kPrevKey.size()) == kPrevKey && end.substr(tail - kPrevEnd.size()) == kPrevEnd;
  return shaped ? end.substr(kPrevKey.size(), kHashDigits) : std::string_view();
}

}  // namespace hotline::journal
