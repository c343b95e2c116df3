// SPDX-License-Identifier: GPL-2.0-or-later
// REGISTER (RFC 3261 §10.3) of phones that may be anywhere, one contact each.
#include <algorithm>

#include "base/text.h"
#include "sip/agent.h"

namespace hotline::sip {
namespace {

constexpr int kExpiresDefault_s = 3600;
/// Shorter than an idle connection is kept open: a call finds its way back on it only.
constexpr int kExpiresOverTcp_s = kConnectionIdle_s - 60;

/// Seconds a contact asks for; -1 when it is no number.
int64_t asked_expires(const sip_t* sip, const sip_contact_t* contact) {
  if (contact->m_expires) return parse_int(contact->m_expires).value_or(-1);
  return sip->sip_expires ? static_cast<int64_t>(sip->sip_expires->ex_delta) : kExpiresDefault_s;
}

bool is_star(const sip_contact_t* contact) { return contact->m_url->url_type == url_any; }

}  // namespace

void Agent::on_register(msg_t* msg, const sip_t* sip) {
  const Phone* phone = let_in(msg, sip);
  if (!phone) return;
  Source source = source_of(msg, sip);
  nta_incoming_t* irq = nta_incoming_create(nta_, nullptr, msg, const_cast<sip_t*>(sip), TAG_END());
  if (!irq) return;
  auto refuse = [irq](int status, const char* phrase, const char* min_expires = nullptr) {
    nta_incoming_treply(irq, status, phrase, SIPTAG_SERVER_STR(kProduct),
                        TAG_IF(min_expires, SIPTAG_MIN_EXPIRES_STR(min_expires)), TAG_END());
    nta_incoming_destroy(irq);
  };
  const char* user = sip->sip_to->a_url->url_user;
  if (!user || phone->id != user) return refuse(SIP_403_FORBIDDEN);

  // Of several contacts the newest wins, and in one request that is the first that is not being removed.
  const sip_contact_t* chosen = sip->sip_contact;
  for (auto* contact = sip->sip_contact; contact; contact = contact->m_next)
    if (!is_star(contact) && asked_expires(sip, contact) > 0) {
      chosen = contact;
      break;
    }
  if (!chosen) return answer_register(irq, *phone);

  int64_t asked_s = asked_expires(sip, chosen);
  if (asked_s < 0 || (is_star(chosen) && asked_s != 0)) return refuse(SIP_400_BAD_REQUEST);
  auto target = target_of(chosen, source);
  if (asked_s == 0) {
    const auto* binding = registrar_.binding(phone->id);
    bool its_own = binding && (is_star(chosen) || (target && target->uri == binding->target.uri));
    bool left = its_own && registrar_.unbind(phone->id);
    std::string id = phone->id;
    answer_register(irq, *phone);
    if (left) events_.on_unregistered(id, "phone said so");
    return;
  }
  if (!target) return refuse(400, "Contact Must Be an IP Address");
  if (asked_s < config_.expires_min_s)
    return refuse(423, "Interval Too Brief", std::to_string(config_.expires_min_s).c_str());
  int64_t longest_s = source.tcp ? std::min(config_.expires_max_s, kExpiresOverTcp_s) : config_.expires_max_s;
  auto granted_s = static_cast<int>(std::min(asked_s, longest_s));
  std::string uri = target->uri;
  bool news = registrar_.bind(phone->id, std::move(*target), monotonic_now() + seconds(granted_s));
  std::string id = phone->id;
  answer_register(irq, *phone);
  if (news) events_.on_registered(id, uri, granted_s);
}

void Agent::answer_register(nta_incoming_t* irq, const Phone& phone) {
  std::string contact;
  if (const auto* binding = registrar_.binding(phone.id)) {
    auto left_s = std::chrono::ceil<seconds>(binding->expires - monotonic_now()).count();
    contact = "<" + binding->target.uri + ">;expires=" + std::to_string(std::max<int64_t>(1, left_s));
  }
  nta_incoming_treply(irq, SIP_200_OK, SIPTAG_SERVER_STR(kProduct),
                      TAG_IF(!contact.empty(), SIPTAG_CONTACT_STR(contact.c_str())), TAG_END());
  nta_incoming_destroy(irq);
}

}  // namespace hotline::sip
