// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "faxes.h"
#include "switch.h"

namespace hotline::ccswitchd {

Side& Switch::side(const Leg& leg) {
  if (leg.far.kind == Far::Kind::span) return *spans_;
  return *phones_;
}

void Switch::release(Leg& leg, int cause, By by) {
  if (leg.state == LegState::releasing) return;
  leave_bridge(leg, "released");
  end_ears(leg);
  faxes_->leg_gone(leg);
  Far far = leg.far;
  Side& far_side = side(leg);
  if (leg.port) engine_->stop(leg.port);
  if (calls_.releasing(leg, cause, by)) far_side.hangup(far.id, cause);  // the leg may be gone now
}

/// A leg over a trunk that does not say when its far end hangs up. Silence is of no account before the answer.
void Switch::watch_far_end(const Leg& leg) {
  if (leg.far.kind != Far::Kind::trunk || !leg.port) return;
  std::string trunk = leg.endpoint.substr(leg.endpoint.find(':') + 1);
  auto found = config_.clearings.find(trunk.substr(0, trunk.find('/')));
  if (found == config_.clearings.end()) return;
  const Clearing& clearing = found->second;
  engine_->watch_far_end(leg.port, clearing.busy_tone, leg.state == LegState::up ? clearing.silence.count() : 0);
}

void Switch::release_all(Call& call, int cause, By by) {
  std::vector<std::string> legs;
  for (const auto& [number, leg] : call.legs) legs.push_back(leg.id);
  for (const auto& leg : legs)
    if (Leg* still = calls_.find_leg(leg)) release(*still, cause, by);
}

void Switch::end_bridge(Bridge& bridge, const std::string& reason) {
  stop_recording(bridge);
  Leg *one = calls_.find_leg(bridge.members[0].leg), *other = calls_.find_leg(bridge.members[1].leg);
  if (one && other) engine_->unbridge(one->port, other->port);
  calls_.bridge_down(bridge, reason);
}

void Switch::leave_bridge(Leg& leg, const std::string& reason) {
  Bridge* bridge = calls_.find_bridge(leg.bridge);
  if (!bridge) return;
  if (bridge->members.size() <= 2) return end_bridge(*bridge, reason);
  engine_->leave(leg.port);
  calls_.bridge_left(*bridge, leg, reason);
}

void Switch::start_recording(Bridge& bridge) {
  Call& call = *calls_.find_call(bridge.call);
  std::string segment = calls_.next_segment(call);
  media::RecordSpec spec;
  spec.left = calls_.find_leg(bridge.members[0].leg)->port;
  spec.right = calls_.find_leg(bridge.members[1].leg)->port;
  std::vector<std::string> legs;
  for (const auto& member : bridge.members) legs.push_back(member.leg);
  spec.about = about(call, legs, bridge.id, segment);
  spec.path = spool_dir_ + "/" + calls_.record_started(bridge, segment).file;
  engine_->record(std::move(spec));
}

void Switch::stop_recording(Bridge& bridge) {
  if (bridge.segment.empty()) return;
  engine_->stop_recording(spool_dir_ + "/" + bridge.segment + ".wav");
  bridge.segment.clear();
}

std::string Switch::about(const Call& call, const std::vector<std::string>& legs, const std::string& bridge,
                          const std::string& segment) const {
  static constexpr size_t kTextMax = 128;  // the head of a spool file holds 3000 octets
  auto tag = [](const Tags& tags, const char* key) {
    auto found = tags.find(key);
    return found == tags.end() ? "" : found->second.substr(0, kTextMax);
  };
  Json about = {{"call", call.id},
                {"segment", segment},
                {"bridge", bridge},
                {"left", legs[0]},
                {"right", legs.size() > 1 ? legs[1] : ""},
                {"from", call.from.substr(0, kTextMax)},
                {"to", call.to.substr(0, kTextMax)},
                {"queue", tag(call.tags, "queue")},
                {"agent", ""},
                {"started", format_utc(utc_now())}};
  for (const auto& [number, leg] : call.legs)
    if (std::find(legs.begin(), legs.end(), leg.id) != legs.end() && !tag(leg.tags, "agent").empty())
      about["agent"] = tag(leg.tags, "agent");
  return wire::dump(about);
}

void Switch::refresh_base(Leg& leg) {
  if (!leg.port || leg.state == LegState::releasing) return;
  const Call& call = calls_.call_of(leg);
  std::string what = call.orphan_since && leg.state == LegState::up ? "music" : leg.base;
  engine_->set_base(leg.port, what == "music"      ? media::Base::music
                              : what == "ringback" ? media::Base::ringback
                                                   : media::Base::silence,
                    music_of(leg));
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
