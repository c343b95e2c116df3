// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/telephone_event.h"

namespace hotline::media {

static constexpr int kLostAfter = 5;        // times 20 ms
static constexpr int kSegmentMax = 0xFFFF;  // samples
static constexpr int kEndCopies = 3;        // RFC 4733 §2.5.1.4

void EventReceiver::add(KeyDetector::Change change) {
  if (count_ == changes_.size()) return;
  changes_[(first_ + count_++) % changes_.size()] = change;
}

std::optional<KeyDetector::Change> EventReceiver::take() {
  if (count_ == 0) return std::nullopt;
  auto change = changes_[first_];
  first_ = (first_ + 1) % changes_.size();
  --count_;
  return change;
}

void EventReceiver::press(uint32_t timestamp, const TelephoneEvent& event) {
  any_ = down_ = true;
  timestamp_ = timestamp;
  event_ = event.event;
  duration_ = earlier_ = 0;
  add({true, event_key(event_), 0});
}

void EventReceiver::release() {
  down_ = false;
  add({false, event_key(event_), (earlier_ + duration_) / 8});
}

void EventReceiver::forget() {
  if (down_) release();
  any_ = false;
}

void EventReceiver::put(uint32_t timestamp, const TelephoneEvent& event) {
  if (event_key(event.event) == 0) return;
  auto ahead = static_cast<int32_t>(timestamp - timestamp_);
  if (!any_) {
    press(timestamp, event);
  } else if (ahead != 0) {
    if (ahead < 0 && ahead > -80000) return;  // a straggler of an earlier key
    // A key held longer than its 16-bit duration goes on in a further segment (§2.5.1.3).
    if (down_ && event.event == event_ && duration_ >= 0xFF00 && ahead == duration_) {
      earlier_ += duration_;
      timestamp_ = timestamp;
    } else {
      if (down_) release();
      press(timestamp, event);
    }
  } else if (!down_) {
    return;  // one more copy of its end
  }
  quiet_ = 0;
  if (event.duration > duration_ || event.duration == 0 || earlier_ > 0) duration_ = event.duration;
  if (event.end) release();
}

void EventReceiver::tick() {
  if (down_ && ++quiet_ > kLostAfter) release();
}

std::optional<EventSender::Step> EventSender::step() {
  if (pausing_) {  // it is audio
    at_ += kPacketSamples;
    if (at_ < keys.gap()) return std::nullopt;
    keys.pop();
    pausing_ = false;
    at_ = 0;
    return std::nullopt;
  }
  if (keys.empty()) return std::nullopt;
  at_ += kPacketSamples;
  if (at_ == kPacketSamples) segment_ = 0;
  if (at_ - segment_ > kSegmentMax) segment_ = at_ - kPacketSamples;
  bool end = at_ >= keys.samples();
  Step step{at_ == kPacketSamples, at_ - segment_ - kPacketSamples, end ? kEndCopies : 1, {}};
  step.event.event = key_event(keys.key());
  step.event.end = end;
  step.event.duration = at_ - segment_;
  if (end) {
    pausing_ = true;
    at_ = 0;
  }
  return step;
}

}  // namespace hotline::media
