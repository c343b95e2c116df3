// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "tdm/span.h"

namespace hotline::tdm {

/// What carries a span, as configuration has it. Which members count is for the type to say.
struct BackEnd {
  std::string name;              ///< of the span: "e1"
  std::string type = "cesopsn";  ///< cesopsn, satop (cesopsn.h, satop.h), osmo-e1d, dahdi
  std::string local, remote;     ///< of a pseudowire: "127.0.0.1:20000"
  bool rtp_header = false;       ///< likewise
  int packet_frames = 40;        ///< packet = "1ms" (8) to "5ms" (40)
  int jitter_ms = 10;            ///< depth of the jitter buffer
  std::string socket;            ///< of osmo-e1d, and what it has there:
  int interface = 0, line = 0;
  bool superchannel = true;
  int number = 1, first_channel = 0;  ///< of DAHDI

  bool operator==(const BackEnd&) const = default;
  bool pseudowire() const { return type == "cesopsn" || type == "satop"; }
  /// For messages: "'192.168.1.20:20000'", "osmo-e1d's line 0/0", "DAHDI's span 1".
  std::string far_end() const;
};

/// Opens it, as the header of its type says.
Result<std::unique_ptr<Span>> open_span(const BackEnd& config);

/// Whether a text is an IPv4 address with a port that a pseudowire can have.
bool is_address(const std::string& text);
/// Whether this program knows DAHDI.
bool has_dahdi();

}  // namespace hotline::tdm
