// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace hotline::tdm {

/// Timeslots 1 to 31 travel; timeslot 0 is made anew at each end (IETF RFC 5086 §4, structure of N×64 kbit/s).
inline constexpr int kCesSlots = 31;
inline constexpr size_t kCesControlWord = 4, kCesRtpHeader = 12;

/// One packet of a pseudowire, IETF RFC 5086 §4.3, over UDP: an RTP header (RFC 3550) or none, the control word, then
/// frames of 31 octets.
///
///      0 0 0 0 L R M M FRG LEN(6) sequence number(16)
///
/// LEN is the length of headers and payload when that is less than 64, else 0.
struct CesPacket {
  uint16_t sequence = 0;
  bool local_alarm = false;          ///< L: the payload is not valid, and may be missing
  bool remote_alarm = false;         ///< R: the sender receives nothing from us
  std::span<const uint8_t> payload;  ///< frames × 31 octets; empty only when local_alarm is set
};

/// Takes a datagram apart; nullopt when it is no packet of `frames` frames in this format. `payload` points into it.
std::optional<CesPacket> parse_ces(std::span<const uint8_t> datagram, int frames, bool rtp);

/// Writes the headers that stand before the payload; returns their length. `out` has room for both.
/// The RTP timestamp counts frames (8 kHz), its sequence number is the control word's.
size_t write_ces_headers(uint8_t* out, uint16_t sequence, bool remote_alarm, bool rtp, uint32_t timestamp,
                         uint32_t ssrc);

}  // namespace hotline::tdm
