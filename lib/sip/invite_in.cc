// SPDX-License-Identifier: GPL-2.0-or-later
// A phone calls us: INVITE in.
#include <cstring>

#include "base/log.h"
#include "base/text.h"
#include "sip/agent.h"

namespace hotline::sip {
namespace {

constexpr size_t kNumberMax = 64;
constexpr int kRecoveryOnTimer = 102;

/// The called number of a request line: its user part, when every character of it can be dialled or is a name's.
std::string called_of(const sip_t* sip) {
  const char* user = sip->sip_request->rq_url->url_user;
  if (!user || std::strlen(user) > 3 * kNumberMax) return "";
  std::string text = user;
  text.resize(url_unescape_to(text.data(), user, text.size()));
  if (auto parameters = text.find(';'); parameters != std::string::npos) text.resize(parameters);
  if (text.size() > kNumberMax) return "";
  for (unsigned char c : text)
    if (!std::isalnum(c) && std::string_view("*#+._-").find(c) == std::string_view::npos) return "";
  return text;
}

/// An extension we do not have, or null (RFC 3261 §8.2.2.3).
const char* unsupported(const sip_t* sip) {
  for (const sip_require_t* require = sip->sip_require; require; require = nullptr)
    for (auto item = require->k_items; item && *item; ++item)
      if (::strcasecmp(*item, "100rel") != 0) return *item;
  return nullptr;
}

}  // namespace

void Agent::on_invite(msg_t* msg, const sip_t* sip) {
  if (!sip->sip_from->a_tag) return reply(msg, 400, "Missing From Tag");
  const Phone* phone = let_in(msg, sip);
  if (!phone) return;
  Source source = source_of(msg, sip);
  nta_incoming_t* irq = nta_incoming_create(nta_, nullptr, msg, const_cast<sip_t*>(sip), TAG_END());
  if (!irq) return;
  int status = admit(irq, sip, *phone, source);
  if (!status) return;
  const char* extension = unsupported(sip);
  nta_incoming_treply(irq, status, sip_status_phrase(status), SIPTAG_SERVER_STR(kProduct),
                      TAG_IF(status == 420, SIPTAG_UNSUPPORTED_STR(extension)),
                      TAG_IF(status == 415 || status == 488, SIPTAG_ACCEPT_STR(kSdpType)),
                      TAG_IF(status == 503, SIPTAG_RETRY_AFTER_STR("5")), TAG_END());
  nta_incoming_destroy(irq);
}

/// Makes a dialog of the request and tells of it; or returns the status that refuses it.
int Agent::admit(nta_incoming_t* irq, const sip_t* sip, const Phone& phone, const Source& source) {
  if (!registrar_.binding(phone.id)) return 403;
  if (unsupported(sip)) return 420;
  std::string to = called_of(sip);
  if (to.empty()) return 404;
  auto target = target_of(sip->sip_contact, source);
  if (!target) return 400;
  int status = 0;
  auto text = sdp_of(sip, status);
  if (status) return status;
  if (text.empty()) return 488;  // an INVITE without an offer: no phone of ours calls so, and media wants an address
  auto offer = read_sdp(text);
  if (!offer) return offer.error().code == Errc::bad_data ? 400 : 488;
  if (dialogs_.size() >= static_cast<size_t>(config_.dialogs_max)) return 503;

  Dialog& dialog = add_dialog();
  dialog.state = Dialog::State::offered;
  dialog.hop = target->hop;
  dialog.contact = contact_for(dialog.hop);
  dialog.remote = std::move(*offer);
  dialog.leg =
      nta_leg_tcreate(nta_, &Agent::on_request, &dialog, SIPTAG_CALL_ID(sip->sip_call_id), SIPTAG_FROM(sip->sip_to),
                      SIPTAG_TO(sip->sip_from), NTATAG_REMOTE_CSEQ(sip->sip_cseq->cs_seq), TAG_END());
  if (!dialog.leg || !nta_leg_tag(dialog.leg, nta_incoming_tag(irq, nullptr))) {
    end(dialog);
    return 500;
  }
  nta_leg_server_route(dialog.leg, sip->sip_record_route, sip->sip_contact);
  dialog.in = irq;
  nta_incoming_bind(irq, &Agent::on_ack_or_cancel, &dialog);
  nta_incoming_treply(irq, SIP_100_TRYING, SIPTAG_SERVER_STR(kProduct), TAG_END());
  // Copies: the event may end the dialog or replace the phones.
  MediaAddress remote = dialog.remote.media;
  std::string id = phone.id;
  events_.on_incoming(dialog.id, id, to, remote);
  return 0;
}

void Agent::ring(DialogId id) {
  Dialog* dialog = find(id);
  if (!dialog || dialog->state != Dialog::State::offered || dialog->rang) return;
  dialog->rang = true;
  nta_incoming_treply(dialog->in, SIP_180_RINGING, SIPTAG_SERVER_STR(kProduct),
                      SIPTAG_CONTACT_STR(dialog->contact.c_str()), TAG_END());
}

void Agent::answer(DialogId id, const std::string& local_address, uint16_t local_port) {
  Dialog* dialog = find(id);
  if (!dialog || dialog->state != Dialog::State::offered) return;
  dialog->local.address = local_address;
  dialog->local.port = local_port;
  dialog->state = Dialog::State::answered;
  std::string body = make_answer(dialog->local, dialog->remote);
  nta_incoming_treply(dialog->in, SIP_200_OK, SIPTAG_SERVER_STR(kProduct), SIPTAG_CONTACT_STR(dialog->contact.c_str()),
                      SIPTAG_ALLOW_STR(kAllow), SIPTAG_CONTENT_TYPE_STR(kSdpType), SIPTAG_PAYLOAD_STR(body.c_str()),
                      TAG_END());
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
  // 64·T1 without an ACK (RFC 3261 §13.3.1.4): the session is torn down.
  agent.send_bye(*dialog, kRecoveryOnTimer);
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
  if (dialog.state == Dialog::State::answered) dialog.state = Dialog::State::up;
  if (!std::exchange(dialog.offer_in_ack, false)) return;
  MediaAddress before = dialog.remote.media;
  if (take_offer(dialog, sip) == 0) tell_media(dialog, before);
}

}  // namespace hotline::sip
