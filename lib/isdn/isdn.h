// SPDX-License-Identifier: GPL-2.0-or-later
// Room isdn: the D channel of an E1 as calls: ITU-T Q.921 and Q.931 in the EuroISDN form (ETSI EN 300 403), user or
// network side, through libpri. Knows frames in and frames out. Refuses to know what carries them, what a sample is,
// which channel is free and who is called.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/result.h"

namespace hotline::isdn {

using CallId = uint32_t;  ///< never reused by a DChannel; 0 is none

/// B channels are the timeslots 1 to 15 and 17 to 31.
inline bool is_channel(int slot) { return slot >= 1 && slot <= 31 && slot != 16; }

/// Timers that are ours, with the defaults of ITU-T Q.931 (05/98) tables 9-1 and 9-2. libpri runs T303, T305, T308 and
/// T313 with the norm's values.
struct Timers {
  milliseconds t301{180'000};  ///< from ALERTING to the answer; then cause 19
  milliseconds t302{15'000};   ///< between two digits of a number that comes in parts
  milliseconds t304{30'000};   ///< from our last digit to PROCEEDING; then cause 102
  milliseconds t309{90'000};   ///< calls that are up outlive layer 2 for so long
  milliseconds t310{40'000};   ///< from PROCEEDING to ALERTING; then cause 102
  milliseconds t316{120'000};  ///< from RESTART to its acknowledgement
  milliseconds tone{10'000};   ///< what a far end that has disconnected still says (T306 is the network's own)
  bool operator==(const Timers&) const = default;
};

/// When the number of an incoming call is whole (Q.931 §5.1.3, overlap sending).
struct Dialling {
  bool overlap = false;               ///< numbers may come in parts; otherwise a SETUP holds all there is
  int length = 0;                     ///< a number of so many digits is whole; 0: no length tells
  std::vector<std::string> patterns;  ///< "96116", "12xxx": x is any digit; a number like that is whole
  bool operator==(const Dialling&) const = default;
};

struct Config {
  std::string name;           ///< of the span, for the log
  bool network_side = false;  ///< we are the exchange
  Timers timers = {};
  Dialling dialling = {};
};

/// Type of number, Q.931 §4.5.10. International numbers begin with '+' here, whatever their type says.
enum class NumberType { unknown, international, national, network, subscriber, abbreviated };
const char* name_of(NumberType type);

/// Who passed the call on before it came to us (ETSI EN 300 207, or Q.952's information element).
struct Redirecting {
  std::string number;  ///< "": withheld
  std::string reason;  ///< unknown, busy, no-answer, deflection, out-of-order, by-user, unconditional; "": nobody did
  bool operator==(const Redirecting&) const = default;
};

/// What a SETUP says.
struct Setup {
  std::string from;        ///< calling number; empty when withheld or not given
  std::string to;          ///< called number; either begins with '+' when marked as international
  int channel = 0;         ///< the timeslot asked for; 0: any
  bool exclusive = false;  ///< no other will do
  NumberType from_type = NumberType::unknown, to_type = NumberType::unknown;
  std::string name;  ///< of the caller, UTF-8; from the display element or a facility
  Redirecting redirecting;
  bool withheld = false;  ///< the caller does not want to be known
};

/// What a SETUP is to say: 3.1 kHz audio.
struct Outgoing {
  int channel = 0;
  bool exclusive = true;
  std::string from;                                                           ///< empty: withheld
  std::string to;                                                             ///< empty only when not complete
  NumberType from_type = NumberType::unknown, to_type = NumberType::unknown;  ///< of numbers without '+'
  std::string name;
  Redirecting redirecting;
  bool complete = true;  ///< false: further digits may follow by dial()
};

/// Advice of charge (ETSI EN 300 182): units or money.
struct Charge {
  bool final = false;  ///< of the whole call (AOC-E); otherwise what it has cost so far (AOC-D)
  bool free = false;
  std::optional<int64_t> units;
  std::optional<int64_t> thousandths;  ///< of the currency
  std::string currency;                ///< "CNY"
  bool operator==(const Charge&) const = default;
};

/// What happens; on the loop's thread. May call back into the DChannel.
class Events {
 public:
  virtual ~Events() = default;
  /// Layer 2 came up or went down. Calls that are up outlive it for T309; the others are released.
  virtual void on_layer2(bool up) = 0;
  /// A SETUP came: takes and returns the channel for it, or 0 when there is none: then it is refused with cause 44, or
  /// 34 when any would have done. A call that on_released reports before this returns no longer counts (glare).
  virtual int choose_channel(const Setup& setup) = 0;
  /// SETUP ACKNOWLEDGE has been sent with that channel, because the number is not whole yet. When `setup.to` is empty
  /// the caller has been told of a dial tone.
  virtual void on_collecting(CallId, const Setup& /*setup*/, int /*channel*/) {}
  virtual void on_digits(CallId, const std::string& /*to*/) {}  ///< more of it came: all there is so far
  /// The number is whole, PROCEEDING has been sent with that channel. Then alert(), answer() or hangup().
  virtual void on_incoming(CallId call, const Setup& setup, int channel) = 0;
  /// The far end puts a call that we placed on another channel. False when that cannot be: then the call is cleared.
  virtual bool on_moved(CallId, int /*channel*/) { return false; }
  /// There is something to hear of a call that we placed, before it is answered.
  virtual void on_early(CallId) {}
  virtual void on_ringing(CallId call) = 0;                            ///< ALERTING for a call that we placed
  virtual void on_connected(CallId, const std::string& /*number*/) {}  ///< who answers (COLP); on_answered follows
  virtual void on_answered(CallId call) = 0;  ///< CONNECT has been sent and acknowledged, or received
  virtual void on_charged(CallId, const Charge&) {}
  /// The far end has disconnected a call that was not answered and says why in band. True: it is to be heard; then
  /// on_released waits until the far end has done, Timers::tone has passed, or hangup().
  virtual bool on_tone(CallId, int /*cause*/) { return false; }
  /// The call is cleared, its channel free and its id gone; once for every call. `cause`: ITU-T Q.850, 1 to 127.
  virtual void on_released(CallId call, int cause, bool by_remote) = 0;
  /// RESTART of that channel was acknowledged, or was not in T316 or before layer 2 fell.
  virtual void on_restarted(int /*channel*/, bool /*acknowledged*/) {}
  /// The far end has restarted that channel, 0 all; calls on it are reported as released next.
  virtual void on_restart(int /*channel*/) {}
  /// The far end never answered the release of the call that was there: nobody knows what it makes of that channel.
  virtual void on_stuck(int /*channel*/) {}
};

/// One D channel. Everything on the loop's thread.
///
///              ┌────────────── place() ──────────────┐
///              ▼                                      │
///     placed ─► dialling ─► proceeding ─► ringing ─► up ─► clearing ─► gone (on_released)
///     collecting ─► offered ─────► alerting ─► connecting ─► up      ▲
///          └───────────┴──────────────┴── hangup(), DISCONNECT ──────┘
///
/// What is not allowed in a state is ignored: the call may have been cleared while the caller decided.
/// Waits are bounded: SETUP unanswered 2 × 4 s (T303), the others by Timers, clearing 60 s; then the call is released
/// whatever the far end says.
class DChannel {
 public:
  /// Takes a frame without FCS (ITU-T Q.921 §2) for the line. May drop it: layer 2 repeats.
  using SendFrame = std::function<void(std::span<const uint8_t> frame)>;
  static std::unique_ptr<DChannel> create(Loop& loop, const Config& config, SendFrame send, Events& events);
  virtual ~DChannel() = default;

  /// Timers and dialling of calls from now on.
  virtual void adopt(const Timers& timers, const Dialling& dialling) = 0;

  /// A frame from the line, without FCS.
  virtual void receive(std::span<const uint8_t> frame) = 0;
  virtual bool up() const = 0;

  /// Sends SETUP. `unavailable` while layer 2 is down, `bad_data` for what is no number (digits, *, #, one leading +,
  /// at most 31).
  virtual Result<CallId> place(const Outgoing& outgoing) = 0;
  Result<CallId> place(int channel, const std::string& from, const std::string& to) {
    Outgoing outgoing;
    outgoing.channel = channel;
    outgoing.from = from;
    outgoing.to = to;
    return place(outgoing);
  }
  /// More digits of a call that was placed incomplete: sent when the far end has asked for them, forgotten when it has
  /// enough.
  virtual void dial(CallId call, const std::string& digits) = 0;
  /// `tones`: the caller hears it ring from us (progress indicator 8), not from its own exchange.
  virtual void alert(CallId call, bool tones = false) = 0;
  /// Tells the caller that there is something to hear, before the answer. Once is enough.
  virtual void progress(CallId call) = 0;
  /// `number`: who answers, if it is to be told (COLP).
  virtual void answer(CallId call, const std::string& number = "") = 0;
  /// Advice of charge to the far end: at once, or, when it is final, with the release, whoever begins it.
  virtual void charge(CallId call, const Charge& charge) = 0;
  /// on_released follows, with this cause. Causes that speak of the call reference (6, 7, 26, 81) go out as 31.
  /// `tones`: the far end is told that there is something to hear until it releases, at most T305, 30 s.
  virtual void hangup(CallId call, int cause, bool tones = false) = 0;

  /// Sends RESTART for a channel; a call on it is released with cause 41. One at a time: `again` before on_restarted,
  /// `unavailable` while layer 2 is down.
  virtual Result<void> restart(int channel) = 0;

  virtual size_t calls() const = 0;
  /// What this room holds, for an audit.
  struct Held {
    CallId call;
    int channel;
    bool clearing;
  };
  virtual std::vector<Held> held() const = 0;
  /// How many calls libpri holds: as many as calls(), unless something was lost between us.
  virtual size_t layer3_calls() const = 0;
};

/// True for digits, * and #, with one leading + at most, 1 to 31 in all.
bool is_number(const std::string& text);

/// Whether a number that comes in parts is whole. A '#' ends it and is taken off, unless the number begins with '*' or
/// '#': then it is a service code, which ends with one. 31 digits are always enough.
bool is_whole(const Dialling& dialling, std::string& number);

/// "0.35", "12.00", "0.005".
std::string amount_text(int64_t thousandths);

}  // namespace hotline::isdn
