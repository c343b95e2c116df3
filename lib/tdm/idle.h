// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <cstring>

#include "tdm/span.h"

namespace hotline::tdm {

/// A frame as Span::receive() gives it where nothing came.
inline void make_idle(uint8_t* frame) {
  frame[0] = 0xFF;
  std::memset(frame + 1, kIdleAlaw, kTimeslots - 1);
  frame[kSignallingSlot] = 0xFF;
}

}  // namespace hotline::tdm
