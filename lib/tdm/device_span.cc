// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/device_span.h"

#include <algorithm>
#include <cstring>

#include "tdm/idle.h"

namespace hotline::tdm {

namespace {

constexpr milliseconds kReceivingFor{100};
constexpr int kUnitsATick = 64;  // a device gone mad cannot hold the media thread

}  // namespace

DeviceSpan::DeviceSpan(std::string name, int packet_frames, int jitter_ms)
    : name_(std::move(name)),
      packet_frames_(packet_frames),
      target_units_((jitter_ms * 8 + packet_frames - 1) / packet_frames),
      unit_octets_(static_cast<size_t>(packet_frames) * kTimeslots),
      buffer_(packet_frames, kTimeslots, kSignallingSlot, target_units_),
      in_(unit_octets_),
      out_(unit_octets_ * static_cast<size_t>(target_units_ + 2)) {}

void DeviceSpan::begin() {
  buffer_.clear();
  out_first_ = out_count_ = out_frames_ = may_write_ = 0;
  for (int i = 0; i < packet_frames_; i++) make_idle(&in_[static_cast<size_t>(i) * kTimeslots]);
  for (int i = 0; i < target_units_; i++) (void)write_unit(in_.data());
}

void DeviceSpan::receive(std::span<uint8_t> block) {
  const Instant now = monotonic_now();
  there_ = look_after(now);
  for (int i = 0; there_ && i < kUnitsATick && !buffer_.full() && read_unit(in_.data()); i++) {
    buffer_.put(sequence_++, in_);
    received_.add();
    last_unit_ = now;
    ever_ = true;
    // What a device that ran dry could not take in the meantime is over: it is not made up for.
    may_write_ = std::min(may_write_ + 1, target_units_ + 1);
  }
  receiving_ = there_ && ever_ && now - last_unit_ < kReceivingFor;
  uint8_t* frame = block.data();
  buffer_.take(static_cast<int>(block.size()) / kTimeslots, [&](const uint8_t* octets, int count) {
    const size_t octets_now = static_cast<size_t>(count) * kTimeslots;
    if (octets) std::memcpy(frame, octets, octets_now);
    for (int i = 0; !octets && i < count; i++) make_idle(frame + static_cast<size_t>(i) * kTimeslots);
    frame += octets_now;
  });
  const JitterBuffer::Counts& counts = buffer_.counts();
  lost_ = counts.lost;
  underrun_ = counts.underrun;
  overrun_ = counts.overrun;
}

void DeviceSpan::send(std::span<const uint8_t> block) {
  if (!there_) return;
  for (size_t at = 0; at < block.size(); at += kTimeslots) {
    const size_t making = (static_cast<size_t>(out_first_ + out_count_) % static_cast<size_t>(target_units_ + 2));
    uint8_t* frame = &out_[making * unit_octets_ + static_cast<size_t>(out_frames_) * kTimeslots];
    if (send_ais_) {
      std::memset(frame, 0xFF, kTimeslots);
    } else {
      std::memcpy(frame, &block[at], kTimeslots);
    }
    if (++out_frames_ == packet_frames_) queue_unit();
  }
  while (may_write_ > 0 && out_count_ > 0) {
    if (write_unit(&out_[static_cast<size_t>(out_first_) * unit_octets_])) {
      sent_.add();
    } else {
      dropped_.add();
    }
    out_first_ = (out_first_ + 1) % (target_units_ + 2);
    out_count_--;
    may_write_--;
  }
}

// The unit in the making is whole. When the queue is full the oldest goes: a slip.
void DeviceSpan::queue_unit() {
  out_frames_ = 0;
  if (++out_count_ <= target_units_ + 1) return;
  out_first_ = (out_first_ + 1) % (target_units_ + 2);
  out_count_--;
  dropped_.add();
}

void DeviceSpan::set_alarms(const Alarms& alarms) {
  loss_ = alarms.loss;
  ais_ = alarms.ais;
  remote_alarm_ = alarms.remote;
  trouble_ = alarms.trouble;
}

SpanStats DeviceSpan::stats() const {
  SpanStats stats;
  stats.received = received_;
  stats.sent = sent_;
  stats.lost = lost_;
  stats.underrun = underrun_;
  stats.overrun = overrun_ + dropped_;
  stats.malformed = malformed_;
  stats.ais = receiving_ && ais_;
  stats.receiving = receiving_ && (!loss_ || ais_);
  stats.remote_alarm = stats.receiving && remote_alarm_;
  if (!stats.receiving) stats.trouble = trouble_;
  return stats;
}

}  // namespace hotline::tdm
