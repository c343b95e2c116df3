// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/jitter.h"

#include <algorithm>
#include <cstring>

#include "media/g711.h"

namespace hotline::media {

static constexpr int kPullsOfAWindow = 250;        // 5 s
static constexpr int kLateRunMax = 3;              // so many late ones in a row: the delay is too short
static constexpr int kTargetMax = 960;             // 120 ms, beyond which talking over each other begins
static constexpr int kSilentAfter = 3;             // blocks concealed in a row
static constexpr int kForgottenAfter = 10 * 8000;  // samples without a packet: what comes then is a new stream

static uint8_t softer(uint8_t octet, int segments) {
  int code = octet ^ 0x55;
  int loudness = std::max((code & 0x7F) - 16 * segments, 0);  // a segment is 6 dB
  return static_cast<uint8_t>(((code & 0x80) | loudness) ^ 0x55);
}

void JitterBuffer::clear() {
  running_ = false;
  target_ = kTarget;
}

void JitterBuffer::start(const RtpPacket& packet) {
  running_ = true;
  ssrc_ = packet.ssrc;
  there_.fill(0);
  // Whole blocks before what is played first, so that blocks never wrap within the ring.
  origin_ = packet.timestamp - kRing;
  play_ = packet.timestamp - static_cast<uint32_t>(target_);
  newest_ = packet.timestamp;
  missing_ = kSilentAfter;
  lead_ = target_ / kPacketSamples;
  odd_run_ = late_run_ = pulls_ = 0;
}

void JitterBuffer::put(const RtpPacket& packet, std::span<const uint8_t> alaw) {
  int samples = static_cast<int>(alaw.size());
  if (!running_) {
    start(packet);
  } else if (packet.ssrc != ssrc_) {
    ++books_.resync;
    start(packet);
  }
  auto ahead = static_cast<int32_t>(packet.timestamp - play_);
  if (ahead < -kDelayMax || ahead + samples > kDelayMax + kPacketSamples) {
    // Far from here. One such packet may be a stray; two that follow each other, or the start of a spurt, are the
    // stream.
    auto step = static_cast<int32_t>(packet.timestamp - odd_);
    bool again = odd_run_ > 0 && step >= 0 && step <= kDelayMax;
    odd_ = packet.timestamp;
    odd_run_ = 1;
    if (!again && !packet.marker) return;
    ++books_.resync;
    start(packet);
  } else if (ahead + samples <= 0) {
    ++books_.late;
    if (++late_run_ < kLateRunMax) return;
    target_ = std::min(target_ + kPacketSamples, kTargetMax);
    ++books_.resync;
    start(packet);
  }
  odd_run_ = late_run_ = 0;
  store(packet.timestamp, alaw);
}

void JitterBuffer::store(uint32_t timestamp, std::span<const uint8_t> alaw) {
  auto early = static_cast<int32_t>(play_ - timestamp);
  if (early > 0) {  // its beginning is too late
    alaw = alaw.subspan(static_cast<size_t>(early));
    timestamp = play_;
  }
  size_t at = place(timestamp);
  if (there_[at / 8] >> (at & 7) & 1) {
    ++books_.duplicate;
    return;
  }
  if (at % 8 == 0 && alaw.size() % 8 == 0 && at + alaw.size() <= kRing) {
    std::memcpy(ring_.data() + at, alaw.data(), alaw.size());
    std::memset(there_.data() + at / 8, 0xFF, alaw.size() / 8);
  } else {
    for (uint8_t octet : alaw) {
      ring_[at] = octet;
      there_[at / 8] = static_cast<uint8_t>(there_[at / 8] | 1 << (at & 7));
      if (++at == kRing) at = 0;
    }
  }
  uint32_t end = timestamp + static_cast<uint32_t>(alaw.size());
  if (static_cast<int32_t>(end - newest_) > 0) newest_ = end;
}

// Whether all of the block was there; what was not is concealed.
bool JitterBuffer::take(uint32_t timestamp, uint8_t* out) {
  size_t at = place(timestamp);
  static constexpr int kOctets = kPacketSamples / 8;
  static constexpr auto kAll = [] {
    std::array<uint8_t, kOctets> all{};
    all.fill(0xFF);
    return all;
  }();
  const uint8_t* there = there_.data() + at / 8;
  if (std::memcmp(there, kAll.data(), kOctets) == 0) {
    std::memcpy(out, ring_.data() + at, kPacketSamples);
    return true;
  }
  conceal(out);
  for (size_t i = 0; i < kOctets; ++i) {
    if (there[i] == 0xFF) std::memcpy(out + i * 8, ring_.data() + at + i * 8, 8);
  }
  return false;
}

void JitterBuffer::conceal(uint8_t* out) {
  if (missing_ >= kSilentAfter) {
    std::memset(out, kAlawSilence, kPacketSamples);
    return;
  }
  int segments = missing_++;
  std::transform(last_.begin(), last_.end(), out, [segments](uint8_t octet) { return softer(octet, segments); });
}

void JitterBuffer::forget(int samples) {
  for (; samples > 0; samples -= kPacketSamples, play_ += kPacketSamples) {
    std::memset(there_.data() + place(play_) / 8, 0, kPacketSamples / 8);
  }
  if (play_ - origin_ >= 128u * kRing) origin_ += 64u * kRing;  // long before the difference wraps
}

void JitterBuffer::pull(uint8_t* out) {
  if (!running_) {
    std::memset(out, kAlawSilence, kPacketSamples);
    return;
  }
  if (take(play_, out)) {
    missing_ = 0;
    std::memcpy(last_.data(), out, kPacketSamples);
  } else if (lead_ == 0 && depth() > kPacketSamples) {
    ++books_.lost;
  }
  if (lead_ > 0) --lead_;
  forget(kPacketSamples);
  if (depth() < -kForgottenAfter) clear();
  keep_pace();
}

void JitterBuffer::keep_pace() {
  int now = depth();
  shallowest_ = pulls_ == 0 ? now : std::min(shallowest_, now);
  deepest_ = pulls_ == 0 ? now : std::max(deepest_, now);
  if (++pulls_ < kPullsOfAWindow) return;
  pulls_ = 0;
  if (shallowest_ > target_ + kPacketSamples) {
    int surplus = std::max((shallowest_ - target_) / kPacketSamples - 1, 1);
    books_.dropped += static_cast<uint64_t>(surplus);
    forget(surplus * kPacketSamples);
  } else if (deepest_ > 0 && deepest_ <= target_ - kPacketSamples) {
    ++books_.inserted;
    play_ -= kPacketSamples;
  }
}

}  // namespace hotline::media
