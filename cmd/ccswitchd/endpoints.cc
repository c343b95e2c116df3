// SPDX-License-Identifier: GPL-2.0-or-later
#include "endpoints.h"

#include <arpa/inet.h>

#include "base/log.h"

namespace hotline::ccswitchd {

Result<Dialled> SpanSide::dial(const Dial& dial) {
  auto line = trunk_->place({dial.where, dial.from, dial.to, dial.display, dial.redirecting, true});
  if (!line) return line.error();
  return Dialled{far(*line), trunk_->port(*line), trunk_->endpoint(*line)};
}

Result<void> PhoneSide::start(const sip::Config& config) {
  auto stack = sip::Stack::start(loop_, config, *this);
  if (!stack) return stack.error();
  stack_ = std::move(*stack);
  return {};
}

Far PhoneSide::far(uint32_t id) const {
  auto audio = audio_.find(id);
  return {audio != audio_.end() && audio->second.trunk ? Far::Kind::trunk : Far::Kind::phone, id};
}

Result<PhoneSide::Audio> PhoneSide::open_audio() {
  sockaddr_in local{};
  auto port = engine_.open_rtp(local);
  if (!port) return port.error();
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, &local.sin_addr, text, sizeof text);
  return Audio{*port, text, ntohs(local.sin_port)};
}

void PhoneSide::set_remote(sip::DialogId dialog, const sip::MediaAddress& remote) {
  auto audio = audio_.find(dialog);
  if (audio == audio_.end() || remote.port == 0) return;  // a phone that left the offer to us has not answered yet
  audio->second.remote = remote;
  audio->second.t38 = false;
  backs_.erase(dialog);
  media::RtpRemote where;
  where.address.sin_family = AF_INET;
  where.address.sin_port = htons(remote.port);
  if (inet_pton(AF_INET, remote.address.c_str(), &where.address.sin_addr) != 1) return;
  where.alaw_payload = remote.alaw_payload;
  where.event_payload = remote.event_payload;
  where.send = remote.send;
  where.rtcp_mux = remote.rtcp_mux;
  if (remote.rtcp_port) {
    where.rtcp = where.address;
    where.rtcp->sin_port = htons(remote.rtcp_port);
    if (!remote.rtcp_address.empty()) (void)inet_pton(AF_INET, remote.rtcp_address.c_str(), &where.rtcp->sin_addr);
  }
  if (remote.srtp) {
    auto suite = remote.srtp->suite == sip::SrtpSuite::aes_cm_128_hmac_sha1_80
                     ? media::SrtpSuite::aes_cm_128_hmac_sha1_80
                     : media::SrtpSuite::aes_cm_128_hmac_sha1_32;
    where.srtp = media::SrtpKeys{suite, remote.srtp->send, remote.srtp->receive};
  }
  engine_.set_remote(audio->second.port, where);
}

Result<Dialled> PhoneSide::dial(const Dial& dial) {
  if (!stack_) return Error{Errc::unavailable, "no SIP here: hotline.toml has no [sip]"};
  auto audio = open_audio();
  if (!audio) return audio.error();
  sip::Invite invite;
  bool trunk = audio->trunk = !dial.trunk.empty();
  (trunk ? invite.number : invite.phone) = dial.to;
  invite.trunk = dial.trunk;
  invite.from = dial.from;
  invite.display = dial.display;
  invite.local_address = audio->address;
  invite.local_port = audio->local_port;
  invite.auto_answer = dial.auto_answer;
  invite.diverted = {dial.redirecting.number, dial.redirecting.reason, dial.diversions};
  invite.max_forwards = dial.max_forwards;
  auto dialog = stack_->invite(invite);
  if (!dialog) {
    engine_.close(audio->port);
    return dialog.error();
  }
  audio_[*dialog] = *audio;
  return Dialled{far(*dialog), audio->port, trunk ? "trunk:" + dial.trunk + "/" + dial.to : "phone:" + dial.to};
}

void PhoneSide::alert(uint32_t id) { stack_->ring(id); }

void PhoneSide::answer(uint32_t id, const std::string& connected) {
  auto audio = audio_.find(id);
  if (audio == audio_.end()) return;
  stack_->answer(id, audio->second.address, audio->second.local_port, connected);
  bool held = false;
  if (auto offered = std::exchange(audio->second.offered, std::nullopt)) {
    set_remote(id, *offered);
    held = !offered->send;
  }
  // The phone hears us from our 200 on. Should its ACK never come, the stack releases the dialog (RFC 3261 §13.3.1.4).
  loop_.post([this, id, held] {
    auto still = audio_.find(id);
    if (still == audio_.end()) return;
    still->second.up = true;
    events_.on_answered(far(id));
    if (held) tell_hold(id, true);
  });
}

bool PhoneSide::early(uint32_t id) {
  auto audio = audio_.find(id);
  if (audio == audio_.end() || audio->second.up) return false;
  auto offered = std::exchange(audio->second.offered, std::nullopt);
  if (!offered) return true;  // it hears us already
  if (offered->port == 0) {
    audio->second.offered = offered;
    return false;  // where to, it says when it is answered
  }
  stack_->early(id, audio->second.address, audio->second.local_port);
  set_remote(id, *offered);
  return true;
}

void PhoneSide::transfer_progress(uint32_t id, int status) { stack_->refer_progress(id, status); }

/// Of an answered dialog. The far end's own hold is what the switch has to know: others hear music meanwhile.
void PhoneSide::tell_hold(sip::DialogId dialog, bool held) {
  auto audio = audio_.find(dialog);
  if (audio == audio_.end() || !audio->second.up || audio->second.held == held) return;
  audio->second.held = held;
  events_.on_held(far(dialog), held);
}

/// While it is T.38, nobody takes our audio: none is sent. What comes still is heard, up to the change.
void PhoneSide::silence(sip::DialogId dialog, bool on) {
  auto audio = audio_.find(dialog);
  if (audio == audio_.end() || !audio->second.remote) return;
  sip::MediaAddress remote = *audio->second.remote;
  sip::MediaAddress told = remote;
  told.send = remote.send && !on;
  set_remote(dialog, told);
  audio->second.remote = remote;
  audio->second.t38 = on;
}

bool PhoneSide::change_to_t38(uint32_t id, const sip::T38& ours) {
  auto audio = audio_.find(id);
  if (audio == audio_.end() || !audio->second.up || audio->second.t38) return false;
  stack_->reinvite_t38(id, ours);
  return true;
}

void PhoneSide::end_t38(uint32_t id, milliseconds patience) {
  backs_[id] = loop_.after(patience, [this, id] {
    auto audio = audio_.find(id);
    bool still = audio != audio_.end() && audio->second.t38;
    backs_.erase(id);
    if (!still) return;
    silence(id, false);
    stack_->reinvite_t38(id, std::nullopt);
  });
}

std::optional<sip::T38> PhoneSide::on_t38_offered(sip::DialogId dialog, const sip::T38& theirs) {
  auto ours = events_.on_t38_offered(far(dialog), theirs);
  if (ours) silence(dialog, true);
  return ours;
}

void PhoneSide::on_t38(sip::DialogId dialog, const std::optional<sip::T38>& theirs) {
  if (theirs) silence(dialog, true);
  events_.on_t38(far(dialog), theirs);
}

void PhoneSide::hangup(uint32_t id, int cause) { stack_->hangup(id, cause); }

void PhoneSide::on_incoming(sip::DialogId dialog, const sip::Caller& caller, const std::string& to,
                            const sip::MediaAddress& remote) {
  auto audio = open_audio();
  audio_[dialog].trunk = caller.line.starts_with("trunk:");
  if (audio) {
    audio->offered = remote;
    audio->trunk = audio_[dialog].trunk;
    audio_[dialog] = *audio;
  } else {
    if (auto times = no_audio_.due(monotonic_now()))
      log_warning("phone.no-audio line=" + caller.line + " times=" + std::to_string(times) + " text='" +
                  audio.error().text + "'");
  }
  events_.on_offered(far(dialog), caller.number, to, caller.line, audio ? audio->port : 0);
}

void PhoneSide::on_answered(sip::DialogId dialog, const sip::MediaAddress& remote) {
  set_remote(dialog, remote);
  if (auto audio = audio_.find(dialog); audio != audio_.end()) audio->second.up = true;
  events_.on_answered(far(dialog));
  if (!remote.send) tell_hold(dialog, true);
}

int PhoneSide::on_refer(sip::DialogId dialog, const sip::Refer& refer) {
  return events_.on_refer(far(dialog), refer.to, refer.replaces ? std::optional(far(refer.replaces)) : std::nullopt);
}

bool PhoneSide::on_replacing(sip::DialogId dialog, const std::string& phone, sip::DialogId replaced,
                             const sip::MediaAddress& remote) {
  auto audio = open_audio();
  if (!audio) return false;
  audio->offered = remote;
  audio_[dialog] = *audio;
  if (events_.on_replacing(far(dialog), phone, far(replaced), audio->port)) return true;
  if (audio_.erase(dialog)) engine_.close(audio->port);
  return false;
}

bool PhoneSide::on_moved(sip::DialogId dialog, const std::vector<std::string>& numbers) {
  auto audio = audio_.find(dialog);
  if (audio == audio_.end() || !events_.on_moved(far(dialog), numbers)) return false;
  engine_.close(audio_.extract(dialog).mapped().port);
  return true;
}

void PhoneSide::on_media(sip::DialogId dialog, const sip::MediaAddress& remote) {
  auto audio = audio_.find(dialog);
  if (audio == audio_.end()) return;
  if (audio->second.offered) {
    audio->second.offered = remote;
    return;
  }
  set_remote(dialog, remote);
  if (audio->second.up)
    tell_hold(dialog, !remote.send);
  else
    events_.on_early(far(dialog));
}

void PhoneSide::on_released(sip::DialogId dialog, int cause, bool by_remote) {
  // The leg's last events first: they still find its port.
  events_.on_released(far(dialog), cause, by_remote);
  backs_.erase(dialog);
  auto audio = audio_.extract(dialog);
  if (!audio.empty() && audio.mapped().port) engine_.close(audio.mapped().port);
}

}  // namespace hotline::ccswitchd
