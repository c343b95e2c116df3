// SPDX-License-Identifier: GPL-2.0-or-later
// What engines write, in every form they may write it, made into what a line carries.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "audio/audio.h"
#include "base/fd.h"

using namespace hotline;

namespace {

struct SpeechFolder {
  std::string dir;
  SpeechFolder() {
    char name[] = "/tmp/speech-XXXXXX";
    dir = ::mkdtemp(name);
  }
  ~SpeechFolder() { std::filesystem::remove_all(dir); }
};

std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string all;
  char part[65536];
  for (size_t got; (got = std::fread(part, 1, sizeof part, pipe)) > 0;) all.append(part, got);
  REQUIRE(::pclose(pipe) == 0);
  return all;
}

/// A second of 440 Hz with half a second of silence at both ends, as sox writes it with these options.
std::string tone(const std::string& form, const std::string& effects = "gain -9") {
  return output_of("sox -D -n " + form + " -t wav - synth 1 sine 440 " + effects + " pad 0.5 0.5 2>/dev/null");
}

}  // namespace

TEST_CASE("a WAV of any form becomes A-law at 8 kHz, mono, without its silence, as loud as a prompt") {
  for (const char* form : {"-r 22050 -c 1 -b 16 -e signed", "-r 44100 -c 2 -b 24 -e signed",
                           "-r 48000 -c 6 -b 16 -e signed", "-r 8000 -c 1 -b 8 -e a-law", "-r 8000 -c 1 -b 8 -e mu-law",
                           "-r 16000 -c 1 -b 32 -e float", "-r 11025 -c 1 -b 8 -e unsigned"}) {
    CAPTURE(form);
    SpeechFolder folder;
    std::string file = folder.dir + "/x.wav";
    auto facts = audio::keep_speech(tone(form), file);
    REQUIRE(facts);
    CHECK(facts->ms >= 1080);
    CHECK(facts->ms <= 1110);
    auto measured = audio::measure(file);
    REQUIRE(measured);
    CHECK(measured->channels == 1);
    CHECK(measured->frames == facts->frames);
    CHECK(measured->level[0].peak_db == doctest::Approx(-5).epsilon(0.1));
    CHECK(*audio::inspect_speech(file) == facts->ms);
    std::string crossings = output_of("sox " + file + " -n stat 2>&1 | awk '/Rough/ {print $3}'");
    CHECK(std::abs(std::stoi(crossings) - 440) < 20);
  }
}

TEST_CASE("too loud and too quiet speech is as loud as all") {
  for (const char* gain : {"gain 0", "gain -30"}) {
    SpeechFolder folder;
    REQUIRE(audio::keep_speech(tone("-r 22050 -c 1 -b 16", gain), folder.dir + "/x.wav"));
    CHECK(audio::measure(folder.dir + "/x.wav")->level[0].peak_db == doctest::Approx(-5).epsilon(0.1));
  }
}

TEST_CASE("a length that its writer did not know, or got wrong, is not believed") {
  std::string right = tone("-r 22050 -c 1 -b 16");
  auto with_lengths = [&](const char* riff, const char* data) {
    std::string wav = right;
    wav.replace(4, 4, std::string(riff, 4));
    wav.replace(wav.find("data") + 4, 4, std::string(data, 4));
    return wav;
  };
  SpeechFolder folder;
  auto plain = audio::keep_speech(right, folder.dir + "/plain.wav");
  REQUIRE(plain);
  for (auto [riff, data] : {std::pair("\x24\xf0\xff\x7f", "\x00\xf0\xff\x7f"),
                            std::pair("\xff\xff\xff\xff", "\xff\xff\xff\xff"), std::pair("\0\0\0\0", "\0\0\0\0")}) {
    auto facts = audio::keep_speech(with_lengths(riff, data), folder.dir + "/x.wav");
    REQUIRE(facts);
    CHECK(facts->frames == plain->frames);
  }
}

TEST_CASE("what is no speech is refused") {
  SpeechFolder folder;
  std::string file = folder.dir + "/x.wav";
  auto code = [&](const std::string& octets) {
    auto facts = audio::keep_speech(octets, file);
    return facts ? Errc::bug : facts.error().code;
  };
  std::string good = tone("-r 22050 -c 1 -b 16");
  CHECK(code("") == Errc::bad_data);
  CHECK(code("hello") == Errc::bad_data);
  CHECK(code(good.substr(0, 20)) == Errc::bad_data);
  CHECK(code(good.substr(0, 44)) == Errc::bad_data);
  CHECK(code("RIFF" + std::string(2000, '\0')) == Errc::bad_data);
  CHECK(code(tone("-r 8000 -c 1 -b 16", "gain -90")) == Errc::bad_data);
  CHECK(code(output_of("sox -D -n -r 8000 -c 1 -b 8 -e a-law -t wav - synth 121 sine 440 2>/dev/null")) ==
        Errc::bad_data);
  CHECK_FALSE(std::filesystem::exists(file));
  auto no_folder = audio::keep_speech(good, folder.dir + "/missing/x.wav");
  REQUIRE_FALSE(no_folder);
  CHECK(no_folder.error().code == Errc::io);
}

TEST_CASE("a speech file is whole or none") {
  SpeechFolder folder;
  std::string file = folder.dir + "/x.wav";
  REQUIRE(audio::keep_speech(tone("-r 22050 -c 1 -b 16"), file));
  auto whole = *read_file(file);
  CHECK(audio::inspect_speech(file));
  auto is = [&](const std::string& octets) {
    REQUIRE(replace_file(file, octets));
    return static_cast<bool>(audio::inspect_speech(file));
  };
  CHECK(is(whole));
  CHECK_FALSE(is(""));
  CHECK_FALSE(is(whole.substr(0, whole.size() - 1)));
  CHECK_FALSE(is(whole.substr(0, 57)));
  CHECK_FALSE(is(whole + "xx"));
  CHECK_FALSE(is(tone("-r 8000 -c 2 -b 8 -e a-law")));
  CHECK_FALSE(is(tone("-r 8000 -c 1 -b 16")));
  auto missing = audio::inspect_speech(folder.dir + "/nothing.wav");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::no_input);
}

TEST_CASE("the hash of octets is that of a file of them") {
  SpeechFolder folder;
  REQUIRE(replace_file(folder.dir + "/x", "abc"));
  CHECK(audio::sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(audio::sha256("abc") == *audio::sha256_file(folder.dir + "/x"));
}
