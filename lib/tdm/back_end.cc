// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/back_end.h"

#include "base/require.h"
#include "tdm/cesopsn.h"
#include "tdm/dahdi.h"
#include "tdm/osmo_e1d.h"
#include "tdm/satop.h"

namespace hotline::tdm {

std::string BackEnd::far_end() const {
  if (pseudowire()) return "'" + remote + "'";
  if (type == "dahdi") return "DAHDI's span " + std::to_string(number);
  return "osmo-e1d's line " + std::to_string(interface) + "/" + std::to_string(line);
}

Result<std::unique_ptr<Span>> open_span(const BackEnd& config) {
  if (config.type == "dahdi") {
    return open_dahdi({config.name, config.number, config.first_channel, config.packet_frames, config.jitter_ms});
  }
  if (config.type == "osmo-e1d") {
    return open_osmo_e1d({config.name, config.socket, config.interface, config.line, config.superchannel,
                          config.packet_frames, config.jitter_ms});
  }
  require(config.pseudowire());
  const PseudowireConfig wire{config.name,      config.local,      config.remote, config.packet_frames,
                              config.jitter_ms, config.rtp_header};
  return config.type == "satop" ? open_satop(wire) : open_cesopsn(wire);
}

bool is_address(const std::string& text) { return static_cast<bool>(Pseudowire::parse_address(text)); }
bool has_dahdi() { return make_dahdi_driver() != nullptr; }

}  // namespace hotline::tdm
