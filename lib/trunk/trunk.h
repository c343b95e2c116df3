// SPDX-License-Identifier: GPL-2.0-or-later
// Room trunk: E1 spans as a program uses them: from [[span]] in its configuration to calls with an audio port. Joins
// conf, tdm (the line), isdn (its D channel) and media (its samples); keeps the table of channels. Used by ccswitchd
// (user side) and ccpstn (network side). Refuses to know who is called and why.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/result.h"
#include "conf/conf.h"
#include "isdn/isdn.h"
#include "media/media.h"
#include "tdm/back_end.h"
#include "trunk/rules.h"

namespace hotline::trunk {

struct SpanConfig : tdm::BackEnd {
  bool network_side = false;  ///< side = "user" | "network"
  std::string pcap;           ///< D-channel capture, "" none
  LineRules rules;            ///< what a reload changes without opening the span anew
  bool operator==(const SpanConfig&) const = default;
};

/// Reads every [[span]] of a configuration; complaints go into the table.
std::vector<SpanConfig> read_spans(conf::Table& root);

using LineId = uint32_t;  ///< one call on one B channel; never reused within a process; 0 is none

/// What happens on the spans; on the loop's thread.
class Events {
 public:
  virtual ~Events() = default;
  virtual void on_span(const std::string& span, bool up, const std::string& reason) = 0;
  /// A span has gone, `reason` "removed" or "changed"; or one was opened by adopt(), also after "changed".
  virtual void on_span_gone(const std::string& /*span*/, const std::string& /*reason*/) {}
  virtual void on_span_opened(const std::string& /*span*/) {}
  /// A span that was changed could not be opened again; it is tried no more.
  virtual void on_span_lost(const std::string& /*span*/, const std::string& /*error*/) {}
  /// loss, ais, remote, d-channel; held against flapping.
  virtual void on_alarm(const std::string& /*span*/, const std::string& /*alarm*/, bool /*on*/) {}
  /// `reason`: refused (by the far end, though free with us), not-cleared, audit. A restart follows.
  virtual void on_stuck(const std::string& /*span*/, int /*channel*/, const std::string& /*reason*/) {}
  /// Of restarts that are not those of the start. `reason`: command, stuck.
  virtual void on_restarted(const std::string& /*span*/, int /*channel*/, bool /*acknowledged*/,
                            const std::string& /*reason*/) {}

  /// SETUP came; PROCEEDING has been sent, the channel is taken and `port` is open. Then alert(), answer() or hangup().
  /// `from` is empty when the number was withheld. Trunk::setup() has the rest.
  virtual void on_incoming(LineId line, const std::string& from, const std::string& to, const std::string& endpoint,
                           media::PortId port) = 0;
  /// A call that was placed goes over another channel than it began with: its endpoint and its port are others now.
  /// Never after on_early, on_ringing or on_answered.
  virtual void on_moved(LineId /*line*/) {}
  /// There is something to hear before the answer.
  virtual void on_early(LineId /*line*/) {}
  virtual void on_ringing(LineId line) = 0;
  virtual void on_connected(LineId /*line*/, const std::string& /*number*/) {}  ///< who answers; on_answered follows
  virtual void on_answered(LineId line) = 0;
  virtual void on_charged(LineId /*line*/, const isdn::Charge&) {}
  /// A call that was not answered has been disconnected and the port says why: true to hear it, for a bounded time.
  virtual bool on_tone(LineId /*line*/, int /*cause*/) { return false; }
  /// The call is cleared, its port closed and its id gone. `cause` is Q.850; it comes exactly once for each line.
  virtual void on_released(LineId line, int cause, bool by_remote) = 0;
};

struct SpanReport {
  SpanConfig config;
  bool up = false;  ///< layer 2 established and frames arriving
  int channels = 30, busy = 0;
  tdm::SpanStats stats;
  int blocked = 0;       ///< channels out of use until their restart
  bool leaving = false;  ///< takes no new calls and goes when the last has ended
  std::vector<std::string> alarms;
};

struct ChannelReport {
  std::string span;
  int channel = 0;
  std::string state;      ///< idle, busy, restarting, blocked
  LineId line = 0;        ///< whose; 0 none
  milliseconds since{0};  ///< how long in this state
  int restarts = 0;
};

/// A call to be placed.
struct Outgoing {
  std::string where;  ///< a span, a group of spans, or "": any
  std::string from, to, name;
  isdn::Redirecting redirecting;
  bool complete = true;  ///< false: dial() brings the rest
};

class Trunk {
 public:
  static std::unique_ptr<Trunk> create(Loop& loop, media::Engine& engine, Events& events);
  virtual ~Trunk() = default;

  /// Opens the span's socket and starts its D channel, which comes up when the far end is there. `io` with the remedy
  /// when the port is taken or the pcap cannot be written.
  virtual Result<void> add(const SpanConfig& config) = 0;

  /// Closes a span: its D channel ends without a word, its port is free a tick later. Only when no call is on it; false
  /// when there is one, or no such span.
  virtual bool remove(const std::string& span) = 0;

  /// Makes the spans those of a new configuration. Rules are swapped in; a new span is opened; one that is gone, or is
  /// another line now, closes at once when it is idle, else takes no new calls and closes with its last. Returns what
  /// was done and what could not be, a sentence each.
  virtual std::vector<std::string> adopt(const std::vector<SpanConfig>& configs) = 0;

  /// Calls out. The channel is the one that the span's `select` names; where the far end has taken or refuses it, the
  /// call moves to another (on_moved), over all that are free. `unavailable` when no span is up or no channel free.
  virtual Result<LineId> place(const Outgoing& outgoing) = 0;
  Result<LineId> place(const std::string& where, const std::string& from, const std::string& to) {
    return place(Outgoing{where, from, to, "", {}, true});
  }
  virtual void dial(LineId line, const std::string& digits) = 0;
  virtual media::PortId port(LineId line) const = 0;
  virtual std::string endpoint(LineId line) const = 0;  ///< "span:e1/17"
  /// What the SETUP of a call that came in said; null for another.
  virtual const isdn::Setup* setup(LineId line) const = 0;

  virtual void alert(LineId line, bool tones = false) = 0;
  virtual void progress(LineId line) = 0;  ///< there is something to hear from us before the answer
  virtual void answer(LineId line, const std::string& number = "") = 0;
  virtual void charge(LineId line, const isdn::Charge& charge) = 0;
  /// Clears the call with a Q.850 cause; on_released follows with by_remote false. `tones`: the far end is told to
  /// listen, and hears busy or congestion until it releases; for the network side.
  virtual void hangup(LineId line, int cause, bool tones = false) = 0;

  virtual std::vector<SpanReport> spans() const = 0;
  virtual std::vector<ChannelReport> channels() const = 0;
  /// Restarts a channel, now or when its turn comes; a call on it is released. `unavailable` when the span is down,
  /// `no` when there is no such span or channel.
  virtual Result<void> restart_channel(const std::string& span, int channel) = 0;

  /// The owner of the engine hands on each of its reports: the trunk takes the frames and states of its spans and
  /// leaves the rest.
  virtual void on_report(const media::Report& report) = 0;
};

}  // namespace hotline::trunk
