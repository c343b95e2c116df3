// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base tdm media
//
// SRTP and SRTCP as a stranger may send them: an octet of length before each datagram, its topmost bit for SRTCP. None
// is good, as nobody can guess the keys, unless its sender is ourselves; what we protected is good once and never
// twice.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/require.h"
#include "media/rtp.h"
#include "media/srtp.h"

using namespace hotline::media;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SrtpKeys keys;
  keys.send.fill(7);
  keys.receive.fill(7);
  Srtp srtp(keys);
  uint16_t number = 0;
  while (size > 1) {
    size_t length = std::min<size_t>(data[0] & 0x7F, size - 1);
    bool rtcp = data[0] & 0x80;
    std::vector<uint8_t> datagram(data + 1, data + 1 + length);
    size_t bytes = length;
    auto verdict = rtcp ? srtp.unprotect_rtcp(datagram.data(), bytes) : srtp.unprotect(datagram.data(), bytes);
    require(verdict != Srtp::Verdict::good && bytes == length);
    std::vector<uint8_t> packet(kRtpHeadBytes + length), locked(packet.size() + Srtp::kTrailMax);
    RtpPacket head;
    head.sequence = ++number;
    write_rtp_head(packet.data(), head);
    std::copy(data + 1, data + 1 + length, packet.begin() + kRtpHeadBytes);
    bytes = srtp.protect(packet.data(), kRtpHeadBytes, packet.size(), locked.data());
    auto copy = locked;
    size_t again = bytes;
    require(srtp.unprotect(locked.data(), bytes) == Srtp::Verdict::good && bytes == packet.size());
    require(std::equal(packet.begin(), packet.end(), locked.begin()));
    require(srtp.unprotect(copy.data(), again) == Srtp::Verdict::replayed);
    data += 1 + length;
    size -= 1 + length;
  }
  return 0;
}
