// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "tdm/jitter_buffer.h"
#include "tdm/span.h"
#include "tdm/told.h"

namespace hotline::tdm {

/// A span whose other end is a device with a clock of its own, that gives and takes frames in equal numbers.
///
/// The device's clock is the only one: what is read goes through a jitter buffer to the tick; what the tick makes waits
/// in a queue as short as that buffer, and as much of it is written as was read. So neither end can run ahead of the
/// other, and what the two clocks differ by is a slip, now and then, in each direction.
class DeviceSpan : public Span {
 public:
  /// Frames are read and written in units of `packet_frames`, 8 to 40. `jitter_ms`: 1 to 200; kept as idle in the
  /// device's own queue, too.
  DeviceSpan(std::string name, int packet_frames, int jitter_ms);

  const std::string& name() const final { return name_; }
  void receive(std::span<uint8_t> block) final;
  void send(std::span<const uint8_t> block) final;
  void send_ais(bool on) final { send_ais_ = on; }
  SpanStats stats() const final;

 protected:
  struct Alarms {
    bool loss = false, ais = false, remote = false;
    const char* trouble = "";
  };

  /// Once a tick: connections, alarms. False while there is nothing to read from and write to.
  virtual bool look_after(Instant now) = 0;
  /// Fills one unit, packet_frames × 32 octets; false when the device has no more now.
  virtual bool read_unit(uint8_t* unit) = 0;
  /// False when the device did not take it.
  virtual bool write_unit(const uint8_t* unit) = 0;

  /// The device is there, or there again: what was of the old one is forgotten, and its queue is filled with idle.
  void begin();
  void set_alarms(const Alarms& alarms);
  void count_malformed() { malformed_.add(); }
  int packet_frames() const { return packet_frames_; }

 private:
  void queue_unit();

  const std::string name_;
  const int packet_frames_, target_units_;
  const size_t unit_octets_;
  JitterBuffer buffer_;
  std::vector<uint8_t> in_;
  std::vector<uint8_t> out_;  // units: a ring, and behind it the one in the making
  int out_first_ = 0, out_count_ = 0, out_frames_ = 0;
  int may_write_ = 0;  // units that were read and not yet written
  uint16_t sequence_ = 0;
  Instant last_unit_{};
  bool ever_ = false, there_ = false, send_ais_ = false;

  Counter received_, sent_, lost_, underrun_, overrun_, dropped_, malformed_;
  Told<bool> receiving_, loss_, ais_, remote_alarm_;
  Told<const char*> trouble_{""};
};

}  // namespace hotline::tdm
