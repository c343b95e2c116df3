// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::media {

/// What a RIFF WAVE file's head says, and where its audio lies in it.
struct WavView {
  int format = 0;  ///< 1 PCM, 6 A-law, 7 mu-law (RFC 2361)
  int channels = 0;
  int rate = 0;
  int bits = 0;
  std::string_view data;  ///< at most what is there: a file cut short is read to its end
  std::string_view note;  ///< a "note" chunk, as spool files have one
};

/// Walks the chunks; `bad_data` when it is no WAV or has no audio. Sizes that lie are held against the file's length.
Result<WavView> parse_wav(std::string_view file);

/// The audio of an 8 kHz mono WAV as A-law. `bad_data` with the remedy for another form; `path` is for that text.
Result<std::vector<uint8_t>> wav_to_alaw(std::string_view file, const std::string& path);

}  // namespace hotline::media
