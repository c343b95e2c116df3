// SPDX-License-Identifier: GPL-2.0-or-later
// What libpri tells.
#include <algorithm>

#include "base/log.h"
#include "isdn/dchannel.h"
#include "isdn/setup.h"

namespace hotline::isdn {

void Pri::handle(const pri_event& event) {
  switch (event.e) {
    case PRI_EVENT_DCHAN_UP:
      linked_ = true;
      if (!up_) on_sabme();  // which lets it settle
      break;
    case PRI_EVENT_DCHAN_DOWN:
      linked_ = false;
      settle_timer_.cancel();
      layer2(false);
      break;
    case PRI_EVENT_RING:
      on_ring(event.ring);
      break;
    case PRI_EVENT_INFO_RECEIVED:
      on_information(event.ring);
      break;
    case PRI_EVENT_SETUP_ACK:
      services(event.setup_ack.call, event.setup_ack.subcmds);
      on_setup_ack(event.setup_ack);
      break;
    case PRI_EVENT_PROCEEDING:
      services(event.proceeding.call, event.proceeding.subcmds);
      on_proceeding(event.proceeding);
      break;
    case PRI_EVENT_PROGRESS:
      services(event.proceeding.call, event.proceeding.subcmds);
      on_progress(event.proceeding);
      break;
    case PRI_EVENT_RINGING:
      services(event.ringing.call, event.ringing.subcmds);
      on_alerting(event.ringing);
      break;
    case PRI_EVENT_ANSWER:
      services(event.answer.call, event.answer.subcmds);
      on_answer(event.answer);
      break;
    case PRI_EVENT_CONNECT_ACK:
      if (Call* call = find(event.connect_ack.call)) connected(call->id);
      break;
    case PRI_EVENT_FACILITY:
      services(event.facility.call, event.facility.subcmds);
      break;
    case PRI_EVENT_HANGUP_REQ:
      services(event.hangup.call, event.hangup.subcmds);
      on_disconnect(event.hangup);
      break;
    case PRI_EVENT_HANGUP:
      services(event.hangup.call, event.hangup.subcmds);
      on_release(event.hangup);
      break;
    case PRI_EVENT_HANGUP_ACK:
      if (Call* call = find(event.hangup.call)) released(call->id);  // libpri has freed its part already
      break;
    case PRI_EVENT_RESTART:
      on_restart(event.restart.channel);
      break;
    case PRI_EVENT_RESTART_ACK:
      if (restarting_ != 0 && (event.restartack.channel & 0xFF) == restarting_) end_restart(true);
      break;
    case PRI_EVENT_CONFIG_ERR:
      log_warning("span '" + config_.name + "': " + event.err.err);
      break;
    default:
      break;  // holding, transfers, keypads: offered by nobody who talks to us
  }
}

// What comes beside a message: charges, and who answers. The list lives in libpri: it is read before anything else is
// asked of it.
void Pri::services(q931_call* handle, const pri_subcommands* list) {
  const Call* call = find(handle);
  if (!call || !list || !call->announced) return;
  const CallId id = call->id;
  std::vector<Charge> charges;
  std::string connected;
  for (int i = 0; i < list->counter_subcmd && i < PRI_MAX_SUBCOMMANDS; i++) {
    const auto& one = list->subcmd[i];
    if (auto charge = charge_of(one)) charges.push_back(std::move(*charge));
    if (one.cmd != PRI_SUBCMD_CONNECTED_LINE) continue;
    const auto& number = one.u.connected_line.id.number;
    if (number.valid && (number.presentation & PRI_PRES_RESTRICTION) == PRI_PRES_ALLOWED)
      connected = number_of(number.str, number.plan);
  }
  if (!connected.empty()) events_.on_connected(id, connected);
  for (const auto& charge : charges) events_.on_charged(id, charge);
}

// Calls that come in
// -------------------------------------------------------------------------------------------------------------

void Pri::on_ring(const pri_event_ring& ring) {
  if (Call* stale = find(ring.call)) {  // libpri freed it without a word, and has used the address again
    stale->cause = kTemporaryFailure;
    by_handle_.erase(ring.call);
    released(stale->id);
  }
  const Setup setup = setup_of(ring);
  const bool audio = is_audio(ring.ctype), complete = ring.complete != 0;
  const int channel = audio ? events_.choose_channel(setup) : 0;
  if (channel == 0) return refuse(ring.call, setup, audio);
  Call& call = add(ring.call, channel, Stage::collecting, false);
  call.announced = true;
  call.setup = setup;
  const bool whole = is_whole(config_.dialling, call.setup.to);
  if (complete || whole || !config_.dialling.overlap) return offer(call);
  // The dial tone is told of with the SETUP ACKNOWLEDGE; libpri sends no PROGRESS then.
  pri_setup_ack(pri_, call.pri, channel, 0, call.setup.to.empty() ? 1 : 0);
  collect(call);
  events_.on_collecting(call.id, call.setup, channel);
}

// There is no channel: RELEASE COMPLETE, straight from the SETUP, and libpri forgets the call. With other causes it
// would send nothing and leak the call, so that they need a PROCEEDING first.
void Pri::refuse(q931_call* handle, const Setup& setup, bool audio) {
  if (audio) {
    pri_hangup(pri_, handle, setup.exclusive ? kChannelTaken : kNoCircuit);
    return;
  }
  const int shown = std::max(setup.channel, 1);
  Call& call = add(handle, shown, Stage::offered, false);
  pri_proceeding(pri_, handle, shown, 0);
  clear(call, kBearerNotImplemented, false);
}

void Pri::collect(Call& call) {
  const CallId id = call.id;
  call.timer = loop_.after(config_.timers.t302, [this, id] { collected(id); });
}

// T302: what there is must be all (Q.931 §5.1.3); without a digit it is nothing.
void Pri::collected(CallId id) {
  Call* call = find(id);
  if (!call || call->stage != Stage::collecting) return;
  if (call->setup.to.empty()) {
    clear(*call, kIncomplete, false);
  } else {
    offer(*call);
  }
  pump();
}

void Pri::on_information(const pri_event_ring& ring) {
  Call* call = find(ring.call);
  if (!call || call->stage != Stage::collecting) return;
  const std::string more = number_of(ring.callednum, 0);
  if (more.empty() && !ring.complete) return;  // display text
  call->setup.to += more;
  if (is_whole(config_.dialling, call->setup.to) || ring.complete) return offer(*call);
  collect(*call);
  const std::string so_far = call->setup.to;
  events_.on_digits(call->id, so_far);
}

// Always PROCEEDING first: a hangup straight from a SETUP with cause 17 or 21 would send nothing and leak the call.
void Pri::offer(Call& call) {
  call.stage = Stage::offered;
  call.timer.cancel();
  const CallId id = call.id;
  const Setup setup = call.setup;
  const int channel = call.channel;
  pri_proceeding(pri_, call.pri, channel, 0);
  events_.on_incoming(id, setup, channel);
}

// Calls that go out
// -------------------------------------------------------------------------------------------------------------

// The far end may name another channel in its first answer (Q.931 §5.1.2). False when the call is lost by that.
bool Pri::keep_channel(Call& call, int encoded) {
  const int channel = encoded & 0xFF;
  if (encoded < 0 || !is_channel(channel) || channel == call.channel) return true;
  const CallId id = call.id;
  if (!events_.on_moved(id, channel)) {
    if (Call* still = find(id)) clear(*still, kChannelTaken, false);
    return false;
  }
  Call* still = find(id);
  if (still) still->channel = channel;
  return still != nullptr;
}

// PI 8, and 1: the rest of the way is no ISDN and will be told in band (Q.931 §5.1.6).
void Pri::tones(Call& call, int progress_mask) {
  if (call.early || !(progress_mask & (PRI_PROG_INBAND_AVAILABLE | PRI_PROG_CALL_NOT_E2E_ISDN))) return;
  call.early = true;
  events_.on_early(call.id);
}

void Pri::on_setup_ack(const pri_event_setup_ack& event) {
  Call* call = find(event.call);
  if (!call || call->stage != Stage::placed || !keep_channel(*call, event.channel)) return;
  call->stage = Stage::dialling;
  send_digits(*call);
  tones(*call, event.progressmask);
}

void Pri::on_proceeding(const pri_event_proceeding& event) {
  Call* call = find(event.call);
  if (!call || (call->stage != Stage::placed && call->stage != Stage::dialling)) return;
  if (!keep_channel(*call, event.channel)) return;
  call->stage = Stage::proceeding;
  call->to_dial.clear();
  wait(*call, config_.timers.t310, kTimerExpiry);
  tones(*call, event.progressmask);
}

// Tones or an announcement are coming in band: whoever called hears them, and T310 has done its work (Q.931 §5.1.6).
void Pri::on_progress(const pri_event_proceeding& event) {
  Call* call = find(event.call);
  if (!call) return;
  if (call->stage == Stage::ringing) return tones(*call, event.progressmask);
  if (call->stage != Stage::placed && call->stage != Stage::dialling && call->stage != Stage::proceeding) return;
  if (call->stage == Stage::placed && !keep_channel(*call, event.channel)) return;
  call->stage = Stage::proceeding;
  wait(*call, config_.timers.t301, kNoAnswer);
  tones(*call, event.progressmask);
}

void Pri::on_alerting(const pri_event_ringing& event) {
  Call* call = find(event.call);
  if (!call || (call->stage != Stage::placed && call->stage != Stage::dialling && call->stage != Stage::proceeding))
    return;
  if (!keep_channel(*call, event.channel)) return;
  call->stage = Stage::ringing;
  const CallId id = call->id;
  wait(*call, config_.timers.t301, kNoAnswer);
  tones(*call, event.progressmask);
  if (find(id)) events_.on_ringing(id);
}

void Pri::on_answer(const pri_event_answer& event) {
  Call* call = find(event.call);
  if (!call || !call->ours || call->stage >= Stage::up) return;
  if (!keep_channel(*call, event.channel)) return;
  call->stage = Stage::up;
  call->timer.cancel();
  events_.on_answered(call->id);
}

// The end
// -----------------------------------------------------------------------------------------------------------------------

// DISCONNECT: libpri answers our hangup with RELEASE; HANGUP_ACK follows.
void Pri::on_disconnect(const pri_event_hangup& hangup) {
  const bool with_tones = tones_in_.erase(hangup.cref) > 0;
  Call* call = find(hangup.call);
  if (!call) {
    pri_hangup(pri_, hangup.call, hangup.cause);
    return;
  }
  if (call->stage == Stage::clearing) {  // both ends disconnected at once
    pri_hangup(pri_, call->pri, call->cause);
    return;
  }
  const CallId id = call->id;
  const int cause = valid_cause(hangup.cause);
  if (with_tones && call->ours && call->stage < Stage::collecting && config_.timers.tone > milliseconds(0)) {
    const bool heard = events_.on_tone(id, cause);
    call = find(id);
    if (!call || call->stage == Stage::clearing) return;
    if (heard) {
      call->stage = Stage::tone;
      call->cause = cause;
      call->by_remote = true;
      wait(*call, config_.timers.tone, cause);
      return;
    }
  }
  clear(*call, cause, true);
}

// RELEASE, RELEASE COMPLETE, or a timer of libpri's: one pri_hangup, after which libpri has freed its part.
void Pri::on_release(const pri_event_hangup& hangup) {
  Call* call = find(hangup.call);
  if (call && call->stage != Stage::clearing && call->stage != Stage::tone) {
    call->cause = valid_cause(hangup.cause);
    call->by_remote = true;
  }
  const CallId id = call ? call->id : 0;
  if (call) by_handle_.erase(call->pri);
  pri_hangup(pri_, hangup.call, hangup.cause);
  if (id != 0) released(id);
}

}  // namespace hotline::isdn
