// SPDX-License-Identifier: GPL-2.0-or-later
// The little of Q.931 that libpri neither tells nor says: the progress indicator of a DISCONNECT; private to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hotline::isdn {

inline constexpr int kDisconnect = 0x45;  ///< Q.931 table 4-2

/// A Q.931 message in an I-frame of Q.921.
struct Message {
  int reference = 0;  ///< 15 bits and the flag (0x8000) as on the line
  int type = 0;
  std::span<const uint8_t> elements;
};

/// nullopt for what is no I-frame with a message and a call reference of two octets.
std::optional<Message> message_of(std::span<const uint8_t> frame);

/// A progress indicator 8, "in-band information or an appropriate pattern is now available" (Q.931 §4.5.23).
bool has_tones(const Message& message);

/// The frame with such an indicator among its elements, in their order (Q.931 §4.5.1).
std::vector<uint8_t> with_tones(std::span<const uint8_t> frame, bool network_side);

}  // namespace hotline::isdn
