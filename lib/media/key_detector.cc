// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/key_detector.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "media/g711.h"

namespace hotline::media {

static constexpr double kFrequencies[] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static constexpr std::string_view kKeyAt = "123A456B789C*0#D";  // by low, then high tone

static constexpr int kLoudnessOfAKey = 8;  // half a segment above silence, far below the faintest key
static constexpr int kSampleShift = 3;     // A-law has 13 bits
static constexpr float kScale = 4096;      // of the tables
static constexpr size_t kWindow = 4;       // hops: 20 ms
static constexpr int kHitsOfAKey = 3, kMissesOfAnEnd = 3;
static constexpr float kFullPower = 4032.f * 4032.f / 2;     // of a sine of 3.14 dBm0
static constexpr float kFaintest = kFullPower * 7.7e-5f;     // -38 dBm0
static constexpr double kOffsetMax = 0.024;                  // 1.5 % must be taken, 3.5 % must not
static constexpr float kTwistUp = 4.0f, kTwistDown = 10.0f;  // 6 and 10 dB
static constexpr float kSteady = 0.5f;                       // the weakest hop beside the strongest
// How much of what is heard must be the two tones: in 20 ms, where speech reaches 0.88 and a key in noise 15 dB below
// it has 0.97; roughly, where it is only suspected, and in one hop, where tones hide each other.
static constexpr float kPurity = 0.89f, kPurityOfASuspect = 0.85f, kPurityOfAHop = 0.5f;
static constexpr float kLevelOfAnEnd = 0.25f;  // of a key's level, below which it has ended

namespace {
// What the sums are made with. The sine runs backwards, so that a sum is of exp(-jwt).
struct Tables {
  static constexpr size_t kHop = 40, kTones = 8, kHistory = 5;
  alignas(16) int16_t cosine[kTones][kHop], sine[kTones][kHop];
  int16_t linear[256];                          // A-law's 13 bits
  float turn[kTones];                           // the angle of one hop
  std::complex<float> turns[kTones][kHistory];  // and what turns a sum by so many
  Tables() {
    for (size_t octet = 0; octet < 256; ++octet)
      linear[octet] = alaw_decode(static_cast<uint8_t>(octet)) >> kSampleShift;
    for (size_t tone = 0; tone < kTones; ++tone) {
      double step = 2 * M_PI * kFrequencies[tone] / kSampleRate;
      turn[tone] = static_cast<float>(std::remainder(step * kHop, 2 * M_PI));
      for (size_t hop = 0; hop < kHistory; ++hop) {
        turns[tone][hop] = std::complex<float>(std::polar(1.0, step * static_cast<double>(kHop * hop)));
      }
      for (size_t i = 0; i < kHop; ++i) {
        cosine[tone][i] = static_cast<int16_t>(std::lround(kScale * std::cos(step * static_cast<double>(i))));
        sine[tone][i] = static_cast<int16_t>(std::lround(-kScale * std::sin(step * static_cast<double>(i))));
      }
    }
  }
};
const Tables kTables;
}  // namespace

static int32_t product(const int16_t* a, const int16_t* b) {
  int32_t total = 0;
  for (size_t i = 0; i < Tables::kHop; ++i) total += a[i] * b[i];
  return total;
}

bool KeyDetector::still(const uint8_t* alaw, int samples) {
  int loudest = 0;
  for (int i = 0; i < samples; ++i) loudest = std::max(loudest, alaw_loudness(alaw[i]));
  if (loudest >= kLoudnessOfAKey) {
    quiet_ = 0;
    return false;
  }
  if (quiet_ >= kQuietSamples) return true;
  quiet_ += samples;
  return false;
}

void KeyDetector::hear(const uint8_t* alaw, int samples) {
  idle_ = false;
  while (samples > 0) {
    int now = std::min(samples, kHop - filled_);
    int16_t* out = samples_[place_].data() + filled_;
#pragma GCC unroll 8
    for (int i = 0; i < now; ++i) out[i] = kTables.linear[alaw[i]];
    alaw += now;
    samples -= now;
    filled_ += now;
    if (filled_ < kHop) return;
    filled_ = 0;
    hop();
    place_ ^= 1;
  }
}

void KeyDetector::compare(Hop& hop, const int16_t* samples) {
  for (size_t tone = 0; tone < kTones; ++tone) {
    hop.tones[tone] = {static_cast<float>(product(samples, kTables.cosine[tone])),
                       static_cast<float>(product(samples, kTables.sine[tone]))};
  }
  hop.compared = true;
}

void KeyDetector::hop() {
  newest_ = (newest_ + 1) % kHistory;
  Hop& now = history_[newest_];
  const int16_t* samples = samples_[place_].data();
  now.energy = static_cast<float>(product(samples, samples));
  // While nothing is promising every other hop is enough: a key has three of each kind. The one left out is made up
  // for when the next one promises something.
  Hop& before = history_[(newest_ + kHistory - 1) % kHistory];
  now.compared = false;
  if (key_ == 0 && before.compared && !promising_) {
    now.tones = {};
    candidate_ = 0;
    hits_ = 0;
    suspects_ = false;
    return;
  }
  compare(now, samples);
  promising_ = promises();
  if (promising_ && !before.compared) compare(before, samples_[place_ ^ 1].data());
  decide();
}

// The sum over `hops` hops, the newest of them `from` hops ago, in the newest hop's time.
KeyDetector::Sum KeyDetector::sum(size_t tone, size_t from, size_t hops) const {
  Sum total;
  for (size_t hop = from; hop < from + hops; ++hop) total += back(hop).tones[tone] * kTables.turns[tone][hop];
  return total;
}

// Mean power of the tone in the newest hops.
float KeyDetector::power(size_t tone, size_t hops) const {
  float size = static_cast<float>(hops) * kHop * kScale;
  return 2 * std::norm(hops == 1 ? back(0).tones[tone] : sum(tone, 0, hops)) / (size * size);
}

float KeyDetector::energy(size_t hops) const {
  float total = 0;
  for (size_t hop = 0; hop < hops; ++hop) total += back(hop).energy;
  return total / (static_cast<float>(hops) * kHop);
}

bool KeyDetector::steady() const {
  float least = back(0).energy, most = least;
  for (size_t hop = 1; hop < kWindow; ++hop) {
    least = std::min(least, back(hop).energy);
    most = std::max(most, back(hop).energy);
  }
  return least >= kSteady * most;
}

// The amplitude over the window of a tone whose phase moves by `offset` more in each hop than that of the table's tone.
KeyDetector::Sum KeyDetector::amplitude(size_t tone, float offset) const {
  Sum total;
  float angle = kTables.turn[tone] + offset;
  for (size_t hop = 0; hop < kWindow; ++hop) {
    total += back(hop).tones[tone] * std::polar(1.f, angle * static_cast<float>(hop));
  }
  // Within a hop it has moved as well.
  float half = offset / 2, gain = std::abs(half) > 1e-3f ? std::sin(half) / half : 1;
  float middle = offset * (kHop - 1) / (2 * kHop);
  return total * std::polar(2 / (static_cast<float>(kWindow) * kHop * kScale * gain), -middle);
}

// The strongest tone of four.
KeyDetector::Tone KeyDetector::strongest(size_t group) const {
  size_t best = group;
  float most = 0;
  for (size_t tone = group; tone < group + 4; ++tone) {
    float now = power(tone, kWindow);
    if (now > most) most = now, best = tone;
  }
  float offset = std::arg(sum(best, 0, kWindow) * std::conj(sum(best, 1, kWindow)));
  return {best, kFrequencies[best] + offset / (2 * M_PI) * kSampleRate / kHop, amplitude(best, offset)};
}

// Whether the newest hop may be of a key at all: much of it must be near one low and one high tone.
bool KeyDetector::promises() const {
  float all = energy(1), best[2] = {0, 0};
  if (all < kFaintest) return false;
  for (size_t tone = 0; tone < kTones; ++tone) best[tone / 4] = std::max(best[tone / 4], power(tone, 1));
  return best[0] + best[1] >= kPurityOfAHop * all;
}

static bool balanced(float low, float high) {
  return low >= kFaintest && high >= kFaintest && high <= low * kTwistUp && low <= high * kTwistDown;
}

bool KeyDetector::looks_like_one() const {
  static constexpr size_t kHops = 3;
  float best[2] = {0, 0};
  for (size_t tone = 0; tone < kTones; ++tone) best[tone / 4] = std::max(best[tone / 4], power(tone, kHops));
  return balanced(best[0], best[1]) && best[0] + best[1] >= kPurityOfASuspect * energy(kHops);
}

// How much of a tone shows in the sum of one `hertz` below it over the window, which ends with the newest hop.
static std::complex<float> overlap(double hertz) {
  constexpr double kSamples = kWindow * Tables::kHop, kMiddle = Tables::kHop - (kSamples + 1) / 2;
  double half = M_PI * hertz / kSampleRate;
  return std::complex<float>(std::polar(1.0, 2 * half * kMiddle) *
                             (std::sin(kSamples * half) / (kSamples * std::sin(half))));
}

// The key that the last 20 ms are, or 0.
char KeyDetector::look() const {
  if (!steady()) return 0;
  Tone low = strongest(0), high = strongest(4);
  for (const Tone& one : {low, high}) {
    if (std::abs(one.frequency / kFrequencies[one.tone] - 1) > kOffsetMax) return 0;
  }
  Sum shared = overlap(high.frequency - low.frequency);
  float rest = 1 - std::norm(shared);
  Sum low_alone = (low.amplitude - shared * high.amplitude) / rest;
  Sum high_alone = (high.amplitude - std::conj(shared) * low.amplitude) / rest;
  float low_power = std::norm(low_alone) / 2, high_power = std::norm(high_alone) / 2;
  if (!balanced(low_power, high_power)) return 0;
  float explained = low_power + high_power + std::real(std::conj(low_alone) * high_alone * shared);
  if (explained < kPurity * energy(kWindow)) return 0;
  return kKeyAt[low.tone * 4 + high.tone - 4];
}

// The newest hop still has the key that is down.
bool KeyDetector::goes_on() const {
  size_t place = kKeyAt.find(key_);
  float low = power(place / 4, 1), high = power(4 + place % 4, 1);
  return low >= kLevelOfAnEnd * level_[0] && high >= kLevelOfAnEnd * level_[1] &&
         low + high >= kPurityOfAHop * energy(1);
}

void KeyDetector::decide() {
  if (key_ != 0) {
    ++misses_;
    if (goes_on()) {
      hops_down_ += misses_;
      misses_ = 0;
    }
    if (misses_ < kMissesOfAnEnd) return;
    add({false, key_, duration_ms()});
    key_ = candidate_ = 0;
    hits_ = 0;
  }
  char now = promising_ ? look() : '\0';
  hits_ = now != 0 && now == candidate_ ? hits_ + 1 : now != 0;
  candidate_ = now;
  suspects_ = now != 0 || (promising_ && looks_like_one());
  if (hits_ < kHitsOfAKey) return;
  key_ = now;
  misses_ = 0;
  hops_down_ = static_cast<int>(kWindow) + hits_;
  size_t place = kKeyAt.find(key_);
  level_ = {power(place / 4, kWindow), power(4 + place % 4, kWindow)};
  add({true, key_, 0});
}

void KeyDetector::add(Change change) {
  if (count_ < static_cast<int>(changes_.size())) changes_[static_cast<size_t>(count_++)] = change;
}

}  // namespace hotline::media
