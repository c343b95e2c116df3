// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

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

/// Sends keys as telephone events: 100 ms each, the end three times, 100 ms of pause.
class EventSender {
 public:
  bool add(std::string_view keys) { return keys_.add(keys); }

  struct Step {
    bool marker;  ///< the first packet of an event
    int age;      ///< samples since the event began: its timestamp is that much older than now
    int copies;   ///< how many packets to send, each with a number of its own
    TelephoneEvent event;
  };
  /// Called every 20 ms: what to send instead of audio. nullopt: audio as ever.
  std::optional<Step> step();

 private:
  KeySender keys_;
  int event_ = -1;
  int at_ = 0;
};

}  // namespace hotline::media
