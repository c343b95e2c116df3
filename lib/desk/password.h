// SPDX-License-Identifier: GPL-2.0-or-later
// Passwords: argon2id by libsodium, "interactive": 64 MiB and a tenth of a second each.
#pragma once

#include <string>

#include "base/result.h"

namespace hotline::desk {

/// `usage` with the rule that a new password breaks: at least 8 characters, at most 200 octets, not the user's name,
/// not one character again and again.
Result<void> check_password_rules(const std::string& password, const std::string& user);
/// What is kept of it.
Result<std::string> hash_password(const std::string& password);
/// Takes the same time whether it is right or not.
bool password_fits(const std::string& kept, const std::string& password);

}  // namespace hotline::desk
