// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "tdm/span.h"

namespace hotline::tdm {

struct OsmoE1dConfig {
  std::string name;
  std::string socket = "/tmp/osmo-e1d.ctl";  ///< osmo-e1d's control socket
  int interface = 0, line = 0;               ///< as osmo-e1d numbers them
  bool superchannel = true;                  ///< see below
  int packet_frames = 40;                    ///< how much is read at a time, 8 to 40 in steps of 8
  int jitter_ms = 10;                        ///< 1 to 200
};

/// An E1 of osmo-e1d, Osmocom's daemon for USB adapters, virtual pairs and OCTOI, through its Unix socket.
///
/// As a superchannel the 31 timeslots come and go in one stream, which costs two system calls a tick; timeslot 16 is in
/// it as it is on the line, for our own HDLC. Without, each timeslot has a stream of its own, 60 system calls, and the
/// daemon does the HDLC of timeslot 16: its frames are turned into HDLC again where they enter a block. The second is for
/// those who look at or replace single timeslots in the daemon.
///
/// The line is taken from a client that has it: ours that died. A daemon that is not there, or goes, is looked for once
/// a second; until then the span is not receiving, and `trouble` says why. Alarms are those that the daemon tells in
/// events. It cannot be told to send an alarm: send_ais() sends all ones in the timeslots.
///
/// `bad_data` for sizes out of range or a path too long, `unavailable` with the remedy when a daemon is there and has no
/// such line or speaks another version of its protocol.
Result<std::unique_ptr<Span>> open_osmo_e1d(const OsmoE1dConfig& config);

}  // namespace hotline::tdm
