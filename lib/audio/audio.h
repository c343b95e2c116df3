// SPDX-License-Identifier: GPL-2.0-or-later
// Room audio: recorded files: from the spool to the form that is kept, levels, export. Knows libsox (in sox.cc alone)
// and the layout of WAV files; libsodium for a file's hash. Refuses to know what a call is and where files belong.
//
// Threads: libsox keeps process-global state (sox_init, its message handler, its table of formats), which is made once,
// at the first use. All functions below that convert or measure take one lock: one at a time in a process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::audio {

inline constexpr int kRate = 8000;

/// What a spool file holds (media.h draws it): A-law (ITU-T G.711), 8 kHz, left and right octet by turns.
struct Spool {
  std::string about;   ///< the JSON text of its "note" chunk
  int64_t frames = 0;  ///< whole frames really there, whatever its header says
  bool torn = false;   ///< half a frame follows the last whole one
};
/// `bad_data` when it is no such file.
Result<Spool> inspect_spool(const std::string& path);

/// Loudness of one channel in dB below full scale (0 is the loudest a sample can be); -100 is digital silence.
struct Level {
  double peak_db = -100, rms_db = -100;
};
struct Facts {
  int64_t frames = 0, ms = 0, bytes = 0;
  int channels = 0;
  Level level[2];  ///< left (or the only one), right
};
/// Reads a whole audio file. `no_input` when it is missing, `bad_data` when libsox cannot read it.
Result<Facts> measure(const std::string& path);

/// Makes `wav` of a spool file: the same A-law octets to the last whole frame under a right header, on the disk (fsync)
/// when it returns. `bad_data`: the spool file is damaged; any other error (`io`: disk full) is worth another try.
Result<Facts> keep(const std::string& spool, const std::string& wav);

enum class Channels { both, left, right, mixed };
/// Joins recordings in order and writes them to `output`, whose ending says the format (.wav, .flac, .ogg, .mp3 where
/// libsox has it). WAV stays A-law; mixed is the mean of both channels. `usage` for an ending that libsox cannot write.
Result<void> export_files(const std::vector<std::string>& inputs, const std::string& output, Channels channels);

/// What a voice may say in one piece.
inline constexpr int64_t kSpeechSecondsMax = 120;
/// Makes `wav` of what a text-to-speech engine wrote, a WAV of any rate, encoding and number of channels in memory: A-law,
/// 8 kHz, mono, silence cut off at both ends but for 30 and 60 ms, and as loud as the prompts are (peak -5 dBFS). On the
/// disk when it returns. The length in its head is not believed: who writes into a pipe does not know it. `bad_data` when
/// it is no WAV, is silent, or lasts too long; any other error is the disk's.
Result<Facts> keep_speech(std::string_view file, const std::string& wav);
/// How many milliseconds of speech such a file has. `bad_data` when it is none or is not whole.
Result<int64_t> inspect_speech(const std::string& wav);

/// SHA-256 of a file's octets, 64 hex digits; and of those given.
Result<std::string> sha256_file(const std::string& path);
std::string sha256(std::string_view octets);

}  // namespace hotline::audio
