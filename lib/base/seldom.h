// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "base/time.h"

namespace hotline {

/// What may go wrong a thousand times makes one line of the log a minute. Asked at each occasion; pure.
///
///     if (auto times = seldom_.due(monotonic_now())) log_warning("x.full times=" + std::to_string(times));
class Seldom {
 public:
  static constexpr seconds kEvery{60};
  /// How many occasions a line would stand for now, this one and those that were not said; 0: say nothing.
  int64_t due(Instant now) {
    ++times_;
    if (said_ && now - *said_ < kEvery) return 0;
    said_ = now;
    return std::exchange(times_, 0);
  }

 private:
  std::optional<Instant> said_;
  int64_t times_ = 0;
};

}  // namespace hotline
