// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/jitter_buffer.h"

#include <algorithm>
#include <cstring>

#include "base/require.h"

namespace hotline::tdm {

namespace {

constexpr int kFramesPerMs = 8;
constexpr int kSilence = 100 * kFramesPerMs;  // without a packet: the sender is gone, the next may have any number
constexpr int kWindow = 500 * kFramesPerMs;   // how long the depth is watched before it is judged too great
constexpr int kExcess = 100 * kFramesPerMs;   // so much more than the target is given back at once
constexpr int kSlipPatience = 2000 * kFramesPerMs;  // how long a slip waits for idle signalling
constexpr int kGap = 100 * kFramesPerMs;            // a longer gap in the numbers is no loss but a new sequence
constexpr int kLateInARow = 8;                      // so many stale numbers in a row are a new sequence

// Half a second of packets at least, and a divisor of the 65,536 sequence numbers.
int capacity_of(int packet_frames) {
  int packets = 128;
  while (packets * packet_frames < 500 * kFramesPerMs) packets *= 2;
  return packets;
}

}  // namespace

JitterBuffer::JitterBuffer(int packet_frames, int frame_octets, int signalling_octet, int target_packets)
    : packet_frames_(packet_frames),
      frame_octets_(frame_octets),
      signalling_octet_(signalling_octet),
      target_(std::max(1, target_packets)),
      capacity_(capacity_of(packet_frames)),
      octets_(static_cast<size_t>(capacity_) * packet_frames * frame_octets),
      content_(capacity_, Content::none) {
  require(packet_frames > 0 && target_ < capacity_ / 2 && signalling_octet < frame_octets);
}

void JitterBuffer::clear() {
  start_at(0);
  phase_ = Phase::idle;
}

void JitterBuffer::start_at(uint16_t sequence) {
  std::fill(content_.begin(), content_.end(), Content::none);
  phase_ = Phase::filling;
  fresh_ = true;
  next_ = sequence;
  offset_ = ahead_ = candidates_ = window_frames_ = slip_wanted_ = 0;
  given_up_ = false;
}

// Two packets in a row far from what we expect, or many that are all stale, show that the sender has started anew.
bool JitterBuffer::follows_new_sequence(uint16_t sequence, int distance) {
  const bool in_a_row = candidates_ > 0 && sequence == static_cast<uint16_t>(candidate_ + 1);
  candidates_ = in_a_row ? candidates_ + 1 : 1;
  candidate_ = sequence;
  return candidates_ >= (distance > 0 || distance <= -capacity_ ? 2 : kLateInARow);
}

void JitterBuffer::store(uint16_t sequence, std::span<const uint8_t> payload) {
  const int at = slot(sequence);
  content_[at] = payload.empty() ? Content::idle : Content::payload;
  if (!payload.empty()) std::memcpy(&octets_[static_cast<size_t>(at) * payload.size()], payload.data(), payload.size());
}

void JitterBuffer::put(uint16_t sequence, std::span<const uint8_t> payload) {
  require(payload.empty() || payload.size() == static_cast<size_t>(packet_frames_) * frame_octets_);
  frames_since_put_ = 0;
  if (phase_ == Phase::idle) start_at(sequence);
  int distance = static_cast<int16_t>(sequence - next_);
  if (distance < 0 && fresh_ && phase_ == Phase::filling && ahead_ - distance < capacity_) {
    ahead_ -= distance;  // the first packets came in the wrong order
    next_ = sequence;
    distance = 0;
  }
  const bool its_turn_is_over = distance < 0 || (distance == 0 && given_up_);
  const bool too_far = distance >= capacity_ || (distance - ahead_) * packet_frames_ > kGap;
  if (its_turn_is_over || too_far) {
    if (its_turn_is_over && distance > -capacity_) counts_.late++;
    if (!follows_new_sequence(sequence, distance)) return;
    start_at(sequence);
    distance = 0;
  }
  candidates_ = 0;
  if (content_[slot(sequence)] != Content::none) {
    counts_.duplicate++;
    return;
  }
  store(sequence, payload);
  ahead_ = std::max(ahead_, distance + 1);
}

void JitterBuffer::step() {
  content_[slot(next_)] = Content::none;
  next_++;
  ahead_--;
  offset_ = 0;
  given_up_ = false;
}

// Plays up to `frames` frames of the packet whose turn it is.
JitterBuffer::Run JitterBuffer::play(int frames) {
  if (phase_ == Phase::playing && ahead_ == 0) {
    phase_ = Phase::filling;
    window_frames_ = slip_wanted_ = 0;
  }
  if (phase_ != Phase::playing) {
    if (phase_ == Phase::filling && !fresh_) counts_.underrun++;
    return {nullptr, frames};
  }
  const int at = slot(next_);
  if (offset_ == 0 && content_[at] == Content::none) {
    given_up_ = true;
    counts_.lost++;
  }
  const int count = std::min(frames, packet_frames_ - offset_);
  const uint8_t* octets = content_[at] == Content::payload
                              ? &octets_[(static_cast<size_t>(at) * packet_frames_ + offset_) * frame_octets_]
                              : nullptr;
  fresh_ = false;
  offset_ += count;
  if (offset_ == packet_frames_) step();  // its octets stay as they are until another put()
  return {octets, count};
}

void JitterBuffer::begin(int frames) {
  if (phase_ == Phase::filling && ahead_ >= target_) phase_ = Phase::playing;
  if (phase_ == Phase::playing) watch_depth(frames);
}

void JitterBuffer::end(int frames) {
  frames_since_put_ = std::min(frames_since_put_ + frames, kSilence);
  if (frames_since_put_ == kSilence && ahead_ == 0) phase_ = Phase::idle;
}

// Judges the depth by its least value in a window: what was never needed there is delay without use.
void JitterBuffer::watch_depth(int frames) {
  const int depth = ahead_ * packet_frames_ - offset_;
  window_min_ = window_frames_ == 0 ? depth : std::min(window_min_, depth);
  window_frames_ += frames;
  if (slip_wanted_ > 0) {
    slip_wanted_ += frames;
    give_back();
  }
  if (window_frames_ < kWindow) return;
  window_frames_ = 0;
  const int extra = window_min_ - target_ * packet_frames_;
  if (extra >= kExcess) {
    for (int packets = extra / packet_frames_; packets > 0; packets--, counts_.overrun++) step();
  } else if (extra >= 2 * std::max(packet_frames_, frames) && slip_wanted_ == 0) {
    slip_wanted_ = 1;
  }
}

void JitterBuffer::give_back() {
  if (offset_ != 0 || ahead_ <= target_) return;
  if (!signalling_idle() && slip_wanted_ < kSlipPatience) return;
  step();
  counts_.overrun++;
  slip_wanted_ = 0;
}

// Between frames timeslot 16 carries flags, and flags look alike in every octet, however they are shifted against it.
bool JitterBuffer::signalling_idle() const {
  const int at = slot(next_);
  if (content_[at] != Content::payload) return true;
  const uint8_t* octet = &octets_[static_cast<size_t>(at) * packet_frames_ * frame_octets_ + signalling_octet_];
  for (int i = 1; i < packet_frames_; i++) {
    if (octet[static_cast<size_t>(i) * frame_octets_] != octet[0]) return false;
  }
  return true;
}

}  // namespace hotline::tdm
