// SPDX-License-Identifier: GPL-2.0-or-later
// What two stacks need so that one can take the place of the other on one address: see succession.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"

namespace hotline::sip {

/// The UDP socket of this process that is bound to address:port, or -1. It stays its owner's.
int udp_socket_at(const std::string& address, uint16_t port);

/// Ends all listening for connections of this process over IP: their ports are free when it returns. The descriptors
/// stay their owner's, open and silent. Connections that stand go on.
void stop_listening();

}  // namespace hotline::sip
