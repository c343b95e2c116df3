// SPDX-License-Identifier: GPL-2.0-or-later
// Provisional responses, plain and reliable (RFC 3262), both ways. Sofia repeats ours and tells the PRACK's match.
#include <utility>

#include "sip/agent.h"

namespace hotline::sip {

/// Sends 180 or 183. One at a time is unacknowledged; the next waits for it. A description in a plain one is a preview
/// of the answer, in a reliable one it is the answer, or our offer when theirs is missing (RFC 6337 §3.1.1).
void Agent::provisional(Dialog& dialog, int status, bool described) {
  bool reliable = dialog.must_be_reliable || (described && dialog.able.reliable);
  if (dialog.reliable) {
    dialog.waiting_status = status;
    dialog.waiting_described |= described;
    return;
  }
  std::string body;
  if (described && dialog.offer == Dialog::Offer::theirs) {
    body = make_answer(dialog.local, dialog.remote);
    if (reliable) dialog.offer = Dialog::Offer::none;
  } else if (reliable && !dialog.agreed && dialog.offer == Dialog::Offer::none) {
    body = make_offer(dialog.local);  // RFC 3262 §5: to an INVITE without one, the first reliable response has it
    dialog.offer = Dialog::Offer::ours;
  }
  if (!reliable) {
    nta_incoming_treply(dialog.in, status, sip_status_phrase(status), SIPTAG_SERVER_STR(kProduct),
                        SIPTAG_CONTACT_STR(dialog.contact.c_str()), SIPTAG_ALLOW_STR(kAllow),
                        SIPTAG_SUPPORTED_STR(kSupported), TAG_IF(!body.empty(), SIPTAG_CONTENT_TYPE_STR(kSdpType)),
                        TAG_IF(!body.empty(), SIPTAG_PAYLOAD_STR(body.c_str())), TAG_END());
    return;
  }
  if (!body.empty() && dialog.offer == Dialog::Offer::none) dialog.agreed = true;
  dialog.reliable = nta_reliable_treply(
      dialog.in, &Agent::on_prack, &dialog, status, sip_status_phrase(status), SIPTAG_SERVER_STR(kProduct),
      SIPTAG_CONTACT_STR(dialog.contact.c_str()), SIPTAG_ALLOW_STR(kAllow), SIPTAG_REQUIRE_STR("100rel"),
      SIPTAG_SUPPORTED_STR(kSupported), TAG_IF(!body.empty(), SIPTAG_CONTENT_TYPE_STR(kSdpType)),
      TAG_IF(!body.empty(), SIPTAG_PAYLOAD_STR(body.c_str())), TAG_END());
}

int Agent::on_prack(Dialog* dialog, nta_reliable_t* reliable, nta_incoming_t* prack, const sip_t* sip) {
  Agent& agent = dialog->agent;
  dialog->reliable = nullptr;
  nta_reliable_destroy(reliable);
  // A final response of ours made it moot; or 64·T1 went by without a PRACK: Sofia refuses the INVITE (RFC 3262 §3),
  // and its own callback ends the dialog.
  if (!prack || !sip) return 200;
  DialogId id = dialog->id;
  std::string body;
  if (sip->sip_payload && dialog->offer == Dialog::Offer::ours) {
    MediaAddress before = dialog->remote.media;
    if (int status = agent.take_description(*dialog, sip, true)) return agent.refuse_prack(prack, status);
    dialog->offer = Dialog::Offer::none;
    dialog->agreed = true;
    agent.tell_media(*dialog, before);
  } else if (sip->sip_payload) {
    if (!dialog->agreed) return agent.refuse_prack(prack, 488);
    if (int status = agent.take_change(*dialog, sip)) return agent.refuse_prack(prack, status);
    if (agent.find(id)) body = make_answer(dialog->local, dialog->remote);
  }
  nta_incoming_treply(prack, SIP_200_OK, SIPTAG_SERVER_STR(kProduct),
                      TAG_IF(!body.empty(), SIPTAG_CONTENT_TYPE_STR(kSdpType)),
                      TAG_IF(!body.empty(), SIPTAG_PAYLOAD_STR(body.c_str())), TAG_END());
  nta_incoming_destroy(prack);
  Dialog* still = agent.find(id);  // what was told may have ended it
  if (!still || still->state != Dialog::State::offered) return 200;
  if (still->answer_waits) {
    agent.answer(id, still->local.address, still->local.port);
  } else if (still->waiting_status) {
    agent.provisional(*still, std::exchange(still->waiting_status, 0), std::exchange(still->waiting_described, false));
  }
  return 200;
}

/// Sofia takes nothing but a success from us here.
int Agent::refuse_prack(nta_incoming_t* prack, int status) {
  nta_incoming_treply(prack, status, sip_status_phrase(status), SIPTAG_SERVER_STR(kProduct), TAG_END());
  nta_incoming_destroy(prack);
  return status;
}

/// PRACK for a response that demands one; false when it came before or out of its order, and is nothing new. Not by
/// nta_outgoing_prack(), which wants to know the far end's tag before the INVITE is sent.
bool Agent::acknowledge_provisional(Dialog& dialog, const sip_t* sip) {
  uint32_t number = static_cast<uint32_t>(sip->sip_rseq->rs_response);
  if (dialog.acknowledged && number != dialog.acknowledged + 1) return false;
  dialog.acknowledged = number;
  std::string rack = std::to_string(number) + " " + std::to_string(sip->sip_cseq->cs_seq) + " INVITE";
  auto* prack =
      nta_outgoing_tcreate(dialog.leg, nullptr, nullptr, URL_STRING_MAKE(dialog.hop.c_str()), SIP_METHOD_PRACK, nullptr,
                           SIPTAG_USER_AGENT_STR(kProduct), SIPTAG_RACK_STR(rack.c_str()), TAG_END());
  if (prack) nta_outgoing_destroy(prack);
  return true;
}

}  // namespace hotline::sip
