// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "../../cmd/ccswitchd/sound_files.h"
#include "base/fd.h"

using namespace hotline;
using namespace hotline::ccswitchd;
namespace fs = std::filesystem;

namespace {

std::string little(uint32_t value, int count) {
  std::string octets;
  for (; count > 0; --count, value >>= 8) octets += static_cast<char>(value & 0xFF);
  return octets;
}

/// A WAV with this audio; `said`: the length of its data as the head has it.
std::string wav(const std::string& audio, int channels = 1, int format = 6, int rate = 8000, int bits = 8,
                const std::string& note = "", int64_t said = -1) {
  auto width = static_cast<uint32_t>(channels * bits / 8);
  std::string chunks = "WAVEfmt " + little(16, 4) + little(static_cast<uint32_t>(format), 2) +
                       little(static_cast<uint32_t>(channels), 2) + little(static_cast<uint32_t>(rate), 4) +
                       little(static_cast<uint32_t>(rate) * width, 4) + little(width, 2) +
                       little(static_cast<uint32_t>(bits), 2);
  if (!note.empty()) chunks += "note" + little(static_cast<uint32_t>(note.size()), 4) + note;
  chunks += "data" + little(static_cast<uint32_t>(said < 0 ? static_cast<int64_t>(audio.size()) : said), 4) + audio;
  return "RIFF" + little(static_cast<uint32_t>(chunks.size()), 4) + chunks;
}

struct Var {
  std::string dir;
  SoundFiles files;

  explicit Var(size_t bytes_max = 1 << 20) : dir(folder()), files(dir, bytes_max) {
    for (const char* name : {"tts/zh-CN", "spool", "recordings/2026-11-26", "messages", "journal"})
      fs::create_directories(dir + "/" + name);
  }
  ~Var() { fs::remove_all(dir); }
  static std::string folder() {
    char name[] = "/tmp/sound-files-XXXXXX";
    return ::mkdtemp(name);
  }
  void write(const std::string& name, const std::string& octets) const {
    REQUIRE(replace_file(dir + "/" + name, octets));
  }
  std::string heard(const std::string& name) {
    auto sound = files.load(name);
    REQUIRE(sound);
    return {(*sound)->alaw.begin(), (*sound)->alaw.end()};
  }
  Errc refused(const std::string& name) {
    auto sound = files.load(name);
    REQUIRE_FALSE(sound);
    return sound.error().code;
  }
};

}  // namespace

TEST_CASE("a file of one channel is played as it is, of two its left one") {
  Var var;
  var.write("tts/zh-CN/a.wav", wav("abcdef"));
  var.write("recordings/2026-11-26/b.wav", wav("LRlrLR", 2));
  var.write("messages/c.wav", wav("LRlrL", 2));
  CHECK(var.heard("tts/zh-CN/a.wav") == "abcdef");
  CHECK(var.heard("recordings/2026-11-26/b.wav") == "LlL");
  CHECK(var.heard("messages/c.wav") == "Ll");  // half a frame is none
}

TEST_CASE("a spool file is played to its end, whatever its head says") {
  Var var;
  var.write("spool/r1.wav", wav("LRlrLR", 2, 6, 8000, 8, "{\"call\":1}  ", 0));
  CHECK(var.heard("spool/r1.wav") == "LlL");
}

TEST_CASE("names lead into four folders and nowhere else") {
  Var var;
  for (const char* name : {"tts/zh-CN/a.wav", "spool/x.wav", "recordings/2026/x.wav", "messages/x.wav"})
    CHECK(wrong_file_name(name) == "");
  for (const char* name :
       {"", "/etc/passwd", "tts", "tts/", "journal/x.wav", "../tts/x.wav", "tts/../journal/x.wav", "tts/./x.wav",
        "tts//x.wav", "tts/.making", "hotline.db", "tts/x/", "TTS/x.wav", "tts/a/b/c/d/e/f/g/x.wav"}) {
    CAPTURE(name);
    CHECK(wrong_file_name(name) != "");
    CHECK(var.refused(name) == Errc::bad_data);
  }
  CHECK(wrong_file_name("tts/" + std::string(600, 'x')) != "");
  CHECK(wrong_file_name(std::string("tts/a\0b", 7)) != "");
}

TEST_CASE("links are not followed, and what is no file is not waited for") {
  Var var;
  var.write("journal/secret.wav", wav("secret"));
  fs::create_symlink("../journal/secret.wav", var.dir + "/tts/link.wav");
  fs::create_symlink("../journal", var.dir + "/tts/journal");
  REQUIRE(::mkfifo((var.dir + "/tts/fifo.wav").c_str(), 0600) == 0);
  CHECK(var.refused("tts/link.wav") == Errc::no_input);
  CHECK(var.refused("tts/journal/secret.wav") == Errc::no_input);
  CHECK(var.refused("tts/fifo.wav") == Errc::bad_data);
  CHECK(var.refused("tts/zh-CN") == Errc::bad_data);
  CHECK(var.refused("tts/nothing.wav") == Errc::no_input);
  CHECK(var.refused("tts/zh-CN/nothing/x.wav") == Errc::no_input);
}

TEST_CASE("a folder may be a link of the site's, to another disk") {
  Var var;
  fs::rename(var.dir + "/recordings", var.dir + "/elsewhere");
  fs::create_directory_symlink(var.dir + "/elsewhere", var.dir + "/recordings");
  var.write("recordings/2026-11-26/b.wav", wav("abc"));
  CHECK(var.heard("recordings/2026-11-26/b.wav") == "abc");
}

TEST_CASE("other forms than A-law at 8 kHz are refused") {
  Var var;
  int number = 0;
  for (const auto& octets : {wav("abcdef", 1, 1, 8000, 16), wav("abcdef", 1, 7), wav("abcdef", 1, 6, 16000),
                             wav("abcdef", 3), wav("abcdef", 0), wav(""), std::string("no WAV"), std::string()}) {
    std::string name = "tts/" + std::to_string(++number) + ".wav";
    CAPTURE(name);
    var.write(name, octets);
    CHECK(var.refused(name) == Errc::bad_data);
  }
  var.write("tts/big.wav", wav("abc"));
  REQUIRE(::truncate((var.dir + "/tts/big.wav").c_str(), SoundFiles::kFileBytesMax + 1) == 0);
  CHECK(var.refused("tts/big.wav") == Errc::bad_data);
}

TEST_CASE("what was played last is remembered, so many octets of it, and what has changed is loaded again") {
  Var var(10);
  for (const char* name : {"a", "b", "c"}) var.write("tts/" + std::string(name) + ".wav", wav(std::string(4, name[0])));
  auto a = *var.files.load("tts/a.wav");
  CHECK(*var.files.load("tts/a.wav") == a);
  auto b = *var.files.load("tts/b.wav");
  CHECK(var.files.bytes() == 8);
  CHECK(*var.files.load("tts/a.wav") == a);  // and so b is the older one
  CHECK(var.files.load("tts/c.wav"));
  CHECK(var.files.bytes() == 8);
  CHECK(*var.files.load("tts/a.wav") == a);
  CHECK(*var.files.load("tts/b.wav") != b);
  var.write("tts/a.wav", wav("AAAAAA"));
  CHECK(var.heard("tts/a.wav") == "AAAAAA");
  CHECK(var.files.bytes() <= 10);
  var.write("tts/long.wav", wav(std::string(11, 'x')));
  CHECK(var.heard("tts/long.wav").size() == 11);
  CHECK(var.files.bytes() <= 10);
  fs::remove(var.dir + "/tts/a.wav");
  CHECK(var.refused("tts/a.wav") == Errc::no_input);
}
