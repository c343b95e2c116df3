// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tdm/span.h"

namespace hotline::tdm {

/// In CESoPSN timeslots 1 to 31 travel; timeslot 0 is made anew at each end (IETF RFC 5086 §4, structure of N×64
/// kbit/s). In SAToP all 32 do (RFC 4553).
inline constexpr int kCesSlots = 31;
inline constexpr size_t kCesControlWord = 4, kCesRtpHeader = 12;

/// What both ends of a pseudowire must agree on.
struct CesFormat {
  int frames = 40;
  int slots = kCesSlots;  ///< kCesSlots: CESoPSN, kTimeslots: SAToP
  bool rtp = false;
  size_t payload() const { return static_cast<size_t>(frames) * static_cast<size_t>(slots); }
};

/// What the control word says, IETF RFC 5086 §4.3 and RFC 4553 §4.3; after an RTP header (RFC 3550) or none.
///
///      0 0 0 0 L R M M FRG LEN(6) sequence number(16)
///
/// LEN is the length of headers and payload when that is less than 64, else 0. Of the M bits CESoPSN uses 00 and, while
/// L is 0, 10 (remote defect); the others are reserved or signalling packets, which we do not take part in. In SAToP
/// they are 00 and not looked at: there the remote defect travels in timeslot 0.
struct CesHead {
  uint16_t sequence = 0;
  bool local_alarm = false;    ///< L: the payload is not valid, and may be missing
  bool remote_alarm = false;   ///< R: the sender receives nothing from us over the packet network
  bool remote_defect = false;  ///< M = 10: the line at the sender's end says that it receives nothing
};

struct CesPacket : CesHead {
  std::span<const uint8_t> payload;  ///< frames × slots octets; empty only when local_alarm is set
};

/// Takes a datagram apart; nullopt when it is no packet of this format. `payload` points into it.
std::optional<CesPacket> parse_ces(std::span<const uint8_t> datagram, const CesFormat& format);

/// Writes the headers that stand before the payload; returns their length. `out` has room for both.
/// The RTP timestamp counts frames (8 kHz), its sequence number is the control word's.
size_t write_ces_headers(uint8_t* out, const CesHead& head, bool rtp, uint32_t timestamp, uint32_t ssrc);

}  // namespace hotline::tdm
