// SPDX-License-Identifier: GPL-2.0-or-later
// Inside room tts: the folder of what has been said. Blocks on the disk; any thread.
//
//     <folder>/<language>/<hash>.wav       whole, and what it is called; its time is that of its last use
//     <folder>/<language>/.<hash>.PID.N    being made; left by who was killed, removed an hour later
//
// Several processes may use one folder: files appear by rename, and one that another has removed is made anew.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::tts {

class Cache {
 public:
  Cache(std::string folder, int64_t bytes_max) : folder_(std::move(folder)), bytes_max_(bytes_max) {}

  std::string path(const std::string& language, const std::string& hash) const;
  /// True when it is there and whole; then it has just been used. One that is damaged is removed.
  bool find(const std::string& path) const;
  /// Makes the file of an engine's output, then removes what has not been used for longest until all fits.
  /// `unavailable` when the output is no speech.
  Result<void> keep(const std::string& path, std::string_view wav) const;

 private:
  void shrink(const std::string& spared) const;

  std::string folder_;
  int64_t bytes_max_;
};

/// What a text is called: over the program with its arguments (the voice is one of them) and its stamp, the language
/// and the text.
std::string hash_of(const std::vector<std::string>& command, const std::string& stamp, const std::string& language,
                    const std::string& text);
/// The size and time of change of the program, "" when it is not found: a script that was edited has another voice.
std::string stamp_of(const std::string& program);

}  // namespace hotline::tts
