// SPDX-License-Identifier: GPL-2.0-or-later
// Room trunk: E1 spans as a program uses them: from [[span]] in its configuration to calls with an audio port. Joins conf,
// tdm (the line), isdn (its D channel) and media (its samples); keeps the table of channels. Used by ccswitchd (user side)
// and ccpstn (network side). Refuses to know who is called and why.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/result.h"
#include "conf/conf.h"
#include "media/media.h"

namespace hotline::trunk {

struct SpanConfig {
  std::string name;                      ///< "e1"
  std::string type = "cesopsn";
  std::string local, remote;             ///< "127.0.0.1:20000"
  int packet_frames = 40;                ///< packet = "5ms" (40) or "1ms" (8)
  int jitter_ms = 10;                    ///< depth of the jitter buffer
  bool network_side = false;             ///< side = "user" | "network"
  bool rtp_header = false;
  std::string pcap;                      ///< D-channel capture, "" none
};

/// Reads every [[span]] of a configuration; complaints go into the table.
std::vector<SpanConfig> read_spans(conf::Table& root);

using LineId = uint32_t;  ///< one call on one B channel; never reused within a process; 0 is none

/// What happens on the spans; on the loop's thread.
class Events {
 public:
  virtual ~Events() = default;
  virtual void on_span(const std::string& span, bool up, const std::string& reason) = 0;
  /// SETUP came; PROCEEDING has been sent, the channel is taken and `port` is open. Then alert(), answer() or hangup().
  /// `from` is empty when the number was withheld.
  virtual void on_incoming(LineId line, const std::string& from, const std::string& to, const std::string& endpoint,
                           media::PortId port) = 0;
  virtual void on_ringing(LineId line) = 0;
  virtual void on_answered(LineId line) = 0;
  /// The call is cleared, its port closed and its id gone. `cause` is Q.850; it comes exactly once for each line.
  virtual void on_released(LineId line, int cause, bool by_remote) = 0;
};

struct SpanReport {
  SpanConfig config;
  bool up = false;          ///< layer 2 established and frames arriving
  int channels = 30, busy = 0;
  tdm::SpanStats stats;
};

class Trunk {
 public:
  static std::unique_ptr<Trunk> create(Loop& loop, media::Engine& engine, Events& events);
  virtual ~Trunk() = default;

  /// Opens the span's socket and starts its D channel, which comes up when the far end is there. `io` with the remedy
  /// when the port is taken or the pcap cannot be written.
  virtual Result<void> add(const SpanConfig& config) = 0;

  /// Calls `to` over the named span, or over any with a free channel ("" ). The user side takes channels from the top,
  /// the network side from the bottom, so that glare is rare. `unavailable` when no span is up or no channel free.
  virtual Result<LineId> place(const std::string& span, const std::string& from, const std::string& to) = 0;
  virtual media::PortId port(LineId line) const = 0;
  virtual std::string endpoint(LineId line) const = 0;  ///< "span:e1/17"

  virtual void alert(LineId line) = 0;
  virtual void answer(LineId line) = 0;
  /// Clears the call with a Q.850 cause; on_released follows with by_remote false.
  virtual void hangup(LineId line, int cause) = 0;

  virtual std::vector<SpanReport> spans() const = 0;

  /// The owner of the engine hands on each of its reports: the trunk takes the frames and states of its spans and leaves
  /// the rest.
  virtual void on_report(const media::Report& report) = 0;
};

}  // namespace hotline::trunk
