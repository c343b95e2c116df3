// SPDX-License-Identifier: GPL-2.0-or-later
// REGISTER (RFC 3261 §10.3) of phones that may be anywhere, and what is kept of their contacts for the next start.
#include <algorithm>

#include "base/text.h"
#include "sip/agent.h"
#include "sip/bindings.h"

namespace hotline::sip {
namespace {

constexpr int kExpiresDefault_s = 3600;
/// Shorter than an idle connection is kept open: a call finds its way back on it only.
constexpr int kExpiresOverTcp_s = kConnectionIdle_s - 60;
constexpr seconds kSaveEvery{5};

/// Seconds a contact asks for; -1 when it is no number.
int64_t asked_expires(const sip_t* sip, const sip_contact_t* contact) {
  if (contact->m_expires) return parse_int(contact->m_expires).value_or(-1);
  return sip->sip_expires ? static_cast<int64_t>(sip->sip_expires->ex_delta) : kExpiresDefault_s;
}

bool is_star(const sip_contact_t* contact) { return contact->m_url->url_type == url_any; }

/// "0.7" in thousandths (RFC 3261 §20.10); 1000 for anything else.
int thousandths(const char* q) {
  std::string text = q ? q : "";
  if (!text.starts_with("0")) return 1000;
  if (text == "0") return 0;
  if (text.size() < 3 || text.size() > 5 || text[1] != '.') return 1000;
  text.resize(5, '0');
  return static_cast<int>(parse_int(text.substr(2)).value_or(1000));
}

std::string q_text(int thousandths) {
  std::string text = std::to_string(thousandths);
  return thousandths == 1000 ? "1" : "0." + std::string(3 - text.size(), '0') + text;
}

}  // namespace

void Agent::on_register(msg_t* msg, const sip_t* sip) {
  const Phone* phone = let_in(msg, sip);
  if (!phone) return;
  Source source = source_of(msg, sip);
  nta_incoming_t* irq = nta_incoming_create(nta_, nullptr, msg, const_cast<sip_t*>(sip), TAG_END());
  if (!irq) return;
  std::string id = phone->id, newest;
  if (registrar_.registered(id)) newest = registrar_.bindings(id).front().target.uri;
  const char* user = sip->sip_to->a_url->url_user;
  int status = !user || id != user ? 403 : take_contacts(*phone, sip, source);
  if (status == 0) {
    answer_register(irq, *phone);
    return tell_contacts(id, newest, "phone said so");
  }
  std::string min_expires = std::to_string(config_.expires_min_s);
  const char* phrase = status == 423 ? "Interval Too Brief" : sip_status_phrase(status);
  nta_incoming_treply(irq, status, phrase, SIPTAG_SERVER_STR(kProduct),
                      TAG_IF(status == 423, SIPTAG_MIN_EXPIRES_STR(min_expires.c_str())), TAG_END());
  nta_incoming_destroy(irq);
}

int Agent::take_contacts(const Phone& phone, const sip_t* sip, const Source& source) {
  std::vector<Registrar::Binding> wanted;
  std::vector<std::string> unwanted;
  Instant now = monotonic_now();
  int64_t longest_s = source.transport == Transport::udp ? config_.expires_max_s
                                                         : std::min(config_.expires_max_s, kExpiresOverTcp_s);
  size_t seen = 0;
  for (auto* contact = sip->sip_contact; contact; contact = contact->m_next) {
    if (++seen > kContactsMax) return 403;
    int64_t asked_s = asked_expires(sip, contact);
    if (asked_s < 0) return 400;
    if (is_star(contact)) {
      if (asked_s != 0 || sip->sip_contact->m_next) return 400;  // alone and with Expires: 0 only
      unwanted.emplace_back();
      continue;
    }
    auto target = target_of(contact, source);
    if (!target && asked_s > 0) return 400;  // a host's name: we would have to ask DNS
    if (!target) continue;
    if (asked_s == 0) {
      unwanted.push_back(target->uri);
      continue;
    }
    if (asked_s < config_.expires_min_s) return 423;
    Registrar::Binding binding;
    binding.target = std::move(*target);
    binding.expires = now + seconds(std::min(asked_s, longest_s));
    binding.call_id = sip->sip_call_id->i_id;
    binding.cseq = sip->sip_cseq->cs_seq;
    binding.q_thousandths = thousandths(contact->m_q);
    // An old REGISTER that was overtaken: 500, so that the phone tries again (RFC 3261 §10.3 step 7).
    if (registrar_.would_bind(phone.id, binding) == Registrar::Bound::outdated) return 500;
    wanted.push_back(std::move(binding));
  }
  for (const auto& uri : unwanted) registrar_.unbind(phone.id, uri);
  bool fresh = false;
  // The first named is the one the phone likes best: it becomes the newest.
  for (auto binding = wanted.rbegin(); binding != wanted.rend(); ++binding) {
    auto bound = registrar_.bind(phone.id, std::move(*binding));
    fresh |= bound == Registrar::Bound::fresh;
    // Who was silent and is heard again is asked at once.
    if (bound == Registrar::Bound::refreshed) registrar_.wake(phone.id, now);
  }
  if (!wanted.empty() || !unwanted.empty()) state_changed_ = true;
  if (fresh && subscriptions_->mailbox(phone.id) != Mailbox()) notify_mailbox(phone.id);
  return 0;
}

void Agent::answer_register(nta_incoming_t* irq, const Phone& phone) {
  std::string contacts;
  for (const auto& binding : registrar_.bindings(phone.id)) {
    auto left_s = std::chrono::ceil<seconds>(binding.expires - monotonic_now()).count();
    contacts += (contacts.empty() ? "<" : ", <") + binding.target.uri +
                ">;expires=" + std::to_string(std::max<int64_t>(1, left_s));
    if (binding.q_thousandths != 1000) contacts += ";q=" + q_text(binding.q_thousandths);
  }
  nta_incoming_treply(irq, SIP_200_OK, SIPTAG_SERVER_STR(kProduct),
                      TAG_IF(!contacts.empty(), SIPTAG_CONTACT_STR(contacts.c_str())), TAG_END());
  nta_incoming_destroy(irq);
}

void Agent::tell_contacts(const std::string& phone, const std::string& newest_before, const std::string& reason) {
  const auto& now = registrar_.bindings(phone);
  state_changed_ = true;
  if (now.empty()) {
    silent_.erase(phone);
    if (!newest_before.empty()) events_.on_unregistered(phone, reason);
    return;
  }
  if (now.front().target.uri != newest_before) {
    auto left_s = std::chrono::ceil<seconds>(now.front().expires - monotonic_now()).count();
    std::string uri = now.front().target.uri;
    events_.on_registered(phone, uri, static_cast<int>(left_s));
  }
  settle_pulse(phone);
}

std::vector<Contact> Agent::contacts(const std::string& phone) const {
  std::vector<Contact> list;
  for (const auto& binding : registrar_.bindings(phone)) {
    auto left_s = std::chrono::ceil<seconds>(binding.expires - monotonic_now()).count();
    list.push_back({binding.target.uri, static_cast<int>(std::max<int64_t>(0, left_s)), binding.pulse.silent,
                    binding.pulse.rtt_ms});
  }
  return list;
}

void Agent::load_state() {
  if (config_.state_file.empty()) return;
  Instant now = monotonic_now();
  for (auto& kept : read_bindings(config_.state_file, utc_now())) {
    if (!registrar_.phone(kept.phone)) continue;
    kept.binding.expires = now + kept.left;
    kept.binding.pulse.id = ++last_pulse_;
    kept.binding.pulse.next = now + milliseconds(500 + last_pulse_ * 20 % 5000);  // soon, and not all at once
    registrar_.bind(kept.phone, std::move(kept.binding));
  }
  std::map<std::string, bool> told;
  registrar_.each([&](const std::string& phone, Registrar::Binding&) { told[phone] = true; });
  for (const auto& [phone, here] : told) tell_contacts(phone, "", "");
}

/// Not synced: after a power cut the phones register again, and the call path never waits on a disk.
void Agent::save_state() {
  Instant now = monotonic_now();
  if (config_.state_file.empty() || !state_changed_ || now - state_saved_ < kSaveEvery) return;
  state_changed_ = false;
  state_saved_ = now;
  std::vector<KeptBinding> list;
  registrar_.each([&](const std::string& phone, Registrar::Binding& binding) {
    if (transport_of(binding.target.hop) == Transport::udp)
      list.push_back({phone, binding, std::chrono::duration_cast<seconds>(binding.expires - now)});
  });
  write_bindings(config_.state_file, list, utc_now());
}

}  // namespace hotline::sip
