// SPDX-License-Identifier: GPL-2.0-or-later
// Channels against calls: what disagrees. Pure; private to this room.
#pragma once

#include <cstdint>
#include <vector>

#include "isdn/isdn.h"

namespace hotline::trunk {

/// A channel that our table says is taken.
struct Taken {
  int channel = 0;
  uint32_t line = 0;      ///< by which line
  bool known = false;     ///< that line is there and on this channel; false: nobody's
  isdn::CallId call = 0;  ///< the line's call at layer 3
  bool fresh = false;     ///< since a moment ago: its call may be on its way into the table
};

struct Finding {
  enum class What {
    line_without_call,  ///< the table has a line, layer 3 no call for it: the line ends
    taken_by_nobody,    ///< the channel is given back
    call_without_line,  ///< layer 3 has a call that no line has: it is released
  } what;
  int channel;
  uint32_t id;  ///< of the line, or of the call
};

std::vector<Finding> compare(const std::vector<Taken>& taken, const std::vector<isdn::DChannel::Held>& held);

}  // namespace hotline::trunk
