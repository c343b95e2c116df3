// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "isdn/isdn.h"

namespace hotline::isdn {

namespace {

constexpr size_t kLongest = 31;  // libpri keeps no more

bool matches(const std::string& number, const std::string& pattern) {
  return std::equal(number.begin(), number.end(), pattern.begin(), pattern.end(),
                    [](char digit, char sample) { return sample == 'x' || sample == 'X' || digit == sample; });
}

}  // namespace

bool is_number(const std::string& text) {
  const size_t plus = text.starts_with('+') ? 1 : 0;
  return text.size() > plus && text.size() <= kLongest &&
         text.find_first_not_of("0123456789*#", plus) == std::string::npos;
}

bool is_whole(const Dialling& dialling, std::string& number) {
  if (number.empty()) return false;
  const bool service_code = number[0] == '*' || number[0] == '#';
  if (const size_t end = number.find('#', 1); end != std::string::npos) {
    number.resize(service_code ? end + 1 : end);
    return true;
  }
  const auto& patterns = dialling.patterns;
  return number.size() >= kLongest || (dialling.length > 0 && number.size() >= static_cast<size_t>(dialling.length)) ||
         std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) { return matches(number, pattern); });
}

const char* name_of(NumberType type) {
  static constexpr const char* kNames[] = {"unknown", "international", "national",
                                           "network", "subscriber",    "abbreviated"};
  return kNames[static_cast<int>(type)];
}

std::string amount_text(int64_t thousandths) {
  const int64_t amount = thousandths < 0 ? -thousandths : thousandths;
  char text[32];
  std::snprintf(text, sizeof text, "%s%" PRId64 ".%03" PRId64, thousandths < 0 ? "-" : "", amount / 1000,
                amount % 1000);
  std::string written(text);
  if (written.ends_with('0')) written.pop_back();
  return written;
}

}  // namespace hotline::isdn
