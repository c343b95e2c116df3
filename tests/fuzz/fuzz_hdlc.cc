// SPDX-License-Identifier: GPL-2.0-or-later
// uses: tdm base
// The octets of timeslot 16, whatever they are; and the same octets as a frame, which must come back as it went.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "tdm/hdlc.h"

using namespace hotline::tdm;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> octets(data, size);
  Hdlc line([](std::span<const uint8_t> frame) {
    if (frame.empty() || frame.size() > kFrameBytesMax) std::abort();
  });
  line.receive(octets);

  std::vector<std::vector<uint8_t>> got;
  Hdlc ends([&](std::span<const uint8_t> frame) { got.emplace_back(frame.begin(), frame.end()); });
  const auto frame = octets.first(std::min(size, kFrameBytesMax));
  if (!ends.send(frame)) return 0;
  std::vector<uint8_t> wire(frame.size() * 2 + 16);
  ends.transmit(wire);
  ends.receive(wire);
  if (frame.size() >= 2 && (got.size() != 1 || !std::equal(frame.begin(), frame.end(), got[0].begin(), got[0].end()))) {
    std::abort();
  }
  return 0;
}
