// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hotline::media {

inline constexpr int kRtpHeadBytes = 12;
inline constexpr int kPacketSamples = 160;  ///< 20 ms, what we send
inline constexpr int kPcmu = 0, kPcma = 8, kComfortNoise = 13;

/// An RTP packet (RFC 3550 §5.1) as it lies in the datagram.
struct RtpPacket {
  int payload_type = 0;
  bool marker = false;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;
  std::span<const uint8_t> payload;  ///< without padding
};

/// False for what is no RTP version 2, or lies about its lengths. Extension headers and CSRCs are stepped over.
bool parse_rtp(std::span<const uint8_t> datagram, RtpPacket& packet);

/// Writes the twelve octets of a header without CSRCs.
void write_rtp_head(uint8_t* out, const RtpPacket& packet);

/// The four octets of a telephone-event (RFC 4733 §2.3).
struct TelephoneEvent {
  int event = 0;  ///< 0-9, 10 *, 11 #, 12-15 A-D (§3.2)
  bool end = false;
  int volume = 10;   ///< dB below 0 dBm0, without sign
  int duration = 0;  ///< samples since it began
};
inline constexpr int kEventBytes = 4;

bool parse_event(std::span<const uint8_t> payload, TelephoneEvent& event);
void write_event(uint8_t* out, const TelephoneEvent& event);

/// '0'-'9', '*', '#', 'A'-'D', or 0 for an event that is no key; and the other way, -1 for what is no key.
char event_key(int event);
int key_event(char key);

}  // namespace hotline::media
