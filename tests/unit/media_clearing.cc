// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "media/clearing.h"
#include "media/g711.h"

using namespace hotline::media;
using Heard = ClearingDetector::Heard;

namespace {

using Audio = std::vector<uint8_t>;

void tone(Audio& audio, double hertz, int ms, double amplitude = 8000) {
  for (int i = 0; i < ms * 8; ++i)
    audio.push_back(alaw_encode(
        static_cast<int16_t>(amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(audio.size()) / 8000))));
}
void quiet(Audio& audio, int ms) { audio.insert(audio.end(), static_cast<size_t>(ms) * 8, kAlawSilence); }
Audio cadence(double hertz, int on, int off, int cycles, double amplitude = 8000) {
  Audio audio;
  quiet(audio, 137);
  for (int i = 0; i < cycles; ++i) {
    tone(audio, hertz, on, amplitude);
    quiet(audio, off);
  }
  return audio;
}
/// What is heard, in pieces as the tick brings them.
int count(const Audio& audio, ClearingDetector::Rules rules, Heard wanted) {
  ClearingDetector detector(rules);
  int times = 0;
  for (size_t at = 0; at < audio.size(); at += 40)
    times += detector.listen(audio.data() + at, static_cast<int>(std::min<size_t>(40, audio.size() - at))) == wanted;
  return times;
}
const ClearingDetector::Rules kTone{.tone = true};

}  // namespace

TEST_CASE("busy and congestion tone are heard once, loud or faint, and a little off") {
  CHECK(count(cadence(450, 350, 350, 10), kTone, Heard::busy_tone) == 1);
  CHECK(count(cadence(450, 700, 700, 8), kTone, Heard::busy_tone) == 1);
  CHECK(count(cadence(465, 350, 350, 10), kTone, Heard::busy_tone) == 1);
  CHECK(count(cadence(435, 340, 360, 10), kTone, Heard::busy_tone) == 1);
  CHECK(count(cadence(450, 350, 350, 10, 600), kTone, Heard::busy_tone) == 1);
}

TEST_CASE("three cycles are not enough, nor are ringback, a steady tone, another tone, or a tone without rules") {
  CHECK(count(cadence(450, 350, 350, 3), kTone, Heard::busy_tone) == 0);
  CHECK(count(cadence(450, 1000, 4000, 8), kTone, Heard::busy_tone) == 0);
  CHECK(count(cadence(450, 5000, 100, 3), kTone, Heard::busy_tone) == 0);
  CHECK(count(cadence(1000, 350, 350, 10), kTone, Heard::busy_tone) == 0);
  CHECK(count(cadence(450, 350, 350, 10), {}, Heard::busy_tone) == 0);
  CHECK(count(cadence(400, 350, 350, 10), {.tone = true, .hertz = 400}, Heard::busy_tone) == 1);
}

TEST_CASE("noise that comes and goes, and tones of changing length, are no busy tone") {
  std::mt19937 random(7);
  Audio audio;
  for (int i = 0; i < 200; ++i) {
    for (int n = 0; n < 350 * 8; ++n)
      audio.push_back(alaw_encode(static_cast<int16_t>(std::uniform_int_distribution<int>(-8000, 8000)(random))));
    quiet(audio, 350);
  }
  for (int i = 0; i < 200; ++i) {
    tone(audio, 450, 200 + i * 97 % 500);
    quiet(audio, 200 + i * 61 % 500);
  }
  CHECK(count(audio, kTone, Heard::busy_tone) == 0);
}

TEST_CASE("silence is told when it has lasted, and again after somebody has spoken") {
  Audio audio;
  tone(audio, 700, 500);
  quiet(audio, 3000);
  tone(audio, 700, 500);
  quiet(audio, 1500);
  CHECK(count(audio, {.silence_ms = 2000}, Heard::silence) == 1);
  CHECK(count(audio, {.silence_ms = 1000}, Heard::silence) == 2);
  CHECK(count(audio, {}, Heard::silence) == 0);
}
