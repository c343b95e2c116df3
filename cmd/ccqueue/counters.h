// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>

#include "wire/wire.h"

namespace hotline::ccqueue {

/// What came of the callers of one local day: a fold of ccqueue's own events, so that a restart does not lose it.
struct DayCount {
  int64_t entered = 0, answered = 0, abandoned = 0;
};

class Counters {
 public:
  void note(const wire::Event& event);
  DayCount of(const std::string& queue, Utc now) const;

 private:
  std::string day_;
  std::map<std::string, DayCount> queues_;
};

}  // namespace hotline::ccqueue
