// SPDX-License-Identifier: GPL-2.0-or-later
// What is, true at one journal number: snapshot, calls, spans, phones, ports; and hello, whose reply is that number.
#include "base/log.h"
#include "base/text.h"
#include "ports.h"
#include "faxes.h"
#include "switch.h"
#include "transfer.h"

namespace hotline::ccswitchd {

using wire::Reply;

/// `leg` is "" for a program.
static Json spy_json(const std::string& leg, const Spy& spy) {
  Json json = {{"target", spy.target}, {"mode", spy.mode}};
  if (!leg.empty()) json["leg"] = leg;
  if (!spy.by.empty()) json["by"] = spy.by;
  return json;
}

/// Who hears the legs of a bridge, in the order of its legs.
static Json ears_json(const Calls& calls, const Bridge& bridge) {
  Json list = Json::array();
  for (const auto& member : bridge.members) {
    for (const auto& id : calls.spies_of(member.leg))
      if (const Leg* leg = calls.find_leg(id)) list.push_back(spy_json(id, *leg->spy));
    for (const auto& [tap, listener] : calls.listeners())
      if (listener.spy.target == member.leg) list.push_back(spy_json("", listener.spy));
  }
  return list;
}

Json Switch::leg_json(const Call& call, const Leg& leg) const {
  Json json = {{"leg", leg.id},
               {"role", leg.role},
               {"endpoint", leg.endpoint},
               {"state", name_of(leg.state)},
               {"since", format_utc(leg.since)},
               {"held", leg.held()},
               {"tags", leg.tags}};
  if (leg.spy) json["spies"] = spy_json(leg.id, *leg.spy);
  if (Json fax = faxes_->json(leg); !fax.is_null()) json["fax"] = std::move(fax);
  if (!leg.segment.empty()) json["recording"] = leg.segment;
  if (leg.says_db) json["says_db"] = leg.says_db;
  if (leg.hears_db) json["hears_db"] = leg.hears_db;
  if (!leg.plays.empty()) {
    json["hears"] = "play";
    json["play"] = leg.plays.back().id;
  } else if (!leg.bridge.empty()) {
    json["hears"] = "bridge";
  } else if (leg.spy) {
    json["hears"] = "spy";
  } else {
    json["hears"] = call.orphan_since && leg.state == LegState::up ? "music" : leg.base;
  }
  if (Json quality = quality_json(leg.port); !quality.is_null()) json["quality"] = std::move(quality);
  return json;
}

Json Switch::call_json(const Call& call) const {
  Json legs = Json::array(), bridges = Json::array();
  for (const auto& [number, leg] : call.legs) legs.push_back(leg_json(call, leg));
  for (const auto& [id, bridge] : call.bridges)
    bridges.push_back({{"bridge", id},
                       {"legs", bridge.legs()},
                       {"since", format_utc(bridge.since)},
                       {"recording", bridge.segment.empty() ? Json() : Json(bridge.segment)},
                       {"spies", ears_json(calls_, bridge)}});
  Json json = {{"call", call.id},
               {"from", call.from},
               {"to", call.to},
               {"line", call.line},
               {"controller", call.controller},
               {"since", format_utc(call.since)},
               {"tags", call.tags},
               {"legs", legs},
               {"bridges", bridges}};
  if (transfers_->lent(call.id)) json["lent"] = true;
  if (!call.caller_name.empty()) json["caller_name"] = call.caller_name;
  if (!call.redirecting.is_null()) json["redirecting"] = call.redirecting;
  return json;
}

void Switch::add_calls(Fields& fields, Json& body) const {
  // A message holds at most 1 MiB; the rest is for the spans and phones.
  static constexpr size_t kCallBytesMax = wire::kMessageBytesMax - (128 << 10);
  std::string after = fields.text("after");
  size_t bytes = 0;
  Json list = Json::array();
  for (auto call = calls_.all().upper_bound(after); call != calls_.all().end(); ++call) {
    Json json = call_json(call->second);
    bytes += wire::dump(json).size() + 1;
    if (bytes > kCallBytesMax && !list.empty()) {
      body["more"] = true;
      break;
    }
    list.push_back(std::move(json));
  }
  body["calls"] = std::move(list);
}

Json Switch::spans_json() const {
  Json list = Json::array();
  for (const auto& span : spans_->trunk().spans())
    list.push_back({{"span", span.config.name},
                    {"state", span.leaving ? "leaving"
                              : span.up    ? "up"
                                           : "down"},
                    {"side", span.config.network_side ? "network" : "user"},
                    {"type", span.config.type},
                    {"channels", span.channels},
                    {"busy", span.busy},
                    {"blocked", span.blocked},
                    {"group", span.config.rules.group},
                    {"alarms", span.alarms},
                    {"lost", span.stats.lost},
                    {"late", span.stats.late},
                    {"duplicate", span.stats.duplicate},
                    {"underrun", span.stats.underrun},
                    {"overrun", span.stats.overrun},
                    {"malformed", span.stats.malformed},
                    {"misaligned", span.stats.misaligned},
                    {"receiving", span.stats.receiving},
                    {"ais", span.stats.ais},
                    {"remote_alarm", span.stats.remote_alarm},
                    {"trouble", span.stats.trouble}});
  return list;
}

Reply Switch::snapshot(Fields& fields) {
  Json controllers = Json::array();
  for (const auto& [name, one] : controllers_.all())
    controllers.push_back({{"controller", name}, {"alive", one.alive}});
  Json body = {{"n", service_.last_number()},
               {"time", format_utc(utc_now())},
               {"spans", spans_json()},
               {"phones", phones_json()},
               {"trunks", trunks_json()},
               {"night", night_json()},
               {"controllers", controllers}};
  add_calls(fields, body);
  return fields ? Reply::yes(body) : *fields.refused();
}

Reply Switch::list_calls(Fields& fields) {
  Json body = {{"n", service_.last_number()}};
  add_calls(fields, body);
  return fields ? Reply::yes(body) : *fields.refused();
}
Reply Switch::list_spans(Fields&) { return Reply::yes({{"n", service_.last_number()}, {"spans", spans_json()}}); }

Reply Switch::list_ports(Fields&) {
  Json list = Json::array();
  for (const auto& port : ports_of(config_))
    list.push_back({{"proto", port.proto},
                    {"address", port.address},
                    {"port", port.first},
                    {"port_last", port.last},
                    {"purpose", port.purpose}});
  return Reply::yes({{"ports", list}});
}

Reply Switch::hello(Fields& fields) {
  std::string name = fields.needed("controller");
  if (fields && (!wire::is_verb(name) || name == kDirect))
    fields.refuse(wire::code::kBadRequest, "field 'controller' is no name, or the switch's own");
  if (!fields) return *fields.refused();
  if (!controllers_.expect(name, monotonic_now()))
    return Reply::no(wire::code::kBusy, "there are " + std::to_string(kControllersMax) + " controllers already");
  if (controllers_.hello(name, monotonic_now())) find_again(name);
  return Reply::yes({{"n", service_.last_number()}});
}

}  // namespace hotline::ccswitchd
