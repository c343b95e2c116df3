// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

struct sip_contact_s;

namespace hotline::sip {

/// Where a message came from: what the socket says, not what the message says.
struct Source {
  std::string address;  ///< dotted IPv4, or IPv6 without brackets
  uint16_t port = 0;
  bool tcp = false;
};

/// A contact that we may call: a sip: URI whose host is an IP address.
struct Target {
  std::string uri;  ///< what goes into the request line
  std::string hop;  ///< sip:address:port;transport=…, where the packets go
};

/// The target a contact names, seen from where it was sent. Null when the URI is not sip:, has no user-reachable
/// address (a host name: we never ask DNS while calls wait) or is longer than 256 octets.
///
/// Over UDP, a contact with the sender's own address is taken at its word for the port; any other address is behind a
/// translation, and packets go where they came from (RFC 3581). Over TCP they go back on the connection.
std::optional<Target> target_of(const sip_contact_s* contact, const Source& source);

}  // namespace hotline::sip
