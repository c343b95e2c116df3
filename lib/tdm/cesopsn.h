// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "tdm/span.h"

namespace hotline::tdm {

struct CesopsnConfig {
  std::string name;
  std::string local, remote;  ///< "127.0.0.1:20000": IPv4 and port
  int packet_frames = 40;     ///< 8 (1 ms) or 40 (5 ms); both ends alike
  int jitter_ms = 10;         ///< depth of the jitter buffer, 1 to 200
  bool rtp_header = false;    ///< both ends alike
};

/// An E1 over UDP: structure-aware TDM emulation, IETF RFC 5086, timeslots 1 to 31. Blocks may be of any multiple of 8
/// frames whatever the size of a packet: what is too little for one waits for the next send().
///
/// Datagrams from elsewhere than `remote` are counted as malformed and ignored. The R bit is sent while nothing has
/// come for 100 ms. `bad_data` for an address that is none, `io` with the remedy when the port is taken.
Result<std::unique_ptr<Span>> open_cesopsn(const CesopsnConfig& config);

}  // namespace hotline::tdm
