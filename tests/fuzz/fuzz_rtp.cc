// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base tdm media
//
// Datagrams as a stranger may send them: an octet of length before each, parsed, put into a jitter buffer and an event
// receiver, with pulls in between. The buffer stays bounded and every press has one release.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/require.h"
#include "media/jitter.h"
#include "media/telephone_event.h"

using namespace hotline::media;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  JitterBuffer jitter;
  EventReceiver events;
  int down = 0;
  uint8_t out[kPacketSamples];
  std::span<const uint8_t> rest(data, size);
  for (int i = 0; !rest.empty(); ++i) {
    size_t length = std::min<size_t>(rest[0], rest.size() - 1);
    auto datagram = rest.subspan(1, length);
    rest = rest.subspan(1 + length);
    RtpPacket packet;
    if (parse_rtp(datagram, packet)) {
      require(packet.payload.size() <= datagram.size() - kRtpHeadBytes);
      uint8_t head[kRtpHeadBytes];
      write_rtp_head(head, packet);
      RtpPacket again;
      require(parse_rtp(head, again) && again.timestamp == packet.timestamp && again.sequence == packet.sequence);
      TelephoneEvent event;
      if (packet.payload_type == 101 && parse_event(packet.payload, event)) events.put(packet.timestamp, event);
      if (packet.payload_type != 101 && !packet.payload.empty()) jitter.put(packet, packet.payload);
    }
    require(jitter.depth() <= JitterBuffer::kDelayMax + 960);
    if (i % 2 == 0) {
      jitter.pull(out);
      events.tick();
    }
    while (auto change = events.take()) {
      down += change->pressed ? 1 : -1;
      require(down == 0 || down == 1);
      require(change->key != 0 && change->duration_ms >= 0);
    }
  }
  return 0;
}
