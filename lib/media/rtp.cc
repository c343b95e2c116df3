// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/rtp.h"

#include <string_view>

namespace hotline::media {

static constexpr std::string_view kEventKeys = "0123456789*#ABCD";

static uint32_t big(const uint8_t* at, int octets) {
  uint32_t value = 0;
  for (int i = 0; i < octets; ++i) value = value << 8 | at[i];
  return value;
}

static void put_big(uint8_t* at, uint32_t value, int octets) {
  for (int i = octets; i-- > 0; value >>= 8) at[i] = static_cast<uint8_t>(value);
}

bool parse_rtp(std::span<const uint8_t> datagram, RtpPacket& packet) {
  if (datagram.size() < kRtpHeadBytes) return false;
  const uint8_t* octets = datagram.data();
  if (octets[0] >> 6 != 2) return false;
  size_t head = kRtpHeadBytes + size_t{4} * (octets[0] & 0x0F);
  if (octets[0] & 0x10) {
    if (datagram.size() < head + 4) return false;
    head += 4 + size_t{4} * big(octets + head + 2, 2);
  }
  size_t end = datagram.size();
  if (head > end) return false;
  if (octets[0] & 0x20) {
    size_t padding = octets[end - 1];
    if (padding == 0 || padding > end - head) return false;
    end -= padding;
  }
  packet.marker = octets[1] & 0x80;
  packet.payload_type = octets[1] & 0x7F;
  packet.sequence = static_cast<uint16_t>(big(octets + 2, 2));
  packet.timestamp = big(octets + 4, 4);
  packet.ssrc = big(octets + 8, 4);
  packet.payload = datagram.subspan(head, end - head);
  return true;
}

void write_rtp_head(uint8_t* out, const RtpPacket& packet) {
  out[0] = 0x80;
  out[1] = static_cast<uint8_t>((packet.marker ? 0x80 : 0) | packet.payload_type);
  put_big(out + 2, packet.sequence, 2);
  put_big(out + 4, packet.timestamp, 4);
  put_big(out + 8, packet.ssrc, 4);
}

bool parse_event(std::span<const uint8_t> payload, TelephoneEvent& event) {
  if (payload.size() < kEventBytes) return false;
  event.event = payload[0];
  event.end = payload[1] & 0x80;
  event.volume = payload[1] & 0x3F;
  event.duration = static_cast<int>(big(payload.data() + 2, 2));
  return true;
}

void write_event(uint8_t* out, const TelephoneEvent& event) {
  out[0] = static_cast<uint8_t>(event.event);
  out[1] = static_cast<uint8_t>((event.end ? 0x80 : 0) | (event.volume & 0x3F));
  put_big(out + 2, static_cast<uint32_t>(event.duration), 2);
}

char event_key(int event) {
  return event >= 0 && event < static_cast<int>(kEventKeys.size()) ? kEventKeys[static_cast<size_t>(event)] : '\0';
}

int key_event(char key) {
  size_t at = kEventKeys.find(key);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace hotline::media
