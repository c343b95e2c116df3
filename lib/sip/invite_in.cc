// SPDX-License-Identifier: GPL-2.0-or-later
// A phone calls us: INVITE in.
#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "base/text.h"
#include "sip/agent.h"
#include "sip/diversion.h"
#include "sip/header.h"

namespace hotline::sip {
namespace {

constexpr int kRecoveryOnTimer = 102, kNoCommonCodec = 65, kProtocolError = 111;

}  // namespace

void Agent::on_invite(msg_t* msg, const sip_t* sip) {
  if (!sip->sip_from->a_tag) return reply(msg, 400, "Missing From Tag");
  Source source = source_of(msg, sip);
  const Trunk* trunk = trunks_.sender(source, sip);
  const Phone* phone = trunk ? nullptr : let_in(msg, sip);
  if (!trunk && !phone) return;
  if (!admission_.admit(sip->sip_call_id->i_id)) return reply(msg, SIP_503_SERVICE_UNAVAILABLE);
  Caller caller = trunk ? trunk->caller(sip) : Caller{"phone:" + phone->id, phone->id, phone->name};
  nta_incoming_t* irq = nta_incoming_create(nta_, nullptr, msg, const_cast<sip_t*>(sip), TAG_END());
  if (!irq) return;
  int status = admit(irq, sip, caller, phone, trunk, source);
  if (!status) return;
  const char* extension = unsupported_by_us(sip);
  std::string least = std::to_string(config_.session_expires_min_s);
  nta_incoming_treply(irq, status, sip_status_phrase(status), SIPTAG_SERVER_STR(kProduct),
                      TAG_IF(status == 420, SIPTAG_UNSUPPORTED_STR(extension)),
                      TAG_IF(status == 415 || status == 488, SIPTAG_ACCEPT_STR(kSdpType)),
                      TAG_IF(status == 422, SIPTAG_MIN_SE_STR(least.c_str())),
                      TAG_IF(status == 503, SIPTAG_RETRY_AFTER_STR("5")), TAG_END());
  nta_incoming_destroy(irq);
}

std::optional<Srtp> Agent::srtp_with(const Phone& phone, const std::string& hop) {
  bool hidden = hop.starts_with("sips:") || hop.find("transport=tls") != std::string::npos;
  if (phone.srtp == Srtp::off || hidden || config_.srtp_without_tls) return phone.srtp;
  if (phone.srtp == Srtp::optional) return Srtp::off;
  if (auto times = no_tls_.due(monotonic_now()))
    log_warning("sip.no-tls phone=" + phone.id + " times=" + std::to_string(times) +
              " text='its audio must be encrypted, and keys go over TLS only: set its transport to TLS, or "
              "srtp_without_tls in [sip]'");
  return std::nullopt;
}

/// Makes a dialog of the request and tells of it; or returns the status that refuses it.
int Agent::admit(nta_incoming_t* irq, const sip_t* sip, const Caller& caller, const Phone* phone, const Trunk* trunk,
                 const Source& source) {
  if (phone && !registrar_.registered(phone->id)) return 403;
  if (trunk && trunk->calls() >= trunk->config().calls_max) return 503;
  if (unsupported_by_us(sip)) return 420;
  if (session_too_short(sip)) return 422;
  DialogId replaced = 0;
  if (sip->sip_replaces)
    if (int status = phone ? may_replace(sip, *phone, replaced) : 403) return status;
  std::string to = trunk ? trunk->called(sip) : number_in(sip->sip_request->rq_url->url_user);
  if (to.empty() && !replaced) return 404;
  auto target = target_of(sip->sip_contact, source);
  if (!target) return 400;
  auto srtp = srtp_with(phone ? *phone : trunk->as_phone(), target->hop);
  if (!srtp) return 488;
  if (dialogs_.size() >= static_cast<size_t>(config_.dialogs_max)) {
    if (auto times = dialogs_full_.due(monotonic_now()))
      log_warning("sip.dialogs-full times=" + std::to_string(times) + " text='all " +
                  std::to_string(config_.dialogs_max) + " are in use: see calls_max'");
    return 503;
  }

  Dialog& dialog = add_dialog();
  dialog.state = Dialog::State::offered;
  if (phone) dialog.phone = phone->id;
  if (trunk) {
    dialog.seat = trunk->seat();
    dialog.keys = trunk->config().keys;
    dialog.local.payloads = trunk->config().payloads;
  }
  dialog.call_id = sip->sip_call_id->i_id;
  dialog.hop = target->hop;
  dialog.contact = contact_for(dialog.hop);
  dialog.local.srtp = *srtp;
  if (*srtp != Srtp::off) dialog.local.key = random_key();
  note_abilities(dialog, sip);
  dialog.must_be_reliable = lists(sip->sip_require, "100rel");
  dialog.caller = std::make_unique<Caller>(caller);
  if (trunk) dialog.caller->diverted = diversion_of(sip);
  if (sip->sip_max_forwards) dialog.caller->max_forwards = static_cast<int>(std::min(sip->sip_max_forwards->mf_count, 255UL));
  int status = take_first_offer(dialog, sip);
  if (!status)
    dialog.leg =
        nta_leg_tcreate(nta_, &Agent::on_request, &dialog, SIPTAG_CALL_ID(sip->sip_call_id), SIPTAG_FROM(sip->sip_to),
                        SIPTAG_TO(sip->sip_from), NTATAG_REMOTE_CSEQ(sip->sip_cseq->cs_seq), TAG_END());
  if (!status && (!dialog.leg || !nta_leg_tag(dialog.leg, nta_incoming_tag(irq, nullptr)))) status = 500;
  if (status) {
    end(dialog);
    return status;
  }
  nta_leg_server_route(dialog.leg, sip->sip_record_route, sip->sip_contact);
  dialog.in = irq;
  nta_incoming_bind(irq, &Agent::on_ack_or_cancel, &dialog);
  nta_incoming_treply(irq, SIP_100_TRYING, SIPTAG_SERVER_STR(kProduct), TAG_END());
  agree_session(dialog, sip);
  return tell_incoming(dialog.id, caller, to, replaced);
}

/// Without an offer ours goes out with the answer, and theirs comes with the ACK (RFC 3261 §13.2.1).
int Agent::take_first_offer(Dialog& dialog, const sip_t* sip) {
  int status = 0;
  auto text = sdp_of(sip, status);
  if (status || text.empty()) return status;
  status = take_description(dialog, sip, false);
  if (status) return status;
  dialog.local.version = 1;
  if (!dialog.remote.has_audio()) return 488;  // a call begins with audio, also one that is to be a fax
  dialog.offer = Dialog::Offer::theirs;
  return 0;
}

/// Tells those above; the event may end the dialog or replace the phones.
int Agent::tell_incoming(DialogId id, const Caller& caller, const std::string& to, DialogId replaced) {
  MediaAddress remote = find(id)->remote.media;
  if (!replaced) {
    events_.on_incoming(id, caller, to, remote);
    return 0;
  }
  if (events_.on_replacing(id, caller.number, replaced, remote)) return 0;
  if (Dialog* dialog = find(id)) {
    nta_incoming_treply(dialog->in, SIP_486_BUSY_HERE, SIPTAG_SERVER_STR(kProduct), TAG_END());
    end(*dialog);
  }
  return 0;
}

const Caller* Agent::caller(DialogId id) const {
  auto found = dialogs_.find(id);
  return found == dialogs_.end() ? nullptr : found->second->caller.get();
}

void Agent::ring(DialogId id) {
  Dialog* dialog = find(id);
  if (!dialog || dialog->state != Dialog::State::offered || dialog->rang) return;
  dialog->rang = true;
  provisional(*dialog, 180, false);
}

void Agent::early(DialogId id, const std::string& local_address, uint16_t local_port) {
  Dialog* dialog = find(id);
  if (!dialog || dialog->state != Dialog::State::offered || dialog->early) return;
  dialog->early = true;
  dialog->local.address = local_address;
  dialog->local.port = local_port;
  provisional(*dialog, 183, true);
}

void Agent::answer(DialogId id, const std::string& local_address, uint16_t local_port, const std::string& connected) {
  Dialog* dialog = find(id);
  if (!dialog || dialog->state != Dialog::State::offered) return;
  dialog->local.address = local_address;
  dialog->local.port = local_port;
  dialog->caller.reset();
  if (!connected.empty()) dialog->connected = connected;
  if (dialog->reliable) {  // RFC 3262 §3: not before the description in it is known to have come
    dialog->answer_waits = true;
    return;
  }
  dialog->state = Dialog::State::answered;
  std::string body;  // none when offer and answer are over already, by a reliable response
  if (dialog->offer == Dialog::Offer::theirs) {
    body = make_answer(dialog->local, dialog->remote);
    dialog->offer = Dialog::Offer::none;
  } else if (!dialog->agreed && dialog->offer == Dialog::Offer::none) {
    body = make_offer(dialog->local);
    dialog->offer = Dialog::Offer::ours;
  }
  const auto& session = dialog->session;
  std::string expires =
      session.expires_s ? std::to_string(session.expires_s) + (session.we_refresh ? ";refresher=uas" : ";refresher=uac")
                        : "";
  std::string identity;
  if (!dialog->connected.empty())
    identity = "P-Asserted-Identity: <sip:" + escaped_user(dialog->connected) + "@" + domain() + ">\r\n";
  nta_incoming_treply(dialog->in, SIP_200_OK, SIPTAG_SERVER_STR(kProduct), SIPTAG_CONTACT_STR(dialog->contact.c_str()),
                      TAG_IF(!identity.empty(), SIPTAG_HEADER_STR(identity.c_str())),
                      SIPTAG_ALLOW_STR(kAllow), SIPTAG_SUPPORTED_STR(kSupported),
                      TAG_IF(session.expires_s && !session.we_refresh, SIPTAG_REQUIRE_STR("timer")),
                      TAG_IF(session.expires_s, SIPTAG_SESSION_EXPIRES_STR(expires.c_str())),
                      TAG_IF(!body.empty(), SIPTAG_CONTENT_TYPE_STR(kSdpType)),
                      TAG_IF(!body.empty(), SIPTAG_PAYLOAD_STR(body.c_str())), TAG_END());
}

void Agent::refuse_offered(Dialog& dialog, int cause) {
  int status = status_of_cause(cause);
  std::string reason = reason_text(cause);
  nta_incoming_treply(dialog.in, status, sip_status_phrase(status), SIPTAG_SERVER_STR(kProduct),
                      SIPTAG_REASON_STR(reason.c_str()), TAG_IF(status == 503, SIPTAG_RETRY_AFTER_STR("5")), TAG_END());
}

int Agent::on_ack_or_cancel(Dialog* dialog, nta_incoming_t*, const sip_t* sip) {
  Agent& agent = dialog->agent;
  if (sip && sip->sip_request && sip->sip_request->rq_method == sip_method_cancel) {
    // Sofia has answered the CANCEL and sends 487 when we return.
    if (dialog->state != Dialog::State::offered) return 0;
    int cause = reason_cause(sip);
    agent.end_by_remote(*dialog, cause ? cause : 16);
    return 0;
  }
  if (sip) {
    agent.on_ack(*dialog, sip);
    return 0;
  }
  // 64·T1 without an ACK (RFC 3261 §13.3.1.4): the session is torn down. Without a PRACK there is none yet.
  if (dialog->state != Dialog::State::offered) agent.send_bye(*dialog, kRecoveryOnTimer);
  DialogId id = dialog->id;
  bool told = dialog->state == Dialog::State::closing;
  agent.end(*dialog);
  if (!told) agent.events_.on_released(id, kRecoveryOnTimer, false);
  return 0;
}

void Agent::on_ack(Dialog& dialog, const sip_t* sip) {
  nta_incoming_destroy(std::exchange(dialog.in, nullptr));
  if (dialog.state == Dialog::State::closing) {
    send_bye(dialog, 16);
    return end(dialog);
  }
  bool first = dialog.state == Dialog::State::answered;
  if (first) dialog.state = Dialog::State::up;
  DialogId id = dialog.id;
  if (std::exchange(dialog.offer, Dialog::Offer::none) == Dialog::Offer::ours) {
    MediaAddress before = dialog.remote.media;
    int status = take_description(dialog, sip, true);
    if (!status && dialog.remote.has_audio()) dialog.local.fax.reset();
    if (status && first) return no_agreement(dialog, status);
    if (!status) tell_media(dialog, before);
  }
  Dialog* still = find(id);
  if (!still) return;
  still->agreed = true;
  if (first) arm_session(*still);
  auto next = std::exchange(still->next, Dialog::Again::none);
  if (next != Dialog::Again::none) send_again(*still, next);
}

/// The call stands and has no audio: it is ended.
void Agent::no_agreement(Dialog& dialog, int status) {
  break_off(dialog, status == 488 ? kNoCommonCodec : kProtocolError);
}

}  // namespace hotline::sip
