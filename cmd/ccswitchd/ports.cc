// SPDX-License-Identifier: GPL-2.0-or-later
#include "ports.h"

#include "base/text.h"

namespace hotline::ccswitchd {

std::vector<Port> ports_of(const Config& config) {
  std::vector<Port> ports;
  for (const auto& span : config.spans) {
    if (!span.pseudowire()) continue;
    auto local = split(span.local, ':');
    auto port = local.size() == 2 ? parse_int(local[1]) : std::nullopt;
    if (port) ports.push_back({"udp", local[0], *port, *port, "span:" + span.name});
  }
  if (config.has_sip) {
    for (const char* proto : {"udp", "tcp"})
      ports.push_back({proto, config.sip.address, config.sip.port, config.sip.port, "sip"});
    if (int tls = config.sip.tls.port) ports.push_back({"tcp", config.sip.address, tls, tls, "sip-tls"});
    ports.push_back({"udp", config.rtp_address, config.rtp_first, config.rtp_last, "rtp"});
    if (config.fax.udptl_first)
      ports.push_back({"udp", config.rtp_address, config.fax.udptl_first, config.fax.udptl_last, "t38"});
  }
  return ports;
}

}  // namespace hotline::ccswitchd
