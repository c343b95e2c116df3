// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "media/key_detector.h"
#include "media/keys.h"
#include "media/rtp.h"

namespace hotline::media {

/// Makes keys of telephone-event packets (RFC 4733 §2.5.2): one press and one release for each, however often its
/// packets are repeated, and a release also when all three end packets are lost.
class EventReceiver {
 public:
  void put(uint32_t timestamp, const TelephoneEvent& event);
  /// Every 20 ms: an event without news for 100 ms has ended.
  void tick();
  std::optional<KeyDetector::Change> take();
  /// The next event is new, whatever its timestamp. A key that is down is released.
  void forget();

 private:
  void press(uint32_t timestamp, const TelephoneEvent& event);
  void release();
  void add(KeyDetector::Change change);

  bool any_ = false, down_ = false;
  uint32_t timestamp_ = 0;
  int event_ = 0, duration_ = 0, earlier_ = 0;  // earlier: segments of one long event
  int quiet_ = 0;
  std::array<KeyDetector::Change, 8> changes_{};
  size_t first_ = 0, count_ = 0;
};

/// Sends keys as telephone events, the end of each three times. One that lasts longer than its 16-bit duration goes on
/// in a further segment (RFC 4733 §2.5.1.3).
class EventSender {
 public:
  KeyQueue keys;

  struct Step {
    bool marker;  ///< the first packet of an event
    int age;      ///< samples since the event, or its segment, began: its timestamp is that much older than now
    int copies;   ///< how many packets to send, each with a number of its own
    TelephoneEvent event;
  };
  /// Called every 20 ms: what to send instead of audio. nullopt: audio as ever.
  std::optional<Step> step();

 private:
  int at_ = 0;       // samples of the first key already sent, or of its pause
  int segment_ = 0;  // where its segment began
  bool pausing_ = false;
};

}  // namespace hotline::media
