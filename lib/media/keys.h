// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

struct dtmf_rx_state_s;

namespace hotline::media {

/// Looks for keys in A-law audio through SpanDSP's receiver (ITU-T Q.24: 40 ms is a key, 20 ms is none). Costs about 60
/// µs of CPU a second of audio, and next to nothing while the line is quiet. Nothing is allocated after the
/// constructor.
class KeyDetector {
 public:
  struct Change {
    bool pressed;  ///< false: released
    char key;
    int duration_ms;  ///< when released
  };

  KeyDetector();
  ~KeyDetector();
  KeyDetector(const KeyDetector&) = delete;
  KeyDetector& operator=(const KeyDetector&) = delete;

  /// Calls `on_change(Change)` for what these samples (at most 160) brought.
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
    reset();
  }

 private:
  static void heard(void* detector, int key, int level, int delay);
  bool still(const uint8_t* alaw, int samples);
  void hear(const uint8_t* alaw, int samples);
  void reset();
  int duration_ms() const { return static_cast<int>((heard_ - pressed_at_) / 8); }

  struct Free {
    void operator()(dtmf_rx_state_s* receiver) const;
  };
  std::unique_ptr<dtmf_rx_state_s, Free> receiver_;
  std::array<Change, 4> changes_{};
  int count_ = 0;
  int quiet_ = 0;  // samples since something loud enough to be a key
  bool idle_ = true;
  char key_ = 0;
  int64_t heard_ = 0, pressed_at_ = 0;
};

/// Keys to be sent in band, one after the other, from the ready-made tones.
class KeySender {
 public:
  static constexpr size_t kKeysMax = 64;
  /// Adds keys; what is no key, or does not fit any more, is left out. Says whether all fitted.
  bool add(std::string_view keys);
  bool sending() const { return count_ > 0; }
  /// Fills at most `samples`; fewer when the last key's pause is over.
  int render(uint8_t* out, int samples);
  /// Takes the next key for sending it in another way; 0 when there is none.
  char take();

 private:
  std::array<char, kKeysMax> keys_{};
  size_t first_ = 0, count_ = 0;
  int at_ = 0;  // samples of the first key already sent
};

}  // namespace hotline::media
