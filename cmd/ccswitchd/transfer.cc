// SPDX-License-Identifier: GPL-2.0-or-later
#include "transfer.h"

#include <set>

#include "base/causes.h"
#include "routes.h"
#include "sip/sip.h"
#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

namespace {

/// How long a target rings before who was handed on is handed back.
constexpr milliseconds kTargetRingsFor{30000};
constexpr int kRequestTerminated = 487, kDone = 200, kRinging = 180;
constexpr int kTakenByAnother = 26;  // ITU-T Q.850: non-selected user clearing

Reply wrong_state(const std::string& text) { return Reply::no(wire::code::kWrongState, text); }

}  // namespace

Leg* Transfers::up(const std::string& id) const {
  Leg* leg = switch_.calls_.find_leg(id);
  return leg && leg->state == LegState::up ? leg : nullptr;
}

Leg* Transfers::partner(const Leg& leg) const {
  Bridge* bridge = switch_.calls_.find_bridge(leg.bridge);
  if (!bridge || bridge->members.size() != 2) return nullptr;
  return up(bridge->members[bridge->members[0].leg == leg.id ? 1 : 0].leg);
}

std::string Transfers::wrong(const Leg& by) const {
  if (by.state != LegState::up) return "leg '" + by.id + "' is " + name_of(by.state) + ", not up";
  if (busy(by.call)) return "a transfer of call '" + by.call + "' is under way";
  if (by.bridge.empty()) return "leg '" + by.id + "' talks with nobody who could be transferred";
  if (!partner(by)) return "leg '" + by.id + "' talks with more than one: let it leave them instead";
  return "";
}

/// They part; whether they were recorded stays true for who comes together next.
void Transfers::part(Call& call, const std::string& leg, bool& recorded) {
  Leg* one = switch_.calls_.find_leg(leg);
  Bridge* bridge = one ? switch_.calls_.find_bridge(one->bridge) : nullptr;
  if (!bridge || bridge->call != call.id) return;
  recorded = recorded || !bridge->segment.empty();
  switch_.end_bridge(*bridge, "transfer");
}

void Transfers::tell(const Call& call, const std::string& leg, const Transfer& transfer) {
  Json fields = {{"to", transfer.to}, {"mode", transfer.mode}};
  if (!transfer.with.empty()) fields["with"] = transfer.with;
  if (!transfer.merged.empty()) fields["merged"] = transfer.merged;
  wire::Event event = own_event("call.transferred", std::move(fields));
  event.call = call.id;
  event.leg = leg;
  switch_.emit(std::move(event));
}

void Transfers::progress(const std::string& leg, int status) {
  if (Leg* still = switch_.calls_.find_leg(leg)) switch_.side(*still).transfer_progress(still->far.id, status);
}

Reply Transfers::blind(Leg& by, const std::string& to) {
  if (std::string text = wrong(by); !text.empty()) return wrong_state(text);
  Call& call = switch_.calls_.call_of(by);
  Leg& other = *partner(by);
  Json dial = {{"to", to}, {"call", call.id}, {"timeout_ms", kTargetRingsFor.count()}};
  bool far_end_of_a_dialled_call = other.id != call.id + "-1" && to.starts_with("phone:") && !call.to.empty();
  if (far_end_of_a_dialled_call) dial["from"] = call.to;
  Reply reply = switch_.command("dial", dial);
  if (!reply.ok) return reply;
  Transfer transfer{by.id, other.id, wire::text(reply.body, "leg"), to, "", call.controller, "blind", "", false};
  part(call, by.id, transfer.recorded);
  under_way_[call.id] = transfer;
  switch_.calls_.handover(call, kDirect, {{kDirectTo, to}});
  switch_.assign(call);
  other.base = "music";
  switch_.refresh_base(other);
  return Reply::yes({{"leg", transfer.target}});
}

Reply Transfers::to_number(Leg& by, const Destination& where, const std::string& number) {
  if (std::string text = wrong(by); !text.empty()) return wrong_state(text);
  if (where.controller.empty()) {
    Reply reply = Reply::no(wire::code::kNotFound, "'" + number + "' leads nowhere");
    reply.body["cause"] = where.cause;
    return reply;
  }
  auto direct = where.tags.find(kDirectTo);
  if (where.controller == kDirect)
    return direct == where.tags.end() ? wrong_state("'" + number + "' leads nowhere") : to_direct(by, direct->second, number);
  hand_on(by, number, where.controller, Json(where.tags));
  return Reply::yes();
}

/// A group rings for the caller as if he had called it; the others are dialled while `by` is still there.
Reply Transfers::to_direct(Leg& by, const std::string& to, const std::string& number) {
  if (!to.starts_with("group:")) return blind(by, to);
  if (partner(by)->id != by.call + "-1") return wrong_state("only who has called can be handed on to a ring group");
  hand_on(by, number, kDirect, {{kDirectTo, to}});
  return Reply::yes();
}

/// Another controller has the call once `by` has gone: the one before is to see his leg go first, and then the call come.
void Transfers::hand_on(Leg& by, const std::string& to, const std::string& controller, const Json& tags) {
  Call& call = switch_.calls_.call_of(by);
  Leg& other = *partner(by);
  Transfer transfer{by.id, other.id, "", to, "", controller, "blind", "", false};
  part(call, by.id, transfer.recorded);
  under_way_[call.id] = transfer;
  switch_.calls_.tag(call, nullptr, tags, {"queue-entry", "queue-result", "flow-node"});
  switch_.calls_.handover(call, kDirect, Json::object());
  switch_.assign(call);
  other.base = "music";
  switch_.refresh_base(other);
  tell(call, by.id, transfer);
  progress(by.id, kDone);
  switch_.release(by, cause::kNormal, By::local);
}

Reply Transfers::to_controller(Leg& by, const std::string& controller, const Json& tags, bool back) {
  if (std::string text = wrong(by); !text.empty()) return wrong_state(text);
  Call& call = switch_.calls_.call_of(by);
  if (!wire::is_verb(controller) || controller == kDirect)
    return Reply::no(wire::code::kBadRequest, "field 'to': '" + controller + "' is no controller's name");
  if (auto text = Calls::wrong_tags(call.tags, tags, Json()); !text.empty())
    return Reply::no(wire::code::kBadRequest, "field 'tags': " + text);
  // A person decides this, and can decide otherwise: the caller is not sent to where nobody is.
  if (!switch_.controllers_.alive(controller))
    return Reply::no(wire::code::kUnavailable, "no controller '" + controller + "' is there: it has not said hello, or no more");
  std::string to = "controller:" + controller;
  if (!back) {
    hand_on(by, to, controller, tags);
    return Reply::yes();
  }
  Leg& other = *partner(by);
  Transfer transfer{by.id, other.id, "", to, "", call.controller, "lent", "", false};
  part(call, by.id, transfer.recorded);
  under_way_[call.id] = transfer;
  switch_.calls_.emit("call.lent", call, &by, {{"to", to}});
  switch_.calls_.handover(call, controller, tags);
  switch_.assign(call);
  return Reply::yes();
}

bool Transfers::lent(const std::string& call) const {
  auto found = under_way_.find(call);
  return found != under_way_.end() && found->second.mode == "lent";
}

bool Transfers::give_back(Call& call, const Json& tags, const char* result) {
  auto found = under_way_.find(call.id);
  if (found == under_way_.end() || found->second.mode != "lent") return false;
  Transfer transfer = under_way_.extract(found).mapped();
  Leg *other = up(transfer.other), *by = up(transfer.by);
  if (!other || !by || !by->bridge.empty()) return false;
  switch_.calls_.emit("call.returned", call, by, {{"was", transfer.to}, {"result", result}});
  switch_.calls_.handover(call, transfer.controller, tags);
  switch_.assign(call);
  switch_.command("bridge", {{"legs", {other->id, by->id}}, {"record", transfer.recorded}});
  return true;
}

void Transfers::act_lent(const wire::Event& event, const Transfer& transfer) {
  if (event.name != "leg.released") return;
  if (event.leg == transfer.other)
    abandon(event.call);
  else if (event.leg == transfer.by)
    under_way_.erase(event.call);  // nobody waits for it any more
}

/// The leg that `with` waits for while it rings, or talks with.
static Leg* other_end(Call& call, const Leg& with, Leg* partner) {
  if (partner) return partner;
  for (auto& [number, leg] : call.legs)
    if (leg.id != with.id && (leg.state == LegState::ringing || leg.state == LegState::dialed)) return &leg;
  return nullptr;
}

Reply Transfers::attended(Leg& by, Leg& with) {
  if (std::string text = wrong(by); !text.empty()) return wrong_state(text);
  if (busy(with.call)) return wrong_state("a transfer of call '" + with.call + "' is under way");
  Call& call = switch_.calls_.call_of(by);
  Leg* other = partner(by);
  Transfer transfer{by.id, other->id, "", with.endpoint, with.id, call.controller, "attended", "", false};
  Leg* target = &with;
  if (with.call == by.call) {
    if (&with == &by || &with == other || with.state != LegState::up)
      return wrong_state("leg '" + with.id + "' is not a third one that is up");
    transfer.with.clear();
  } else {
    Call& merged = switch_.calls_.call_of(with);
    target = other_end(merged, with, partner(with));
    if (!target) return wrong_state("leg '" + with.id + "' has nobody at its far end");
    transfer.to = target->endpoint;
    transfer.merged = merged.id;
    part(merged, with.id, transfer.recorded);
    if (target->port) switch_.engine_->stop(target->port);
    if (!target->segment.empty()) switch_.engine_->stop_recording(switch_.spool_dir_ + "/" + target->segment + ".wav");
    auto ears = switch_.lift_ears(*target);  // who listens hears on: the port is the same
    target = &switch_.calls_.move(*target, call);
    switch_.put_ears(ears, *target);
  }
  transfer.target = target->id;
  part(call, by.id, transfer.recorded);
  if (with.call == by.call) part(call, with.id, transfer.recorded);
  under_way_[call.id] = transfer;
  if (call.controller != kDirect) {
    switch_.calls_.handover(call, kDirect, Json::object());
    switch_.assign(call);
  }
  std::string id = call.id, with_id = transfer.with;
  bool answered = target->state == LegState::up;
  if (!answered) {
    other->base = target->state == LegState::ringing ? "ringback" : "music";
    switch_.refresh_base(*other);
  }
  if (Leg* second = switch_.calls_.find_leg(with_id)) switch_.release(*second, cause::kNormal, By::local);
  if (answered) complete(id);
  return Reply::yes();
}

bool Transfers::take_over(Far far, uint32_t port, const std::string& phone, Leg& old) {
  Call& call = switch_.calls_.call_of(old);
  if (busy(call.id) || call.legs.size() >= kLegsMax) return false;
  bool rings = old.state == LegState::dialed || old.state == LegState::ringing;
  Leg* other = rings ? nullptr : partner(old);
  if (rings)
    for (auto& [number, leg] : call.legs) {
      // Not one that rings as well, as the members of a group do.
      bool waits = leg.state == LegState::offered || leg.state == LegState::alerting || leg.state == LegState::up;
      if (leg.id != old.id && waits) other = &leg;
    }
  if (!other) return false;
  std::string to = "phone:" + phone;
  Transfer transfer{old.id, other->id, "", to, "", call.controller, rings ? "pickup" : "attended", "", false};
  if (Bridge* bridge = switch_.calls_.find_bridge(old.bridge)) transfer.recorded = !bridge->segment.empty();
  auto deadline = monotonic_now() + kTargetRingsFor;
  Leg& leg = switch_.calls_.dialed(call, far, port, to, to, "party", {}, deadline);
  transfer.target = leg.id;
  under_way_[call.id] = transfer;
  if (call.controller != kDirect) {
    switch_.calls_.handover(call, kDirect, Json::object());
    switch_.assign(call);
  }
  switch_.side(leg).answer(far.id);
  return true;
}

void Transfers::hear(const wire::Event& event) {
  static const std::set<std::string> kHeard = {"leg.ringing",  "leg.early",     "leg.answered",
                                               "leg.released", "call.handover", "call.ended"};
  if (!kHeard.count(event.name)) return;
  loop_.post([this, event, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) act(event);
  });
}

void Transfers::act(const wire::Event& event) {
  auto found = under_way_.find(event.call);
  if (found == under_way_.end()) return;
  const Transfer& transfer = found->second;
  if (transfer.mode == "lent") return act_lent(event, transfer);
  const Call* call = switch_.calls_.find_call(event.call);
  if (!call || (event.name == "call.handover" && call->controller != kDirect)) {
    // Somebody else decides about this call now; who rings for it is his.
    under_way_.erase(found);
    return;
  }
  if (event.leg == transfer.target) {
    if (event.name == "leg.ringing" || event.name == "leg.early") target_rings(transfer);
    if (event.name == "leg.answered") complete(event.call);
    if (event.name == "leg.released")
      fail(event.call, static_cast<int>(wire::integer(event.fields, "cause", cause::kNormal)));
  } else if (event.leg == transfer.other && event.name == "leg.released") {
    abandon(event.call);
  } else if (event.leg == transfer.by && event.name == "leg.released" && transfer.target.empty()) {
    complete(event.call);
  }
}

void Transfers::target_rings(const Transfer& transfer) {
  Leg *other = up(transfer.other), *target = switch_.calls_.find_leg(transfer.target);
  if (!other || !target) return;
  progress(transfer.by, kRinging);
  if (target->early) return switch_.join_early(*other, *target);
  other->base = "ringback";
  switch_.refresh_base(*other);
}

void Transfers::complete(const std::string& id) {
  Transfer transfer = under_way_.extract(id).mapped();
  Call* call = switch_.calls_.find_call(id);
  if (!call) return;
  if (transfer.target.empty()) {  // another controller's now
    if (transfer.controller != kDirect) switch_.controllers_.expect(transfer.controller, monotonic_now());
    switch_.calls_.handover(*call, transfer.controller, Json::object());
    return switch_.assign(*call);
  }
  Leg* other = switch_.calls_.find_leg(transfer.other);
  Leg* by = switch_.calls_.find_leg(transfer.by);
  if (!other || other->state == LegState::releasing) return switch_.release_all(*call, cause::kNormal, By::the_switch);
  tell(*call, transfer.by, transfer);
  progress(transfer.by, kDone);
  if (other->state == LegState::up)
    switch_.command("bridge", {{"legs", {other->id, transfer.target}}, {"record", transfer.recorded}});
  else
    switch_.command("answer", {{"leg", other->id}});  // he rings still; the controller joins them when he is up
  if (by) switch_.release(*by, transfer.mode == "pickup" ? kTakenByAnother : cause::kNormal, By::local);
}

void Transfers::fail(const std::string& id, int cause) {
  Transfer transfer = under_way_.extract(id).mapped();
  Call* call = switch_.calls_.find_call(id);
  if (!call) return;
  wire::Event event = own_event("transfer.failed", {{"to", transfer.to}, {"cause", cause}});
  event.call = id;
  event.leg = transfer.by;
  switch_.emit(std::move(event));
  progress(transfer.by, status_of_cause(cause));
  Leg *other = up(transfer.other), *by = up(transfer.by);
  bool had_another = transfer.controller != kDirect;
  if (!other || (!by && !had_another)) return switch_.release_all(*call, cause, By::the_switch);
  other->base = "music";
  switch_.refresh_base(*other);
  if (had_another) {
    Json tags = Json::object();
    if (!by) tags["transfer-failed"] = std::to_string(cause);
    switch_.calls_.handover(*call, transfer.controller, tags);
    switch_.assign(*call);
  }
  if (by && by->bridge.empty())
    switch_.command("bridge", {{"legs", {other->id, by->id}}, {"record", transfer.recorded}});
}

/// Who was to be handed on has gone: nobody is left to be joined.
void Transfers::abandon(const std::string& id) {
  Transfer transfer = under_way_.extract(id).mapped();
  progress(transfer.by, kRequestTerminated);
  if (Call* call = switch_.calls_.find_call(id)) switch_.release_all(*call, cause::kNormal, By::the_switch);
}

}  // namespace hotline::ccswitchd
