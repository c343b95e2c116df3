// SPDX-License-Identifier: GPL-2.0-or-later
// A phone transfers its call: REFER within the dialog, answered at once, and its progress in NOTIFYs (RFC 3515), or
// none when the phone wants none (RFC 4488). One at a time; what it means is decided above.
#include <cstring>

#include "base/log.h"
#include "base/text.h"
#include "sip/agent.h"
#include "sip/header.h"

namespace hotline::sip {
namespace {

/// "Refer-Sub: false": the phone asks for no NOTIFY.
bool wants_silence(const sip_t* sip) {
  const sip_refer_sub_t* sub = sip_refer_sub(sip);
  return sub && sub->rs_value && ::strcasecmp(sub->rs_value, "false") == 0;
}

std::string unescaped(const std::string& text) {
  std::string out = text;
  out.resize(url_unescape_to(out.data(), text.c_str(), text.size()));
  return out;
}

/// The escaped header of that name in a URI ("…?Replaces=call%3Bto-tag%3D1…"), unescaped.
std::optional<std::string> header_of(const url_t* url, std::string_view name) {
  if (!url->url_headers) return std::nullopt;
  for (auto& header : split(url->url_headers, '&')) {
    std::string text(header);
    auto equals = text.find('=');
    if (equals != name.size() || ::strncasecmp(text.c_str(), name.data(), name.size()) != 0) continue;
    return unescaped(text.substr(equals + 1));
  }
  return std::nullopt;
}

/// Nothing but what makes a dialog may be asked for.
bool asks_for_invite(const url_t* url) {
  if (!url->url_params) return true;
  for (auto& parameter : split(url->url_params, ';')) {
    std::string text(parameter);
    if (::strncasecmp(text.c_str(), "method=", 7) == 0) return ::strcasecmp(text.c_str() + 7, "INVITE") == 0;
  }
  return true;
}

}  // namespace

/// The hosts by which phones know us: our domain, our address, and the one they reach us by.
bool Agent::is_ours(const char* host, const Dialog& dialog) const {
  if (!host) return false;
  auto contact = dialog.contact.find("@");
  std::string reached = contact == std::string::npos ? "" : dialog.contact.substr(contact + 1);
  reached = reached.substr(0, reached.find_first_of(":;>"));
  return ::strcasecmp(host, config_.domain.c_str()) == 0 || config_.address == host || reached == host;
}

/// 0 and what it asks for, or what refuses it.
int Agent::read_refer(const Dialog& dialog, const sip_t* sip, Refer& refer) {
  const auto* to = sip->sip_refer_to;
  if (!to || (to->r_url->url_type != url_sip && to->r_url->url_type != url_sips)) return 400;
  if (!asks_for_invite(to->r_url)) return 400;
  if (auto text = header_of(to->r_url, "Replaces")) {
    auto replaces = read_replaces(*text);
    if (!replaces) return 400;
    Dialog* other = named_by(*replaces);
    if (!other || other->phone != dialog.phone || other == &dialog) return 404;
    if (other->state == Dialog::State::closing) return 404;
    refer.replaces = other->id;
    return 0;
  }
  if (!is_ours(to->r_url->url_host, dialog)) return 403;
  refer.to = number_in(to->r_url->url_user);
  return refer.to.empty() ? 404 : 0;
}

int Agent::on_refer(Dialog& dialog, nta_incoming_t* irq, const sip_t* sip) {
  // A trunk does not say where calls of ours lead.
  if (dialog.state != Dialog::State::up || dialog.phone.empty()) return 403;
  if (dialog.referring.on) return 491;
  if (const char* extension = unsupported_by_us(sip)) {
    nta_incoming_treply(irq, SIP_420_BAD_EXTENSION, SIPTAG_SERVER_STR(kProduct), SIPTAG_UNSUPPORTED_STR(extension),
                        TAG_END());
    return 420;
  }
  Refer refer;
  if (int status = read_refer(dialog, sip, refer)) return status;
  DialogId id = dialog.id;
  int status = events_.on_refer(id, refer);
  Dialog* still = find(id);
  if (!still) return 481;
  if (status >= 300) return status;
  auto& referring = still->referring;
  referring.on = true;
  referring.silent = wants_silence(sip);
  referring.id = sip->sip_cseq->cs_seq;
  ++referring.count;
  nta_incoming_treply(irq, SIP_202_ACCEPTED, SIPTAG_SERVER_STR(kProduct), SIPTAG_CONTACT_STR(still->contact.c_str()),
                      SIPTAG_SUPPORTED_STR(kSupported),
                      TAG_IF(referring.silent, SIPTAG_HEADER_STR("Refer-Sub: false\r\n")), TAG_END());
  refer_progress(id, 100);  // §2.4.4: at once
  return 202;
}

void Agent::refer_progress(DialogId id, int status) {
  Dialog* dialog = find(id);
  if (!dialog || !dialog->referring.on) return;
  auto& referring = dialog->referring;
  bool over = status >= 200;
  if (over) referring.on = false;
  if (referring.silent) return;
  // §2.4.6: from the second REFER of a dialog on its subscription is known by the CSeq.
  std::string event = "refer";
  if (referring.count > 1) event += ";id=" + std::to_string(referring.id);
  std::string body = "SIP/2.0 " + std::to_string(status) + " " + sip_status_phrase(status) + "\r\n";
  auto* notify = nta_outgoing_tcreate(
      dialog->leg, nullptr, nullptr, URL_STRING_MAKE(dialog->hop.c_str()), SIP_METHOD_NOTIFY, nullptr,
      SIPTAG_USER_AGENT_STR(kProduct), SIPTAG_CONTACT_STR(dialog->contact.c_str()), SIPTAG_EVENT_STR(event.c_str()),
      SIPTAG_SUBSCRIPTION_STATE_STR(over ? "terminated;reason=noresource" : "active;expires=60"),
      SIPTAG_CONTENT_TYPE_STR("message/sipfrag;version=2.0"), SIPTAG_PAYLOAD_STR(body.c_str()), TAG_END());
  if (notify) nta_outgoing_destroy(notify);
}

}  // namespace hotline::sip
