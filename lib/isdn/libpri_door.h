// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

extern "C" {
#include <libpri.h>
}

namespace hotline::isdn {

/// Where libpri's frames come from and go to, without FCS; private to this room.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual const std::string& wire_name() const = 0;
  virtual bool read_frame(std::vector<uint8_t>& frame) = 0;  ///< false: none
  virtual void write_frame(std::span<const uint8_t> frame) = 0;
};

/// A D channel of libpri's, EuroISDN E1, whose messages go to our log. It cannot be freed, only left alone: after
/// close_libpri nothing reaches the Wire any more.
pri* open_libpri(Wire& wire, bool network_side);
void close_libpri(pri* pri);
size_t layer3_calls(pri* pri);

}  // namespace hotline::isdn
