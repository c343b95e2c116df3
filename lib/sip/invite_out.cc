// SPDX-License-Identifier: GPL-2.0-or-later
// We call a phone: INVITE out.
#include <cstring>

#include "base/log.h"
#include "base/text.h"
#include "sip/agent.h"

namespace hotline::sip {
namespace {

constexpr int kNoCommonCodec = 65, kProtocolError = 111;

/// What phones have for "answer at once": Call-Info of Snom and Yealink, Alert-Info of Polycom and Cisco, RFC 5373.
constexpr char kAutoAnswer[] =
    "Call-Info: <sip:hotline>;answer-after=0\r\n"
    "Alert-Info: <http://hotline>;info=alert-autoanswer;delay=0\r\n"
    "Answer-Mode: Auto\r\n";

/// A display name between quotes: no control characters, quotes and backslashes escaped, bounded.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (unsigned char c : valid_utf8(text.substr(0, 128))) {
    if (c < 0x20 || c == 0x7f) continue;
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<char>(c);
  }
  return out + "\"";
}

/// The user part of From: what may stand there as it is, the rest escaped (RFC 3261 §25.1).
std::string user_part(const std::string& text) {
  std::string out;
  for (unsigned char c : text.substr(0, 64)) {
    constexpr char kHex[] = "0123456789ABCDEF";
    if (std::isalnum(c) || std::string_view("-_.!~*'()&=+$,;?/").find(c) != std::string_view::npos)
      out += static_cast<char>(c);
    else
      out.append({'%', kHex[c >> 4], kHex[c & 15]});
  }
  return out;
}

}  // namespace

Result<DialogId> Agent::invite(const Invite& invite) {
  const auto* binding = registrar_.binding(invite.phone);
  if (!binding) return Error{Errc::unavailable, "phone '" + invite.phone + "' is not registered"};
  if (dialogs_.size() >= static_cast<size_t>(config_.dialogs_max))
    return Error{Errc::again, "too many SIP calls: all " + std::to_string(config_.dialogs_max) + " are in use"};

  Dialog& dialog = add_dialog();
  dialog.hop = binding->target.hop;
  dialog.contact = contact_for(dialog.hop);
  dialog.local.address = invite.local_address;
  dialog.local.port = invite.local_port;
  const std::string& domain = config_.domain.empty() ? config_.address : config_.domain;
  std::string user = user_part(invite.from);
  std::string from = (invite.display.empty() ? "" : quoted(invite.display) + " ") +
                     "<sip:" + (user.empty() ? "anonymous" : user) + "@" + domain + ">";
  std::string to = "<" + binding->target.uri + ">";
  std::string body = make_offer(dialog.local);
  dialog.leg = nta_leg_tcreate(nta_, &Agent::on_request, &dialog, SIPTAG_FROM_STR(from.c_str()),
                               SIPTAG_TO_STR(to.c_str()), TAG_END());
  if (dialog.leg && nta_leg_tag(dialog.leg, nullptr))
    dialog.out =
        nta_outgoing_tcreate(dialog.leg, &Agent::on_response, &dialog, URL_STRING_MAKE(dialog.hop.c_str()),
                             SIP_METHOD_INVITE, URL_STRING_MAKE(binding->target.uri.c_str()),
                             SIPTAG_USER_AGENT_STR(kProduct), SIPTAG_CONTACT_STR(dialog.contact.c_str()),
                             SIPTAG_ALLOW_STR(kAllow), TAG_IF(invite.auto_answer, SIPTAG_HEADER_STR(kAutoAnswer)),
                             SIPTAG_CONTENT_TYPE_STR(kSdpType), SIPTAG_PAYLOAD_STR(body.c_str()), TAG_END());
  if (!dialog.out) {
    end(dialog);
    return Error{Errc::unavailable, "cannot call phone '" + invite.phone + "': its contact is of no use"};
  }
  return dialog.id;
}

int Agent::on_response(Dialog* dialog, nta_outgoing_t*, const sip_t* sip) {
  Agent& agent = dialog->agent;
  int status = sip && sip->sip_status ? sip->sip_status->st_status : 408;
  if (status < 200) {
    bool rings = status >= 180 && status <= 183 && dialog->state == Dialog::State::calling;
    if (rings && !std::exchange(dialog->rang, true)) agent.events_.on_ringing(dialog->id);
    return 0;
  }
  if (status < 300) {
    agent.on_accepted(*dialog, sip);
    return 0;
  }
  int cause = sip ? reason_cause(sip) : 0;
  agent.end_by_remote(*dialog, cause ? cause : cause_of_status(status));
  return 0;
}

void Agent::acknowledge(Dialog& dialog, const sip_t* sip) {
  nta_leg_rtag(dialog.leg, sip->sip_to->a_tag);
  nta_leg_client_route(dialog.leg, sip->sip_record_route, sip->sip_contact);
  sip_cseq_t cseq[1];
  sip_cseq_init(cseq);
  cseq->cs_seq = sip->sip_cseq->cs_seq;
  cseq->cs_method = sip_method_ack;
  cseq->cs_method_name = sip_method_name_ack;
  auto* ack = nta_outgoing_tcreate(dialog.leg, nullptr, nullptr, URL_STRING_MAKE(dialog.hop.c_str()), SIP_METHOD_ACK,
                                   nullptr, SIPTAG_CSEQ(cseq), TAG_END());
  if (ack) nta_outgoing_destroy(ack);  // Sofia keeps it as long as the 200 may be repeated
  nta_outgoing_destroy(std::exchange(dialog.out, nullptr));
}

void Agent::on_accepted(Dialog& dialog, const sip_t* sip) {
  if (!dialog.out) return;
  acknowledge(dialog, sip);
  if (dialog.state == Dialog::State::closing) {  // the 200 crossed our CANCEL
    send_bye(dialog, 16);
    return end(dialog);
  }
  int status = take_offer(dialog, sip);
  if (status) {
    int cause = status == 488 ? kNoCommonCodec : kProtocolError;
    send_bye(dialog, cause);
    DialogId id = dialog.id;
    end(dialog);
    return events_.on_released(id, cause, false);
  }
  dialog.local.version = 1;
  dialog.state = Dialog::State::up;
  MediaAddress remote = dialog.remote.media;
  events_.on_answered(dialog.id, remote);
}

}  // namespace hotline::sip
