// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "sip/sip.h"

struct sip_contact_s;

namespace hotline::sip {

/// Where a message came from: what the socket says, not what the message says.
struct Source {
  std::string address;  ///< dotted IPv4, or IPv6 without brackets
  uint16_t port = 0;
  Transport transport = Transport::udp;
};

/// A contact that we may call: a sip: or sips: URI whose host is an IP address.
struct Target {
  std::string uri;  ///< what goes into the request line
  std::string hop;  ///< sip:address:port;transport=…, where the packets go
};

/// Whether something answers our OPTIONS: nothing asked yet counts as well.
struct Pulse {
  uint64_t id = 0;  ///< of whom it is, 0: not asked yet
  Instant next{};   ///< when it is asked next
  bool silent = false;
  int rtt_ms = -1;  ///< of the last answer, -1: none yet
};

/// Where packets go to reach that address: "sip:192.0.2.1:5060;transport=udp".
std::string hop_to(const std::string& address, int64_t port, Transport transport);
Transport transport_of(const std::string& hop);

/// The target a contact names, seen from where it was sent. Null when the URI is not sip: or sips:, has no
/// user-reachable address (a host name: we never ask DNS while calls wait) or is longer than 256 octets.
///
/// Over UDP, a contact with the sender's own address is taken at its word for the port; any other address is behind a
/// translation, and packets go where they came from (RFC 3581). Over TCP and TLS they go back on the connection.
std::optional<Target> target_of(const sip_contact_s* contact, const Source& source);

}  // namespace hotline::sip
