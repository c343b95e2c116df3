// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace hotline::desk {

/// One form for each telephone number, however it was written or came in, so that a caller is found:
///
///     "+86 138 0013 8000", "013800138000"   13800138000    a mobile has neither country nor trunk prefix
///     "(0756) 333-1234", "0086-756-3331234" 07563331234    a fixed line has its area code with the 0
///     "3331234" at area code 0756           07563331234    local: seven or eight digits, not 400 or 800 ones
///     "96116", "1001"                       as they are    services, extensions
///     "+44 20 7946 0000"                    +442079460000
///
/// "" when there is no digit in it, or more than 32 of them. Numbers of China's plan; what is not of it stays digits.
std::string canonical_number(std::string_view text, const std::string& area_code);

}  // namespace hotline::desk
