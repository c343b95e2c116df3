// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <utility>

#include "base/check_digit.h"

using namespace hotline;

TEST_CASE("the check digit is that of ISO/IEC 7064 MOD 11,10") {
  CHECK(with_check_digit("0794") == "07945");  // the standard's own example
  CHECK(has_check_digit("07945"));
  CHECK_FALSE(has_check_digit("07944"));
  for (const char* none : {"", "0", "5", "0794a", "07 945", "-7945"}) CHECK_FALSE(has_check_digit(none));
}

TEST_CASE("every wrong digit is found, and 97 in a hundred neighbours in the wrong order") {
  int64_t swaps = 0, missed = 0;
  for (int64_t value = 10'000'000; value < 100'000'000; value += 9'973) {
    std::string number = with_check_digit(std::to_string(value));
    for (size_t at = 0; at < number.size(); ++at) {
      for (char digit = '0'; digit <= '9'; ++digit) {
        std::string other = number;
        other[at] = digit;
        if (other != number) REQUIRE_FALSE(has_check_digit(other));
      }
      if (at == 0 || number[at] == number[at - 1]) continue;
      std::string other = number;
      std::swap(other[at], other[at - 1]);
      ++swaps;
      missed += has_check_digit(other);
    }
  }
  CHECK(swaps > 50'000);
  CHECK(missed * 100 <= swaps * 3);
}
