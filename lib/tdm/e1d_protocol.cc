// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/e1d_protocol.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace hotline::tdm {

namespace {

constexpr uint16_t kMagic = 0x01E1;
constexpr uint8_t kForce = 0x80;  // takes a timeslot from a client that has it: ours that died, most likely

void put16(uint8_t* out, uint16_t value) { std::memcpy(out, &value, sizeof value); }
uint16_t get16(const uint8_t* in) {
  uint16_t value;
  std::memcpy(&value, in, sizeof value);
  return value;
}

}  // namespace

std::optional<E1dMessage> parse_e1d(std::span<const uint8_t> octets) {
  if (octets.size() < kE1dHead || octets.size() > kE1dMessageMax) return std::nullopt;
  if (get16(&octets[0]) != kMagic || get16(&octets[2]) != octets.size()) return std::nullopt;
  return E1dMessage{octets[4], octets[5], octets[6], octets[7], octets.subspan(kE1dHead)};
}

size_t write_e1d(uint8_t* out, const E1dMessage& message) {
  const size_t length = kE1dHead + message.body.size();
  put16(out, kMagic);
  put16(out + 2, static_cast<uint16_t>(length));
  out[4] = message.type;
  out[5] = message.interface;
  out[6] = message.line;
  out[7] = message.slot;
  std::copy(message.body.begin(), message.body.end(), out + kE1dHead);
  return length;
}

void E1dConversation::begin() {
  step_ = slot_ = 0;
  asked_ = los_ = lof_ = ais_ = rai_ = false;
}

std::optional<size_t> E1dConversation::request(std::span<uint8_t, kE1dMessageMax> out) {
  if (asked_ || done()) return std::nullopt;
  asked_ = true;
  if (step_ == 0) {
    const uint8_t mode = superchannel_ ? kE1dSuperchannel : kE1dChannelized;
    return write_e1d(out.data(), {kE1dLineConfig, interface_, line_, 0xFF, {&mode, 1}});
  }
  const int slot = slot_of(step_);
  // Mode, flags, and how much is collected before we are given it.
  std::array<uint8_t, 4> body{slot == 16 ? kE1dHdlc : kE1dRaw, kForce};
  put16(&body[2], static_cast<uint16_t>(packet_frames_ * (superchannel_ ? 31 : 1)));
  return write_e1d(out.data(), {kE1dOpen, interface_, line_, static_cast<uint8_t>(slot), body});
}

E1dConversation::Took E1dConversation::take(std::span<const uint8_t> octets, bool descriptor) {
  const auto message = parse_e1d(octets);
  if (!message) return Took::nonsense;
  const uint8_t type = message->type;
  if ((type & kE1dKind) == kE1dEvent) {
    const bool ours = message->interface == interface_ && message->line == line_;
    const bool on = (type & 1) == 0;
    switch (type & ~1) {
      case kE1dLosOn:
        if (ours) los_ = on;
        break;
      case kE1dAisOn:
        if (ours) ais_ = on;
        break;
      case kE1dRaiOn:
        if (ours) rai_ = on;
        break;
      case kE1dLofOn:
        if (ours) lof_ = on;
        break;
      default:  // others may come with other versions
        break;
    }
    return Took::heard;
  }
  if (!asked_) return Took::nonsense;
  asked_ = false;
  slot_ = step_ == 0 ? 0 : slot_of(step_);
  if ((type & kE1dKind) == kE1dError) return Took::refused;
  if (type != (kE1dAnswer | (step_ == 0 ? kE1dLineConfig : kE1dOpen))) return Took::nonsense;
  // An answer without a body is how the daemon says no.
  if (message->body.empty()) return Took::refused;
  if (step_ == 0) {
    if (message->body[0] != line_) return Took::nonsense;
    step_ = 1;
    return Took::agreed;
  }
  if (message->body[0] != slot_) return Took::refused;
  if (!descriptor) return Took::nonsense;
  step_++;
  return Took::opened;
}

}  // namespace hotline::tdm
