// SPDX-License-Identifier: GPL-2.0-or-later
// A leg that goes out, and what else may be tried for it: the other ways of [[outbound]], and where its telephone is
// forwarded. The leg stays the same leg for its controller; what is at its far end changes until it is answered.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "endpoints.h"
#include "route/forwards.h"
#include "route/outbound.h"

namespace hotline::ccswitchd {

struct Reach {
  Dial asked;               ///< from, display, auto_answer as the dial had them
  bool from_given = false;  ///< the dial itself named `from`
  bool forwards = false;    ///< follow them
  milliseconds timeout{30000};  ///< of each telephone and number

  std::string to;                   ///< what is tried: "phone:1001", "pstn:13800138000", "trunk:telco/13800138000"
  std::optional<route::Way> way;    ///< of a "pstn:"
  std::deque<route::Via> ways;      ///< of it, those not tried yet
  std::vector<route::Hop> hops;     ///< forwards so far
  size_t hops_told = 0;             ///< of them, those that leg.forwarded has told
  /// Forwards of others before the call came, and ours: beyond route::kHopsMax it is a loop.
  size_t hops_in_all() const { return static_cast<size_t>(asked.diversions) + hops.size(); }
};

/// Why nothing was reached: an error with the Q.850 cause that a caller is told.
struct NotReached {
  Error error;
  int cause = 0;
};

}  // namespace hotline::ccswitchd
