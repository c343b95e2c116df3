// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings of one port alone, as a voice mailbox makes them, and what silence is.
#include <doctest/doctest.h>

#include <random>

#include "media/silence.h"
#include "media_fake.h"

using namespace hotline;
using namespace hotline::media;
using namespace hotline::media::test;

namespace {

struct Mailbox : Bench {
  Mailbox() {
    port = engine.open_channel(span_id, 1);
    spec.left = port;
    spec.path = path;
    spec.about = "{}";
  }
  /// Speaks for so long, then is quiet.
  void speak(size_t samples) { span->say[1] = sine(500, samples); }
  RecordDone done() {
    auto list = all<RecordDone>();
    REQUIRE(list.size() == 1);
    return list[0];
  }
  Octets channel(size_t which) const {
    auto file = read_file(path).value();
    Octets octets;
    for (size_t i = kSpoolHeadBytes + which; i < file.size(); i += 2) octets.push_back(static_cast<uint8_t>(file[i]));
    return octets;
  }
  TempDir dir;
  std::string path = dir.path + "/one.wav";
  RecordSpec spec;
  PortId port = 0;
};

Octets hiss(size_t samples, double dbm0, uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, 22472 / std::sqrt(2) * std::pow(10, dbm0 / 20));
  Octets octets(samples);
  for (auto& octet : octets)
    octet = alaw_encode(static_cast<int16_t>(std::clamp(std::lround(normal(random)), -32000L, 32000L)));
  return octets;
}

/// Bursts of sound as words are, over a noise.
Octets speech(size_t samples, double dbm0, double noise_dbm0) {
  Octets octets = hiss(samples, noise_dbm0);
  for (size_t i = 0; i < samples; ++i) {
    if (i % 3200 >= 2400) continue;  // 300 ms of word, 100 ms of pause
    double voice = 22472 * std::pow(10, dbm0 / 20) * std::sin(2 * M_PI * 300 * static_cast<double>(i) / 8000);
    octets[i] = alaw_encode(static_cast<int16_t>(alaw_decode(octets[i]) + std::lround(voice)));
  }
  return octets;
}

int64_t silence_after(std::initializer_list<Octets> parts) {
  SilenceWatch watch;
  for (const auto& part : parts)
    for (size_t at = 0; at + 40 <= part.size(); at += 40) watch.add(part.data() + at, 40);
  return watch.silent_samples();
}

}  // namespace

TEST_CASE("a recording of one port has its voice left and nothing right, whatever it hears") {
  Mailbox box;
  box.speak(8000);
  box.engine.play(box.port, {{sound(sine(1400, 16000)), -1, 0}}, true, false);
  box.engine.record(box.spec);
  box.ms(1500);
  box.engine.stop_recording(box.path);
  box.ms(5);
  CHECK(box.done().reason == "stop");
  CHECK(box.done().samples == 12000);
  CHECK(box.done().silence_samples == 4000);  // told, not cut
  auto left = box.channel(0);
  CHECK(Octets(left.begin(), left.begin() + 8000) == box.span->say[1]);
  CHECK(silent(left, 8000));
  CHECK(silent(box.channel(1)));
}

TEST_CASE("it ends by itself at its limit, after silence, or with a key that was named") {
  {
    Mailbox box;
    box.speak(80000);
    box.spec.samples_max = 16000;
    box.spec.silence_samples = 8000;
    box.engine.record(box.spec);
    box.ms(5000);
    CHECK(box.done().reason == "limit");
    CHECK(box.done().samples == 16000);
    CHECK(box.done().silence_samples == 0);
  }
  {
    Mailbox box;
    box.speak(16000);
    box.spec.samples_max = 80000;
    box.spec.silence_samples = 16000;
    box.engine.record(box.spec);
    for (int i = 0; i < 60; ++i) box.ms(100);
    CHECK(box.done().reason == "silence");
    CHECK(box.done().samples == 32000);
    CHECK(box.done().silence_samples == 16000);
  }
  {
    Mailbox box;
    box.speak(8000);
    for (char key : {'5', '#'}) {
      auto& say = box.span->say[1];
      say.insert(say.end(), key_tone(key), key_tone(key) + kKeySamples);
      say.insert(say.end(), 4000, kAlawSilence);
    }
    box.spec.keys = "*#";
    box.engine.record(box.spec);
    box.ms(5000);
    CHECK(box.done().reason == "key");
    CHECK(box.done().key == '#');
    CHECK(box.done().samples < 8000 + 800 + 4000 + 800);
    CHECK(box.all<Digit>().size() == 2);
  }
}

TEST_CASE("with a beep the port hears it first and the recording begins behind it") {
  Mailbox box;
  box.span->say[1] = sine(500, 64000);
  box.spec.beep = true;
  box.engine.record(box.spec);
  box.ms(1000);
  box.engine.stop_recording(box.path);
  box.ms(5);
  CHECK(level(box.span->heard[1], 1000, 0, 3200) > -0.5);
  CHECK(silent(box.span->heard[1], 3200));
  CHECK(box.done().samples == 8000 - 3200);
  CHECK(box.channel(0) == Octets(box.span->say[1].begin() + 3200, box.span->say[1].begin() + 8000));
}

TEST_CASE("its keys are found in a bridge too, a second one of a port is refused, and it ends with its port") {
  Mailbox box;
  PortId other = box.engine.open_channel(box.span_id, 2);
  box.engine.bridge(box.port, other, {});
  box.span->say[1].assign(key_tone('1'), key_tone('1') + kKeySamples);
  box.spec.keys = "2";
  box.engine.record(box.spec);
  auto second = box.spec;
  second.path += ".2";
  box.engine.record(second);
  box.ms(300);
  CHECK(box.all<Digit>().size() == 1);
  CHECK(box.done().path == second.path);
  CHECK(box.done().reason == "gone");
  box.engine.close(box.port);
  box.ms(5);
  REQUIRE(box.all<RecordDone>().size() == 2);
  CHECK(box.all<RecordDone>()[1].reason == "gone");
  CHECK(box.all<RecordDone>()[1].samples == 2400);
}

TEST_CASE("what is left of a recording of one port after kill -9 is whole") {
  Mailbox box;
  box.speak(8000);
  box.engine.record(box.spec);
  box.ms(500);
  CHECK(read_spool_head(box.path).value().samples == 4000);  // nobody has said goodbye
}

TEST_CASE("silence is what is quieter than the line's noise allows, which is learned") {
  CHECK(silence_after({Octets(16000, kAlawSilence)}) == 16000);
  CHECK(silence_after({speech(40000, -20, -65), hiss(16000, -65)}) >= 15000);
  // Of a noisy line: once the noise is known it is silence, and speech over it is not.
  CHECK(silence_after({speech(40000, -20, -42), hiss(16000, -42)}) >= 15000);
  CHECK(silence_after({hiss(40000, -42)}) >= 20000);
  CHECK(silence_after({hiss(40000, -42), speech(24000, -25, -42), hiss(1600, -42)}) <= 2400);
  // Faint speech on a good line is speech; a tone or a noise that is loud is never silence.
  CHECK(silence_after({speech(40000, -40, -70)}) <= 1600);
  CHECK(silence_after({sine(1000, 80000)}) == 0);
  CHECK(silence_after({hiss(80000, -20)}) == 0);
}
