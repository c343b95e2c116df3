// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>

namespace hotline::media {

/// Looks for keys in A-law audio (ITU-T Q.23, Q.24): two tones of -3 to -35 dBm0, the higher one at most 6 dB louder
/// and 10 dB softer than the lower, each within 2.4 % of where it belongs, and together nearly all that is heard for 30
/// to 35 ms. 40 ms are always a key, 23 ms never; 15 ms without it end it. Costs about 10 µs of CPU a second of audio,
/// and next to nothing while the line is quiet. Nothing is allocated.
///
/// How it works: every 5 ms the audio of these 5 ms is compared with the eight frequencies (a Fourier sum each). Four
/// such sums, turned to a common time, are one of 20 ms. How its phase moves from one hop to the next tells how far the
/// tone is beside its frequency; what the two tones so found explain is held against all that was heard.
class KeyDetector {
 public:
  struct Change {
    bool pressed;  ///< false: released
    char key;
    int duration_ms;  ///< when released
  };

  /// Calls `on_change(Change)` for what these samples brought.
  template <typename F>
  void listen(const uint8_t* alaw, int samples, F on_change) {
    if (still(alaw, samples)) return;
    hear(alaw, samples);
    for (int i = 0; i < count_; ++i) on_change(changes_[static_cast<size_t>(i)]);
    count_ = 0;
  }

  /// Stops listening: a key that is down counts as released. Cheap when nothing was heard since the last call.
  template <typename F>
  void pause(F on_change) {
    if (idle_) return;
    if (key_ != 0) on_change(Change{false, key_, duration_ms()});
    *this = KeyDetector();
  }

  /// A key is down, or 15 ms have sounded like one: who passes keys on by themselves leaves the audio out from here on,
  /// so that a key is not heard twice.
  bool suspects() const { return key_ != 0 || suspects_; }

 private:
  static constexpr int kHop = 40;      // samples: 5 ms
  static constexpr size_t kTones = 8;  // four low, four high
  static constexpr size_t kHistory = 5;
  using Sum = std::complex<float>;
  struct Hop {
    std::array<Sum, kTones> tones{};
    float energy = 0;
    bool compared = false;  // the tones are known
  };
  struct Tone {
    size_t tone;       // its place in the table
    double frequency;  // what it really is
    Sum amplitude;
  };

  bool still(const uint8_t* alaw, int samples);
  void hear(const uint8_t* alaw, int samples);
  void hop();
  void decide();
  static void compare(Hop& hop, const int16_t* samples);
  bool promises() const;
  bool looks_like_one() const;
  char look() const;
  bool goes_on() const;
  Tone strongest(size_t group) const;
  Sum sum(size_t tone, size_t from, size_t hops) const;
  Sum amplitude(size_t tone, float offset) const;
  float power(size_t tone, size_t hops) const;
  float energy(size_t hops) const;
  bool steady() const;
  const Hop& back(size_t hops) const { return history_[(newest_ + kHistory - hops) % kHistory]; }
  void add(Change change);
  int duration_ms() const { return hops_down_ * 5; }

  std::array<Hop, kHistory> history_{};
  size_t newest_ = 0;
  std::array<std::array<int16_t, kHop>, 2> samples_{};  // of this hop and the one before
  size_t place_ = 0;
  int filled_ = 0;
  std::array<Change, 4> changes_{};
  int count_ = 0;
  int quiet_ = kQuietSamples;  // samples since something loud enough to be a key
  bool idle_ = true, promising_ = false, suspects_ = false;
  char key_ = 0, candidate_ = 0;
  int hits_ = 0, misses_ = 0;
  int hops_down_ = 0;  // up to the last one that had the key
  std::array<float, 2> level_{};
  static constexpr int kQuietSamples = 8 * kHop;
};

}  // namespace hotline::media
