// SPDX-License-Identifier: GPL-2.0-or-later
// Every port on which the switch listens or receives, as its configuration says: for the firewall. Pure.
#pragma once

#include <string>
#include <vector>

#include "config.h"

namespace hotline::ccswitchd {

struct Port {
  std::string proto, address;
  int64_t first = 0, last = 0;
  std::string purpose;  ///< "span:e1", "sip", "rtp"
};
std::vector<Port> ports_of(const Config& config);

}  // namespace hotline::ccswitchd
