// SPDX-License-Identifier: GPL-2.0-or-later
// The table of calls: calls, legs, bridges, recordings, tags, and which event each change is worth. Knows no audio, no
// line and no phone: switch.cc moves those and tells the table. Reads time only from the clock it was given.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "wire/wire.h"

namespace hotline::ccswitchd {

using wire::Json;
using Tags = std::map<std::string, std::string>;

inline constexpr size_t kTagsMax = 64;        ///< of a call or a leg
inline constexpr size_t kTagBytesMax = 1024;  ///< of one value
inline constexpr size_t kPlaysMax = 8;        ///< plays of one leg whose end has not been told yet
inline constexpr size_t kLegsMax = 32;        ///< of a call at one time

/// Causes of ITU-T Q.850 (05/98) table 1 that the switch gives of its own accord.
namespace cause {
inline constexpr int kUnallocated = 1, kNoRoute = 3, kNormal = 16, kBusy = 17, kNoAnswer = 19;
inline constexpr int kSubscriberAbsent = 20, kRejected = 21;
inline constexpr int kUnspecified = 31, kNoCircuit = 34, kTemporaryFailure = 41, kCongestion = 42;
}  // namespace cause

/// A leg's life. `-` is refused; `gone` is no state but the end: the leg has left the table.
///
///     state      alert     answer     ringing  answered  hangup     released
///     offered    alerting  answering  -        up        releasing  gone        came in
///     alerting   -         answering  -        up        releasing  gone        came in; the caller hears it ring
///     answering  -         -          -        up        releasing  gone        came in; connection asked for
///     dialed     -         -          ringing  up        releasing  gone        goes out
///     ringing    -         -          -        up        releasing  gone        goes out; the far end rings
///     up         -         -          -        -         releasing  gone        connected
///     releasing  -         -          -        -         -          gone        release asked for
enum class LegState { offered, alerting, answering, dialed, ringing, up, releasing, gone };
enum class LegEvent { alert, answer, ringing, answered, hangup, released };
std::optional<LegState> next_state(LegState state, LegEvent event);
const char* name_of(LegState state);

/// Who released a leg; the names of `by` in leg.released, where the blacklist is the switch.
enum class By { remote, local, timeout, the_switch, blacklist };
const char* name_of(By by);

/// Where a leg leads: the id that its side (span or phone) gave it.
struct Far {
  enum class Kind { span, phone, trunk } kind = Kind::span;
  uint32_t id = 0;
  auto operator<=>(const Far&) const = default;
};

struct Play {
  uint32_t id = 0;
  bool notice = false;
  Instant began{};
};

/// Somebody's ear at a leg: a supervisor's leg, or a program that listens.
struct Spy {
  std::string target;  ///< a leg
  std::string mode;    ///< listen, whisper, barge; of a program stream
  std::string by;      ///< who asked for it; "" when that was not said
  Instant began{};
};

/// A program that listens (command listen).
struct Listener {
  std::string call;  ///< its target's
  Spy spy;
  std::string reason;  ///< why it has been told to stop, or ""
};

struct Leg {
  std::string id, call;
  std::string role;      ///< caller, agent, party
  std::string endpoint;  ///< "span:e1/17", "phone:1001", "trunk:provider/13800138000"
  LegState state = LegState::offered;
  Utc since{};  ///< in this state
  Tags tags;
  Far far;
  uint32_t port = 0;             ///< the media plane's, 0: not yet
  std::string connected;         ///< who answered, where the network tells
  std::string base = "silence";  ///< what `hear` asked for
  std::string music;             ///< the prompt that is its music, or "" for the configured one
  std::string bridge;            ///< the bridge it is in, or ""
  std::string segment;           ///< of the running recording of this leg alone, or ""
  std::optional<Spy> spy;        ///< whom it spies on
  int64_t says_db = 0, hears_db = 0;
  std::vector<Play> plays;
  Instant answered{};               ///< since when it is up
  std::optional<Instant> deadline;  ///< of a dialed leg: released with cause 19 then
  int release_cause = 0;            ///< what was asked for; 0: nothing yet
  By release_by = By::local;
  int64_t up_ms = -1;  ///< set when the release was asked for
  std::optional<std::string> secret;  ///< while its keys are secret: those that the controller has not fetched yet
  bool phone_holds = false, controller_holds = false;
  Instant held_since{};
  bool early = false;    ///< goes out, and sends audio before its answer
  int redirections = 0;  ///< how often its phone has led it elsewhere
  bool held() const { return phone_holds || controller_holds; }
};

/// A leg's time in a bridge.
struct Member {
  std::string leg;
  Instant joined{};
};

struct Bridge {
  std::string id, call;
  std::vector<Member> members;  ///< two or more, in the order in which they came
  Utc since{};
  Instant began{};
  std::string segment;  ///< of the running recording, or ""
  bool announcing = false;
  bool has(const std::string& leg) const;
  Json legs() const;  ///< their ids
};

struct Recording {
  std::string segment, call, bridge, file;
  std::string leg;  ///< instead of a bridge
};

struct Call {
  std::string id;
  std::string from, to, line, controller;
  std::string caller_name;  ///< "": nobody told
  Json redirecting;         ///< who passed the call on, and why; null: nobody did
  int max_forwards = 70;    ///< of SIP: through so many hops it may go on
  Utc since{};
  Instant began{}, touched{};  ///< touched: when last somebody did something with it
  Tags tags;
  std::map<int, Leg> legs;
  std::map<std::string, Bridge> bridges;
  int last_leg = 0, last_bridge = 0, last_segment = 0;
  int recordings = 0;          ///< open ones; the call's last event waits for them
  int listeners = 0;           ///< and for these
  int faxes = 0, last_fax = 0; ///< and for these, running or waiting
  bool dialed = false;         ///< its first leg went out
  bool caller_gone = false;    ///< the first leg has been released
  int cause = cause::kNormal;  ///< of the first leg's release
  std::string by = "switch";
  std::optional<Instant> orphan_since;  ///< its controller is lost
  bool fallen_back = false;
  std::optional<Instant> last_leg_gone;
};

class Calls {
 public:
  struct Now {
    Instant mono;
    Utc utc;
  };
  using Emit = std::function<void(wire::Event)>;
  using Clock = std::function<Now()>;
  Calls(Emit emit, Clock clock) : emit_(std::move(emit)), clock_(std::move(clock)) {}

  /// A new call without legs; no event before offer() or dialed().
  Call& open(const std::string& from, const std::string& to, const std::string& line, const std::string& controller,
             Tags tags);
  /// The caller's leg, and the event call.offered.
  Leg& offer(Call& call, Far far, uint32_t port, const std::string& endpoint);
  /// A leg that goes out, and the event leg.dialed. `to` is what was asked for: "phone:1001", "pstn:…".
  Leg& dialed(Call& call, Far far, uint32_t port, const std::string& endpoint, const std::string& to,
              const std::string& role, Tags tags, std::optional<Instant> deadline);
  /// The leg leads over another channel.
  void move_to(Leg& leg, uint32_t port, const std::string& endpoint);
  /// Another far end for a leg that is dialed or ringing: it is dialed again. True when the one before still has to be
  /// told that it is given up; what it says is no longer heard.
  bool move(Leg& leg, Far far, uint32_t port, const std::string& endpoint);
  /// The far end of a leg that is to be moved is gone already.
  void far_is_gone(const Leg& leg) { by_far_.erase(leg.far); }
  /// Takes back a call of open() that never got a leg.
  void forget(const std::string& call);

  /// Steps the leg, with leg.ringing or leg.answered; false and nothing done where the table above says no.
  bool step(Leg& leg, LegEvent event);
  /// The release has been asked for; its plays end now. False when it had been before.
  bool releasing(Leg& leg, int cause, By by);
  /// The leg is gone: play.done for what it heard, leg.released, and the call's end when it was the last and nothing
  /// is being recorded. Its bridge must have ended before. The reference is dead afterwards.
  void released(Leg& leg, int cause, bool by_remote);
  /// One leg comes into another call: it ends in its own (leg.released, with the leg that it is now) and begins there
  /// (leg.dialed, with the one that it was), as far as it had come. Both references are dead afterwards. It must be in
  /// no bridge.
  Leg& move(Leg& leg, Call& to);
  /// Its phone led it to another far end, before the answer.
  void redirect(Leg& leg, Far far, uint32_t port, const std::string& endpoint, const std::string& to);
  /// Who holds it, or does no more; leg.held and leg.resumed when that changes whether it is held.
  void hold(Leg& leg, bool by_phone, bool on);
  /// Its far end sends audio before it answers.
  void early(Leg& leg);
  /// Ends calls whose last leg went more than `patience` ago although a recording has not said that it stopped.
  void end_waiting(milliseconds patience);

  /// Legs whose time to answer is over.
  std::vector<std::string> unanswered() const;
  /// Calls whose caller is gone and that nobody has touched for so long; who talks is not idle. A caller that is gone
  /// leaves legs that only its controller can want.
  std::vector<std::string> idle(milliseconds patience) const;

  /// Of two legs and more, all of them in no bridge.
  Bridge& bridge_up(Call& call, const std::vector<Leg*>& legs, bool announcing);
  void bridge_joined(Bridge& bridge, Leg& leg);
  /// One of three and more: bridge_down() is for the last but one. `reason`: leave, replaced, released.
  void bridge_left(Bridge& bridge, Leg& leg, const std::string& reason);
  /// `reason`: unbridge, leave, replaced, released. The reference is dead afterwards.
  void bridge_down(Bridge& bridge, const std::string& reason);
  void announce_done(Bridge& bridge, const std::string& reason);

  Recording& record_started(Bridge& bridge, const std::string& segment);
  Recording& record_started(Leg& leg, const std::string& segment);
  /// `more`: further fields of the event.
  void record_stopped(const std::string& file, int64_t ms, int64_t gap_ms, const std::string& reason,
                      const Json& more = Json::object());
  std::string next_segment(Call& call) { return call.id + "-r" + std::to_string(++call.last_segment); }

  void spy_started(Leg& leg, const Leg& target, const std::string& mode, const std::string& by);
  void spy_changed(Leg& leg, const std::string& mode);
  void spy_stopped(Leg& leg, const std::string& reason);
  /// Legs that spy on this one.
  std::vector<std::string> spies_of(const std::string& leg) const;
  void listener_started(uint32_t tap, const Leg& target, const std::string& by);
  void listener_stopped(uint32_t tap, int64_t gap_ms, const std::string& reason);
  /// Ears at the legs of a bridge, of both kinds.
  size_t ears_at(const Bridge& bridge) const;

  /// A fax of a leg; fax_done() ends what this begins.
  std::string next_fax(Call& call) { return call.id + "-f" + std::to_string(++call.last_fax); }
  void fax_begins(Leg& leg) { ++call_of(leg).faxes; }
  void fax_says(const std::string& name, const std::string& call, const std::string& leg, Json fields);
  void fax_done(const std::string& call, const std::string& leg, Json fields);

  void play_started(Leg& leg, uint32_t play, bool notice);
  void play_done(Leg& leg, uint32_t play, const std::string& reason, int64_t ms);

  /// The first complaint about such a change of tags, or "".
  static std::string wrong_tags(const Tags& now, const Json& set, const Json& unset);
  void tag(Call& call, Leg* leg, const Json& set, const Json& unset);
  void handover(Call& call, const std::string& to, const Json& tags);
  void fall_back(Call& call, const std::string& to);

  void emit(const std::string& name, const Call& call, const Leg* leg, Json fields = Json::object());

  /// How many legs lead there: "phone:1001".
  int legs_of(const std::string& endpoint) const;

  Call* find_call(const std::string& id);
  Leg* find_leg(const std::string& id);
  Leg* find_leg(Far far);
  Leg* find_port(uint32_t port);
  Bridge* find_bridge(const std::string& id);
  const Leg* find_leg(const std::string& id) const { return const_cast<Calls*>(this)->find_leg(id); }
  Call& call_of(const Leg& leg) { return calls_.at(leg.call); }
  const Call& call_of(const Leg& leg) const { return calls_.at(leg.call); }
  Now now() const { return clock_(); }

  std::map<std::string, Call>& all() { return calls_; }
  const std::map<std::string, Call>& all() const { return calls_; }
  const std::map<std::string, Recording>& recordings() const { return recordings_; }
  std::map<uint32_t, Listener>& listeners() { return listeners_; }
  const std::map<uint32_t, Listener>& listeners() const { return listeners_; }

 private:
  Leg& add(Call& call, Far far, uint32_t port, const std::string& endpoint, const std::string& role, LegState state);
  void gone(Leg& leg, const std::string& moved);
  void count_at(const std::string& endpoint, int change);
  void end(Call& call);
  void end_if_over(Call& call);
  void start_recording(Call& call, Recording recording, const Json& fields);
  /// An event of spying, in the call of its target.
  void emit_spy(const std::string& name, const Spy& spy, const std::string& leg, const Json& fields);

  Emit emit_;
  Clock clock_;
  IdMaker ids_;
  std::map<std::string, Call> calls_;
  std::map<std::string, Recording> recordings_;  // by file
  std::map<uint32_t, Listener> listeners_;       // by tap
  std::map<std::string, std::vector<std::string>> spies_;  // by target
  std::map<Far, std::string> by_far_;
  std::map<uint32_t, std::string> by_port_;
  std::map<std::string, int> at_endpoint_;
};

/// Everything that keeps running when nobody acts is bounded by these.
inline constexpr milliseconds kIdleMax{30000};            ///< a call whose caller is gone, untouched
inline constexpr milliseconds kRecordingPatience{10000};  ///< for record.stopped after the last leg

}  // namespace hotline::ccswitchd
