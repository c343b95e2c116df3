// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup/circuit.h"

#include <utility>

namespace hotline::lookup {

bool Circuit::would_go(Instant now) const {
  return state_ == State::closed || (state_ == State::open && now >= until_);
}

bool Circuit::goes(Instant now) {
  bool may = would_go(now);
  if (may && state_ == State::open) state_ = State::trying;
  return may;
}

bool Circuit::succeeded() {
  failures_ = 0;
  return std::exchange(state_, State::closed) != State::closed;
}

bool Circuit::failed(Instant now) {
  if (state_ == State::open) return false;  // it was asked before
  bool was_closed = state_ == State::closed;
  if (was_closed && ++failures_ < kFailures) return false;
  state_ = State::open;
  until_ = now + kRest;
  return was_closed;
}

void Circuit::given_up() {
  if (state_ == State::trying) state_ = State::open;
}

}  // namespace hotline::lookup
