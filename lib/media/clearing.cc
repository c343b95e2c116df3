// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clearing.h"

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <utility>

#include "media/g711.h"

namespace hotline::media {
namespace {

constexpr int kBlock_ms = 20;
/// Mean square below which nothing is heard: -45 dBm0, where 3.14 dBm0 is a sine of full scale (G.711 §4).
constexpr float kQuiet = 32768.f * 32768.f / 2 * 1.5e-5f;
/// How much of the energy the tone has: less than this is speech or music.
constexpr float kPure = 0.7f;
constexpr int kShortest = 200 / kBlock_ms, kLongest = 800 / kBlock_ms;  // of a tone, and of its pause
constexpr int kCycles = 4;

}  // namespace

static float coefficient_of(int hertz) {
  return 2 * std::cos(2 * std::numbers::pi_v<float> * static_cast<float>(hertz) / kSampleRate);
}

ClearingDetector::ClearingDetector(const Rules& rules)
    : rules_(rules),
      coefficient_(coefficient_of(rules.hertz)),
      second_coefficient_(coefficient_of(rules.second_hertz)) {}

ClearingDetector::Heard ClearingDetector::listen(const uint8_t* alaw, const uint8_t* sent, int samples) {
  Heard heard = Heard::nothing;
  for (int i = 0; i < samples; ++i) {
    samples_[filled_++] = alaw_decode(alaw[i]);
    if (sent) {
      auto value = static_cast<float>(alaw_decode(sent[i]));
      sent_ += value * value;
    }
    if (filled_ < kBlock) continue;
    filled_ = 0;
    if (Heard one = block(classify()); one != Heard::nothing) heard = one;
  }
  return heard;
}

/// Goertzel's filter. Its width of 50 Hz forgives a tone that is a little off.
float ClearingDetector::energy_of_tone(float coefficient) const {
  float one = 0, two = 0;
  for (int16_t sample : samples_) {
    float next = static_cast<float>(sample) + coefficient * one - two;
    two = one;
    one = next;
  }
  return (one * one + two * two - coefficient * one * two) * 2 / kBlock;
}

/// The tone against the whole energy.
ClearingDetector::Sound ClearingDetector::classify() const {
  float energy = 0;
  for (int16_t sample : samples_) energy += static_cast<float>(sample) * static_cast<float>(sample);
  if (energy / kBlock < kQuiet) return Sound::quiet;
  float tone = energy_of_tone(coefficient_);
  if (rules_.second_hertz > 0) tone += energy_of_tone(second_coefficient_);
  return tone > kPure * energy ? Sound::tone : Sound::other;
}

/// A tone and the pause after it are over: they count when both are as long as the ones before.
bool ClearingDetector::cycle_done() {
  bool fits = on_ >= kShortest && on_ <= kLongest && run_ >= kShortest && run_ <= kLongest && std::abs(on_ - run_) <= 5;
  bool same = cycles_ == 0 || std::abs(on_ + run_ - length_) <= 3;
  cycles_ = fits ? (same ? cycles_ + 1 : 1) : 0;
  length_ = on_ + run_;
  return cycles_ >= kCycles;
}

ClearingDetector::Heard ClearingDetector::block(Sound sound) {
  bool still = sound == Sound::quiet && std::exchange(sent_, 0.f) / kBlock < kQuiet;
  quiet_ms_ = still ? quiet_ms_ + kBlock_ms : 0;
  if (!still) told_silence_ = false, sent_ = 0;
  if (rules_.silence_ms > 0 && quiet_ms_ >= rules_.silence_ms && !told_silence_) {
    told_silence_ = true;
    return Heard::silence;
  }
  if (!rules_.tone) return Heard::nothing;
  // A block in which a tone begins or ends is neither: one of them belongs to what was before, two are something else.
  if (sound == Sound::other) {
    if (++odd_ < 2) return Heard::nothing;
    cycles_ = on_ = run_ = 0;
    now_ = Sound::other;
    return Heard::nothing;
  }
  run_ += now_ == Sound::other ? 0 : odd_;
  odd_ = 0;
  if (sound == now_) {
    if (++run_ > kLongest) cycles_ = 0;
    return Heard::nothing;
  }
  bool busy = false;
  if (sound == Sound::quiet)
    on_ = now_ == Sound::tone ? run_ : 0;
  else
    busy = now_ == Sound::quiet && cycle_done();
  now_ = sound;
  run_ = 1;
  return busy && !std::exchange(told_tone_, true) ? Heard::busy_tone : Heard::nothing;
}

}  // namespace hotline::media
