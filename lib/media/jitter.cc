// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/jitter.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "media/g711.h"

namespace hotline::media {

static constexpr int kWindowPulls = 100;           // 2 s
static constexpr int kChooseEvery = 25;            // pulls
static constexpr int kObservedMax = 512;           // packets; then a quarter of each count is kept
static constexpr int kObservedMin = 100;           // before the target is lowered
static constexpr int kOneOf = 200;                 // packets may come too late
static constexpr int kCalm = 250;                  // pulls after the delay grew: it does not shrink before
static constexpr int kPace = 10;                   // pulls between two changes
static constexpr int kLongEnough = 100;            // pulls in which no silence came
static constexpr int kForgottenAfter = 10 * 8000;  // samples without a packet: what comes then is a new stream
static constexpr int kSilence = 16;                // a segment above nothing, -39 dBm0
static constexpr int kPitchMin = 40, kPitchMax = 120, kFade = 80;

void JitterBuffer::clear() {
  running_ = false;
  target_ = kDelayStart;
}

void JitterBuffer::start(const RtpPacket& packet, int samples) {
  running_ = true;
  ssrc_ = packet.ssrc;
  there_.fill(0);
  uint32_t end = packet.timestamp + static_cast<uint32_t>(samples);
  play_ = end - static_cast<uint32_t>(kPacketSamples + target_);
  origin_ = play_ - kRing;
  newest_ = packet.timestamp;
  lead_ = (static_cast<int32_t>(packet.timestamp - play_) + kPacketSamples - 1) / kPacketSamples;
  odd_run_ = window_ = observed_ = calm_ = waited_ = 0;
  fastest_now_ = fastest_before_ = reference_ = now_ - end;
  any_now_ = true;
  delays_.fill(0);
}

void JitterBuffer::put(const RtpPacket& packet, std::span<const uint8_t> alaw) {
  int samples = static_cast<int>(alaw.size());
  if (!running_) {
    start(packet, samples);
  } else if (packet.ssrc != ssrc_) {
    ++books_.resync;
    start(packet, samples);
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
    start(packet, samples);
  }
  odd_run_ = 0;
  observe(packet.timestamp, samples);
  if (ahead < 0 && static_cast<int32_t>(packet.timestamp - newest_) >= 0) wait_for(packet);
  if (static_cast<int32_t>(packet.timestamp - play_) + samples <= 0) {
    ++books_.late;
    return;
  }
  store(packet.timestamp, alaw);
}

// Its turn is over, and nothing that was sent later has come: everything stood still. So what comes now is played now.
void JitterBuffer::wait_for(const RtpPacket& packet) {
  int late = static_cast<int32_t>(play_ - packet.timestamp);
  int more = std::min(late, kDelayMax - delay()) / 8 * 8;
  if (more <= 0) return;
  play_ -= static_cast<uint32_t>(more);
  calm_ = waited_ = 0;
  target_ = std::clamp(delay(), target_, kDelayMax);
  ++books_.longer;
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

static uint32_t earlier(uint32_t one, uint32_t other) { return static_cast<int32_t>(one - other) < 0 ? one : other; }

uint32_t JitterBuffer::fastest() const { return any_now_ ? earlier(fastest_now_, fastest_before_) : fastest_before_; }

void JitterBuffer::shift_delays(bool up) {
  if (up) {
    delays_[kDelays - 1] = static_cast<uint16_t>(delays_[kDelays - 1] + delays_[kDelays - 2]);
    std::copy_backward(delays_.begin(), delays_.end() - 2, delays_.end() - 1);
    delays_[0] = 0;
    reference_ -= kPacketSamples;
  } else {
    delays_[0] = static_cast<uint16_t>(delays_[0] + delays_[1]);
    std::copy(delays_.begin() + 2, delays_.end(), delays_.begin() + 1);
    delays_[kDelays - 1] = 0;
    reference_ += kPacketSamples;
  }
}

void JitterBuffer::observe(uint32_t timestamp, int samples) {
  uint32_t way = now_ - timestamp - static_cast<uint32_t>(samples);
  fastest_now_ = any_now_ ? earlier(way, fastest_now_) : way;
  any_now_ = true;
  for (size_t i = 0; i < kDelays && static_cast<int32_t>(fastest() - reference_) < 0; ++i) shift_delays(true);
  for (size_t i = 0; i < kDelays && static_cast<int32_t>(fastest() - reference_) >= kPacketSamples; ++i) {
    shift_delays(false);
  }
  int needs = static_cast<int32_t>(way - reference_) + samples - kPacketSamples;
  int bucket = std::clamp((needs + kPacketSamples - 1) / kPacketSamples, 0, static_cast<int>(kDelays) - 1);
  ++delays_[static_cast<size_t>(bucket)];
  if (++observed_ < kObservedMax) return;
  observed_ = 0;
  for (auto& count : delays_) observed_ += count /= 4;
}

void JitterBuffer::choose_target() {
  int may_be_late = observed_ / kOneOf;
  size_t bucket = kDelays - 1;
  for (; bucket > 0 && may_be_late >= delays_[bucket]; --bucket) may_be_late -= delays_[bucket];
  int beside = static_cast<int32_t>(fastest() - reference_);
  int wanted = std::clamp(static_cast<int>(bucket) * kPacketSamples - beside, kDelayMin, kDelayMax);
  if (wanted > target_ || (observed_ >= kObservedMin && calm_ >= kCalm)) target_ = wanted;
}

bool JitterBuffer::there(uint32_t timestamp, int samples) const {
  size_t at = place(timestamp) / 8;
  for (int i = 0; i < samples / 8; ++i) {
    if (there_[at] != 0xFF) return false;
    if (++at == there_.size()) at = 0;
  }
  return true;
}

void JitterBuffer::copy(uint32_t timestamp, uint8_t* out, int samples) const {
  size_t at = place(timestamp), first = std::min(kRing - at, static_cast<size_t>(samples));
  std::memcpy(out, ring_.data() + at, first);
  std::memcpy(out + first, ring_.data(), static_cast<size_t>(samples) - first);
}

bool JitterBuffer::silent(uint32_t timestamp) const {
  if (!there(timestamp, kPacketSamples)) return false;
  uint8_t block[kPacketSamples];
  copy(timestamp, block, kPacketSamples);
  int loudest = 0;
  for (uint8_t octet : block) loudest = std::max(loudest, alaw_loudness(octet));
  return loudest < kSilence;
}

// Whether all of the block was there; what was not is concealed.
bool JitterBuffer::take(uint8_t* out) {
  bool whole = true;
  for (int frame = 0; frame < kPacketSamples; frame += Concealer::kFrame) {
    uint32_t timestamp = play_ + static_cast<uint32_t>(frame);
    uint8_t* to = out + frame;
    if (there(timestamp, Concealer::kFrame)) {
      copy(timestamp, to, Concealer::kFrame);
      concealer_.pass(to);
      continue;
    }
    whole = false;
    concealer_.conceal(to);
    for (int i = 0; i < Concealer::kFrame; i += 8) {
      if (there(timestamp + static_cast<uint32_t>(i), 8)) copy(timestamp + static_cast<uint32_t>(i), to + i, 8);
    }
  }
  return whole;
}

void JitterBuffer::forget(int samples) {
  size_t at = place(play_) / 8;
  for (int i = 0; i < samples / 8; ++i) {
    there_[at] = 0;
    if (++at == there_.size()) at = 0;
  }
  play_ += static_cast<uint32_t>(samples);
  if (play_ - origin_ >= 128u * kRing) origin_ += 64u * kRing;  // long before the difference wraps
}

void JitterBuffer::pull(uint8_t* out) {
  if (!running_) {
    std::memset(out, kAlawSilence, kPacketSamples);
    now_ += kPacketSamples;
    return;
  }
  if (!shorten(out) && !lengthen(out)) {
    if (!take(out) && lead_ == 0 && depth() > kPacketSamples) ++books_.lost;
    forget(kPacketSamples);
  }
  if (lead_ > 0) --lead_;
  now_ += kPacketSamples;
  if (calm_ < kCalm) ++calm_;
  if (++window_ % kChooseEvery == 0) choose_target();
  if (window_ >= kWindowPulls) {
    window_ = 0;
    if (any_now_) fastest_before_ = fastest_now_;
    any_now_ = false;
  }
  if (depth() < -kForgottenAfter) clear();
}

// When the delay is 20 ms or more above the target. True: the block is made.
bool JitterBuffer::shorten(uint8_t* out) {
  if (delay() < target_ + kPacketSamples || calm_ < kCalm) return false;
  if (++waited_ < kPace) return false;
  if (depth() <= 0 || silent(play_)) {
    forget(kPacketSamples);
  } else if (waited_ < kLongEnough || !squeeze(out)) {
    return false;
  } else {
    waited_ = kLongEnough - kPace;
    ++books_.shorter;
    return true;
  }
  waited_ = 0;
  ++books_.shorter;
  return false;
}

// Leaves a pitch period out: the samples before it are led over into those behind it.
bool JitterBuffer::squeeze(uint8_t* out) {
  static constexpr int kAll = kPacketSamples + kPitchMax;
  if (!there(play_, kAll)) return false;
  uint8_t alaw[kAll];
  float linear[kAll];
  copy(play_, alaw, kAll);
  for (int i = 0; i < kAll; ++i) linear[i] = kAlawToLinear[alaw[i]];
  int best = 0;
  float most = 0;
  for (int period = kPitchMin; period <= kPitchMax; period += 8) {
    float product = 0, one = 1, other = 1;
    for (int i = 0; i < kFade; ++i) {
      product += linear[i] * linear[i + period];
      one += linear[i] * linear[i];
      other += linear[i + period] * linear[i + period];
    }
    float likeness = product / std::sqrt(one * other);
    if (likeness > most) most = likeness, best = period;
  }
  static constexpr float kAlike = 0.6f;
  if (most < kAlike) return false;
  for (int i = 0; i < kFade; ++i) {
    float weight = static_cast<float>(i + 1) / (kFade + 1);
    out[i] = alaw_encode(static_cast<int16_t>(std::lround(linear[i] + weight * (linear[i + best] - linear[i]))));
  }
  std::copy(alaw + best + kFade, alaw + best + kPacketSamples, out + kFade);
  for (int i = 0; i < kPacketSamples; i += Concealer::kFrame) concealer_.pass(out + i);
  forget(kPacketSamples + best);
  return true;
}

// When the delay is 10 ms or more below the target: a block is put in before the next one.
bool JitterBuffer::lengthen(uint8_t* out) {
  if (lead_ > 0 || delay() > target_ - kPacketSamples / 2 || depth() < kPacketSamples) return false;
  if (++waited_ < kPace) return false;
  if (silent(play_)) {
    copy(play_, out, kPacketSamples);
    for (int i = 0; i < kPacketSamples; i += Concealer::kFrame) concealer_.pass(out + i);
  } else {
    for (int i = 0; i < kPacketSamples; i += Concealer::kFrame) concealer_.conceal(out + i);
  }
  waited_ = 0;
  calm_ = 0;
  ++books_.longer;
  return true;
}

}  // namespace hotline::media
