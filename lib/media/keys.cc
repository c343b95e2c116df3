// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/keys.h"

#include <spandsp.h>

#include <algorithm>
#include <cstring>

#include "base/require.h"
#include "media/g711.h"
#include "media/tones.h"

namespace hotline::media {

// A key is at least -42 dBm0 in the receiver; half a segment above silence is far below that.
static constexpr int kLoudnessOfAKey = 8;
// The receiver works in blocks of 102 samples and needs two for a decision: after these many it has seen the end.
static constexpr int kQuietSamples = 4 * 102;

void KeyDetector::Free::operator()(dtmf_rx_state_s* receiver) const { dtmf_rx_free(receiver); }

KeyDetector::KeyDetector() : receiver_(dtmf_rx_init(nullptr, nullptr, nullptr)) {
  require(receiver_);
  dtmf_rx_set_realtime_callback(receiver_.get(), heard, this);
}

KeyDetector::~KeyDetector() = default;

void KeyDetector::heard(void* detector, int key, int /*level*/, int /*delay*/) {
  auto& self = *static_cast<KeyDetector*>(detector);
  auto add = [&](Change change) {
    if (self.count_ < static_cast<int>(self.changes_.size()))
      self.changes_[static_cast<size_t>(self.count_++)] = change;
  };
  if (self.key_ != 0) add({false, self.key_, self.duration_ms()});
  self.key_ = static_cast<char>(key);
  self.pressed_at_ = self.heard_;
  if (key != 0) add({true, self.key_, 0});
}

bool KeyDetector::still(const uint8_t* alaw, int samples) {
  int loudest = 0;
  for (int i = 0; i < samples; ++i) loudest = std::max(loudest, alaw_loudness(alaw[i]));
  if (loudest >= kLoudnessOfAKey) {
    quiet_ = 0;
    return false;
  }
  if (quiet_ >= kQuietSamples) return true;
  quiet_ += samples;
  return false;
}

void KeyDetector::hear(const uint8_t* alaw, int samples) {
  int16_t linear[160];
  require(samples <= 160);
  for (int i = 0; i < samples; ++i) linear[i] = kAlawToLinear[alaw[i]];
  idle_ = false;
  heard_ += samples;
  dtmf_rx(receiver_.get(), linear, samples);
}

void KeyDetector::reset() {
  key_ = 0;
  idle_ = true;
  quiet_ = kQuietSamples;
  dtmf_rx_init(receiver_.get(), nullptr, nullptr);
  dtmf_rx_set_realtime_callback(receiver_.get(), heard, this);
}

bool KeySender::add(std::string_view keys) {
  for (char key : keys) {
    if (!key_tone(key)) continue;
    if (count_ == kKeysMax) return false;
    keys_[(first_ + count_++) % kKeysMax] = key;
  }
  return true;
}

char KeySender::take() {
  if (count_ == 0) return 0;
  char key = keys_[first_];
  first_ = (first_ + 1) % kKeysMax;
  --count_;
  at_ = 0;
  return key;
}

int KeySender::render(uint8_t* out, int samples) {
  int filled = 0;
  while (filled < samples && count_ > 0) {
    bool tone = at_ < kKeySamples;
    int left = (tone ? kKeySamples : kKeySamples + kKeyGapSamples) - at_;
    int now = std::min(left, samples - filled);
    if (tone) {
      std::memcpy(out + filled, key_tone(keys_[first_]) + at_, static_cast<size_t>(now));
    } else {
      std::memset(out + filled, kAlawSilence, static_cast<size_t>(now));
    }
    filled += now;
    at_ += now;
    if (at_ == kKeySamples + kKeyGapSamples) take();
  }
  return filled;
}

}  // namespace hotline::media
