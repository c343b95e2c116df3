// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace hotline::media {

/// Hears that the other side has gone where no signalling says so: analogue lines behind a gateway tell it by busy or
/// congestion tone, or by nothing at all. Listens in blocks of 20 ms; a few hundred nanoseconds each. Pure.
///
/// The tone of China's network is 450 Hz, 350 ms on and off (busy) or 700 ms (congestion), GB/T 3380. It is believed
/// after four whole cycles of the same length, so that neither speech nor music nor ringback is taken for it.
class ClearingDetector {
 public:
  enum class Heard { nothing, busy_tone, silence };
  struct Rules {
    bool tone = false;
    int hertz = 450, second_hertz = 0;  ///< of the tone; where it is of two, both
    int64_t silence_ms = 0;             ///< longest silence, 0: any
  };
  explicit ClearingDetector(const Rules& rules);

  /// Takes A-law samples, any number, and as many of what the other side is sent meanwhile, or null: it is silent as
  /// long as it hears nothing either, so that who listens to music is not gone. What they brought, each told once.
  Heard listen(const uint8_t* alaw, const uint8_t* sent, int samples);

 private:
  static constexpr int kBlock = 160;
  enum class Sound { quiet, tone, other };
  Sound classify() const;
  float energy_of_tone(float coefficient) const;
  Heard block(Sound sound);
  bool cycle_done();

  Rules rules_;
  float coefficient_, second_coefficient_;
  int16_t samples_[kBlock];
  int filled_ = 0;
  float sent_ = 0;  ///< energy of what it was sent in this block
  Sound now_ = Sound::quiet;
  int run_ = 0;  ///< blocks of the present sound
  int odd_ = 0;  ///< blocks since then that are neither tone nor quiet
  int on_ = 0;   ///< blocks of the tone before the present quiet
  int cycles_ = 0, length_ = 0;
  int64_t quiet_ms_ = 0;
  bool told_tone_ = false, told_silence_ = false;
};

}  // namespace hotline::media
