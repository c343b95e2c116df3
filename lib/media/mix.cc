// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/mix.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "media/g711.h"
#include "media/port.h"

namespace hotline::media {

// The two smallest codes, which silence consists of, are nothing here rather than half a step.
static constexpr std::array<int16_t, 256> make_addends() {
  std::array<int16_t, 256> addends{};
  for (int code = 0; code < 256; ++code) {
    int16_t linear = alaw_decode(static_cast<uint8_t>(code));
    addends[static_cast<size_t>(code)] = linear == 8 || linear == -8 ? int16_t{0} : linear;
  }
  return addends;
}

// The code of a sample depends on its upper 12 bits alone: the finest step is 16.
static constexpr std::array<uint8_t, 4096> make_codes() {
  std::array<uint8_t, 4096> codes{};
  for (int i = 0; i < 4096; ++i) codes[static_cast<size_t>(i)] = alaw_encode(static_cast<int16_t>(i * 16));
  return codes;
}

static constexpr auto kAddends = make_addends();
static constexpr auto kCodes = make_codes();

static uint8_t code_of(int32_t sum) {
  auto sample = static_cast<uint16_t>(std::clamp<int32_t>(sum, INT16_MIN, INT16_MAX));
  return kCodes[sample >> 4];
}

void mix(const Voices& voices, int at, uint8_t* out, int samples) {
  int32_t sums[kTickFramesMax];
  const uint8_t *first = voices.from[0]->said + at, *second = voices.from[1]->said + at;
  for (int i = 0; i < samples; ++i) sums[i] = kAddends[first[i]] + kAddends[second[i]];
  for (size_t voice = 2; voice < voices.count; ++voice) {
    const uint8_t* said = voices.from[voice]->said + at;
    for (int i = 0; i < samples; ++i) sums[i] += kAddends[said[i]];
  }
  for (int i = 0; i < samples; ++i) out[i] = code_of(sums[i]);
}

void say(const Voices& voices, int at, uint8_t* out, int samples) {
  if (voices.count == 0) {
    std::memset(out, kAlawSilence, static_cast<size_t>(samples));
  } else if (voices.count == 1) {
    std::memcpy(out, voices.from[0]->said + at, static_cast<size_t>(samples));
  } else {
    mix(voices, at, out, samples);
  }
}

void add_over(const uint8_t* sound, uint8_t* out, int samples) {
  for (int i = 0; i < samples; ++i) out[i] = code_of(kAddends[sound[i]] + kAddends[out[i]]);
}

}  // namespace hotline::media
