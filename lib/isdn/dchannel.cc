// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/time.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "isdn/isdn.h"
#include "isdn/libpri_door.h"
#include "isdn/setup.h"

namespace hotline::isdn {

namespace {

// Q.931 (05/98) §9, table 9-1 and 9-2. libpri runs T303, T305, T308, T309 and T313; it starts neither T301 nor T310.
constexpr seconds kT301{180};
constexpr seconds kT310{40};
constexpr int kT309ms = 90'000;
constexpr seconds kClearing{60};          // longer than T305 and two T308: then libpri has lost the call
constexpr milliseconds kConnectAck{500};  // the network side need not be told that its CONNECT was understood
// One end may have the answer to its SABME while the other's was lost, because we had not yet bound our port. It asks
// again after T200, 1 s, and that resets layer 2 under a call that has just begun. So the other end asks sooner, and
// layer 2 counts as up only when no SABME has come for a while.
constexpr milliseconds kAskAgain{250};
constexpr milliseconds kSettled{500};
constexpr size_t kFramesWaitingMax = 1024;
constexpr int kEventsMax = 10'000;  // of one pump; more is a loop in libpri

constexpr int kNormalClearing = 16, kNoAnswer = 19, kNoCircuit = 34, kTemporaryFailure = 41, kChannelTaken = 44,
              kBearerNotImplemented = 65, kTimerExpiry = 102;

enum class Stage { placed, proceeding, ringing, offered, alerting, connecting, up, clearing };

struct Call {
  CallId id = 0;
  q931_call* pri = nullptr;
  int channel = 0;
  Stage stage = Stage::placed;
  int cause = 0;  // of the clearing, once it has begun
  bool by_remote = false;
  bool announced = false;  // the user of this room knows of it
  Loop::Handle timer;      // of the stage
};

// SABME (Q.921 §3.6.2): the far end starts layer 2 anew.
bool is_sabme(std::span<const uint8_t> frame) { return frame.size() == 3 && (frame[2] & ~0x10) == 0x6F; }

class Pri : public DChannel, private Wire {
 public:
  Pri(Loop& loop, const Config& config, SendFrame send, Events& events)
      : loop_(loop), config_(config), send_(std::move(send)), events_(events) {
    pri_ = open_libpri(*this, config.network_side);
    pri_set_timer(pri_, PRI_TIMER_T309, kT309ms);
    // Else causes 34, 44 and 1 after PROCEEDING go out as RELEASE COMPLETE, which is wrong in that state.
    pri_hangup_fix_enable(pri_, 1);
    pump();
  }

  // libpri has no way to free a D channel: it stays allocated, out of use.
  ~Pri() override { close_libpri(pri_); }

  void receive(std::span<const uint8_t> frame) override {
    if (in_.size() >= kFramesWaitingMax) return;
    in_.emplace_back(frame.begin(), frame.end());
    const bool anew = is_sabme(frame);
    pump();
    if (anew) on_sabme();
  }

  bool up() const override { return up_; }
  size_t calls() const override { return calls_.size(); }

  Result<CallId> place(int channel, const std::string& from, const std::string& to) override {
    require(is_channel(channel));
    if (!up_) return Error{Errc::unavailable, "span '" + config_.name + "' is down"};
    for (const auto* number : {&to, &from}) {
      if (number->empty() && number == &from) continue;
      if (!is_number(*number)) return Error{Errc::bad_data, "'" + *number + "' is no telephone number"};
    }
    q931_call* handle = pri_new_call(pri_);
    if (!handle) return Error{Errc::again, "span '" + config_.name + "' has no call reference left"};
    Call& call = add(handle, channel, Stage::placed);
    const CallId id = call.id;
    if (send_setup(pri_, handle, channel, from, to) != 0) {
      forget(id);
      pri_destroycall(pri_, handle);
      return Error{Errc::bug, "span '" + config_.name + "' cannot send SETUP"};
    }
    call.announced = true;
    pump();
    return id;
  }

  void alert(CallId id) override {
    Call* call = find(id);
    if (!call || call->stage != Stage::offered) return;
    call->stage = Stage::alerting;
    pri_acknowledge(pri_, call->pri, call->channel, 0);
    pump();
  }

  void answer(CallId id) override {
    Call* call = find(id);
    if (!call || (call->stage != Stage::offered && call->stage != Stage::alerting)) return;
    call->stage = Stage::connecting;
    pri_answer(pri_, call->pri, call->channel, 0);
    call->timer = loop_.after(kConnectAck, [this, id] { connected(id); });
    pump();
  }

  void hangup(CallId id, int cause) override {
    if (Call* call = find(id)) clear(*call, cause, false);
    pump();
  }

 private:
  // The door to libpri ------------------------------------------------------------------------------------------------

  const std::string& wire_name() const override { return config_.name; }

  bool read_frame(std::vector<uint8_t>& frame) override {
    if (in_.empty()) return false;
    frame = std::move(in_.front());
    in_.pop_front();
    return true;
  }

  void write_frame(std::span<const uint8_t> frame) override { send_(frame); }

  // Lets libpri work until it has nothing left: an event of NULL is not yet the end of the frames (an RR gives none).
  // A pump within a pump (from a callback) leaves the work to the outer one.
  void pump() {
    if (pumping_) return;
    pumping_ = true;
    for (int events = 0; events < kEventsMax; events++) {
      pri_event* event = nullptr;
      if (!in_.empty()) {
        event = pri_check_event(pri_);
      } else if (!(event = pri_schedule_run(pri_))) {
        break;
      }
      if (event) {
        const pri_event copy = *event;  // the next call into libpri overwrites it
        handle(copy);
      }
    }
    pumping_ = false;
    arm();
  }

  void arm() {
    const timeval* next = pri_schedule_next(pri_);
    if (!next) {
      timer_.cancel();
      return;
    }
    timeval now;
    gettimeofday(&now, nullptr);
    const microseconds delay = seconds(next->tv_sec - now.tv_sec) + microseconds(next->tv_usec - now.tv_usec);
    timer_ = loop_.after(std::clamp<microseconds>(delay, microseconds(0), seconds(60)), [this] { pump(); });
  }

  // Calls -------------------------------------------------------------------------------------------------------------

  Call& add(q931_call* handle, int channel, Stage stage) {
    Call& call = calls_[++last_id_];
    call.id = last_id_;
    call.pri = handle;
    call.channel = channel;
    call.stage = stage;
    by_handle_[handle] = call.id;
    return call;
  }

  Call* find(CallId id) {
    auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : &found->second;
  }

  Call* find(q931_call* handle) {
    auto found = by_handle_.find(handle);
    return found == by_handle_.end() ? nullptr : find(found->second);
  }

  void forget(CallId id) {
    if (Call* call = find(id); call && owns_handle(*call)) by_handle_.erase(call->pri);
    calls_.erase(id);
  }

  // False once libpri has given the address to another call.
  bool owns_handle(const Call& call) const {
    auto found = by_handle_.find(call.pri);
    return found != by_handle_.end() && found->second == call.id;
  }

  void released(CallId id) {
    Call* call = find(id);
    if (!call) return;
    const int cause = valid_cause(call->cause);
    const bool by_remote = call->by_remote, announced = call->announced;
    forget(id);
    if (announced) events_.on_released(id, cause, by_remote);
  }

  // Begins the clearing, unless it has begun; the far end's answer comes as HANGUP or HANGUP_ACK.
  void clear(Call& call, int cause, bool by_remote) {
    if (call.stage == Stage::clearing) return;
    const bool answered_setup = call.stage != Stage::placed;
    call.stage = Stage::clearing;
    call.cause = cause;
    call.by_remote = by_remote;
    const CallId id = call.id;
    call.timer = loop_.after(kClearing, [this, id] { destroy(id); });
    // Before anything has come back, libpri answers some causes with RELEASE COMPLETE and forgets the call without a
    // word; the far end, still at work on our SETUP, is better served by DISCONNECT anyway.
    pri_hangup(pri_, call.pri, answered_setup ? wire_cause(cause) : kNormalClearing);
  }

  // The end without the far end's consent.
  void destroy(CallId id) {
    Call* call = find(id);
    if (!call) return;
    log_warning("span '" + config_.name + "': channel " + std::to_string(call->channel) +
                " was not cleared by the far end, taken back");
    if (owns_handle(*call)) pri_destroycall(pri_, call->pri);
    released(id);
    pump();
  }

  void connected(CallId id) {
    Call* call = find(id);
    if (!call || call->stage != Stage::connecting) return;
    call->stage = Stage::up;
    call->timer.cancel();
    events_.on_answered(id);
  }

  void expire(CallId id, int cause) {
    if (Call* call = find(id)) clear(*call, cause, false);
    pump();
  }

  void on_sabme() {
    if (!linked_) {
      settle_timer_ = loop_.after(kAskAgain, [this] { ask_again(); });
    } else if (!up_) {
      settle_timer_ = loop_.after(kSettled, [this] { layer2(true); });
    } else {
      probe();
    }
  }

  void ask_again() {
    if (linked_) return;
    // A command, so C/R is 1 from the network and 0 from the user; SAPI 0, TEI 0, P bit set (Q.921 §3.3).
    const uint8_t sabme[] = {static_cast<uint8_t>(config_.network_side ? 0x02 : 0x00), 0x01, 0x7F};
    send_(sabme);
  }

  // A far end that starts layer 2 anew without our having seen it fall may have been killed and know none of our calls.
  // It says so when it is sent a message for them: RELEASE COMPLETE with cause 81 (Q.931 §5.8.3.2). libpri can send no
  // STATUS ENQUIRY; PROGRESS is the message it can that changes nothing for an end that knows the call.
  void probe() {
    for (auto& [id, call] : calls_) {
      if (call.stage != Stage::placed && call.stage != Stage::clearing) pri_progress(pri_, call.pri, call.channel, 1);
    }
    pump();
  }

  // Events of libpri --------------------------------------------------------------------------------------------------

  void handle(const pri_event& event) {
    switch (event.e) {
      case PRI_EVENT_DCHAN_UP:
        linked_ = true;
        if (!up_) settle_timer_ = loop_.after(kSettled, [this] { layer2(true); });
        break;
      case PRI_EVENT_DCHAN_DOWN:
        linked_ = false;
        settle_timer_.cancel();
        layer2(false);
        break;
      case PRI_EVENT_RING:
        on_ring(event.ring);
        break;
      case PRI_EVENT_PROCEEDING:
        on_proceeding(event.proceeding.call);
        break;
      case PRI_EVENT_PROGRESS:
        on_progress(event.proceeding.call);
        break;
      case PRI_EVENT_RINGING:
        on_alerting(event.ringing.call);
        break;
      case PRI_EVENT_ANSWER:
        on_answer(event.answer.call);
        break;
      case PRI_EVENT_CONNECT_ACK:
        if (Call* call = find(event.connect_ack.call)) connected(call->id);
        break;
      case PRI_EVENT_HANGUP_REQ:
        on_disconnect(event.hangup);
        break;
      case PRI_EVENT_HANGUP:
        on_release(event.hangup);
        break;
      case PRI_EVENT_HANGUP_ACK:
        if (Call* call = find(event.hangup.call)) released(call->id);  // libpri has freed its part already
        break;
      case PRI_EVENT_RESTART:
        on_restart(event.restart.channel);
        break;
      case PRI_EVENT_CONFIG_ERR:
        log_warning("span '" + config_.name + "': " + event.err.err);
        break;
      default:
        break;  // overlap digits, facilities, holding: offered by nobody who talks to us
    }
  }

  void layer2(bool up) {
    if (up == up_) return;
    up_ = up;
    events_.on_layer2(up);
  }

  void on_ring(const pri_event_ring& ring) {
    if (Call* stale = find(ring.call)) {  // libpri freed it without a word, and has used the address again
      stale->cause = kTemporaryFailure;
      released(stale->id);
    }
    const Setup setup = setup_of(ring);
    const bool audio = is_audio(ring.ctype);
    const int channel = audio ? events_.choose_channel(setup) : 0;
    // Always PROCEEDING first: a hangup straight from here with cause 17 or 21 would send nothing and leak the call.
    const int shown = channel != 0 ? channel : std::max(setup.channel, 1);
    Call& call = add(ring.call, shown, Stage::offered);
    const CallId id = call.id;
    pri_proceeding(pri_, ring.call, shown, 0);
    if (channel != 0) {
      call.announced = true;
      events_.on_incoming(id, setup, channel);
      return;
    }
    clear(call, !audio ? kBearerNotImplemented : setup.channel != 0 ? kChannelTaken : kNoCircuit, false);
  }

  void on_proceeding(q931_call* handle) {
    Call* call = find(handle);
    if (!call || call->stage != Stage::placed) return;
    call->stage = Stage::proceeding;
    const CallId id = call->id;
    call->timer = loop_.after(kT310, [this, id] { expire(id, kTimerExpiry); });
  }

  // Tones or an announcement are coming in band: whoever called hears them, and T310 has done its work (Q.931 §5.1.6).
  void on_progress(q931_call* handle) {
    Call* call = find(handle);
    if (!call || (call->stage != Stage::placed && call->stage != Stage::proceeding)) return;
    call->stage = Stage::proceeding;
    const CallId id = call->id;
    call->timer = loop_.after(kT301, [this, id] { expire(id, kNoAnswer); });
  }

  void on_alerting(q931_call* handle) {
    Call* call = find(handle);
    if (!call || (call->stage != Stage::placed && call->stage != Stage::proceeding)) return;
    call->stage = Stage::ringing;
    const CallId id = call->id;
    call->timer = loop_.after(kT301, [this, id] { expire(id, kNoAnswer); });
    events_.on_ringing(id);
  }

  void on_answer(q931_call* handle) {
    Call* call = find(handle);
    if (!call || call->stage == Stage::up || call->stage == Stage::clearing) return;
    call->stage = Stage::up;
    call->timer.cancel();
    events_.on_answered(call->id);
  }

  // DISCONNECT: libpri answers our hangup with RELEASE; HANGUP_ACK follows.
  void on_disconnect(const pri_event_hangup& hangup) {
    Call* call = find(hangup.call);
    if (!call) {
      pri_hangup(pri_, hangup.call, hangup.cause);
      return;
    }
    if (call->stage == Stage::clearing) {  // both ends disconnected at once
      pri_hangup(pri_, call->pri, call->cause);
      return;
    }
    clear(*call, valid_cause(hangup.cause), true);
  }

  // RELEASE, RELEASE COMPLETE, or a timer of libpri's: one pri_hangup, after which libpri has freed its part.
  void on_release(const pri_event_hangup& hangup) {
    Call* call = find(hangup.call);
    if (call && call->stage != Stage::clearing) {
      call->cause = valid_cause(hangup.cause);
      call->by_remote = true;
    }
    const CallId id = call ? call->id : 0;
    if (call) by_handle_.erase(call->pri);
    pri_hangup(pri_, hangup.call, hangup.cause);
    if (id != 0) released(id);
  }

  // RESTART of a channel, or of all (-1): its call is gone for the far end (Q.931 §5.5).
  void on_restart(int encoded) {
    const int channel = encoded < 0 ? 0 : encoded & 0xFF;
    std::vector<CallId> gone;
    for (auto& [id, call] : calls_) {
      if (channel == 0 || !is_channel(channel) || call.channel == channel) gone.push_back(id);
    }
    for (CallId id : gone) {
      Call* call = find(id);
      if (!call) continue;
      call->cause = kTemporaryFailure;
      call->by_remote = true;
      pri_destroycall(pri_, call->pri);
      released(id);
    }
  }

  Loop& loop_;
  const Config config_;
  SendFrame send_;
  Events& events_;
  pri* pri_ = nullptr;
  std::deque<std::vector<uint8_t>> in_;
  std::map<CallId, Call> calls_;
  std::unordered_map<q931_call*, CallId> by_handle_;
  CallId last_id_ = 0;
  bool linked_ = false;  // libpri's layer 2 is up
  bool up_ = false;      // and has settled
  bool pumping_ = false;
  Loop::Handle timer_, settle_timer_;
};

}  // namespace

std::unique_ptr<DChannel> DChannel::create(Loop& loop, const Config& config, SendFrame send, Events& events) {
  return std::make_unique<Pri>(loop, config, std::move(send), events);
}

}  // namespace hotline::isdn
