// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/jitter_buffer.h"

#include <algorithm>
#include <cstring>

#include "base/require.h"
#include "tdm/ces_packet.h"
#include "tdm/span.h"

namespace hotline::tdm {

namespace {

constexpr int kFramesPerMs = 8;
constexpr int kSilence = 100 * kFramesPerMs;  // without a packet: the sender is gone, the next may have any number
constexpr int kWindow = 500 * kFramesPerMs;   // how long the depth is watched before it is judged too great
constexpr int kExcess = 100 * kFramesPerMs;   // so much more than the target is given back at once
constexpr int kSlipPatience = 2000 * kFramesPerMs;  // how long a slip waits for idle signalling
constexpr int kGap = 100 * kFramesPerMs;            // a longer gap in the numbers is no loss but a new sequence
constexpr int kLateInARow = 8;                      // so many stale numbers in a row are a new sequence

void fill_idle(uint8_t* frame) {
  frame[0] = 0xFF;
  std::memset(frame + 1, kIdleAlaw, kTimeslots - 1);
  frame[kSignallingSlot] = 0xFF;
}

}  // namespace

JitterBuffer::JitterBuffer(int packet_frames, int target_packets)
    : packet_frames_(packet_frames),
      target_(std::max(1, target_packets)),
      capacity_(packet_frames >= 40 ? 128 : 512),
      octets_(static_cast<size_t>(capacity_) * packet_frames * kCesSlots),
      content_(capacity_, Content::none) {
  require(packet_frames > 0 && target_ < capacity_ / 2);
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
  require(payload.empty() || payload.size() == static_cast<size_t>(packet_frames_) * kCesSlots);
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
int JitterBuffer::play(std::span<uint8_t> block, int frames) {
  const int at = slot(next_);
  if (offset_ == 0 && content_[at] == Content::none) {
    given_up_ = true;
    counts_.lost++;
  }
  const int count = std::min(frames, packet_frames_ - offset_);
  const uint8_t* from = &octets_[(static_cast<size_t>(at) * packet_frames_ + offset_) * kCesSlots];
  for (int i = 0; i < count; i++) {
    uint8_t* frame = block.data() + static_cast<size_t>(i) * kTimeslots;
    if (content_[at] != Content::payload) {
      fill_idle(frame);
      continue;
    }
    frame[0] = 0xFF;
    std::memcpy(frame + 1, from + static_cast<size_t>(i) * kCesSlots, kCesSlots);
  }
  fresh_ = false;
  offset_ += count;
  if (offset_ == packet_frames_) step();
  return count;
}

void JitterBuffer::take(std::span<uint8_t> block) {
  const int frames = static_cast<int>(block.size()) / kTimeslots;
  if (phase_ == Phase::filling && ahead_ >= target_) phase_ = Phase::playing;
  if (phase_ == Phase::playing) watch_depth(frames);
  int done = 0;
  while (done < frames && phase_ == Phase::playing) {
    if (ahead_ == 0) {
      phase_ = Phase::filling;
      window_frames_ = slip_wanted_ = 0;
      break;
    }
    done += play(block.subspan(static_cast<size_t>(done) * kTimeslots), frames - done);
  }
  if (done < frames && phase_ == Phase::filling && !fresh_) counts_.underrun++;
  for (; done < frames; done++) fill_idle(block.data() + static_cast<size_t>(done) * kTimeslots);

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
  const uint8_t* octet = &octets_[static_cast<size_t>(at) * packet_frames_ * kCesSlots + kSignallingSlot - 1];
  for (int i = 1; i < packet_frames_; i++) {
    if (octet[static_cast<size_t>(i) * kCesSlots] != octet[0]) return false;
  }
  return true;
}

}  // namespace hotline::tdm
