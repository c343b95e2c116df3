// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "media/media.h"

namespace hotline::media {

/// One whole cadence of a tone, so that playing it round and round is right; made once. Call tones have -10 dBm0
/// (GB/T 3380: -10 ± 3 dBm0), where 0 dBm0 is 3.14 dB below a full A-law sine (ITU-T G.711 §5).
const std::vector<uint8_t>& tone_cadence(Tone tone);

/// How long one key lasts and how long the pause after it is, when we are the sender: ITU-T Q.24 wants receivers to
/// take 40 ms and more of each.
inline constexpr int kKeySamples = 800, kKeyGapSamples = 800;

/// A second of a key's two tones (ITU-T Q.23), -7 dBm0 each, made once; null for what is no key. All eight frequencies
/// are whole numbers, so that it may be gone round and round.
inline constexpr int kKeyCycle = 8000;
const uint8_t* key_tone(char key);

/// A list of sounds, tones and silences as one stream of samples. After the constructor nothing is allocated.
class Playlist {
 public:
  Playlist() = default;
  /// Items without length are left out.
  Playlist(std::vector<PlayItem> items, bool loop);

  /// Fills at most `samples` and says how many; fewer means that it has ended.
  int render(uint8_t* out, int samples);
  int64_t rendered() const { return rendered_; }
  int64_t length() const;  ///< of one round

 private:
  std::vector<PlayItem> items_;
  bool loop_ = false;
  size_t item_ = 0;
  int64_t offset_ = 0, rendered_ = 0;
};

}  // namespace hotline::media
