// SPDX-License-Identifier: GPL-2.0-or-later
// Layer 2 as it comes and goes, and RESTART.
#include "base/log.h"
#include "isdn/dchannel.h"

namespace hotline::isdn {

namespace {

// One end may have the answer to its SABME while the other's was lost, because we had not yet bound our port. It asks
// again after T200, 1 s, and that resets layer 2 under a call that has just begun. So the other end asks sooner, and
// layer 2 counts as up only when no SABME has come for a while.
constexpr milliseconds kAskAgain{250};
constexpr milliseconds kSettled{500};

}  // namespace

void Pri::on_sabme() {
  if (!linked_) {
    settle_timer_ = loop_.after(kAskAgain, [this] { ask_again(); });
  } else if (!up_) {
    settle_timer_ = loop_.after(kSettled, [this] { layer2(true); });
  } else {
    probe();
  }
}

void Pri::ask_again() {
  if (linked_) return;
  // A command, so C/R is 1 from the network and 0 from the user; SAPI 0, TEI 0, P bit set (Q.921 §3.3).
  const uint8_t sabme[] = {static_cast<uint8_t>(config_.network_side ? 0x02 : 0x00), 0x01, 0x7F};
  send_(sabme);
}

// A far end that starts layer 2 anew without our having seen it fall may have been killed and know none of our calls.
// It says so when it is sent a message for them: RELEASE COMPLETE with cause 81 (Q.931 §5.8.3.2). libpri can send no
// STATUS ENQUIRY; PROGRESS is the message it can that changes nothing for an end that knows the call.
void Pri::probe() {
  for (auto& [id, call] : calls_) {
    if (call.stage == Stage::placed || call.stage == Stage::tone || call.stage == Stage::clearing) continue;
    pri_progress(pri_, call.pri, call.channel, 1);
  }
  pump();
}

void Pri::layer2(bool up) {
  if (up == up_) return;
  up_ = up;
  if (!up) end_restart(false);
  events_.on_layer2(up);
}

Result<void> Pri::restart(int channel) {
  require(is_channel(channel));
  if (!up_) return Error{Errc::unavailable, "span '" + config_.name + "' is down"};
  if (restarting_ != 0) return Error{Errc::again, "channel " + std::to_string(restarting_) + " is being restarted"};
  end_calls_on(channel);
  restarting_ = channel;
  restart_timer_ = loop_.after(config_.timers.t316, [this] { end_restart(false); });
  pri_reset(pri_, channel);
  pump();
  return {};
}

void Pri::end_restart(bool acknowledged) {
  if (restarting_ == 0) return;
  const int channel = std::exchange(restarting_, 0);
  restart_timer_.cancel();
  events_.on_restarted(channel, acknowledged);
}

// Calls there, or anywhere (0), are gone without further words.
void Pri::end_calls_on(int channel) {
  std::vector<CallId> gone;
  for (auto& [id, call] : calls_) {
    if (channel == 0 || call.channel == channel) gone.push_back(id);
  }
  for (CallId id : gone) {
    Call* call = find(id);
    if (!call) continue;
    if (call->stage != Stage::clearing && call->stage != Stage::tone) {
      // A SETUP that nobody has answered yet crossed the RESTART: to its caller that is a channel that was taken.
      call->cause = call->stage == Stage::placed ? kChannelTaken : kTemporaryFailure;
      call->by_remote = restarting_ != channel || channel == 0;
    }
    if (owns_handle(*call)) pri_destroycall(pri_, call->pri);
    released(id);
  }
}

// RESTART of a channel, or of all (-1): its call is gone for the far end (Q.931 §5.5).
void Pri::on_restart(int encoded) {
  const int slot = encoded < 0 ? 0 : encoded & 0xFF;
  const int channel = is_channel(slot) ? slot : 0;
  events_.on_restart(channel);
  end_calls_on(channel);
}

}  // namespace hotline::isdn
