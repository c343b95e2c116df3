// SPDX-License-Identifier: GPL-2.0-or-later
// Texts of headers, there and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sip/sofia.h"

namespace hotline::sip {

inline constexpr size_t kNumberMax = 64;

/// The user part of a URI as a number or a name that can be dialled; "" when it is none or too long.
std::string number_in(const char* user);

/// A display name as it may be shown: without quotes and control characters, whole UTF-8, at most 128 octets.
std::string unquoted_text(const char* display);

/// A display name between quotes: no control characters, quotes and backslashes escaped, bounded.
std::string quoted_text(const std::string& text);

/// The user part of a URI: what may stand there as it is, the rest escaped (RFC 3261 §25.1).
std::string escaped_user(const std::string& text);

/// The first address of a header that Sofia leaves unread, as P-Asserted-Identity.
struct Party {
  std::string number, name;
};
std::optional<Party> party_in(const sip_t* sip, const char* header);

/// The value of a header that Sofia leaves unread; null when it is not there.
const char* unread_header(const sip_t* sip, const char* header);

/// Privacy: id, user, header, full, critical (RFC 3323 §4.2, RFC 3325 §9.3): the caller is not to be shown.
bool wants_privacy(const sip_t* sip);

}  // namespace hotline::sip
