// SPDX-License-Identifier: GPL-2.0-or-later
// Who is joined with whom: bridge, join, leave, unbridge, and record of a bridge.
#include <algorithm>

#include "faxes.h"
#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

bool Switch::must_be_up(Fields& fields, const Leg& leg) const {
  if (leg.state == LegState::up && !faxes_->busy(leg)) return true;
  if (leg.state == LegState::up) {
    fields.refuse(wire::code::kWrongState, "leg '" + leg.id + "' has a fax: fax-stop ends it");
    return false;
  }
  fields.refuse(wire::code::kWrongState, "leg '" + leg.id + "' is " + name_of(leg.state) + ", not up");
  return false;
}

Bridge* Switch::needed_bridge(Fields& fields) {
  std::string id = fields.needed("bridge");
  if (!fields) return nullptr;
  Bridge* bridge = calls_.find_bridge(id);
  if (!bridge) fields.refuse(wire::code::kNotFound, "no bridge '" + id + "'");
  return bridge;
}

/// Two to eight legs of one call, all up, none twice; empty when they are refused.
std::vector<Leg*> Switch::legs_to_bridge(Fields& fields) {
  const Json& ids = fields.list("legs", media::kBridgePortsMax);
  bool texts = std::all_of(ids.begin(), ids.end(), [](const Json& id) { return id.is_string(); });
  if (fields && (ids.size() < 2 || !texts))
    fields.refuse(wire::code::kBadRequest,
                  "field 'legs' is no list of 2 to " + std::to_string(media::kBridgePortsMax) + " legs");
  std::vector<Leg*> legs;
  for (size_t i = 0; fields && i < ids.size(); ++i) {
    Leg* leg = leg_in(fields, ids[i].get<std::string>());
    if (!leg) break;
    if (std::find(legs.begin(), legs.end(), leg) != legs.end() || (!legs.empty() && legs[0]->call != leg->call))
      fields.refuse(wire::code::kWrongState,
                    "legs '" + legs[0]->id + "' and '" + leg->id + "' are not two of one call");
    must_be_up(fields, *leg);
    legs.push_back(leg);
  }
  return fields ? legs : std::vector<Leg*>{};
}

Reply Switch::bridge(Fields& fields) {
  bool recorded = fields.boolean("record", false), digits = fields.boolean("digits", false);
  auto legs = legs_to_bridge(fields);
  if (!fields) return *fields.refused();
  Call& call = calls_.call_of(*legs[0]);
  auto announcement = items(fields, "announce", call);
  if (!fields) return *fields.refused();
  bool announcing = !announcement.empty();
  std::vector<media::PortId> ports;
  for (Leg* leg : legs) {
    leave_bridge(*leg, "replaced");
    end_spy(*leg, "replaced");
    engine_->detect_in_bridge(leg->port, digits);
    ports.push_back(leg->port);
  }
  engine_->bridge(ports, std::move(announcement));
  Bridge& bridge = calls_.bridge_up(call, legs, announcing);
  if (recorded) start_recording(bridge);
  Json body = {{"bridge", bridge.id}};
  if (recorded) body["segment"] = bridge.segment;
  return Reply::yes(body);
}

Reply Switch::join(Fields& fields) {
  Bridge* bridge = needed_bridge(fields);
  Leg* leg = needed_leg(fields);
  if (fields && leg->call != bridge->call)
    fields.refuse(wire::code::kWrongState, "leg '" + leg->id + "' is of another call than bridge '" + bridge->id + "'");
  if (fields) must_be_up(fields, *leg);
  if (!fields) return *fields.refused();
  if (leg->bridge == bridge->id) return Reply::yes();
  if (bridge->members.size() >= media::kBridgePortsMax)
    return Reply::no(wire::code::kBusy, "bridge '" + bridge->id + "' has " + std::to_string(bridge->members.size()) +
                                            " legs already");
  leave_bridge(*leg, "replaced");
  end_spy(*leg, "replaced");
  engine_->join(calls_.find_leg(bridge->members[0].leg)->port, leg->port);
  calls_.bridge_joined(*bridge, *leg);
  return Reply::yes();
}

Reply Switch::leave(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (fields && leg->bridge.empty())
    fields.refuse(wire::code::kWrongState, "leg '" + leg->id + "' is in no bridge");
  if (!fields) return *fields.refused();
  leave_bridge(*leg, "leave");
  return Reply::yes();
}

Reply Switch::unbridge(Fields& fields) {
  Bridge* bridge = needed_bridge(fields);
  if (!bridge) return *fields.refused();
  end_bridge(*bridge, "unbridge");
  return Reply::yes();
}

Reply Switch::record(Fields& fields) {
  if (fields.has("leg")) return record_leg(fields);
  Bridge* bridge = needed_bridge(fields);
  if (fields && !fields.has("on")) fields.refuse(wire::code::kBadRequest, "field 'on' is missing");
  bool on = fields.boolean("on", false);
  if (!bridge || !fields) return *fields.refused();
  if (!on) {
    stop_recording(*bridge);
    return Reply::yes();
  }
  if (bridge->segment.empty()) start_recording(*bridge);
  return Reply::yes({{"segment", bridge->segment}});
}

}  // namespace hotline::ccswitchd
