// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/id.h"

#include <sys/random.h>

#include <algorithm>

namespace hotline {

static constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
static constexpr int64_t kEpochMs = 1577836800000;  // 2020-01-01T00:00:00Z

IdMaker::IdMaker() {
  uint8_t octet = 0;
  (void)::getrandom(&octet, 1, 0);
  salt_ = octet;
}

int64_t IdMaker::next(Utc now) {
  int64_t ms = std::max(last_ms_, to_us(now) / 1000 - kEpochMs);  // a clock set back must not repeat ids
  counter_ = ms == last_ms_ ? counter_ + 1 : 0;
  if (counter_ == 1 << 13) {
    ++ms;
    counter_ = 0;
  }
  last_ms_ = ms;
  return ms << 21 | salt_ << 13 | counter_;
}

std::string id_text(int64_t id) {
  std::string text(13, '0');
  for (int i = 12; i >= 0; --i, id >>= 5) text[size_t(i)] = kAlphabet[size_t(id & 31)];
  return text;
}

bool is_id(std::string_view text) {
  return text.size() == 13 && text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

}  // namespace hotline
