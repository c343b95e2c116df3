// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstring>
#include <ctime>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "sip/agent.h"

namespace hotline::sip {
namespace {

/// Longest that a dialog outlives its release: CANCEL and BYE are given up by Sofia after 64·T1 = 32 s.
constexpr seconds kClosing{40};
constexpr int kNormalClearing = 16;

bool has_type(const sip_t* sip, const char* type) {
  return sip->sip_content_type && sip->sip_content_type->c_type &&
         ::strcasecmp(sip->sip_content_type->c_type, type) == 0;
}

std::string_view body_of(const sip_t* sip) {
  return sip->sip_payload ? std::string_view(sip->sip_payload->pl_data, sip->sip_payload->pl_len) : std::string_view();
}

/// "Signal=5" and "Duration=160" of application/dtmf-relay; "5" alone of application/dtmf.
bool read_dtmf(const sip_t* sip, char& digit, int& duration_ms) {
  auto body = body_of(sip);
  if (body.empty() || body.size() > 256) return false;
  duration_ms = 160;
  std::string signal = has_type(sip, "application/dtmf") ? std::string(trim(body)) : "";
  for (auto& line : split(body, '\n')) {
    auto parts = split(trim(line), '=');
    if (parts.size() != 2) continue;
    if (trim(parts[0]) == "Signal") signal = trim(parts[1]);
    if (trim(parts[0]) == "Duration") duration_ms = static_cast<int>(parse_int(trim(parts[1])).value_or(160));
  }
  if (signal.size() != 1 || std::string_view("0123456789*#ABCD").find(signal[0]) == std::string_view::npos)
    return false;
  digit = signal[0];
  return duration_ms > 0 && duration_ms <= 5000;
}

}  // namespace

int reason_cause(const sip_t* sip) {
  for (const sip_reason_t* reason = sip->sip_reason; reason; reason = reason->re_next) {
    if (!reason->re_protocol || ::strcasecmp(reason->re_protocol, "Q.850") != 0 || !reason->re_cause) continue;
    auto cause = parse_int(reason->re_cause).value_or(0);
    if (cause >= 1 && cause <= 127) return static_cast<int>(cause);
  }
  return 0;
}

std::string reason_text(int cause) { return "Q.850;cause=" + std::to_string(cause); }

/// Q.850 26, non-selected user clearing: another answered, and no phone shows it as missed (RFC 3326 §3.1).
std::string release_reason(int cause) {
  return reason_text(cause) + (cause == 26 ? ", SIP;cause=200;text=\"Call completed elsewhere\"" : "");
}

std::string_view sdp_of(const sip_t* sip, int& status) {
  auto body = body_of(sip);
  status = body.empty() || has_type(sip, kSdpType) ? 0 : 415;
  return status ? std::string_view() : body;
}

bool lists(const msg_list_t* list, const char* name) {
  for (; list; list = list->k_next)
    for (auto item = list->k_items; item && *item; ++item)
      if (::strcasecmp(*item, name) == 0) return true;
  return false;
}

const char* unsupported_by_us(const sip_t* sip) {
  for (const sip_require_t* require = sip->sip_require; require; require = require->k_next)
    for (auto item = require->k_items; item && *item; ++item)
      if (std::string_view(kSupported).find(*item) == std::string_view::npos) return *item;
  return nullptr;
}

Dialog::~Dialog() {
  if (reliable) nta_reliable_destroy(reliable);
  if (again_out) nta_outgoing_destroy(again_out);
  if (out) nta_outgoing_destroy(out);
  if (in) nta_incoming_destroy(in);
  if (leg) nta_leg_destroy(leg);
}

Dialog& Agent::add_dialog() {
  DialogId id = ++last_id_;
  auto& slot = dialogs_[id];
  slot = std::make_unique<Dialog>(*this, id);
  slot->local.session = static_cast<uint64_t>(std::time(nullptr)) << 20 | (id & 0xfffff);
  slot->local.version = 1;
  return *slot;
}

Dialog* Agent::find(DialogId id) {
  auto found = dialogs_.find(id);
  return found == dialogs_.end() || found->second->state == Dialog::State::closing ? nullptr : found->second.get();
}

void Agent::end(Dialog& dialog) { dialogs_.erase(dialog.id); }

void Agent::end_by_remote(Dialog& dialog, int cause) {
  DialogId id = dialog.id;
  bool told = dialog.state == Dialog::State::closing;
  end(dialog);
  if (!told) events_.on_released(id, cause, true);
}

void Agent::report_released(DialogId id, int cause) {
  // Posted, so that hangup() never calls back into its caller.
  loop_.post([this, alive = std::weak_ptr<bool>(alive_), id, cause] {
    if (alive.lock()) events_.on_released(id, cause, false);
  });
}

void Agent::close_later(Dialog& dialog, int cause) {
  dialog.state = Dialog::State::closing;
  dialog.deadline = loop_.after(kClosing, [this, id = dialog.id] { dialogs_.erase(id); });
  report_released(dialog.id, cause);
}

void Agent::send_bye(Dialog& dialog, int cause) {
  std::string reason = reason_text(cause);
  auto* bye =
      nta_outgoing_tcreate(dialog.leg, nullptr, nullptr, URL_STRING_MAKE(dialog.hop.c_str()), SIP_METHOD_BYE, nullptr,
                           SIPTAG_USER_AGENT_STR(kProduct), SIPTAG_REASON_STR(reason.c_str()), TAG_END());
  if (bye) nta_outgoing_destroy(bye);  // Sofia repeats it until it is answered; the answer is of no use to us
}

void Agent::break_off(Dialog& dialog, int cause) {
  DialogId id = dialog.id;
  send_bye(dialog, cause);
  end(dialog);
  events_.on_released(id, cause, false);
}

void Agent::hangup(DialogId id, int cause) {
  Dialog* dialog = find(id);
  if (!dialog) return;
  std::string reason = release_reason(cause);
  switch (dialog->state) {
    case Dialog::State::calling: {
      cancel_others(*dialog, cause);
      // Sofia holds the CANCEL back until a provisional response; the INVITE's final one ends the dialog.
      auto* cancel = nta_outgoing_tcancel(dialog->out, nullptr, nullptr, SIPTAG_REASON_STR(reason.c_str()), TAG_END());
      if (cancel) nta_outgoing_destroy(cancel);
      return close_later(*dialog, cause);
    }
    case Dialog::State::offered:
      refuse_offered(*dialog, cause);
      report_released(id, cause);
      return end(*dialog);
    case Dialog::State::answered:
      return close_later(*dialog, cause);  // RFC 3261 §15: no BYE before the ACK
    case Dialog::State::up:
      send_bye(*dialog, cause);
      report_released(id, cause);
      return end(*dialog);
    case Dialog::State::closing:
      return;
  }
}

int Agent::on_request(Dialog* dialog, nta_leg_t*, nta_incoming_t* irq, const sip_t* sip) {
  Agent& agent = dialog->agent;
  if (sip->sip_request->rq_method == sip_method_bye) return agent.on_bye(*dialog, sip);
  if (sip->sip_request->rq_method == sip_method_ack) {
    nta_incoming_destroy(irq);
    return 0;
  }
  if (dialog->state == Dialog::State::closing) return 481;
  switch (sip->sip_request->rq_method) {
    case sip_method_invite:
      return agent.on_reinvite(*dialog, irq, sip);
    case sip_method_update:
      return agent.on_update(*dialog, irq, sip);
    case sip_method_info:
      return agent.on_info(*dialog, sip);
    case sip_method_refer:  // a phone's right, no trunk's
      return dialog->phone.empty() ? 403 : agent.on_refer(*dialog, irq, sip);
    case sip_method_options:
      return 200;
    default:
      nta_incoming_treply(irq, SIP_405_METHOD_NOT_ALLOWED, SIPTAG_SERVER_STR(kProduct), SIPTAG_ALLOW_STR(kAllow),
                          TAG_END());
      return 405;
  }
}

/// A response may leave out what it can do; then what was known stands.
void Agent::note_abilities(Dialog& dialog, const sip_t* sip) {
  if (sip->sip_allow) dialog.able.update = sip_is_allowed(sip->sip_allow, SIP_METHOD_UPDATE);
  bool says = sip->sip_supported || sip->sip_require;
  if (!says && !sip->sip_request) return;
  dialog.able.timer = lists(sip->sip_supported, "timer") || lists(sip->sip_require, "timer");
  dialog.able.reliable = lists(sip->sip_supported, "100rel") || lists(sip->sip_require, "100rel");
}

int Agent::take_description(Dialog& dialog, const sip_t* sip, bool answer) {
  int status = 0;
  auto text = sdp_of(sip, status);
  if (status) return status;
  auto read = read_sdp(text, dialog.local.srtp, dialog.local.payloads);
  if (!read) return read.error().code == Errc::bad_data ? 400 : 488;
  // RFC 4568 §5.1.3: an answer names the one key line that we have offered.
  bool foreign =
      answer && read->crypto && (read->crypto->tag != 1 || read->crypto->suite != SrtpSuite::aes_cm_128_hmac_sha1_80);
  if (foreign) return 488;
  dialog.remote = std::move(*read);
  dialog.remote.media.srtp = keys_of(dialog.local, dialog.remote);
  if (dialog.keys != TrunkConfig::Keys::rfc4733) dialog.remote.media.event_payload = -1;
  if (!answer) ++dialog.local.version;
  return 0;
}

void Agent::tell_media(Dialog& dialog, const MediaAddress& before) {
  MediaAddress now = dialog.remote.media;
  if (before != now) events_.on_media(dialog.id, now);
}

int Agent::on_info(Dialog& dialog, const sip_t* sip) {
  if (body_of(sip).empty()) return 200;
  if (!has_type(sip, "application/dtmf-relay") && !has_type(sip, "application/dtmf")) return 415;
  char digit = 0;
  int duration_ms = 0;
  if (!read_dtmf(sip, digit, duration_ms)) return 400;
  events_.on_info_digit(dialog.id, digit, duration_ms);
  return 200;
}

int Agent::on_bye(Dialog& dialog, const sip_t* sip) {
  int cause = reason_cause(sip);
  if (dialog.in && dialog.state == Dialog::State::offered)
    nta_incoming_treply(dialog.in, SIP_487_REQUEST_TERMINATED, SIPTAG_SERVER_STR(kProduct), TAG_END());
  end_by_remote(dialog, cause ? cause : kNormalClearing);
  return 200;
}

}  // namespace hotline::sip
