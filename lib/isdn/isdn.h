// SPDX-License-Identifier: GPL-2.0-or-later
// Room isdn: the D channel of an E1 as calls: ITU-T Q.921 and Q.931 in the EuroISDN form (ETSI EN 300 403), user or
// network side, through libpri. Knows frames in and frames out. Refuses to know what carries them, what a sample is,
// which channel is free and who is called.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/loop.h"
#include "base/result.h"

namespace hotline::isdn {

using CallId = uint32_t;  ///< never reused by a DChannel; 0 is none

/// B channels are the timeslots 1 to 15 and 17 to 31.
inline bool is_channel(int slot) { return slot >= 1 && slot <= 31 && slot != 16; }

struct Config {
  std::string name;           ///< of the span, for the log
  bool network_side = false;  ///< we are the exchange
};

/// What a SETUP says.
struct Setup {
  std::string from;        ///< calling number; empty when withheld or not given
  std::string to;          ///< called number; either begins with '+' when marked as international
  int channel = 0;         ///< the timeslot asked for; 0: any
  bool exclusive = false;  ///< no other will do
};

/// What happens; on the loop's thread. May call back into the DChannel.
class Events {
 public:
  virtual ~Events() = default;
  /// Layer 2 came up or went down. Calls that are up outlive it for 90 s (T309); the others are released.
  virtual void on_layer2(bool up) = 0;
  /// A SETUP came: takes and returns the channel for it, or 0 when there is none: then it is refused with cause 44, or
  /// 34 when any would have done. A call that on_released reports before this returns no longer counts (glare).
  virtual int choose_channel(const Setup& setup) = 0;
  /// PROCEEDING has been sent with that channel. Then alert(), answer() or hangup().
  virtual void on_incoming(CallId call, const Setup& setup, int channel) = 0;
  virtual void on_ringing(CallId call) = 0;   ///< ALERTING for a call that we placed
  virtual void on_answered(CallId call) = 0;  ///< CONNECT has been sent and acknowledged, or received
  /// The call is cleared, its channel free and its id gone; once for every call. `cause`: ITU-T Q.850, 1 to 127.
  virtual void on_released(CallId call, int cause, bool by_remote) = 0;
};

/// One D channel. Everything on the loop's thread.
///
///              ┌────────────── place() ──────────────┐
///              ▼                                      │
///     placed ─► proceeding ─► ringing ─► up ─► clearing ─► gone (on_released)
///     offered ─────────► alerting ─► connecting ─► up      ▲
///        └──────────────────┴── hangup(), DISCONNECT ──────┘
///
/// What is not allowed in a state is ignored: the call may have been cleared while the caller decided.
/// Waits are bounded: SETUP unanswered 2 × 4 s (T303), no ALERTING 40 s (T310, cause 102), ringing 180 s (T301,
/// cause 19), clearing 60 s; then the call is released whatever the far end says.
class DChannel {
 public:
  /// Takes a frame without FCS (ITU-T Q.921 §2) for the line. May drop it: layer 2 repeats.
  using SendFrame = std::function<void(std::span<const uint8_t> frame)>;
  static std::unique_ptr<DChannel> create(Loop& loop, const Config& config, SendFrame send, Events& events);
  virtual ~DChannel() = default;

  /// A frame from the line, without FCS.
  virtual void receive(std::span<const uint8_t> frame) = 0;
  virtual bool up() const = 0;

  /// Sends SETUP for a 3.1 kHz audio call on `channel`, exclusively. `unavailable` while layer 2 is down, `bad_data`
  /// for what is no number (digits, *, #, one leading +, at most 31). An empty `from` withholds the number.
  virtual Result<CallId> place(int channel, const std::string& from, const std::string& to) = 0;
  virtual void alert(CallId call) = 0;
  virtual void answer(CallId call) = 0;
  /// on_released follows, with this cause. Causes that speak of the call reference (6, 7, 26, 81) go out as 31.
  virtual void hangup(CallId call, int cause) = 0;
  virtual size_t calls() const = 0;
};

/// The name of a Q.850 cause, "user busy"; "cause 99" for one that has none here.
std::string cause_text(int cause);

/// True for digits, * and #, with one leading + at most, 1 to 31 in all.
bool is_number(const std::string& text);

}  // namespace hotline::isdn
