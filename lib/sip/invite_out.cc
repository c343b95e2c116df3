// SPDX-License-Identifier: GPL-2.0-or-later
// We call a phone: INVITE out.
#include <cstring>

#include "base/log.h"
#include "base/text.h"
#include "sip/agent.h"
#include "sip/diversion.h"
#include "sip/header.h"

namespace hotline::sip {
namespace {

constexpr int kInvitesMax = 3;   ///< with a longer session each time
constexpr size_t kMovedMax = 5;  ///< contacts of one 3xx that are looked at

/// What phones have for "answer at once": Call-Info of Snom and Yealink, Alert-Info of Polycom and Cisco, RFC 5373.
constexpr char kAutoAnswer[] =
    "Call-Info: <sip:hotline>;answer-after=0\r\n"
    "Alert-Info: <http://hotline>;info=alert-autoanswer;delay=0\r\n"
    "Answer-Mode: Auto\r\n"
    "P-Auto-Answer: normal\r\n";

}  // namespace

Result<DialogId> Agent::invite(const Invite& invite) {
  if (!invite.trunk.empty()) return invite_over_trunk(invite);
  const auto& bindings = registrar_.bindings(invite.phone);
  const Phone* phone = registrar_.phone(invite.phone);
  if (bindings.empty() || !phone) return Error{Errc::unavailable, "phone '" + invite.phone + "' is not registered"};
  // Contacts that answer OPTIONS ring; when none does, all are tried.
  bool any = !registrar_.silent(invite.phone);
  std::vector<DialogId> branches;
  Result<DialogId> called = Error{Errc::unavailable, "phone '" + invite.phone + "' has no contact"};
  for (const auto& binding : bindings) {
    if (any && binding.pulse.silent) continue;
    called = call(invite, *phone, binding.target);
    if (called) branches.push_back(*called);
  }
  if (branches.empty()) return called;
  if (branches.size() == 1) return branches.front();
  auto fork = std::make_shared<Fork>();
  fork->call = branches.front();
  fork->branches = branches;
  for (DialogId id : branches) dialogs_.at(id)->fork = fork;
  return fork->call;
}

Result<DialogId> Agent::call(const Invite& invite, const Phone& phone, const Target& target) {
  if (dialogs_.size() >= static_cast<size_t>(config_.dialogs_max))
    return Error{Errc::again, "too many SIP calls: all " + std::to_string(config_.dialogs_max) + " are in use"};
  auto srtp = srtp_with(phone, target.hop);
  if (!srtp)
    return Error{Errc::unavailable, "phone '" + invite.phone + "' must have SRTP, and its keys go over TLS only"};

  Dialog& dialog = add_dialog();
  dialog.ours = true;
  dialog.phone = invite.phone;
  dialog.uri = target.uri;
  dialog.hop = target.hop;
  dialog.contact = contact_for(dialog.hop);
  dialog.local.address = invite.local_address;
  dialog.local.port = invite.local_port;
  dialog.local.srtp = *srtp;
  if (*srtp != Srtp::off) dialog.local.key = random_key();
  dialog.asked = std::make_unique<Invite>(invite);
  if (!send_invite(dialog, to_phone(invite, target.uri))) {
    end(dialog);
    return Error{Errc::unavailable, "cannot call phone '" + invite.phone + "': its contact is of no use"};
  }
  return dialog.id;
}

/// Who calls, as From and as P-Asserted-Identity (RFC 3325 §9.1), which phones believe; who is withheld has none.
Agent::Outward Agent::to_phone(const Invite& invite, const std::string& uri) const {
  std::string user = escaped_user(invite.from);
  Outward outward;
  outward.uri = uri;
  outward.from = (invite.display.empty() ? "" : quoted_text(invite.display) + " ") + "<sip:" +
                 (user.empty() ? "anonymous" : user) + "@" + domain() + ">";
  outward.to = "<" + uri + ">";
  if (!user.empty()) outward.headers = "P-Asserted-Identity: " + outward.from + "\r\n";
  outward.headers += diversion_line(invite.diverted, domain());
  if (invite.auto_answer) outward.headers += kAutoAnswer;
  return outward;
}

bool Agent::send_invite(Dialog& dialog, const Outward& outward) {
  std::string body = make_offer(dialog.local);
  int expires_s = std::max(config_.session_expires_s, dialog.session.min_s);
  std::string expires = std::to_string(expires_s);
  std::string least = std::to_string(std::max(config_.session_expires_min_s, dialog.session.min_s));
  bool timers = config_.session_expires_s > 0;
  if (!dialog.leg) {
    dialog.leg = nta_leg_tcreate(nta_, &Agent::on_request, &dialog, SIPTAG_FROM_STR(outward.from.c_str()),
                                 SIPTAG_TO_STR(outward.to.c_str()), TAG_END());
    if (!dialog.leg || !nta_leg_tag(dialog.leg, nullptr)) return false;
  }
  ++dialog.invites;
  std::string forwards = std::to_string(dialog.asked->max_forwards);
  dialog.out = nta_outgoing_tcreate(
      dialog.leg, &Agent::on_response, &dialog, URL_STRING_MAKE(dialog.hop.c_str()), SIP_METHOD_INVITE,
      URL_STRING_MAKE(outward.uri.c_str()), NTATAG_PASS_100(1), SIPTAG_MAX_FORWARDS_STR(forwards.c_str()),
      SIPTAG_USER_AGENT_STR(kProduct), SIPTAG_CONTACT_STR(dialog.contact.c_str()),
      SIPTAG_ALLOW_STR(kAllow), SIPTAG_SUPPORTED_STR(kSupported),
      TAG_IF(timers, SIPTAG_SESSION_EXPIRES_STR(expires.c_str())), TAG_IF(timers, SIPTAG_MIN_SE_STR(least.c_str())),
      TAG_IF(!outward.headers.empty(), SIPTAG_HEADER_STR(outward.headers.c_str())), SIPTAG_CONTENT_TYPE_STR(kSdpType),
      SIPTAG_PAYLOAD_STR(body.c_str()), TAG_END());
  if (!dialog.out) return false;
  msg_t* sent = nta_outgoing_getrequest(dialog.out);
  const sip_t* request = sent ? sip_object(sent) : nullptr;
  if (request && request->sip_call_id) dialog.call_id = request->sip_call_id->i_id;
  if (sent) msg_destroy(sent);
  return true;
}

int Agent::on_response(Dialog* dialog, nta_outgoing_t* orq, const sip_t* sip) {
  Agent& agent = dialog->agent;
  int status = sip && sip->sip_status ? sip->sip_status->st_status : 408;
  if (orq != dialog->out) return 0;
  if (status < 200)
    agent.on_provisional(*dialog, sip);
  else if (status < 300)
    agent.on_accepted(*dialog, sip);
  else
    agent.on_refused(*dialog, status, sip);
  return 0;
}

/// Ringing, and perhaps audio before the answer: with a description in a plain response as a preview of it, in a
/// reliable one as the answer itself (RFC 3262 §5).
void Agent::on_provisional(Dialog& dialog, const sip_t* sip) {
  int status = sip->sip_status->st_status;
  if (dialog.over) dialog.over->patience.cancel();
  if (dialog.state != Dialog::State::calling || status <= 100 || !sip->sip_to->a_tag) return;
  bool joined = join_dialog(dialog, sip);
  note_abilities(dialog, sip);
  bool reliable = joined && sip->sip_rseq && lists(sip->sip_require, "100rel");
  if (reliable && !acknowledge_provisional(dialog, sip)) return;
  DialogId id = dialog.id;
  MediaAddress before = dialog.remote.media;
  bool described = sip->sip_payload && !dialog.agreed && take_description(dialog, sip, true) == 0;
  if (described) {
    dialog.early = true;
    dialog.agreed = reliable;
    if (!dialog.fork) tell_media(dialog, before);  // of several that ring the one that answers is heard
  }
  Dialog* still = find(id);
  bool rings = still && status >= 180 && status <= 183;
  if (rings && !std::exchange(still->rang, true)) tell_ringing(*still);
}

/// Tag and route of the far end. Behind a proxy the one that answers may be another than the one that rang.
bool Agent::join_dialog(Dialog& dialog, const sip_t* sip) {
  const char* known = nta_leg_get_rtag(dialog.leg);
  if (known && sip->sip_to->a_tag && std::strcmp(known, sip->sip_to->a_tag) != 0) {
    const char* ours = nta_leg_get_tag(dialog.leg);
    nta_leg_t* other =
        nta_leg_tcreate(nta_, &Agent::on_request, &dialog, SIPTAG_CALL_ID(sip->sip_call_id), SIPTAG_FROM(sip->sip_from),
                        SIPTAG_TO(sip->sip_to), SIPTAG_CSEQ(sip->sip_cseq), TAG_END());
    if (!other || !nta_leg_tag(other, ours)) {
      if (other) nta_leg_destroy(other);
      return false;
    }
    nta_leg_destroy(std::exchange(dialog.leg, other));
  }
  nta_leg_rtag(dialog.leg, sip->sip_to->a_tag);
  nta_leg_client_reroute(dialog.leg, sip->sip_record_route, sip->sip_contact, !dialog.agreed);
  return true;
}

void Agent::send_ack(Dialog& dialog, const sip_t* sip) {
  sip_cseq_t cseq[1];
  sip_cseq_init(cseq);
  cseq->cs_seq = sip->sip_cseq->cs_seq;
  cseq->cs_method = sip_method_ack;
  cseq->cs_method_name = sip_method_name_ack;
  auto* ack = nta_outgoing_tcreate(dialog.leg, nullptr, nullptr, URL_STRING_MAKE(dialog.hop.c_str()), SIP_METHOD_ACK,
                                   nullptr, SIPTAG_CSEQ(cseq), TAG_END());
  if (ack) nta_outgoing_destroy(ack);  // Sofia keeps it as long as the 200 may be repeated
}

void Agent::on_accepted(Dialog& dialog, const sip_t* sip) {
  join_dialog(dialog, sip);
  send_ack(dialog, sip);
  nta_outgoing_destroy(std::exchange(dialog.out, nullptr));
  if (dialog.state == Dialog::State::closing) {  // the 200 crossed our CANCEL
    send_bye(dialog, 16);
    return end(dialog);
  }
  win(dialog);
  auto connected = dialog.over ? party_in(sip, "P-Asserted-Identity") : std::nullopt;
  dialog.over.reset();
  note_abilities(dialog, sip);
  if (!dialog.agreed)
    if (int status = take_description(dialog, sip, true)) return no_agreement(dialog, status);
  if (!dialog.remote.has_audio()) return no_agreement(dialog, 488);
  dialog.asked.reset();
  dialog.agreed = true;
  dialog.state = Dialog::State::up;
  session_answered(dialog, sip);
  MediaAddress remote = dialog.remote.media;
  DialogId id = dialog.id;
  if (connected && !connected->number.empty() && !wants_privacy(sip)) events_.on_connected(id, connected->number);
  events_.on_answered(id, remote);
}

/// 422: once more, with as long a session as it wants (RFC 4028 §7.3).
bool Agent::call_again(Dialog& dialog, const sip_t* sip) {
  if (!sip->sip_min_se || !dialog.asked || dialog.invites >= kInvitesMax) return false;
  dialog.session.min_s = static_cast<int>(std::min(sip->sip_min_se->min_delta, 24 * 3600UL));
  nta_outgoing_destroy(std::exchange(dialog.out, nullptr));
  return dialog.over ? place_over_trunk(dialog, "") : send_invite(dialog, to_phone(*dialog.asked, dialog.uri));
}

void Agent::on_refused(Dialog& dialog, int status, const sip_t* sip) {
  bool calling = dialog.state == Dialog::State::calling;
  if (status == 422 && sip && calling && call_again(dialog, sip)) return;
  if (calling && dialog.over && try_again(dialog, status, sip)) return;
  int cause = sip ? reason_cause(sip) : 0;
  if (!cause) cause = cause_of_status(status);
  if (calling && lose(dialog, status, cause)) return;
  std::vector<std::string> numbers;
  if (sip && status < 400 && !dialog.phone.empty())  // where a trunk would send us is not for it to say
    for (const sip_contact_t* one = sip->sip_contact; one && numbers.size() < kMovedMax; one = one->m_next)
      if (std::string number = number_in(one->m_url->url_user); !number.empty()) numbers.push_back(number);
  if (!calling || numbers.empty()) return end_by_remote(dialog, cause);
  DialogId id = dialog.id;
  end(dialog);
  if (!events_.on_moved(id, numbers)) events_.on_released(id, cause, true);
}

}  // namespace hotline::sip
