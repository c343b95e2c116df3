// SPDX-License-Identifier: GPL-2.0-or-later
// Speech for the tests, spoken by espeak-ng as the prompts are, and the house's own music and prompts' texts.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "media_fake.h"

namespace hotline::media::test {

inline std::string project() {
  std::string here = __FILE__;
  return here.substr(0, here.rfind("tests/unit/"));
}

/// What a command writes, as A-law.
inline Octets output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  require(pipe);
  Octets all;
  uint8_t part[65536];
  for (size_t got; (got = std::fread(part, 1, sizeof part, pipe)) > 0;) all.insert(all.end(), part, part + got);
  require(::pclose(pipe) == 0);
  return all;
}

inline constexpr const char* kToAlaw = "sox -D -t wav - -t raw -r 8000 -e a-law -b 8 -c 1 - gain -n -3";

/// A text read by a voice of espeak-ng: "en", "de", "en+f3".
inline Octets speech(const std::string& voice, const std::string& text) {
  char name[] = "/tmp/hotline-speech-XXXXXX";
  int fd = ::mkstemp(name);
  require(fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(fd);
  auto audio = output_of(std::string("espeak-ng -v ") + voice + " -f " + name + " --stdout | " + kToAlaw);
  ::unlink(name);
  return audio;
}

inline std::string file_text(const std::string& path) {
  std::ifstream file(project() + path);
  std::stringstream text;
  text << file.rdbuf();
  require(!text.str().empty());
  return text.str();
}

/// All prompts of a language, one after the other.
inline std::string prompts_text(const std::string& language) {
  std::stringstream table(file_text("share/prompts/" + language + ".tsv"));
  std::string text;
  for (std::string line; std::getline(table, line);) {
    size_t tab = line.find('\t');
    if (!line.empty() && line[0] != '#' && tab != std::string::npos) text += line.substr(tab + 1) + "\n";
  }
  return text;
}

inline Octets house_music() {
  TempDir folder;
  return output_of(project() + "share/prompts/make-music " + folder.path + "/music.wav >/dev/null && " + "cat " +
                   folder.path + "/music.wav | " + kToAlaw);
}

}  // namespace hotline::media::test
