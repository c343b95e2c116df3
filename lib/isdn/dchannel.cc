// SPDX-License-Identifier: GPL-2.0-or-later
#include "isdn/dchannel.h"

#include <sys/time.h>

#include <algorithm>

#include "base/log.h"
#include "isdn/frame.h"
#include "isdn/setup.h"

namespace hotline::isdn {

namespace {

constexpr seconds kClearing{60};          // longer than T305 and two T308: then libpri has lost the call
constexpr milliseconds kConnectAck{500};  // the network side need not be told that its CONNECT was understood
constexpr size_t kFramesWaitingMax = 1024;
constexpr int kEventsMax = 10'000;  // of one pump; more is a loop in libpri
constexpr size_t kReferencesMax = 1024;

// SABME (Q.921 §3.6.2): the far end starts layer 2 anew.
bool is_sabme(std::span<const uint8_t> frame) { return frame.size() == 3 && (frame[2] & ~0x10) == 0x6F; }

}  // namespace

Pri::Pri(Loop& loop, const Config& config, SendFrame send, Events& events)
    : loop_(loop), config_(config), send_(std::move(send)), events_(events) {
  pri_ = open_libpri(*this, config.network_side);
  adopt(config.timers, config.dialling);
  pump();
}

void Pri::adopt(const Timers& timers, const Dialling& dialling) {
  config_.timers = timers;
  config_.dialling = dialling;
  pri_set_timer(pri_, PRI_TIMER_T309, static_cast<int>(timers.t309.count()));
}

// The door to libpri
// ---------------------------------------------------------------------------------------------------------

void Pri::receive(std::span<const uint8_t> frame) {
  if (in_.size() >= kFramesWaitingMax) return;
  if (const auto message = message_of(frame); message && message->type == kDisconnect && has_tones(*message)) {
    if (tones_in_.size() < kReferencesMax) tones_in_.insert(message->reference);
  }
  in_.emplace_back(frame.begin(), frame.end());
  const bool anew = is_sabme(frame);
  pump();
  if (anew) on_sabme();
}

bool Pri::read_frame(std::vector<uint8_t>& frame) {
  if (in_.empty()) return false;
  frame = std::move(in_.front());
  in_.pop_front();
  return true;
}

// libpri cannot say in a DISCONNECT that tones follow. Layer 2 does not mind longer messages.
void Pri::write_frame(std::span<const uint8_t> frame) {
  if (!tones_out_.empty()) {
    const auto message = message_of(frame);
    if (message && message->type == kDisconnect && tones_out_.count(message->reference)) {
      const auto amended = with_tones(frame, config_.network_side);
      send_(amended);
      return;
    }
  }
  send_(frame);
}

// Lets libpri work until it has nothing left: an event of NULL is not yet the end of the frames (an RR gives none).
// A pump within a pump (from a callback) leaves the work to the outer one.
void Pri::pump() {
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

void Pri::arm() {
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

// What is done to calls
// ------------------------------------------------------------------------------------------------------------

Result<CallId> Pri::place(const Outgoing& outgoing) {
  require(is_channel(outgoing.channel));
  if (!up_) return Error{Errc::unavailable, "span '" + config_.name + "' is down"};
  const auto wrong = [](const std::string& number, bool may_be_empty) {
    return !(number.empty() && may_be_empty) && !is_number(number);
  };
  for (const auto& [number, optional] : {std::pair(&outgoing.to, !outgoing.complete), std::pair(&outgoing.from, true),
                                         std::pair(&outgoing.redirecting.number, true)}) {
    if (wrong(*number, optional)) return Error{Errc::bad_data, "'" + *number + "' is no telephone number"};
  }
  q931_call* handle = pri_new_call(pri_);
  if (!handle) return Error{Errc::again, "span '" + config_.name + "' has no call reference left"};
  Call& call = add(handle, outgoing.channel, Stage::placed, true);
  const CallId id = call.id;
  if (send_setup(pri_, handle, outgoing) != 0) {
    forget(id);
    pri_destroycall(pri_, handle);
    return Error{Errc::bug, "span '" + config_.name + "' cannot send SETUP"};
  }
  call.announced = true;
  pump();
  return id;
}

void Pri::dial(CallId id, const std::string& digits) {
  Call* call = find(id);
  if (!call || (call->stage != Stage::placed && call->stage != Stage::dialling)) return;
  for (const char digit : digits) {
    if (call->to_dial.size() < 31 && std::string("0123456789*#").find(digit) != std::string::npos)
      call->to_dial += digit;
  }
  if (call->stage == Stage::dialling) send_digits(*call);
  pump();
}

// One INFORMATION a digit: libpri knows no other (Q.931 §5.1.3).
void Pri::send_digits(Call& call) {
  for (const char digit : std::exchange(call.to_dial, "")) pri_information(pri_, call.pri, digit);
  wait(call, config_.timers.t304, kTimerExpiry);
}

void Pri::alert(CallId id, bool tones) {
  Call* call = find(id);
  if (!call || call->stage != Stage::offered) return;
  call->stage = Stage::alerting;
  call->early = call->early || tones;
  pri_acknowledge(pri_, call->pri, call->channel, tones ? 1 : 0);
  pump();
}

void Pri::progress(CallId id) {
  Call* call = find(id);
  if (!call || call->early || (call->stage != Stage::offered && call->stage != Stage::alerting)) return;
  call->early = true;
  pri_progress(pri_, call->pri, call->channel, 1);
  pump();
}

void Pri::answer(CallId id, const std::string& number) {
  Call* call = find(id);
  if (!call || (call->stage != Stage::offered && call->stage != Stage::alerting)) return;
  call->stage = Stage::connecting;
  if (!number.empty()) tell_connected(pri_, call->pri, number);
  pri_answer(pri_, call->pri, call->channel, 0);
  call->timer = loop_.after(kConnectAck, [this, id] { connected(id); });
  pump();
}

void Pri::charge(CallId id, const Charge& charge) {
  Call* call = find(id);
  if (!call || call->stage == Stage::clearing || call->stage == Stage::placed) return;
  if (charge.final) {
    call->final_charge = charge;
    return;
  }
  send_charge(pri_, call->pri, charge);
  pump();
}

void Pri::hangup(CallId id, int cause, bool tones) {
  if (Call* call = find(id)) {
    // Tones are heard by a caller whom we have answered with PROCEEDING; before, and after a DISCONNECT, nobody
    // listens.
    const bool heard = call->stage != Stage::placed && call->stage != Stage::tone && call->stage != Stage::clearing;
    if (tones && heard && tones_out_.size() < kReferencesMax) tones_out_.insert(reference_of(*call));
    clear(*call, cause, false);
  }
  pump();
}

std::vector<DChannel::Held> Pri::held() const {
  std::vector<Held> list;
  for (const auto& [id, call] : calls_) list.push_back({id, call.channel, call.stage == Stage::clearing});
  return list;
}

// The table
// ------------------------------------------------------------------------------------------------------------

Call& Pri::add(q931_call* handle, int channel, Stage stage, bool ours) {
  Call& call = calls_[++last_id_];
  call.id = last_id_;
  call.pri = handle;
  call.channel = channel;
  call.stage = stage;
  call.ours = ours;
  by_handle_[handle] = call.id;
  return call;
}

Call* Pri::find(CallId id) {
  auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

Call* Pri::find(q931_call* handle) {
  auto found = by_handle_.find(handle);
  return found == by_handle_.end() ? nullptr : find(found->second);
}

void Pri::forget(CallId id) {
  if (Call* call = find(id); call && owns_handle(*call)) by_handle_.erase(call->pri);
  calls_.erase(id);
  if (calls_.empty()) {  // every reference is free again
    tones_in_.clear();
    tones_out_.clear();
  }
}

// False once libpri has given the address to another call.
bool Pri::owns_handle(const Call& call) const {
  auto found = by_handle_.find(call.pri);
  return found != by_handle_.end() && found->second == call.id;
}

// As messages from us carry it: the flag is set towards the end that chose the reference (Q.931 §4.3).
int Pri::reference_of(const Call& call) const {
  int low = 0;  // libpri takes the reference apart as GR-303 has it
  const int high = pri_get_crv(pri_, call.pri, &low);
  return ((high << 3 | low) & 0x7FFF) | (call.ours ? 0 : 0x8000);
}

void Pri::released(CallId id) {
  Call* call = find(id);
  if (!call) return;
  const int cause = valid_cause(call->cause);
  const bool by_remote = call->by_remote, announced = call->announced;
  forget(id);
  if (announced) events_.on_released(id, cause, by_remote);
}

// Begins the clearing, unless it has begun; the far end's answer comes as HANGUP or HANGUP_ACK.
void Pri::clear(Call& call, int cause, bool by_remote) {
  if (call.stage == Stage::clearing) return;
  const bool answered_setup = call.stage != Stage::placed;
  if (call.stage != Stage::tone) {  // then the far end was first, and its cause stands
    call.cause = cause;
    call.by_remote = by_remote;
  }
  call.stage = Stage::clearing;
  const CallId id = call.id;
  call.timer = loop_.after(kClearing, [this, id] { destroy(id); });
  if (call.final_charge) send_charge(pri_, call.pri, *call.final_charge);
  // Before anything has come back, libpri answers some causes with RELEASE COMPLETE and forgets the call without a
  // word; the far end, still at work on our SETUP, is better served by DISCONNECT anyway.
  pri_hangup(pri_, call.pri, answered_setup ? wire_cause(call.cause) : kNormalClearing);
}

// The end without the far end's consent.
void Pri::destroy(CallId id) {
  Call* call = find(id);
  if (!call) return;
  log_warning("span '" + config_.name + "': channel " + std::to_string(call->channel) +
              " was not cleared by the far end, taken back");
  const int channel = call->channel;
  if (owns_handle(*call)) pri_destroycall(pri_, call->pri);
  released(id);
  events_.on_stuck(channel);
  pump();
}

void Pri::connected(CallId id) {
  Call* call = find(id);
  if (!call || call->stage != Stage::connecting) return;
  call->stage = Stage::up;
  call->timer.cancel();
  events_.on_answered(id);
}

void Pri::expire(CallId id, int cause) {
  if (Call* call = find(id)) clear(*call, cause, false);
  pump();
}

void Pri::wait(Call& call, milliseconds patience, int cause) {
  call.timer = loop_.after(patience, [this, id = call.id, cause] { expire(id, cause); });
}

std::unique_ptr<DChannel> DChannel::create(Loop& loop, const Config& config, SendFrame send, Events& events) {
  return std::make_unique<Pri>(loop, config, std::move(send), events);
}

}  // namespace hotline::isdn
