// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/ces_packet.h"

namespace hotline::tdm {

namespace {

constexpr uint8_t kRtpVersion = 0x80;    // V=2, no padding, extension or contributing sources
constexpr uint8_t kRtpPayloadType = 96;  // any dynamic one; not looked at on reception
constexpr uint8_t kLocalAlarm = 0x08, kRemoteAlarm = 0x04, kModifier = 0x03, kRemoteDefect = 0x02;
constexpr size_t kLengthMin = 64;  // from here on LEN is 0

void put16(uint8_t* out, uint16_t value) {
  out[0] = static_cast<uint8_t>(value >> 8);
  out[1] = static_cast<uint8_t>(value);
}

void put32(uint8_t* out, uint32_t value) {
  put16(out, static_cast<uint16_t>(value >> 16));
  put16(out + 2, static_cast<uint16_t>(value));
}

}  // namespace

std::optional<CesPacket> parse_ces(std::span<const uint8_t> datagram, const CesFormat& format) {
  const size_t whole = datagram.size();
  if (format.rtp) {
    if (whole < kCesRtpHeader || datagram[0] != kRtpVersion) return std::nullopt;
    datagram = datagram.subspan(kCesRtpHeader);
  }
  if (datagram.size() < kCesControlWord) return std::nullopt;
  const uint8_t bits = datagram[0], fragment = datagram[1] >> 6, length = datagram[1] & 0x3F;
  if ((bits & 0xF0) != 0 || fragment != 0) return std::nullopt;
  if (length != (whole < kLengthMin ? whole : 0)) return std::nullopt;

  CesPacket packet;
  packet.local_alarm = (bits & kLocalAlarm) != 0;
  packet.remote_alarm = (bits & kRemoteAlarm) != 0;
  if (format.slots == kCesSlots && (bits & kModifier) != 0) {
    if (packet.local_alarm || (bits & kModifier) != kRemoteDefect) return std::nullopt;
    packet.remote_defect = true;
  }
  packet.sequence = static_cast<uint16_t>(datagram[2] << 8 | datagram[3]);
  packet.payload = datagram.subspan(kCesControlWord);
  const bool missing = packet.payload.empty() && packet.local_alarm;
  if (!missing && packet.payload.size() != format.payload()) return std::nullopt;
  return packet;
}

size_t write_ces_headers(uint8_t* out, const CesHead& head, bool rtp, uint32_t timestamp, uint32_t ssrc) {
  uint8_t* word = out;
  if (rtp) {
    out[0] = kRtpVersion;
    out[1] = kRtpPayloadType;
    put16(out + 2, head.sequence);
    put32(out + 4, timestamp);
    put32(out + 8, ssrc);
    word += kCesRtpHeader;
  }
  word[0] = 0;
  if (head.local_alarm) word[0] |= kLocalAlarm;
  if (head.remote_alarm) word[0] |= kRemoteAlarm;
  if (head.remote_defect && !head.local_alarm) word[0] |= kRemoteDefect;
  word[1] = 0;  // not fragmented; a payload of 248 octets and more needs no LEN
  put16(word + 2, head.sequence);
  return static_cast<size_t>(word - out) + kCesControlWord;
}

}  // namespace hotline::tdm
