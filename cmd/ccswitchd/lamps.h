// SPDX-License-Identifier: GPL-2.0-or-later
// What the lamp of each phone shows: the busiest of its legs. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "calls.h"
#include "sip/sip.h"

namespace hotline::ccswitchd {

class Lamps {
 public:
  struct Change {
    std::string phone;
    sip::Lamp lamp;
  };
  /// An event of a leg while the leg is still in the table; the lamp that has changed by it.
  std::optional<Change> hear(const std::string& event, const Leg& leg);

 private:
  std::map<std::string, std::map<std::string, sip::Lamp>> phones_;  ///< leg by leg
};

}  // namespace hotline::ccswitchd
