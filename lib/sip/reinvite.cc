// SPDX-License-Identifier: GPL-2.0-or-later
// Changes to a session that stands (RFC 3261 §14, RFC 3311): theirs, in a re-INVITE or an UPDATE, and ours. Two at the
// same time are a glare; then both give way, and try again after a while that differs.
#include <sodium.h>

#include "base/log.h"
#include "sip/agent.h"

namespace hotline::sip {
namespace {

constexpr int kTemporaryFailure = 41, kRecoveryOnTimer = 102;
constexpr int kRefreshesRefusedMax = 2;

}  // namespace

/// An offer of theirs while we talk. A fax is for those above to take.
int Agent::take_change(Dialog& dialog, const sip_t* sip) {
  MediaAddress before = dialog.remote.media;
  Description was = dialog.remote;
  if (int status = take_description(dialog, sip, false)) return status;
  if (!dialog.remote.has_audio()) {
    auto ours = events_.on_t38_offered(dialog.id, *dialog.remote.fax);
    if (!ours) {
      dialog.remote = std::move(was);
      return 488;
    }
    dialog.local.fax = std::move(ours);
    return 0;
  }
  dialog.local.fax.reset();
  tell_media(dialog, before);
  return 0;
}

int Agent::on_reinvite(Dialog& dialog, nta_incoming_t* irq, const sip_t* sip) {
  if (dialog.state == Dialog::State::calling || dialog.again != Dialog::Again::none) return 491;
  if (dialog.in || dialog.offer != Dialog::Offer::none) {
    // The one before has no ACK yet (RFC 3261 §14.2).
    nta_incoming_treply(irq, SIP_500_INTERNAL_SERVER_ERROR, SIPTAG_SERVER_STR(kProduct), SIPTAG_RETRY_AFTER_STR("3"),
                        TAG_END());
    return 500;
  }
  if (const char* extension = unsupported_by_us(sip)) {
    nta_incoming_treply(irq, SIP_420_BAD_EXTENSION, SIPTAG_SERVER_STR(kProduct), SIPTAG_UNSUPPORTED_STR(extension),
                        TAG_END());
    return 420;
  }
  if (session_too_short(sip)) {
    std::string least = std::to_string(config_.session_expires_min_s);
    nta_incoming_treply(irq, SIP_422_SESSION_TIMER_TOO_SMALL, SIPTAG_SERVER_STR(kProduct),
                        SIPTAG_MIN_SE_STR(least.c_str()), TAG_END());
    return 422;
  }
  note_abilities(dialog, sip);
  bool has_offer = sip->sip_payload != nullptr;
  DialogId id = dialog.id;
  if (has_offer)
    if (int status = take_change(dialog, sip)) return status;
  if (!find(id)) return 481;  // what was told of the change has ended the call
  if (!has_offer) ++dialog.local.version;
  dialog.offer = has_offer ? Dialog::Offer::none : Dialog::Offer::ours;
  std::string body = has_offer ? make_answer(dialog.local, dialog.remote) : make_offer(dialog.local, &dialog.remote);
  std::string session = agree_session(dialog, sip);
  bool they_refresh = !session.empty() && !dialog.session.we_refresh;
  nta_leg_server_route(dialog.leg, nullptr, sip->sip_contact);
  dialog.in = irq;
  nta_incoming_bind(irq, &Agent::on_ack_or_cancel, &dialog);
  nta_incoming_treply(irq, SIP_200_OK, SIPTAG_SERVER_STR(kProduct), SIPTAG_CONTACT_STR(dialog.contact.c_str()),
                      SIPTAG_ALLOW_STR(kAllow), SIPTAG_SUPPORTED_STR(kSupported),
                      TAG_IF(they_refresh, SIPTAG_REQUIRE_STR("timer")),
                      TAG_IF(!session.empty(), SIPTAG_SESSION_EXPIRES_STR(session.c_str())),
                      SIPTAG_CONTENT_TYPE_STR(kSdpType), SIPTAG_PAYLOAD_STR(body.c_str()), TAG_END());
  arm_session(dialog);
  return 0;
}

int Agent::on_update(Dialog& dialog, nta_incoming_t* irq, const sip_t* sip) {
  std::string body;
  if (sip->sip_payload) {
    // RFC 3311 §5.2: not while an offer of either side waits for its answer.
    if (!dialog.agreed || dialog.again != Dialog::Again::none) return 491;
    if (dialog.in && dialog.state != Dialog::State::offered) return 491;
    if (dialog.offer != Dialog::Offer::none) return 491;
  }
  if (session_too_short(sip)) {
    std::string least = std::to_string(config_.session_expires_min_s);
    nta_incoming_treply(irq, SIP_422_SESSION_TIMER_TOO_SMALL, SIPTAG_SERVER_STR(kProduct),
                        SIPTAG_MIN_SE_STR(least.c_str()), TAG_END());
    return 422;
  }
  DialogId id = dialog.id;
  if (sip->sip_payload) {
    if (int status = take_change(dialog, sip)) return status;
    if (!find(id)) return 481;
    body = make_answer(dialog.local, dialog.remote);
  }
  note_abilities(dialog, sip);
  if (sip->sip_contact) nta_leg_server_route(dialog.leg, nullptr, sip->sip_contact);
  bool up = dialog.state == Dialog::State::up;
  std::string session = up ? agree_session(dialog, sip) : "";
  bool they_refresh = !session.empty() && !dialog.session.we_refresh;
  nta_incoming_treply(irq, SIP_200_OK, SIPTAG_SERVER_STR(kProduct), SIPTAG_CONTACT_STR(dialog.contact.c_str()),
                      SIPTAG_SUPPORTED_STR(kSupported), TAG_IF(they_refresh, SIPTAG_REQUIRE_STR("timer")),
                      TAG_IF(!session.empty(), SIPTAG_SESSION_EXPIRES_STR(session.c_str())),
                      TAG_IF(!body.empty(), SIPTAG_CONTENT_TYPE_STR(kSdpType)),
                      TAG_IF(!body.empty(), SIPTAG_PAYLOAD_STR(body.c_str())), TAG_END());
  if (up) arm_session(dialog);
  return 200;
}

void Agent::reinvite_t38(DialogId id, const std::optional<T38>& local) {
  Dialog* dialog = find(id);
  if (!dialog || dialog->state != Dialog::State::up) return;
  dialog->again_fax = local;
  send_again(*dialog, local ? Dialog::Again::fax : Dialog::Again::audio);
}

/// Sends it, or notes it as the next one while something else is under way. A refresh is part of every other.
void Agent::send_again(Dialog& dialog, Dialog::Again what) {
  if (dialog.again != Dialog::Again::none || dialog.in || dialog.offer != Dialog::Offer::none) {
    dialog.next = std::max(dialog.next, what);
    return;
  }
  auto& session = dialog.session;
  bool refresh = what == Dialog::Again::refresh, probe = refresh && session.expires_s == 0;
  bool update = refresh && !probe && dialog.able.update;
  std::string expires = std::to_string(std::max(session.expires_s, session.min_s)) + ";refresher=uac";
  std::string least = std::to_string(std::max(config_.session_expires_min_s, session.min_s));
  std::string body;
  if (!probe && !update) {
    if (!refresh) ++dialog.local.version;
    if (!refresh) dialog.local.fax = what == Dialog::Again::fax ? dialog.again_fax : std::nullopt;
    body = make_offer(dialog.local, &dialog.remote);
  }
  sip_method_t method = probe ? sip_method_options : update ? sip_method_update : sip_method_invite;
  const char* name = probe ? sip_method_name_options : update ? "UPDATE" : sip_method_name_invite;
  dialog.again_out = nta_outgoing_tcreate(
      dialog.leg, &Agent::on_again, &dialog, URL_STRING_MAKE(dialog.hop.c_str()), method, name, nullptr,
      SIPTAG_USER_AGENT_STR(kProduct), SIPTAG_SUPPORTED_STR(kSupported),
      TAG_IF(!probe, SIPTAG_CONTACT_STR(dialog.contact.c_str())), TAG_IF(!probe, SIPTAG_ALLOW_STR(kAllow)),
      TAG_IF(!probe && session.expires_s, SIPTAG_SESSION_EXPIRES_STR(expires.c_str())),
      TAG_IF(!probe && session.expires_s, SIPTAG_MIN_SE_STR(least.c_str())),
      TAG_IF(!body.empty(), SIPTAG_CONTENT_TYPE_STR(kSdpType)), TAG_IF(!body.empty(), SIPTAG_PAYLOAD_STR(body.c_str())),
      TAG_END());
  if (dialog.again_out) dialog.again = what;
}

int Agent::on_again(Dialog* dialog, nta_outgoing_t* orq, const sip_t* sip) {
  Agent& agent = dialog->agent;
  int status = sip && sip->sip_status ? sip->sip_status->st_status : 408;
  if (status < 200 || orq != dialog->again_out) return 0;
  bool is_invite = nta_outgoing_method(orq) == sip_method_invite;
  if (status < 300)
    agent.again_accepted(*dialog, sip, is_invite);
  else
    agent.again_refused(*dialog, status, sip);
  return 0;
}

/// What comes next, when there is something.
void Agent::again_over(Dialog& dialog) {
  if (dialog.again_out) nta_outgoing_destroy(std::exchange(dialog.again_out, nullptr));
  dialog.again = Dialog::Again::none;
  auto next = std::exchange(dialog.next, Dialog::Again::none);
  if (next != Dialog::Again::none && dialog.state == Dialog::State::up) send_again(dialog, next);
}

void Agent::again_accepted(Dialog& dialog, const sip_t* sip, bool is_invite) {
  auto what = dialog.again;
  DialogId id = dialog.id;
  MediaAddress before = dialog.remote.media;
  int wrong = 0;
  if (is_invite) {
    join_dialog(dialog, sip);
    send_ack(dialog, sip);
    wrong = take_description(dialog, sip, true);
  }
  if (dialog.session.expires_s || is_invite) note_abilities(dialog, sip);
  if (is_invite || nta_outgoing_method(dialog.again_out) == sip_method_update)
    session_answered(dialog, sip);
  else
    arm_session(dialog);
  bool fax = what == Dialog::Again::fax && !wrong && dialog.remote.fax && !dialog.remote.has_audio();
  if (what == Dialog::Again::fax && !fax) dialog.local.fax.reset();
  auto far = fax ? dialog.remote.fax : std::nullopt;
  again_over(dialog);
  if (what == Dialog::Again::fax) events_.on_t38(id, far);
  if (Dialog* still = find(id); still && still->remote.has_audio()) tell_media(*still, before);
}

void Agent::again_refused(Dialog& dialog, int status, const sip_t* sip) {
  auto what = dialog.again;
  bool was_update = nta_outgoing_method(dialog.again_out) == sip_method_update;
  bool was_probe = nta_outgoing_method(dialog.again_out) == sip_method_options;
  nta_outgoing_destroy(std::exchange(dialog.again_out, nullptr));
  dialog.again = Dialog::Again::none;
  if (what == Dialog::Again::fax) dialog.local.fax.reset();
  if (status == 491) return again_after_glare(dialog, what);
  // RFC 3261 §12.2.1.2: nobody is there, or nobody who knows of this call.
  if (status == 481 || status == 408) return break_off(dialog, status == 408 ? kRecoveryOnTimer : kTemporaryFailure);
  if (status == 422 && sip && sip->sip_min_se && dialog.session.failed++ < kRefreshesRefusedMax) {
    dialog.session.min_s = static_cast<int>(std::min(sip->sip_min_se->min_delta, 24 * 3600UL));
    return send_again(dialog, what);
  }
  if (was_update && (status == 405 || status == 501)) {
    dialog.able.update = false;
    return send_again(dialog, what);
  }
  if (what == Dialog::Again::refresh && !was_probe && ++dialog.session.failed >= kRefreshesRefusedMax)
    return break_off(dialog, kTemporaryFailure);
  if (what == Dialog::Again::refresh) arm_session(dialog);
  DialogId id = dialog.id;
  again_over(dialog);
  if (what == Dialog::Again::fax) events_.on_t38(id, std::nullopt);
}

/// RFC 3261 §14.1: the owner of the Call-ID waits 2.1 to 4 s, the other 0 to 2 s.
void Agent::again_after_glare(Dialog& dialog, Dialog::Again what) {
  uint32_t tens = dialog.ours ? 210 + randombytes_uniform(191) : randombytes_uniform(201);
  dialog.again_later = loop_.after(milliseconds(tens * 10), [this, id = dialog.id, what] {
    Dialog* still = find(id);
    if (still && still->state == Dialog::State::up) send_again(*still, what);
  });
}

}  // namespace hotline::sip
