// SPDX-License-Identifier: GPL-2.0-or-later
// PINs and what is stored of them. Pure but for random numbers.
#pragma once

#include <string>

#include "base/result.h"

namespace hotline::lookup {

/// How a PIN is stored.
enum class PinStored {
  argon2id,  ///< "$argon2id$v=19$…", as hash_pin() and libsodium make it
  plain,     ///< as it is
};

/// The argon2id string of a PIN with libsodium's limits "interactive": 64 MiB and about 0.1 s of a core. `bad_data` for
/// an empty one or one that is no value.
Result<std::string> hash_pin(const std::string& pin);

/// Whether it is the PIN. Takes as long when nothing is stored, so that nobody learns which numbers exist; a plain one
/// is compared in a time that does not depend on how much of it is right.
bool is_pin(PinStored how, const std::string& stored, const std::string& pin);

/// The account's number as its failures are counted: without zeros in front, which make no difference in a column of
/// numbers and would otherwise give three tries each.
std::string counted_number(const std::string& number);

}  // namespace hotline::lookup
