// SPDX-License-Identifier: GPL-2.0-or-later
#include "view.h"

namespace hotline::ccqueue {

using wire::Json;

namespace {

std::string tag_of(const Tags& tags, const std::string& key) {
  auto found = tags.find(key);
  return found == tags.end() ? "" : found->second;
}

void set_tags(Tags& tags, const Json& set) {
  if (!set.is_object()) return;
  for (const auto& [key, value] : set.items())
    if (value.is_string()) tags[key] = value.get<std::string>();
}

Utc time_of(const Json& object, const char* key) {
  auto time = parse_utc(wire::text(object, key));
  return time ? *time : Utc{};
}

Bridge bridge_of(const Json& object, Utc since) {
  Bridge bridge;
  bridge.since = since;
  for (const auto& leg : wire::member(object, "legs"))
    if (leg.is_string()) bridge.legs.insert(leg.get<std::string>());
  return bridge;
}

Call call_of(const Json& object) {
  Call call;
  call.id = wire::text(object, "call");
  call.from = wire::text(object, "from");
  call.controller = wire::text(object, "controller");
  set_tags(call.tags, wire::member(object, "tags"));
  for (const auto& each : wire::member(object, "legs")) {
    Leg leg;
    leg.id = wire::text(each, "leg");
    leg.call = call.id;
    leg.role = wire::text(each, "role");
    leg.state = wire::text(each, "state");
    leg.since = time_of(each, "since");
    set_tags(leg.tags, wire::member(each, "tags"));
    call.legs[leg.id] = std::move(leg);
  }
  for (const auto& each : wire::member(object, "bridges"))
    call.bridges[wire::text(each, "bridge")] = bridge_of(each, time_of(each, "since"));
  return call;
}

}  // namespace

std::string Leg::offer() const { return role == "agent" ? tag_of(tags, "offer") : ""; }
std::string Leg::agent() const { return role == "agent" ? tag_of(tags, "agent") : ""; }

std::string Leg::call_back() const { return role == "agent" ? tag_of(tags, "call-back") : ""; }

std::string Call::call_back() const {
  for (const auto& [id, leg] : legs)
    if (auto visit = leg.call_back(); !visit.empty()) return visit;
  return "";
}

std::string Call::tag(const std::string& key) const { return tag_of(tags, key); }

const Leg* Call::caller() const {
  for (const auto& [id, leg] : legs)
    if (leg.role != "agent" && !leg.going()) return &leg;
  return nullptr;
}

const Leg* Call::leg_of(const std::string& offer) const {
  if (offer.empty()) return nullptr;
  for (const auto& [id, leg] : legs)
    if (!leg.going() && leg.offer() == offer) return &leg;
  return nullptr;
}

const Bridge* Call::bridge_of(const std::string& leg) const {
  for (const auto& [id, bridge] : bridges)
    if (bridge.legs.count(leg)) return &bridge;
  return nullptr;
}

const Call* View::call(const std::string& id) const {
  auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

const Leg* View::leg(const std::string& call_id, const std::string& id) const {
  const auto* in = call(call_id);
  if (!in) return nullptr;
  auto found = in->legs.find(id);
  return found == in->legs.end() ? nullptr : &found->second;
}

void View::load(const Json& snapshot) {
  calls_.clear();
  phones_.clear();
  dnd_.clear();
  for (const auto& each : wire::member(snapshot, "calls")) {
    auto call = call_of(each);
    std::string id = call.id;
    calls_[id] = std::move(call);
  }
  for (const auto& each : wire::member(snapshot, "phones")) {
    phones_[wire::text(each, "phone")] = wire::boolean(each, "registered") && wire::boolean(each, "reachable", true);
    if (wire::boolean(wire::member(each, "forward"), "dnd")) dnd_.insert(wire::text(each, "phone"));
  }
}

void View::apply(const wire::Event& event) {
  const auto& fields = event.fields;
  if (event.name == "phone.registered" || event.name == "phone.reachable") {
    phones_[wire::text(fields, "phone")] = true;
  } else if (event.name == "phone.forward") {
    std::string phone = wire::text(fields, "phone");
    if (wire::boolean(fields, "dnd"))
      dnd_.insert(phone);
    else
      dnd_.erase(phone);
  } else if (event.name == "phone.unregistered") {
    // "replaced": another contact took its place, so it is registered still.
    if (wire::text(fields, "reason") != "replaced") phones_[wire::text(fields, "phone")] = false;
  } else if (event.name == "phone.silent") {
    phones_[wire::text(fields, "phone")] = false;
  } else if (event.name == "call.ended") {
    calls_.erase(event.call);
  } else if (event.name == "call.offered" || event.name == "leg.dialed" || calls_.count(event.call)) {
    auto& call = calls_[event.call];
    call.id = event.call;
    apply_leg(call, event);
  }
}

void View::apply_leg(Call& call, const wire::Event& event) {
  const auto& name = event.name;
  const auto& fields = event.fields;
  if (name == "call.offered" || name == "leg.dialed") {
    auto& leg = call.legs[event.leg];
    leg.id = event.leg;
    leg.call = call.id;
    leg.since = event.time;
    if (call.controller.empty()) call.controller = wire::text(fields, "controller");
    bool caller = name == "call.offered";
    leg.role = caller ? "caller" : wire::text(fields, "role", "party");
    leg.state = caller ? "offered" : "dialed";
    if (caller) call.from = wire::text(fields, "caller");
    set_tags(caller ? call.tags : leg.tags, wire::member(fields, "tags"));
  } else if (name == "leg.ringing" || name == "leg.answered") {
    auto& leg = call.legs[event.leg];
    leg.state = name == "leg.ringing" ? "ringing" : "up";
    leg.since = event.time;
  } else if (name == "leg.released") {
    call.legs.erase(event.leg);
  } else if (name == "bridge.up") {
    call.bridges[wire::text(fields, "bridge")] = bridge_of(fields, event.time);
  } else if (name == "bridge.joined" || name == "bridge.left") {
    auto bridge = call.bridges.find(wire::text(fields, "bridge"));
    if (bridge == call.bridges.end()) return;
    if (name == "bridge.joined")
      bridge->second.legs.insert(event.leg);
    else
      bridge->second.legs.erase(event.leg);
  } else if (name == "bridge.down") {
    call.bridges.erase(wire::text(fields, "bridge"));
  } else if (name == "call.tagged") {
    auto leg = call.legs.find(event.leg);
    auto& tags = leg == call.legs.end() ? call.tags : leg->second.tags;
    for (const auto& key : wire::member(fields, "unset"))
      if (key.is_string()) tags.erase(key.get<std::string>());
    set_tags(tags, wire::member(fields, "set"));
  } else if (name == "call.handover" || name == "call.fallback") {
    call.controller = wire::text(fields, "to");
    set_tags(call.tags, wire::member(fields, "tags"));
  }
}

}  // namespace hotline::ccqueue
