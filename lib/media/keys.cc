// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/keys.h"

#include <algorithm>
#include <cstring>

#include "media/g711.h"
#include "media/tones.h"

namespace hotline::media {

bool KeyQueue::push(Key key) {
  if (count_ == kKeysMax) return false;
  keys_[(first_ + count_++) % kKeysMax] = key;
  return true;
}

bool KeyQueue::add(std::string_view keys) {
  for (char key : keys) {
    if (key_tone(key) && !push({key, false, kKeySamples / 8})) return false;
  }
  return true;
}

bool KeyQueue::press(char key) {
  release_all();
  return key_tone(key) && push({key, true, 0});
}

void KeyQueue::release(char key, int samples) {
  for (size_t i = count_; i-- > 0;) {
    Key& one = keys_[(first_ + i) % kKeysMax];
    if (one.ms == 0 && one.key == key) {
      one.ms = static_cast<uint16_t>(std::clamp(samples, kShortest, kLongest) / 8);
      return;
    }
  }
}

void KeyQueue::release_all() {
  for (size_t i = 0; i < count_; ++i) {
    Key& one = keys_[(first_ + i) % kKeysMax];
    if (one.ms == 0) one.ms = kShortest / 8;
  }
}

int KeyQueue::samples() const { return keys_[first_].ms == 0 ? kLongest : keys_[first_].ms * 8; }

void KeyQueue::pop() {
  first_ = static_cast<uint8_t>((first_ + 1) % kKeysMax);
  --count_;
}

// A key that was let go while it was sent ends at once: what has been sent is its length.
int KeySender::render(uint8_t* out, int samples) {
  int filled = 0;
  while (filled < samples && !keys.empty()) {
    int tone = keys.samples();
    if (!pausing_ && at_ >= tone) {
      pausing_ = true;
      at_ = 0;
    }
    int left = pausing_ ? keys.gap() - at_ : std::min(tone - at_, kKeyCycle - at_ % kKeyCycle);
    int now = std::min(left, samples - filled);
    if (pausing_) {
      std::memset(out + filled, kAlawSilence, static_cast<size_t>(now));
    } else {
      std::memcpy(out + filled, key_tone(keys.key()) + at_ % kKeyCycle, static_cast<size_t>(now));
    }
    filled += now;
    at_ += now;
    if (pausing_ && at_ >= keys.gap()) {
      keys.pop();
      pausing_ = false;
      at_ = 0;
    }
  }
  return filled;
}

}  // namespace hotline::media
