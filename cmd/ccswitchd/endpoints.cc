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
  return Audio{*port, text, ntohs(local.sin_port), false, std::nullopt};
}

void PhoneSide::set_remote(sip::DialogId dialog, const sip::MediaAddress& remote) {
  auto audio = audio_.find(dialog);
  if (audio == audio_.end()) return;
  media::RtpRemote where;
  where.address.sin_family = AF_INET;
  where.address.sin_port = htons(remote.port);
  if (inet_pton(AF_INET, remote.address.c_str(), &where.address.sin_addr) != 1) return;
  where.alaw_payload = remote.alaw_payload;
  where.event_payload = remote.event_payload;
  where.send = remote.send;
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
  auto dialog = stack_->invite(invite);
  if (!dialog) {
    engine_.close(audio->port);
    return dialog.error();
  }
  audio_[*dialog] = *audio;
  return Dialled{far(*dialog), audio->port, trunk ? "trunk:" + dial.trunk + "/" + dial.to : "phone:" + dial.to};
}

void PhoneSide::alert(uint32_t id) { stack_->ring(id); }

void PhoneSide::answer(uint32_t id) {
  auto audio = audio_.find(id);
  if (audio == audio_.end()) return;
  stack_->answer(id, audio->second.address, audio->second.local_port);
  if (auto offered = std::exchange(audio->second.offered, std::nullopt)) set_remote(id, *offered);
  // The phone hears us from our 200 on. Should its ACK never come, the stack releases the dialog (RFC 3261 §13.3.1.4).
  loop_.post([this, id] {
    if (audio_.count(id)) events_.on_answered(far(id));
  });
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
    log_warning("phone.no-audio line=" + caller.line + " text='" + audio.error().text + "'");
  }
  events_.on_offered(far(dialog), caller.number, to, caller.line, audio ? audio->port : 0);
}

void PhoneSide::on_answered(sip::DialogId dialog, const sip::MediaAddress& remote) {
  set_remote(dialog, remote);
  events_.on_answered(far(dialog));
}

void PhoneSide::on_media(sip::DialogId dialog, const sip::MediaAddress& remote) {
  auto audio = audio_.find(dialog);
  if (audio != audio_.end() && audio->second.offered)
    audio->second.offered = remote;
  else
    set_remote(dialog, remote);
}

void PhoneSide::on_released(sip::DialogId dialog, int cause, bool by_remote) {
  // The leg's last events first: they still find its port.
  events_.on_released(far(dialog), cause, by_remote);
  auto audio = audio_.extract(dialog);
  if (!audio.empty() && audio.mapped().port) engine_.close(audio.mapped().port);
}

}  // namespace hotline::ccswitchd
