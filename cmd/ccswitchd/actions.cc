// SPDX-License-Identifier: GPL-2.0-or-later
#include "switch.h"

namespace hotline::ccswitchd {

Side& Switch::side(const Leg& leg) {
  if (leg.far.kind == Far::Kind::span) return *spans_;
  return *phones_;
}

void Switch::release(Leg& leg, int cause, By by) {
  if (leg.state == LegState::releasing) return;
  if (Bridge* bridge = calls_.find_bridge(leg.bridge)) end_bridge(*bridge, "released");
  Far far = leg.far;
  Side& far_side = side(leg);
  if (leg.port) engine_->stop(leg.port);
  if (calls_.releasing(leg, cause, by)) far_side.hangup(far.id, cause);  // the leg may be gone now
}

void Switch::release_all(Call& call, int cause, By by) {
  std::vector<std::string> legs;
  for (const auto& [number, leg] : call.legs) legs.push_back(leg.id);
  for (const auto& leg : legs)
    if (Leg* still = calls_.find_leg(leg)) release(*still, cause, by);
}

void Switch::end_bridge(Bridge& bridge, const std::string& reason) {
  Leg *left = calls_.find_leg(bridge.left), *right = calls_.find_leg(bridge.right);
  stop_recording(bridge);
  if (left && right) engine_->unbridge(left->port, right->port);
  calls_.bridge_down(bridge, reason);
}

void Switch::start_recording(Bridge& bridge) {
  Call& call = *calls_.find_call(bridge.call);
  std::string segment = calls_.next_segment(call);
  media::RecordSpec spec;
  spec.left = calls_.find_leg(bridge.left)->port;
  spec.right = calls_.find_leg(bridge.right)->port;
  spec.about = about(call, bridge, segment);
  spec.path = spool_dir_ + "/" + calls_.record_started(bridge, segment).file;
  engine_->record(std::move(spec));
}

void Switch::stop_recording(Bridge& bridge) {
  if (bridge.segment.empty()) return;
  engine_->stop_recording(spool_dir_ + "/" + bridge.segment + ".wav");
  bridge.segment.clear();
}

std::string Switch::about(const Call& call, const Bridge& bridge, const std::string& segment) const {
  static constexpr size_t kTextMax = 128;  // the head of a spool file holds 3000 octets
  auto tag = [](const Tags& tags, const char* key) {
    auto found = tags.find(key);
    return found == tags.end() ? "" : found->second.substr(0, kTextMax);
  };
  Json about = {{"call", call.id},
                {"segment", segment},
                {"bridge", bridge.id},
                {"left", bridge.left},
                {"right", bridge.right},
                {"from", call.from.substr(0, kTextMax)},
                {"to", call.to.substr(0, kTextMax)},
                {"queue", tag(call.tags, "queue")},
                {"agent", ""},
                {"started", format_utc(utc_now())}};
  for (const auto& [number, leg] : call.legs)
    if ((leg.id == bridge.left || leg.id == bridge.right) && !tag(leg.tags, "agent").empty())
      about["agent"] = tag(leg.tags, "agent");
  return wire::dump(about);
}

void Switch::refresh_base(Leg& leg) {
  if (!leg.port || leg.state == LegState::releasing) return;
  const Call& call = calls_.call_of(leg);
  std::string what = call.orphan_since && leg.state == LegState::up ? "music" : leg.base;
  engine_->set_base(leg.port, what == "music"      ? media::Base::music
                              : what == "ringback" ? media::Base::ringback
                                                   : media::Base::silence);
}

void Switch::assign(Call& call) {
  bool alive = call.controller == kDirect || controllers_.alive(call.controller);
  if (alive)
    call.orphan_since.reset();
  else if (!call.orphan_since)
    call.orphan_since = monotonic_now();
  for (auto& [number, leg] : call.legs) {
    // Nobody is there to answer: at least the caller hears that it rings, and the network waits longer.
    if (!alive && calls_.step(leg, LegEvent::alert)) side(leg).alert(leg.far.id);
    refresh_base(leg);
  }
}

}  // namespace hotline::ccswitchd
