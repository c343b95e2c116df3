// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers that people key: the last digit says whether the others were keyed right. It finds every wrong digit, and of
// two neighbours in the wrong order 97 pairs in a hundred. ISO/IEC 7064:2003, MOD 11,10: one digit, and never an X.
#pragma once

#include <string>
#include <string_view>

namespace hotline {

/// `digits` and their check digit behind them: "12345678" is "123456788". Requires: nothing but digits, at least one.
std::string with_check_digit(std::string_view digits);
/// Two digits at least, and nothing else, of which the last is right.
bool has_check_digit(std::string_view number);

}  // namespace hotline
