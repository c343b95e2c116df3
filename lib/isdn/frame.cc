// SPDX-License-Identifier: GPL-2.0-or-later
#include "isdn/frame.h"

#include <algorithm>
#include <iterator>

#include "base/require.h"

namespace hotline::isdn {

namespace {

constexpr size_t kLinkOctets = 4;    // address and control of an I-frame, Q.921 §2.2
constexpr size_t kHeaderOctets = 5;  // discriminator, length of the reference, reference, type: Q.931 §4
constexpr uint8_t kDiscriminator = 8, kProgress = 0x1E, kTonesAvailable = 8;

// Octets of the element that begins there: one when bit 8 is set, else a length and so many (Q.931 §4.5.1).
size_t element_octets(std::span<const uint8_t> rest) {
  if ((rest[0] & 0x80) != 0 || rest.size() < 2) return 1;
  return std::min<size_t>(rest.size(), 2 + rest[1]);
}

}  // namespace

std::optional<Message> message_of(std::span<const uint8_t> frame) {
  if (frame.size() < kLinkOctets + kHeaderOctets || (frame[2] & 1) != 0) return std::nullopt;
  const auto message = frame.subspan(kLinkOctets);
  if (message[0] != kDiscriminator || message[1] != 2) return std::nullopt;
  return Message{message[2] << 8 | message[3], message[4], message.subspan(kHeaderOctets)};
}

bool has_tones(const Message& message) {
  for (auto rest = message.elements; !rest.empty(); rest = rest.subspan(element_octets(rest))) {
    if (rest[0] == kProgress && rest.size() >= 4 && rest[1] >= 2 && (rest[3] & 0x7F) == kTonesAvailable) return true;
  }
  return false;
}

std::vector<uint8_t> with_tones(std::span<const uint8_t> frame, bool network_side) {
  const auto message = message_of(frame);
  require(message);
  size_t at = kLinkOctets + kHeaderOctets;
  for (auto rest = message->elements; !rest.empty() && (rest[0] & 0x80) == 0 && rest[0] < kProgress;) {
    const size_t octets = element_octets(rest);
    at += octets;
    rest = rest.subspan(octets);
  }
  // Coding of ITU-T; location: user, or public network serving the local user.
  const uint8_t location = network_side ? 0x82 : 0x80;
  const uint8_t element[] = {kProgress, 2, location, 0x80 | kTonesAvailable};
  std::vector<uint8_t> amended(frame.begin(), frame.end());
  amended.insert(amended.begin() + static_cast<std::ptrdiff_t>(at), std::begin(element), std::end(element));
  return amended;
}

}  // namespace hotline::isdn
