// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "media/tones.h"

namespace hotline::media {

/// Keys that wait to be sent, one after the other. Each has a length, or is held down by somebody and lasts until they
/// let go. What is no key, or does not fit any more, is left out.
class KeyQueue {
 public:
  static constexpr size_t kKeysMax = 64;
  static constexpr int kShortest = 400, kShortestGap = 400;  ///< samples; of a key that is passed on: 50 ms
  static constexpr int kLongest = 30 * 8000;                 ///< of a key that nobody lets go

  bool add(std::string_view keys);      ///< kKeySamples each and kKeyGapSamples of pause. Says whether all fitted
  bool press(char key);                 ///< held from its turn on
  void release(char key, int samples);  ///< the key last pressed was held for so long
  void release_all();                   ///< nobody holds any key any more

  bool empty() const { return count_ == 0; }
  char key() const { return keys_[first_].key; }  ///< the first; there is one
  int samples() const;                            ///< how long it is to last, as far as is known now
  int gap() const { return keys_[first_].passed_on ? kShortestGap : kKeyGapSamples; }
  void pop();

 private:
  struct Key {
    char key;
    bool passed_on;
    uint16_t ms;  // 0: held
  };
  bool push(Key key);
  std::array<Key, kKeysMax> keys_{};
  uint8_t first_ = 0, count_ = 0;
};

/// Keys sent in band, from ready-made tones.
class KeySender {
 public:
  KeyQueue keys;
  bool sending() const { return !keys.empty(); }
  /// Fills at most `samples`; fewer when the last key's pause is over.
  int render(uint8_t* out, int samples);

 private:
  int at_ = 0;  // samples of the first key already sent, or of its pause
  bool pausing_ = false;
};

}  // namespace hotline::media
