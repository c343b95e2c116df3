// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "media/media.h"
#include "media/tone_plans.h"

namespace hotline::media {

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
  /// Items without length are left out. The tones are kept for as long as the list.
  Playlist(std::vector<PlayItem> items, bool loop, const ToneSet& tones);

  /// Fills at most `samples` and says how many; fewer means that it has ended.
  int render(uint8_t* out, int samples);
  int64_t rendered() const { return rendered_; }
  int64_t length() const;  ///< of one round

 private:
  struct Part {
    SoundPtr sound;  ///< keeps `octets`, unless they are a tone's
    const std::vector<uint8_t>* octets = nullptr;  ///< go round; null: silence
    int64_t length = 0;
  };
  static void copy(const Part& part, int64_t offset, uint8_t* out, int samples);

  std::vector<Part> parts_;
  bool loop_ = false;
  size_t part_ = 0;
  int64_t offset_ = 0, rendered_ = 0;
};

/// Copies from `sound`, which goes round, from `at` on, and moves `at`.
void copy_round(const std::vector<uint8_t>& sound, size_t& at, uint8_t* out, int samples);

}  // namespace hotline::media
