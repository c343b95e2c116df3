// SPDX-License-Identifier: GPL-2.0-or-later
// What cctts does: say what stands on standard input, or see whether the engine works.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "tts/tts.h"

namespace hotline::cctts {

struct Options {
  std::string config, language = "zh-CN";
  bool no_cache = false, file = false;
};

/// [tts] of the configuration; of an instance that has none, what holds without.
Result<tts::Settings> settings_of(const std::string& config);

/// Asks once, and waits for the answer.
Result<tts::File> ask(const tts::Settings& settings, const std::string& language, const std::string& text);

/// A folder for speech that is not to be kept; gone with it.
class Scratch {
 public:
  static Result<Scratch> make();
  Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  ~Scratch();
  const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

int speak(const Options& options);
int check(const std::string& config, std::vector<std::string> languages);

}  // namespace hotline::cctts
