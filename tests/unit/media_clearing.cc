// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "media/clearing.h"
#include "media/g711.h"
#include "media/tone_plans.h"
#include "media_speech.h"

using namespace hotline;
using namespace hotline::media;
using namespace hotline::media::test;
using Heard = ClearingDetector::Heard;

namespace {

using Audio = std::vector<uint8_t>;

void tone(Audio& audio, double hertz, int ms, double amplitude = 8000) {
  for (int i = 0; i < ms * 8; ++i)
    audio.push_back(alaw_encode(static_cast<int16_t>(
        amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(audio.size()) / 8000))));
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
    times += detector.listen(audio.data() + at, nullptr, static_cast<int>(std::min<size_t>(40, audio.size() - at))) ==
             wanted;
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

TEST_CASE(
    "every country's busy tone is heard, be it of one frequency or of two, and none of its ringing, dial or waiting "
    "tones") {
  for (const auto& row : tone_rows()) {
    if (row.tone == Tone::congestion || row.tone == Tone::unobtainable || row.tone == Tone::beep) continue;
    auto hertz = busy_hertz(row.country);
    REQUIRE(!hertz.empty());
    ClearingDetector::Rules rules{.tone = true, .hertz = hertz[0], .second_hertz = hertz.size() > 1 ? hertz[1] : 0};
    Audio audio, round = make_tone(row.parts);
    while (audio.size() < 8000 * 60) audio.insert(audio.end(), round.begin(), round.end());
    CAPTURE(row.country);
    CAPTURE(row.parts);
    CHECK(count(audio, rules, Heard::busy_tone) == (row.tone == Tone::busy));
  }
}

TEST_CASE("speech and music are no busy tone, and are not silent for ten seconds") {
  ClearingDetector::Rules rules{.tone = true, .silence_ms = 10000};
  std::string text = file_text("README.md").substr(0, 1500);
  for (const Audio& audio :
       {house_music(), speech("en+f3", text), speech("cmn", prompts_text("zh-CN").substr(0, 1500))}) {
    CHECK(audio.size() > 8000 * 10);
    CHECK(count(audio, rules, Heard::busy_tone) == 0);
    CHECK(count(audio, rules, Heard::silence) == 0);
  }
}

TEST_CASE("who is silent because he listens has not gone") {
  ClearingDetector detector({.silence_ms = 2000});
  Audio still, music;
  quiet(still, 20);
  tone(music, 700, 20);
  int silences = 0;
  auto listen = [&](const Audio& sent, int ms) {
    for (int i = 0; i < ms / 20; ++i) silences += detector.listen(still.data(), sent.data(), 160) == Heard::silence;
  };
  listen(music, 10000);
  CHECK(silences == 0);
  listen(still, 1980);
  CHECK(silences == 0);
  listen(still, 20);
  CHECK(silences == 1);
  listen(still, 10000);
  CHECK(silences == 1);
}

TEST_CASE("a port that is watched tells once that its far end has gone, one that is not tells nothing") {
  Bench bench;
  auto watched = bench.engine.open_channel(bench.span_id, 1), other = bench.engine.open_channel(bench.span_id, 2);
  auto silent_one = bench.engine.open_channel(bench.span_id, 3);
  bench.engine.bridge(watched, other, {});
  bench.engine.watch_far_end(watched, true, 0);
  bench.engine.watch_far_end(silent_one, false, 3000);
  bench.span->say[1] = bench.span->say[2] = cadence(450, 350, 350, 10);
  bench.ms(2500);
  CHECK(bench.all<FarEndGone>().empty());
  bench.ms(5500);
  auto gone = bench.all<FarEndGone>();
  REQUIRE(gone.size() == 2);
  CHECK(std::any_of(gone.begin(), gone.end(), [&](auto& one) { return one.port == watched && one.by_tone; }));
  CHECK(std::any_of(gone.begin(), gone.end(), [&](auto& one) { return one.port == silent_one && !one.by_tone; }));
  // No longer watched: nothing more is told, whatever is heard.
  bench.engine.watch_far_end(watched, false, 0);
  bench.span->say[1] = cadence(450, 350, 350, 30);
  bench.ms(8000);
  CHECK(bench.all<FarEndGone>().size() == 2);
}
