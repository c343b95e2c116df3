// SPDX-License-Identifier: GPL-2.0-or-later
// uses: tdm base
// Datagrams of a pseudowire, CESoPSN or SAToP: each is two octets of length and its octets; between them frames are taken.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tdm/ces_packet.h"
#include "tdm/jitter_buffer.h"
#include "tdm/span.h"

using namespace hotline::tdm;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const int frames = data[0] & 2 ? 40 : data[0] & 16 ? 24 : 8;
  const CesFormat format{frames, data[0] & 8 ? kTimeslots : kCesSlots, (data[0] & 1) != 0};
  std::span<const uint8_t> rest(data + 1, size - 1);
  JitterBuffer buffer(frames, format.slots, 15, 1 + data[0] / 64);
  volatile unsigned sum = 0;  // every octet that is given is looked at
  // Most of a packet is payload, which nobody looks at: it is made here, and the fuzzer chooses the headers.
  while (rest.size() >= 2) {
    const size_t length = std::min<size_t>(rest[0], rest.size() - 2);
    const uint8_t how = rest[1];
    std::vector<uint8_t> datagram(rest.begin() + 2, rest.begin() + 2 + static_cast<ptrdiff_t>(length));
    rest = rest.subspan(2 + length);
    if (how & 1) datagram.resize((format.rtp ? kCesRtpHeader : 0) + kCesControlWord + format.payload(), how);
    if (auto packet = parse_ces(datagram, format); packet && !buffer.full()) {
      buffer.put(packet->sequence, packet->local_alarm ? std::span<const uint8_t>() : packet->payload);
    }
    for (int takes = how >> 5; takes > 0; takes--) {
      buffer.take(frames, [&](const uint8_t* octets, int count) {
        for (int i = 0; octets && i < count * format.slots; i++) sum = sum + octets[i];
      });
    }
  }
  return 0;
}
