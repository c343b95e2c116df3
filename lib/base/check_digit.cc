// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/check_digit.h"

#include <algorithm>

#include "base/require.h"

namespace hotline {

static bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string with_check_digit(std::string_view digits) {
  require(all_digits(digits));
  int product = 10;
  for (char digit : digits) {
    int sum = (product + (digit - '0')) % 10;
    product = (sum == 0 ? 10 : sum) * 2 % 11;
  }
  return std::string(digits) + static_cast<char>('0' + (11 - product) % 10);
}

bool has_check_digit(std::string_view number) {
  return number.size() >= 2 && all_digits(number) && with_check_digit(number.substr(0, number.size() - 1)) == number;
}

}  // namespace hotline
