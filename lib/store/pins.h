// SPDX-License-Identifier: GPL-2.0-or-later
// Attempts to guess PINs (table pin_failures). Owner: whoever asks a look-up of kind "pin".
//
//     charge_attempt()  ->  locked: nothing was counted, nothing may be examined
//                       ->  counted: examine the PIN, then  right: clear_attempts() of the account,
//                                                                  pardon_attempt() of the caller
//                                                           wrong: nothing more to do
//                                                           could not be examined: pardon_attempt() of both
//
// The attempt is counted, and committed, before the PIN is looked at: a kill in between leaves it counted, and of many
// attempts at once no more are examined than one after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "store/store.h"

namespace hotline::store {

/// Who is counted: an account ("number") or a caller ("caller").
struct PinSubject {
  std::string realm, scope, subject;
  int64_t tries_max = 3;  ///< as many failures in a row lock it
};

struct PinCharge {
  bool locked = false;          ///< before this attempt, which was not counted
  int64_t tries_left = 0;       ///< the least of its subjects, should this one be wrong
  int64_t locked_until_us = 0;  ///< of the lock, or of the one that begins should this attempt be wrong; else 0
};

/// No lock is longer: rows older than this are removed.
inline constexpr int64_t kPinLockMaxUs = int64_t{24} * 3600 * 1000000;

/// Counts an attempt for all subjects, unless one of them is locked; one transaction. A row whose last failure is older
/// than `lock_us` counts from nothing. `again` when the store is written by another for longer than the patience.
Result<PinCharge> charge_attempt(Connection& connection, const std::vector<PinSubject>& subjects, int64_t now_us,
                                 int64_t lock_us);
/// Takes one attempt back, and the lock that it began.
Result<void> pardon_attempt(Connection& connection, const PinSubject& subject);
/// Forgets all attempts; how many rows there were.
Result<int64_t> clear_attempts(Connection& connection, const PinSubject& subject);

struct PinRow {
  std::string realm, scope, subject;
  int64_t failures = 0, last_us = 0, locked_until_us = 0;
};
/// Who is locked at `now_us`, the lock that ends first in front.
Result<int64_t> locked_pins(Connection& connection, int64_t now_us, const std::function<void(const PinRow&)>& on_row);

}  // namespace hotline::store
