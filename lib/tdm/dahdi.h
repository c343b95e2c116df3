// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <memory>
#include <span>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "tdm/span.h"

namespace hotline::tdm {

/// What we want of the DAHDI driver: the seam behind which its header stands, and in tests a double.
class DahdiDriver {
 public:
  virtual ~DahdiDriver() = default;

  struct Channel {
    int span = 0, timeslot = 0;  ///< where it is
    bool clear = false;          ///< configured as "bchan", 64 kbit/s as they are
    bool frames = false;         ///< configured as "dchan" or "hardhdlc", frames with HDLC and FCS
  };
  enum class Event { none, alarm, removed, bad_frame, other };
  struct Alarms {
    bool loss = false, ais = false, remote = false;
  };
  static constexpr ssize_t kNothing = 0, kEvent = -1, kGone = -2;

  /// A channel by DAHDI's number, counted through all spans from 1.
  virtual Result<Fd> open(int channel) = 0;
  virtual Result<Channel> about(int fd) = 0;
  /// A-law as it is, read and written in blocks; frames that have, in read and write, two octets of FCS at their end.
  virtual Result<void> make_audio(int fd, int block_octets) = 0;
  virtual Result<void> make_frames(int fd) = 0;
  /// Octets, or what of the above there is. Never blocks.
  virtual ssize_t read(int fd, std::span<uint8_t> octets) = 0;
  virtual ssize_t write(int fd, std::span<const uint8_t> octets) = 0;
  /// Takes the next event of a channel, after read() or write() have told of one.
  virtual Event event(int fd) = 0;
  virtual Alarms alarms(int fd, int span) = 0;
};

/// The system's driver; null in a program that was built without its header, dahdi/user.h.
std::unique_ptr<DahdiDriver> make_dahdi_driver();

struct DahdiConfig {
  std::string name;
  int number = 1;          ///< of the span, as dahdi_cfg(8) counts
  int first_channel = 0;   ///< DAHDI's number of timeslot 1; 0: 31 × (number - 1) + 1, which is right when all are E1
  int packet_frames = 40;  ///< how much is read at a time, 16 to 40 in steps of 8
  int jitter_ms = 10;      ///< 1 to 200
};

/// An E1 of a card that DAHDI drives: /dev/dahdi/channel. Timeslot 16 is "dchan" (or "hardhdlc") and the others "bchan" in
/// /etc/dahdi/system.conf: the driver does the HDLC, and its frames are turned into HDLC again where they enter a block.
///
/// A tick costs a read and a write for each timeslot; the driver has no cheaper door. Its alarms: red and recovering are
/// loss, blue is ais, yellow is remote. It cannot be told to send an alarm: send_ais() sends all ones in the timeslots. A
/// card that is taken away is loss until the span is opened anew.
///
/// `config` with the remedy when this program knows no DAHDI or the channels are configured otherwise, `io` when there is
/// no card. `driver` null: the system's.
Result<std::unique_ptr<Span>> open_dahdi(const DahdiConfig& config, std::shared_ptr<DahdiDriver> driver = nullptr);

}  // namespace hotline::tdm
