// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of phones and SIP trunks as such, calls aside: registrations, gates, and the lists of both.
#include "base/log.h"
#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

void Switch::configure_sip() {
  if (!phones_->stack()) return;
  std::vector<sip::Phone> phones;
  for (const auto& phone : config_.phones) phones.push_back(phone.sip);
  phones_->stack()->set_phones(std::move(phones));
  phones_->stack()->set_trunks(config_.trunks);
}

void Switch::on_registered(const std::string& phone, const std::string& contact, int expires_s) {
  say("phone.registered", {{"phone", phone}, {"contact", contact}, {"expires_s", expires_s}});
}

void Switch::on_unregistered(const std::string& phone, const std::string& reason) {
  say("phone.unregistered", {{"phone", phone}, {"reason", reason}});
}

void Switch::on_silent(const std::string& phone) { say("phone.silent", {{"phone", phone}}); }

void Switch::on_reachable(const std::string& phone, int rtt_ms) {
  say("phone.reachable", {{"phone", phone}, {"rtt_ms", rtt_ms}});
}

void Switch::on_trunk(const std::string& trunk, bool up, const std::string& reason) {
  if (up)
    say("trunk.up", {{"trunk", trunk}});
  else
    say("trunk.down", {{"trunk", trunk}, {"reason", reason}});
}

void Switch::set_lamp(const std::string& name, bool on) {
  if (phones_->stack()) phones_->stack()->set_lamp(name, on ? sip::Lamp::busy : sip::Lamp::idle);
}

Reply Switch::mwi(Fields& fields) {
  std::string phone = fields.needed("phone");
  auto fresh = static_cast<int>(fields.integer("new", 0, 0, Mailboxes::kMessagesMax));
  auto old = static_cast<int>(fields.integer("old", 0, 0, Mailboxes::kMessagesMax));
  if (fields && !config_.find_phone(phone)) fields.refuse(wire::code::kNotFound, "no phone '" + phone + "'");
  if (!fields) return *fields.refused();
  if (!mailboxes_.set(phone, {fresh, old})) return Reply::yes();
  if (auto saved = mailboxes_.save(); !saved)
    log_warning("phone.messages-not-kept text='" + saved.error().text + "; they are forgotten at the next start'");
  if (phones_->stack()) phones_->stack()->set_mailbox(phone, {fresh, old});
  say("phone.messages", {{"phone", phone}, {"new", fresh}, {"old", old}});
  return Reply::yes();
}

Json Switch::phones_json() const {
  std::map<std::string, int> busy;
  for (const auto& [id, call] : calls_.all())
    for (const auto& [number, leg] : call.legs) ++busy[leg.endpoint];
  Json list = Json::array();
  for (const auto& phone : config_.phones) {
    Json json = {{"phone", phone.sip.id}, {"name", phone.sip.name}, {"registered", false},
                 {"contact", Json()},     {"expires", Json()},      {"busy", busy["phone:" + phone.sip.id]},
                 {"contacts", 0},         {"reachable", false},     {"rtt_ms", Json()},
                 {"forward", forward_json(phone.sip.id)}};
    if (auto box = mailboxes_.of(phone.sip.id); box != sip::Mailbox())
      json["messages"] = {{"new", box.fresh}, {"old", box.old}};
    auto contacts = phones_->stack() ? phones_->stack()->contacts(phone.sip.id) : std::vector<sip::Contact>();
    if (!contacts.empty()) {
      json["registered"] = true;
      json["contact"] = contacts.front().uri;
      json["expires"] = format_utc(utc_now() + seconds(contacts.front().expires_s));
      json["contacts"] = contacts.size();
      json["reachable"] = !phones_->stack()->silent(phone.sip.id);
      if (contacts.front().rtt_ms >= 0) json["rtt_ms"] = contacts.front().rtt_ms;
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json Switch::trunks_json() const {
  Json list = Json::array();
  if (!phones_->stack()) return list;
  for (const auto& trunk : phones_->stack()->trunks())
    list.push_back({{"trunk", trunk.name},
                    {"state", trunk.up ? "up" : "down"},
                    {"reason", trunk.up ? Json() : Json(trunk.reason)},
                    {"gate", trunk.gate},
                    {"calls", trunk.calls},
                    {"calls_max", trunk.calls_max},
                    {"expires", trunk.enrolled ? Json(format_utc(utc_now() + seconds(trunk.expires_s))) : Json()},
                    {"rtt_ms", trunk.rtt_ms < 0 ? Json() : Json(trunk.rtt_ms)}});
  return list;
}

Reply Switch::list_phones(Fields&) { return Reply::yes({{"n", service_.last_number()}, {"phones", phones_json()}}); }
Reply Switch::list_trunks(Fields&) { return Reply::yes({{"n", service_.last_number()}, {"trunks", trunks_json()}}); }

}  // namespace hotline::ccswitchd
