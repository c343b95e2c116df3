// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/tones.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>

#include "media/g711.h"

namespace hotline::media {

static constexpr double kPeakLevel = 3.14;  // dBm0 of a sine whose peak is the largest A-law code
static constexpr double kToneLevel = -10;
static constexpr double kKeyLevel =
    -7.0;  // dBm0 of each of a key's two tones; GB/T 3378: -6 and -4 at the telephone set
static constexpr std::string_view kKeys = "0123456789*#ABCD";

static double amplitude_of(double dbm0) { return 32256 * std::pow(10, (dbm0 - kPeakLevel) / 20); }

static std::vector<uint8_t> sine(double hertz, int on, int off) {
  double amplitude = amplitude_of(kToneLevel);
  std::vector<uint8_t> tone(static_cast<size_t>(on + off), kAlawSilence);
  for (int i = 0; i < on; ++i) {
    double sample = amplitude * std::sin(2 * M_PI * hertz * i / kSampleRate);
    tone[static_cast<size_t>(i)] = alaw_encode(static_cast<int16_t>(std::lround(sample)));
  }
  return tone;
}

const std::vector<uint8_t>& tone_cadence(Tone tone) {
  // Continuous tones are given as one whole number of cycles: 160 samples are nine of 450 Hz, twenty of 1 kHz.
  static const std::array<std::vector<uint8_t>, 5> cadences = {
      sine(450, 160, 0), sine(450, 8000, 32000), sine(450, 2800, 2800), sine(450, 5600, 5600), sine(1000, 160, 0)};
  return cadences[static_cast<size_t>(tone)];
}

static std::vector<uint8_t> make_key_tones() {
  static constexpr double kLow[] = {697, 770, 852, 941}, kHigh[] = {1209, 1336, 1477, 1633};
  static constexpr std::string_view kPad = "123A456B789C*0#D";
  std::vector<uint8_t> tones(kKeys.size() * kKeyCycle);
  for (size_t key = 0; key < kKeys.size(); ++key) {
    size_t place = kPad.find(kKeys[key]);
    for (size_t i = 0; i < kKeyCycle; ++i) {
      double turn = 2 * M_PI * static_cast<double>(i) / kSampleRate;
      double sample = amplitude_of(kKeyLevel) * (std::sin(kLow[place / 4] * turn) + std::sin(kHigh[place % 4] * turn));
      tones[key * kKeyCycle + i] = alaw_encode(static_cast<int16_t>(std::lround(sample)));
    }
  }
  return tones;
}

const uint8_t* key_tone(char key) {
  static const std::vector<uint8_t> tones = make_key_tones();
  size_t at = kKeys.find(key);
  return at == std::string_view::npos ? nullptr : tones.data() + at * kKeyCycle;
}

static int64_t item_length(const PlayItem& item) {
  return item.sound ? static_cast<int64_t>(item.sound->alaw.size()) : item.samples;
}

Playlist::Playlist(std::vector<PlayItem> items, bool loop) : items_(std::move(items)), loop_(loop) {
  std::erase_if(items_, [](const PlayItem& item) {
    return item_length(item) <= 0 || (!item.sound && item.tone > static_cast<int>(Tone::beep));
  });
}

int64_t Playlist::length() const {
  int64_t total = 0;
  for (const auto& item : items_) total += item_length(item);
  return total;
}

static void copy_item(const PlayItem& item, int64_t offset, uint8_t* out, int samples) {
  if (item.sound) {
    std::memcpy(out, item.sound->alaw.data() + offset, static_cast<size_t>(samples));
  } else if (item.tone < 0) {
    std::memset(out, kAlawSilence, static_cast<size_t>(samples));
  } else {
    const auto& cadence = tone_cadence(static_cast<Tone>(item.tone));
    size_t at = static_cast<size_t>(offset) % cadence.size();
    for (int i = 0; i < samples; ++i) {
      out[i] = cadence[at];
      if (++at == cadence.size()) at = 0;
    }
  }
}

int Playlist::render(uint8_t* out, int samples) {
  int filled = 0;
  while (filled < samples && item_ < items_.size()) {
    const PlayItem& item = items_[item_];
    int64_t left = item_length(item) - offset_;
    int now = static_cast<int>(std::min<int64_t>(left, samples - filled));
    copy_item(item, offset_, out + filled, now);
    filled += now;
    offset_ += now;
    if (now == left) {
      offset_ = 0;
      if (++item_ == items_.size() && loop_) item_ = 0;
    }
  }
  rendered_ += filled;
  return filled;
}

}  // namespace hotline::media
