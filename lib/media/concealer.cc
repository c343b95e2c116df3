// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/concealer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "media/g711.h"

namespace hotline::media {

static constexpr int kSilentAfter = 6;             // frames
static constexpr float kSofterAFrame = 0.2f;       // from the second frame on
static constexpr int kCompared = 160;              // samples that a pitch period is judged by
static constexpr int kFade = 24, kFadeAFrame = 8;  // samples; and more for each frame that was made up

std::array<std::array<uint8_t, Concealer::kFrame>, Concealer::kFrames> Concealer::silence() {
  std::array<std::array<uint8_t, kFrame>, kFrames> frames;
  for (auto& frame : frames) frame.fill(kAlawSilence);
  return frames;
}

void Concealer::keep(const uint8_t* alaw) {
  std::memcpy(frames_[next_].data(), alaw, kFrame);
  next_ = static_cast<uint8_t>((next_ + 1) % kFrames);
}

Concealer::Linear Concealer::history() const {
  Linear linear;
  for (size_t i = 0; i < kFrames; ++i) {
    const auto& frame = frames_[(next_ + i) % kFrames];
    for (size_t at = 0; at < kFrame; ++at) linear[i * kFrame + at] = kAlawToLinear[frame[at]];
  }
  return linear;
}

// The distance at which the last 20 ms are most like what was before them.
int Concealer::pitch_of(const Linear& history) {
  const int16_t* recent = history.data() + kHistory - kCompared;
  auto likeness = [recent](int distance) {
    float product = 0, energy = 1;
    const int16_t* before = recent - distance;
    for (int i = 0; i < kCompared; ++i) {
      auto was = static_cast<float>(before[i]);
      product += static_cast<float>(recent[i]) * was;
      energy += was * was;
    }
    return product / std::sqrt(energy);
  };
  int best = kPitchMin;
  float most = likeness(best);
  for (int distance = kPitchMin + 1; distance <= kPitchMax; ++distance) {
    float now = likeness(distance);
    if (now > most) most = now, best = distance;
  }
  return best;
}

// One sample of the last `periods` pitch periods gone round and round. Before the seam the end is led over into what
// was before the beginning.
static float sample_of(const int16_t* end, int pitch, int periods, int at) {
  int length = pitch * periods, seam = pitch / 4;
  at %= length;
  auto one = static_cast<float>(end[at - length]);
  int to_seam = length - at;
  if (to_seam > seam) return one;
  float weight = static_cast<float>(seam - to_seam + 1) / static_cast<float>(seam + 1);
  return one + weight * (static_cast<float>(end[at - 2 * length]) - one);
}

void Concealer::synthesize(const Linear& history, int from, int samples, float* out) const {
  const int16_t* end = history.data() + kHistory;
  int levelled = pitch_ / 4;
  float step = static_cast<float>(end[-1]) - static_cast<float>(end[-1 - pitch_]);
  for (int i = 0; i < samples; ++i) {
    int at = from + i, frame = at / kFrame;
    int periods = std::min(frame + 1, 3);
    float one = sample_of(end, pitch_, periods, at);
    if (periods > 1 && at % kFrame < levelled && frame < 3) {  // from fewer periods to more
      float weight = static_cast<float>(at % kFrame + 1) / static_cast<float>(levelled + 1);
      float before = sample_of(end, pitch_, periods - 1, at);
      one = before + weight * (one - before);
    }
    if (at < levelled) one += step * (1 - static_cast<float>(at) / static_cast<float>(levelled));
    float gain = 1 - kSofterAFrame * std::max(static_cast<float>(at) / kFrame - 1, 0.f);
    out[i] = one * std::max(gain, 0.f);
  }
}

static uint8_t encode(float sample) {
  return alaw_encode(static_cast<int16_t>(std::lround(std::clamp(sample, -32768.f, 32767.f))));
}

void Concealer::conceal(uint8_t* alaw) {
  if (!any_ || concealed_ >= kSilentAfter) {
    std::memset(alaw, kAlawSilence, kFrame);
    return;
  }
  auto linear = history();
  if (concealed_ == 0) pitch_ = pitch_of(linear);
  float made[kFrame];
  synthesize(linear, concealed_ * kFrame, kFrame, made);
  std::transform(made, made + kFrame, alaw, encode);
  ++concealed_;
}

void Concealer::pass(uint8_t* alaw) {
  if (concealed_ > 0 && concealed_ < kSilentAfter) {
    int fade = std::min(kFade + kFadeAFrame * (concealed_ - 1), kFrame);
    float made[kFrame] = {};
    synthesize(history(), concealed_ * kFrame, fade, made);
    for (int i = 0; i < fade; ++i) {
      float weight = static_cast<float>(i + 1) / static_cast<float>(fade + 1);
      alaw[i] = encode(made[i] + weight * (static_cast<float>(kAlawToLinear[alaw[i]]) - made[i]));
    }
  }
  concealed_ = 0;
  any_ = true;
  keep(alaw);
}

}  // namespace hotline::media
