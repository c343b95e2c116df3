// SPDX-License-Identifier: GPL-2.0-or-later
// Legs that are held, that lead elsewhere than they were dialled to, and that come into another call.
#include "calls.h"

namespace hotline::ccswitchd {

void Calls::hold(Leg& leg, bool by_phone, bool on) {
  bool was = leg.held();
  (by_phone ? leg.phone_holds : leg.controller_holds) = on;
  if (leg.held() == was) return;
  auto mono = now().mono;
  Json fields = {{"by", by_phone ? "phone" : "controller"}};
  if (on)
    leg.held_since = mono;
  else
    fields["ms"] = std::chrono::duration_cast<milliseconds>(mono - leg.held_since).count();
  Call& call = call_of(leg);
  call.touched = mono;
  emit(on ? "leg.held" : "leg.resumed", call, &leg, std::move(fields));
}

void Calls::early(Leg& leg) {
  if (leg.early || (leg.state != LegState::dialed && leg.state != LegState::ringing)) return;
  leg.early = true;
  emit("leg.early", call_of(leg), &leg);
}

void Calls::redirect(Leg& leg, Far far, uint32_t port, const std::string& endpoint, const std::string& to) {
  by_far_.erase(leg.far);
  if (leg.port) by_port_.erase(leg.port);
  count_at(leg.endpoint, -1);
  count_at(endpoint, 1);
  leg.far = far;
  leg.port = port;
  leg.endpoint = endpoint;
  leg.early = false;
  ++leg.redirections;
  by_far_[far] = leg.id;
  if (port) by_port_[port] = leg.id;
  emit("leg.redirected", call_of(leg), &leg, {{"to", to}});
}

Leg& Calls::move(Leg& leg, Call& to) {
  require(leg.bridge.empty() && leg.call != to.id && leg.state != LegState::releasing);
  LegState state = leg.state;
  std::string was = leg.id, role = leg.role == "caller" ? "party" : leg.role, endpoint = leg.endpoint;
  Leg kept = leg;
  releasing(leg, cause::kNormal, By::the_switch);
  gone(leg, to.id + "-" + std::to_string(to.last_leg + 1));  // the reference is dead, and its call may be over
  Leg& moved = add(to, kept.far, kept.port, endpoint, role, LegState::dialed);
  moved.tags = kept.tags;
  moved.deadline = kept.deadline;
  moved.early = kept.early;
  moved.music = kept.music;
  moved.says_db = kept.says_db;
  moved.hears_db = kept.hears_db;
  emit("leg.dialed", to, &moved,
       {{"to", endpoint}, {"role", role}, {"tags", moved.tags}, {"controller", to.controller}, {"was", was}});
  if (state == LegState::ringing) step(moved, LegEvent::ringing);
  if (state == LegState::up) step(moved, LegEvent::answered);
  if (kept.phone_holds) hold(moved, true, true);
  if (kept.controller_holds) hold(moved, false, true);
  return moved;
}

}  // namespace hotline::ccswitchd
