// SPDX-License-Identifier: GPL-2.0-or-later
// Leaves a source alone that fails again and again, so that callers do not wait for it one by one. Pure.
//
//     state    asked                 succeeded      failed                    given up
//     closed   goes                  closed         kFailures in a row: open  -
//     open     rests; after kRest    closed         -                         -
//              it goes: trying
//     trying   rests                 closed         open                      open, and may try at once
#pragma once

#include "base/time.h"

namespace hotline::lookup {

class Circuit {
 public:
  static constexpr int kFailures = 5;
  static constexpr seconds kRest{5};

  /// Whether the source may be asked at `now`; in state open the one that is let through must report what came of it.
  bool goes(Instant now);
  /// As goes(), without taking the one try.
  bool would_go(Instant now) const;
  /// True when the state was not closed: it answers again.
  bool succeeded();
  /// True when it was closed and opens now.
  bool failed(Instant now);
  /// Nobody waits for the answer any more.
  void given_up();

 private:
  enum class State { closed, open, trying };
  State state_ = State::closed;
  int failures_ = 0;
  Instant until_{};
};

}  // namespace hotline::lookup
