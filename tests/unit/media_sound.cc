// SPDX-License-Identifier: GPL-2.0-or-later
// Tables, tones, files: what is played.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "media/g711.h"
#include "media/tones.h"
#include "media/wav.h"
#include "media_fake.h"

using namespace hotline;
using namespace hotline::media;
using namespace hotline::media::test;

TEST_CASE("A-law codes decode to the values of G.711 table 1a") {
  // Column 6 of the table (value numbers), the decoder output y in units of 16 bits: 1, 3, 5 … 31, then 33 … 63, then
  // by 4 …
  for (int code = 0; code < 128; ++code) {
    int segment = code / 16, step = segment == 0 ? 2 : 1 << segment;
    int base = segment == 0 ? 0 : 32 << (segment - 1);
    int y = base + step * (code % 16) + step / 2;
    CHECK(alaw_decode(static_cast<uint8_t>((code | 0x80) ^ 0x55)) == y * 8);
    CHECK(alaw_decode(static_cast<uint8_t>(code ^ 0x55)) == -y * 8);
    CHECK(kAlawToLinear[static_cast<size_t>((code | 0x80) ^ 0x55)] == y * 8);
  }
  CHECK(alaw_decode(0xD5) == 8);
  CHECK(alaw_decode(0x2A) == -32256);
}

TEST_CASE("every code survives decoding and encoding") {
  for (int code = 0; code < 256; ++code) {
    auto octet = static_cast<uint8_t>(code);
    CHECK(alaw_encode(alaw_decode(octet)) == octet);
    if (octet != 0x7F) CHECK(ulaw_encode(ulaw_decode(octet)) == octet);  // 7F is a second zero
  }
}

TEST_CASE("encoding takes the nearest code, for every sample") {
  for (int sample = -32768; sample < 32768; ++sample) {
    int got = alaw_decode(alaw_encode(static_cast<int16_t>(sample)));
    int magnitude = std::abs(sample), step = 16;
    for (int limit = 512; limit <= magnitude && step < 1024; limit *= 2) step *= 2;
    if (std::abs(got - sample) > step / 2 + (sample < 0)) FAIL_CHECK("sample ", sample, " became ", got);
  }
}

TEST_CASE("mu-law to A-law and back keeps the sound within a step") {
  for (int code = 0; code < 256; ++code) {
    auto octet = static_cast<uint8_t>(code);
    int was = ulaw_decode(octet), is = alaw_decode(kUlawToAlaw[octet]);
    CHECK(std::abs(is - was) <= std::max(8, std::abs(was) / 16));
    was = alaw_decode(octet), is = ulaw_decode(kAlawToUlaw[octet]);
    CHECK(std::abs(is - was) <= std::max(8, std::abs(was) / 16));
  }
}

TEST_CASE("each key has its two frequencies of Q.23 and no other") {
  const double low[] = {697, 770, 852, 941}, high[] = {1209, 1336, 1477, 1633};
  const std::string keys = "123A456B789C*0#D";
  for (size_t i = 0; i < keys.size(); ++i) {
    const uint8_t* tone = key_tone(keys[i]);
    REQUIRE(tone);
    for (size_t row = 0; row < 4; ++row) {
      CHECK((level(tone, kKeySamples, low[row]) > -6) == (row == i / 4));
      CHECK((level(tone, kKeySamples, high[row]) > -6) == (row == i % 4));
    }
  }
  CHECK(key_tone('x') == nullptr);
}

static std::string wav(int format, int channels, int rate, int bits, const std::string& data) {
  std::string file = "RIFF....WAVEfmt ";
  auto little = [&file](int value, int octets) {
    for (; octets > 0; --octets, value >>= 8) file += static_cast<char>(value & 0xFF);
  };
  little(16, 4);
  little(format, 2);
  little(channels, 2);
  little(rate, 4);
  little(rate * channels * bits / 8, 4);
  little(channels * bits / 8, 2);
  little(bits, 2);
  file += "LIST";
  little(3, 4);
  file += "abc";
  file += '\0';  // chunks are padded to even
  file += "data";
  little(static_cast<int>(data.size()), 4);
  return file + data;
}

TEST_CASE("A-law, mu-law and 16-bit WAVs are read, and nothing else") {
  CHECK(wav_to_alaw(wav(6, 1, 8000, 8, "\x2A\x55"), "x").value() == Octets{0x2A, 0x55});
  CHECK(wav_to_alaw(wav(7, 1, 8000, 8, "\xFF"), "x").value() == Octets{0xD5});
  std::string pcm("\x08\x00\xF8\xFF\x00\x7E", 6);
  CHECK(wav_to_alaw(wav(1, 1, 8000, 16, pcm), "x").value() == Octets{0xD5, 0x55, 0xAA});
  for (const auto& file :
       {wav(6, 2, 8000, 8, "ab"), wav(1, 1, 16000, 16, pcm), wav(1, 1, 8000, 8, "ab"), wav(3, 1, 8000, 32, "abcd")}) {
    auto refused = wav_to_alaw(file, "bad.wav");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::bad_data);
    CHECK(refused.error().text.find("sox 'bad.wav' -r 8000 -c 1 -e a-law") != std::string::npos);
  }
  for (const std::string& file : {std::string(), std::string("RIFF"), std::string("RIFF....WAVE"),
                                  std::string("RIFF....WAVEdata\1\0\0\0x", 21)}) {
    auto refused = wav_to_alaw(file, "bad.wav");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("'bad.wav'") != std::string::npos);
  }
}

TEST_CASE("a WAV cut short, or that claims more than it has, is what is there") {
  auto file = wav(6, 1, 8000, 8, "abcdef");
  CHECK(wav_to_alaw(file.substr(0, file.size() - 4), "x").value().size() == 2);
}

static void keep(const std::string& path, const std::string& data) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << data;
}

TEST_CASE("prompts are found by language and name, a site's own before the shipped ones") {
  TempDir dir;
  keep(dir.path + "/site/en/welcome.wav", wav(6, 1, 8000, 8, "site"));
  keep(dir.path + "/shipped/en/welcome.wav", wav(6, 1, 8000, 8, "ship"));
  keep(dir.path + "/shipped/en/bye.wav", wav(6, 1, 8000, 8, "bye!"));
  keep(dir.path + "/shipped/zh-CN/bye.wav", wav(6, 1, 8000, 8, "zai"));
  keep(dir.path + "/shipped/en/notes.txt", "not a sound");
  auto prompts = Prompts::load({dir.path + "/site", dir.path + "/none", dir.path + "/shipped"});
  REQUIRE(prompts);
  CHECK(prompts->find("en", "welcome")->alaw == Octets{'s', 'i', 't', 'e'});
  CHECK(prompts->find("en", "bye")->alaw.size() == 4);
  CHECK(prompts->find("zh-CN", "bye")->alaw.size() == 3);
  CHECK(prompts->find("zh-CN", "welcome") == nullptr);
  CHECK(prompts->find("fr", "bye") == nullptr);
  CHECK(prompts->names("en") == std::vector<std::string>{"bye", "welcome"});
  CHECK(Prompts().find("en", "bye") == nullptr);
}

TEST_CASE("one prompt that cannot be used is named when they are loaded") {
  TempDir dir;
  keep(dir.path + "/en/stereo.wav", wav(6, 2, 8000, 8, "ab"));
  auto prompts = Prompts::load({dir.path});
  REQUIRE_FALSE(prompts);
  CHECK(prompts.error().code == Errc::bad_data);
  CHECK(prompts.error().text.find("stereo.wav") != std::string::npos);
}

TEST_CASE("a sound that is missing is no_input") {
  auto missing = load_sound("/nowhere/at/all.wav");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::no_input);
}
