// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "audio/audio.h"
#include "base/fd.h"

using namespace hotline;

namespace {

struct AudioFolder {
  std::string dir;
  AudioFolder() {
    char name[] = "/tmp/audio-XXXXXX";
    dir = ::mkdtemp(name);
  }
  ~AudioFolder() { std::filesystem::remove_all(dir); }
  std::string write(const std::string& name, const std::string& octets) const {
    REQUIRE(replace_file(dir + "/" + name, octets));
    return dir + "/" + name;
  }
};

std::string octets_of(const std::string& path) {
  auto data = read_file(path);
  REQUIRE(data);
  return *data;
}

std::string little(uint32_t value, int count) {
  std::string octets;
  for (; count > 0; --count, value >>= 8) octets += static_cast<char>(value & 0xFF);
  return octets;
}

/// A spool file as media.h draws it, with the sizes of one that was killed in its first second: zero.
std::string spool_of(const std::string& frames, const std::string& about = "{\"call\":\"0b1c2d3e4f5g6\"}") {
  std::string head = "RIFF" + little(0, 4) + "WAVEfmt " + little(18, 4) + little(6, 2) + little(2, 2) +
                     little(8000, 4) + little(16000, 4) + little(2, 2) + little(8, 2) + little(0, 2) + "fact" +
                     little(4, 4) + little(0, 4);
  std::string note = about;
  note.resize(4096 - 8 - (head.size() + 8), ' ');
  head += "note" + little(static_cast<uint32_t>(note.size()), 4) + note + "data" + little(0, 4);
  REQUIRE(head.size() == 4096);
  return head + frames;
}

/// Every A-law octet in the left channel, each beside every eighth in the right.
std::string every_octet() {
  std::string frames;
  for (int i = 0; i < 256; ++i)
    for (int j = 0; j < 256; j += 8) frames += {static_cast<char>(i), static_cast<char>(j ^ (i & 7))};
  return frames;
}

/// The octets after the header that libsox writes.
std::string audio_of(const std::string& wav) {
  auto octets = octets_of(wav);
  auto at = octets.find("data");
  REQUIRE(at != std::string::npos);
  uint32_t size = 0;
  for (int i = 3; i >= 0; --i) size = size << 8 | static_cast<uint8_t>(octets[at + 4 + static_cast<size_t>(i)]);
  REQUIRE(octets.size() >= at + 8 + size);
  return octets.substr(at + 8, size);
}

// A-law (ITU-T G.711, table 1a, with even bits inverted): 0xAA is the loudest positive code, 0xD5 the quietest.
constexpr char kLoud = static_cast<char>(0xAA), kQuiet = static_cast<char>(0xD5);

}  // namespace

TEST_CASE("a spool file with sizes of zero is kept octet for octet, under a right header") {
  AudioFolder folder;
  auto frames = every_octet();
  auto facts = audio::keep(folder.write("a.wav", spool_of(frames)), folder.dir + "/b.wav");
  REQUIRE(facts);
  CHECK(facts->frames == 8192);
  CHECK(facts->ms == 1024);
  CHECK(facts->channels == 2);
  CHECK(audio_of(folder.dir + "/b.wav") == frames);
  CHECK(facts->bytes == static_cast<int64_t>(octets_of(folder.dir + "/b.wav").size()));
  auto measured = audio::measure(folder.dir + "/b.wav");
  REQUIRE(measured);
  CHECK(measured->frames == 8192);
  CHECK(measured->channels == 2);
}

TEST_CASE("half a frame at the end is left away") {
  AudioFolder folder;
  auto path = folder.write("a.wav", spool_of("\x01\x02\x03\x04\x05"));
  auto inside = audio::inspect_spool(path);
  REQUIRE(inside);
  CHECK(inside->frames == 2);
  CHECK(inside->torn);
  auto facts = audio::keep(path, folder.dir + "/b.wav");
  REQUIRE(facts);
  CHECK(facts->frames == 2);
  CHECK(audio_of(folder.dir + "/b.wav") == "\x01\x02\x03\x04");
}

TEST_CASE("a spool file without a frame becomes an empty recording") {
  AudioFolder folder;
  auto facts = audio::keep(folder.write("a.wav", spool_of("")), folder.dir + "/b.wav");
  REQUIRE(facts);
  CHECK(facts->ms == 0);
  CHECK(audio_of(folder.dir + "/b.wav") == "");
}

TEST_CASE("a spool file tells what it is about") {
  AudioFolder folder;
  auto inside = audio::inspect_spool(folder.write("a.wav", spool_of("", "{\"call\":\"x\",\"from\":\"13800138000\"}")));
  REQUIRE(inside);
  CHECK(inside->about == "{\"call\":\"x\",\"from\":\"13800138000\"}");
}

TEST_CASE("what is no spool file is refused as damaged") {
  AudioFolder folder;
  auto good = spool_of("abcd");
  std::string mono = good, linear = good, riff = good, chunk = good;
  mono[22] = 1;
  linear[20] = 1;
  riff[0] = 'X';
  chunk[16] = '\x7F', chunk[19] = '\x7F';
  for (const auto& octets :
       {std::string(), std::string("RIFF"), good.substr(0, 4095), mono, linear, riff, chunk, std::string(8192, '\0')}) {
    auto path = folder.write("a.wav", octets);
    auto inside = audio::inspect_spool(path);
    REQUIRE_FALSE(inside);
    CHECK(inside.error().code == Errc::bad_data);
    auto facts = audio::keep(path, folder.dir + "/b.wav");
    REQUIRE_FALSE(facts);
    CHECK(facts.error().code == Errc::bad_data);
  }
  CHECK(audio::inspect_spool(folder.dir + "/none.wav").error().code == Errc::no_input);
}

TEST_CASE("a recording that cannot be written is worth another try, not damaged") {
  AudioFolder folder;
  auto path = folder.write("a.wav", spool_of("abcd"));
  auto nowhere = audio::keep(path, folder.dir + "/no/b.wav");
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == Errc::io);
  auto full = audio::keep(folder.write("c.wav", spool_of(std::string(200000, 'x'))), "/dev/full");
  REQUIRE_FALSE(full);
  CHECK(full.error().code == Errc::io);
}

TEST_CASE("levels are of each channel, in dB below full scale") {
  AudioFolder folder;
  std::string frames;
  for (int i = 0; i < 8000; ++i) frames += {static_cast<char>(i % 2 ? kLoud : kLoud ^ 0x80), kQuiet};
  REQUIRE(audio::keep(folder.write("a.wav", spool_of(frames)), folder.dir + "/b.wav"));
  auto facts = audio::measure(folder.dir + "/b.wav");
  REQUIRE(facts);
  // The loudest A-law code stands for 4032 of 4096 (G.711, table 1a): -0.14 dB; the quietest for 1: -72.2 dB.
  CHECK(facts->level[0].rms_db == doctest::Approx(-0.137).epsilon(0.01));
  CHECK(facts->level[0].peak_db == doctest::Approx(-0.137).epsilon(0.01));
  CHECK(facts->level[1].rms_db == doctest::Approx(-72.25).epsilon(0.01));
}

TEST_CASE("exports take the left, the right, the mean, or both, and join in order") {
  AudioFolder folder;
  auto one = folder.dir + "/1.wav", two = folder.dir + "/2.wav";
  std::string first, second;
  for (int i = 0; i < 800; ++i) first += {kLoud, kQuiet}, second += {kQuiet, kLoud};
  REQUIRE(audio::keep(folder.write("s1.wav", spool_of(first)), one));
  REQUIRE(audio::keep(folder.write("s2.wav", spool_of(second)), two));

  REQUIRE(audio::export_files({one, two}, folder.dir + "/both.wav", audio::Channels::both));
  CHECK(audio_of(folder.dir + "/both.wav") == first + second);
  REQUIRE(audio::export_files({one, two}, folder.dir + "/left.wav", audio::Channels::left));
  CHECK(audio_of(folder.dir + "/left.wav") == std::string(800, kLoud) + std::string(800, kQuiet));
  REQUIRE(audio::export_files({one}, folder.dir + "/right.wav", audio::Channels::right));
  CHECK(audio_of(folder.dir + "/right.wav") == std::string(800, kQuiet));
  REQUIRE(audio::export_files({one}, folder.dir + "/mixed.wav", audio::Channels::mixed));
  auto mixed = audio::measure(folder.dir + "/mixed.wav");
  REQUIRE(mixed);
  CHECK(mixed->channels == 1);
  CHECK(mixed->level[0].rms_db == doctest::Approx(-6.2).epsilon(0.02));  // half of full scale
}

TEST_CASE("an export to FLAC can be read again and loses nothing of A-law's range") {
  AudioFolder folder;
  auto wav = folder.dir + "/1.wav";
  REQUIRE(audio::keep(folder.write("s.wav", spool_of(every_octet())), wav));
  REQUIRE(audio::export_files({wav}, folder.dir + "/1.flac", audio::Channels::both));
  REQUIRE(audio::export_files({folder.dir + "/1.flac"}, folder.dir + "/2.wav", audio::Channels::both));
  CHECK(audio_of(folder.dir + "/2.wav") == every_octet());
}

TEST_CASE("an ending that libsox cannot write is the user's mistake; a missing input is said") {
  AudioFolder folder;
  auto wav = folder.dir + "/1.wav";
  REQUIRE(audio::keep(folder.write("s.wav", spool_of("ab")), wav));
  auto ending = audio::export_files({wav}, folder.dir + "/1.docx", audio::Channels::both);
  REQUIRE_FALSE(ending);
  CHECK(ending.error().code == Errc::usage);
  auto missing = audio::export_files({folder.dir + "/none.wav"}, folder.dir + "/2.wav", audio::Channels::both);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::no_input);
  auto text = audio::measure(folder.write("t.wav", "this is no audio at all, just text"));
  REQUIRE_FALSE(text);
  CHECK(text.error().code == Errc::bad_data);
}

TEST_CASE("the hash of a file is SHA-256") {
  AudioFolder folder;
  auto hash = audio::sha256_file(folder.write("a", "abc"));  // FIPS 180-2, appendix B.1
  REQUIRE(hash);
  CHECK(*hash == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
