// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/g704.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "tdm/idle.h"

namespace hotline::tdm {

namespace {

constexpr int kFrameBits = 8 * kTimeslots;
constexpr int kWrongInARow = 3;
constexpr int kAlarmInARow = 3;
constexpr int kAisZerosMax = 2;  // of the 512 bits of a double frame

}  // namespace

uint8_t Deframer::octet_at(int bit) const {
  const int shift = bit % 8;
  const uint8_t* at = &window_[static_cast<size_t>(bit / 8)];
  return static_cast<uint8_t>(shift == 0 ? at[0] : at[0] << shift | at[1] >> (8 - shift));
}

void Deframer::turn(const uint8_t* octets, uint8_t* frame) {
  std::memmove(window_.data(), &window_[kTimeslots], (kParts - 1) * kTimeslots);
  std::copy(there_.begin() + 1, there_.end(), there_.begin());
  uint8_t* newest = &window_[(kParts - 1) * kTimeslots];
  there_.back() = octets != nullptr;
  if (octets) {
    std::memcpy(newest, octets, kTimeslots);
    count_zeros(octets);
  } else {
    std::memset(newest, 0xFF, kTimeslots);
    frames_counted_ = zeros_ = 0;
  }
  if (!aligned_) search();

  // The frame that ends in the newest part.
  const bool whole = there_[kParts - 2] && (offset_ == 0 || there_[kParts - 1]);
  if (!aligned_ || !whole) {
    make_idle(frame);
    fas_next_ = !fas_next_;
    return;
  }
  const int begin = (kParts - 2) * kFrameBits + offset_;
  if (offset_ % 8 == 0) {
    std::memcpy(frame, &window_[static_cast<size_t>(begin / 8)], kTimeslots);
  } else {
    for (int i = 0; i < kTimeslots; i++) frame[i] = octet_at(begin + 8 * i);
  }
  check(frame[0]);
  if (!aligned_) make_idle(frame);
}

// Every place of the oldest part is tried, so that in time every one of the stream is.
void Deframer::search() {
  if (!there_[0] || !there_[1] || !there_[2]) return;
  for (int bit = 0; bit < kFrameBits; bit++) {
    if (bit > kFrameBits - 8 && !there_[3]) return;  // the last octet that is looked at reaches into it
    if ((octet_at(bit) & kFasMask) != kFas) continue;
    if ((octet_at(bit + kFrameBits) & kNoFasBit) == 0) continue;
    if ((octet_at(bit + 2 * kFrameBits) & kFasMask) != kFas) continue;
    offset_ = bit;
    aligned_ = fas_next_ = true;
    ais_ = false;
    fas_wrong_ = bit_wrong_ = remote_changed_ = ais_changed_ = 0;
    return;
  }
}

void Deframer::check(uint8_t first) {
  const bool fas = fas_next_;
  fas_next_ = !fas_next_;
  if (fas) {
    fas_wrong_ = (first & kFasMask) == kFas ? 0 : fas_wrong_ + 1;
    if (fas_wrong_ == kWrongInARow) lose();
    return;
  }
  bit_wrong_ = (first & kNoFasBit) != 0 ? 0 : bit_wrong_ + 1;
  if (bit_wrong_ == kWrongInARow) return lose();
  if (bit_wrong_ > 0 || fas_wrong_ > 0) return;  // its other bits are not to be trusted
  const bool alarm = (first & kRemoteAlarmBit) != 0;
  remote_changed_ = alarm == remote_alarm_ ? 0 : remote_changed_ + 1;
  if (remote_changed_ == kAlarmInARow) {
    remote_alarm_ = alarm;
    remote_changed_ = 0;
  }
}

void Deframer::lose() {
  aligned_ = remote_alarm_ = false;
  losses_++;
}

void Deframer::count_zeros(const uint8_t* octets) {
  for (int i = 0; i < kTimeslots; i += 8) {
    uint64_t eight;
    std::memcpy(&eight, octets + i, sizeof eight);
    zeros_ += std::popcount(~eight);
  }
  if (++frames_counted_ < 2) return;
  const bool ones = zeros_ <= kAisZerosMax;
  frames_counted_ = zeros_ = 0;
  ais_changed_ = ones == ais_ ? 0 : ais_changed_ + 1;
  if (ais_changed_ < 2) return;
  ais_ = ones;
  ais_changed_ = 0;
}

}  // namespace hotline::tdm
