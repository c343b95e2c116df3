// SPDX-License-Identifier: GPL-2.0-or-later
// How a span is used, apart from what carries it: swapped in by a reload without touching a call.
#pragma once

#include <string>

#include "base/time.h"
#include "conf/conf.h"
#include "isdn/isdn.h"

namespace hotline::trunk {

/// Which free channel a call of ours takes.
enum class Select { lowest, highest, round_robin, longest_idle };

struct LineRules {
  std::string group;                ///< calls may be placed over any span of a group
  Select select = Select::highest;  ///< by default the user side begins at the top, the network side below
  bool exclusive = true;            ///< SETUP asks for one channel and no other
  isdn::Dialling dialling;
  isdn::Timers timers;
  int setup_digits = -1;  ///< digits in a SETUP of ours, the rest follows; -1: all, and it says so
  isdn::NumberType calling_type = isdn::NumberType::unknown, called_type = isdn::NumberType::unknown;
  std::string national_prefix;  ///< before a caller's number of type national
  milliseconds audit{60'000};   ///< how often channels and calls are compared
  bool restart = true;          ///< all channels are restarted when the span comes up for the first time
  bool operator==(const LineRules&) const = default;
};

LineRules read_rules(conf::Table& table, bool network_side);

}  // namespace hotline::trunk
