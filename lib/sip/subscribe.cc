// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip/subscribe.h"

#include <strings.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "sip/header.h"

namespace hotline::sip {
namespace {

constexpr char kAllowEvents[] = "message-summary, dialog";
constexpr int kExpiresDefault_s = 3600;

std::string event_text(const sip_t* sip) {
  std::string text = sip->sip_event->o_type;
  if (sip->sip_event->o_id) text += std::string(";id=") + sip->sip_event->o_id;
  return text;
}

int64_t asked_s(const sip_t* sip) {
  return sip->sip_expires ? static_cast<int64_t>(sip->sip_expires->ex_delta) : kExpiresDefault_s;
}

std::string xml(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

}  // namespace

Subscriptions::One::~One() {
  if (request) owner->host_.requests.forget(request);
  if (leg) nta_leg_destroy(leg);
}

Subscriptions::~Subscriptions() { all_.clear(); }

/// 0, or the status that refuses a new subscription.
int Subscriptions::refusal(const sip_t* sip, const std::string& phone, Package& package, std::string& about) const {
  const char* type = sip->sip_event ? sip->sip_event->o_type : nullptr;
  if (!type) return 489;
  if (::strcasecmp(type, "message-summary") == 0)
    package = Package::mailbox;
  else if (::strcasecmp(type, "dialog") == 0)
    package = Package::dialog;
  else
    return 489;
  about = number_in(sip->sip_request->rq_url->url_user);
  // The resource is what the request line names; phones write their own name there for their messages.
  if (package == Package::mailbox && about.empty()) about = phone;
  if (package == Package::mailbox && about != phone) return 403;
  if (package == Package::dialog && !lamps_.count(about) && !host_.known(about)) return 404;
  if (asked_s(sip) > 0 && asked_s(sip) < kExpiresMin_s) return 423;
  auto mine = of_phone_.find(phone);
  if (all_.size() >= kAllMax || (mine != of_phone_.end() && mine->second >= kPhoneMax)) return 503;
  return 0;
}

void Subscriptions::answer(nta_incoming_t* irq, int status, int expires_s, const std::string& contact) {
  std::string expires = std::to_string(expires_s), min = std::to_string(kExpiresMin_s);
  const char* phrase = status == 489 ? "Bad Event" : status == 423 ? "Interval Too Brief" : sip_status_phrase(status);
  nta_incoming_treply(irq, status, phrase, TAG_IF(status == 200, SIPTAG_EXPIRES_STR(expires.c_str())),
                      TAG_IF(status == 200, SIPTAG_CONTACT_STR(contact.c_str())),
                      TAG_IF(status == 423, SIPTAG_MIN_EXPIRES_STR(min.c_str())),
                      TAG_IF(status == 489, SIPTAG_ALLOW_EVENTS_STR(kAllowEvents)),
                      TAG_IF(status == 503, SIPTAG_RETRY_AFTER_STR("60")), TAG_END());
}

void Subscriptions::subscribe(nta_incoming_t* irq, const sip_t* sip, const std::string& phone, const Source& source) {
  Package package = Package::mailbox;
  std::string about;
  int status = refusal(sip, phone, package, about);
  auto target = target_of(sip->sip_contact, source);
  if (!status && (!target || !sip->sip_from->a_tag)) status = 400;
  if (status) {
    answer(irq, status, 0, "");
    return nta_incoming_destroy(irq);
  }
  uint64_t number = ++last_;
  auto& one = *(all_[number] = std::make_unique<One>());
  one.owner = this;
  one.number = number;
  one.package = package;
  one.phone = phone;
  one.about = about;
  one.hop = target->hop;
  one.event = event_text(sip);
  int granted_s = static_cast<int>(std::min<int64_t>(asked_s(sip), kExpiresMax_s));
  one.expires = monotonic_now() + seconds(granted_s);
  ++of_phone_[phone];
  about_[{package, about}].insert(number);
  // Sofia hands the context back as it got it; that it is no dialog does not matter to it.
  one.leg = nta_leg_tcreate(host_.nta, &Subscriptions::on_request, reinterpret_cast<Dialog*>(&one),
                            SIPTAG_CALL_ID(sip->sip_call_id), SIPTAG_FROM(sip->sip_to), SIPTAG_TO(sip->sip_from),
                            NTATAG_REMOTE_CSEQ(sip->sip_cseq->cs_seq), TAG_END());
  if (one.leg) nta_leg_tag(one.leg, nta_incoming_tag(irq, nullptr));
  if (one.leg) nta_leg_server_route(one.leg, sip->sip_record_route, sip->sip_contact);
  answer(irq, one.leg ? 200 : 500, granted_s, host_.contact_for(one.hop));
  nta_incoming_destroy(irq);
  if (granted_s == 0) one.ending = "timeout";  // a single look (RFC 6665 §4.4.3)
  if (!one.leg)
    on_told(number, {});
  else
    tell(one);
}

int Subscriptions::on_request(Dialog* context, nta_leg_t*, nta_incoming_t* irq, const sip_t* sip) {
  auto& one = *reinterpret_cast<One*>(context);
  if (sip->sip_request->rq_method != sip_method_subscribe) return 405;
  return one.owner->refresh(one, irq, sip);
}

int Subscriptions::refresh(One& one, nta_incoming_t* irq, const sip_t* sip) {
  // The dialog is that of one subscription; another event in it would be another one.
  if (!one.ending.empty()) return 481;
  int status = !sip->sip_event || one.event != event_text(sip) ? 489 : 0;
  if (!status && asked_s(sip) > 0 && asked_s(sip) < kExpiresMin_s) status = 423;
  if (status) {
    answer(irq, status, 0, "");
    return status;
  }
  int granted_s = static_cast<int>(std::min<int64_t>(asked_s(sip), kExpiresMax_s));
  one.expires = monotonic_now() + seconds(granted_s);
  nta_leg_server_route(one.leg, nullptr, sip->sip_contact);
  answer(irq, 200, granted_s, host_.contact_for(one.hop));
  if (granted_s == 0) one.ending = "timeout";
  tell(one);
  return 200;
}

Mailbox Subscriptions::mailbox(const std::string& phone) const {
  auto found = mailboxes_.find(phone);
  return found == mailboxes_.end() ? Mailbox() : found->second;
}

std::string Subscriptions::mailbox_text(const std::string& phone) const {
  Mailbox box = mailbox(phone);
  return std::string("Messages-Waiting: ") + (box.fresh > 0 ? "yes" : "no") + "\r\nMessage-Account: sip:" + phone +
         "@" + host_.domain + "\r\nVoice-Message: " + std::to_string(box.fresh) + "/" + std::to_string(box.old) +
         " (0/0)\r\n";
}

/// Always the whole state, as one dialog that is there or is over: some phones take an empty list for no news.
std::string Subscriptions::dialog_info(One& one) const {
  auto found = lamps_.find(one.about);
  Lamp lamp = found == lamps_.end() ? Lamp::idle : found->second;
  static constexpr const char* kStates[] = {"terminated", "early", "early", "confirmed"};
  const char* direction = lamp == Lamp::calling   ? " direction=\"initiator\""
                          : lamp == Lamp::ringing ? " direction=\"recipient\""
                                                  : "";
  std::string name = xml(one.about);
  return "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"" +
         std::to_string(one.version++) + "\" state=\"full\" entity=\"sip:" + name + "@" + xml(host_.domain) +
         "\">\r\n<dialog id=\"" + name + "\"" + direction + "><state>" + kStates[static_cast<int>(lamp)] +
         "</state></dialog>\r\n</dialog-info>\r\n";
}

void Subscriptions::tell(One& one) {
  if (std::exchange(one.telling, true)) {
    one.news = true;
    return;
  }
  one.news = false;
  auto left_s = std::chrono::ceil<seconds>(one.expires - monotonic_now()).count();
  bool mailbox = one.package == Package::mailbox;
  Requests::Request notify;
  notify.method = sip_method_notify;
  notify.name = "NOTIFY";
  notify.leg = one.leg;
  notify.hop = one.hop;
  notify.headers = "Event: " + one.event + "\r\nSubscription-State: " +
                   (one.ending.empty() ? "active;expires=" + std::to_string(std::max<int64_t>(1, left_s))
                                       : "terminated;reason=" + one.ending) +
                   "\r\nContact: " + host_.contact_for(one.hop) + "\r\nContent-Type: " +
                   (mailbox ? "application/simple-message-summary" : "application/dialog-info+xml") + "\r\n";
  notify.body = mailbox ? mailbox_text(one.about) : dialog_info(one);
  notify.timeout = seconds(32);  // 64·T1
  bool last = !one.ending.empty();
  one.request = host_.requests.send(notify, [this, number = one.number, last](const Requests::Answer& answer) {
    if (auto found = all_.find(number); found != all_.end()) found->second->request = 0;
    on_told(number, last ? Requests::Answer{} : answer);
  });
}

void Subscriptions::on_told(uint64_t number, const Requests::Answer& answer) {
  auto found = all_.find(number);
  if (found == all_.end()) return;
  One& one = *found->second;
  one.telling = false;
  // RFC 6665 §4.2.2: no answer, or one without Retry-After that is no success, ends it.
  if (answer.status < 200 || answer.status >= 300) {
    auto about = about_.find({one.package, one.about});
    about->second.erase(number);
    if (about->second.empty()) about_.erase(about);
    if (auto mine = of_phone_.find(one.phone); mine != of_phone_.end() && --mine->second == 0) of_phone_.erase(mine);
    all_.erase(found);
    return;
  }
  if (one.news) tell(one);
}

void Subscriptions::tell_all(Package package, const std::string& about) {
  auto found = about_.find({package, about});
  if (found == about_.end()) return;
  for (uint64_t number : found->second)
    if (One& one = *all_.at(number); one.ending.empty()) tell(one);
}

void Subscriptions::set_mailbox(const std::string& phone, Mailbox mailbox) {
  mailboxes_[phone] = mailbox;
  tell_all(Package::mailbox, phone);
}

void Subscriptions::set_lamp(const std::string& name, Lamp lamp) {
  auto [at, is_new] = lamps_.try_emplace(name, lamp);
  if (!is_new && at->second == lamp) return;
  at->second = lamp;
  tell_all(Package::dialog, name);
}

bool Subscriptions::asked_for_mailbox(const std::string& phone) const {
  return about_.count({Package::mailbox, phone}) > 0;
}

void Subscriptions::step(Instant now) {
  for (auto& [number, one] : all_)
    if (one->ending.empty() && one->expires <= now) {
      one->ending = "timeout";
      tell(*one);
    }
}

void Subscriptions::keep(const std::function<bool(const std::string& phone)>& known) {
  for (auto& [number, one] : all_) {
    bool about_nobody = one->package == Package::dialog && !lamps_.count(one->about) && !known(one->about);
    if (!one->ending.empty() || (known(one->phone) && !about_nobody)) continue;
    one->ending = "noresource";
    tell(*one);
  }
}

void Subscriptions::end_all(const std::string& reason) {
  for (auto& [number, one] : all_) {
    if (!one->ending.empty()) continue;
    one->ending = reason;
    tell(*one);
  }
}

}  // namespace hotline::sip
