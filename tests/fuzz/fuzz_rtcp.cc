// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base tdm media
//
// RTCP as a stranger may send it. What is accepted lies within the datagram, and what we make of it can be read again.
#include <cstddef>
#include <cstdint>

#include "base/require.h"
#include "media/rtcp.h"

using namespace hotline::media;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  uint32_t ours = static_cast<uint32_t>(data[0]) << 24 | static_cast<uint32_t>(data[1]);
  RtcpPacket packet;
  if (!parse_rtcp({data + 2, size - 2}, ours, packet)) return 0;
  require(!packet.block || packet.block->ssrc == ours);
  uint8_t octets[kRtcpBytesMax];
  size_t bytes = write_rtcp(octets, packet, "name");
  require(bytes <= sizeof octets && bytes % 4 == 0);
  RtcpPacket again;
  require(parse_rtcp({octets, bytes}, ours, again));
  require(again.ssrc == packet.ssrc && again.bye == packet.bye);
  require(again.sender.has_value() == packet.sender.has_value() && again.block.has_value() == packet.block.has_value());
  return 0;
}
