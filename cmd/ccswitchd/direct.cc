// SPDX-License-Identifier: GPL-2.0-or-later
#include "direct.h"

#include <algorithm>

#include "routes.h"
#include "switch.h"

namespace hotline::ccswitchd {

namespace {

/// How long a plain call rings; T301 of ITU-T Q.931 (05/98) table 9-2 is at least 180 s, which nobody waits for.
constexpr milliseconds kRingsFor{60000};

const Leg* first_leg(const Call& call) {
  auto found = call.legs.find(1);
  return found == call.legs.end() ? nullptr : &found->second;
}

/// Who is up before who is not: of a group's members the one that answered.
const Leg* second_leg(const Call& call) {
  for (const auto& [number, leg] : call.legs)
    if (number != 1 && leg.state == LegState::up) return &leg;
  for (const auto& [number, leg] : call.legs)
    if (number != 1 && leg.state != LegState::releasing) return &leg;
  return nullptr;
}

/// Two who talk, or may yet: one of three that leaves is not the end.
bool has_two(const Call& call) {
  auto stays = [](const auto& one) { return one.second.state != LegState::releasing; };
  return !call.bridges.empty() || std::count_if(call.legs.begin(), call.legs.end(), stays) >= 2;
}

}  // namespace

void Direct::hear(const wire::Event& event) {
  loop_.post([this, event, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) act(event);
  });
}

void Direct::act(const wire::Event& event) {
  const Call* call = switch_.calls_.find_call(event.call);
  if (!call || call->controller != kDirect || groups_.hear(*call, event)) return;
  if (event.name == "call.offered" || event.name == "call.handover" || event.name == "call.fallback")
    connect(*call);
  else if (event.name == "leg.ringing")
    ring(*call);
  else if (event.name == "leg.early")
    connect_early(*call);
  else if (event.name == "leg.answered")
    join(*call);
  else if (event.name == "play.done" && call->tags.count("code"))
    clear(event.call, cause::kNormal);
  else if (event.name == "leg.released" && !has_two(*call))  // others of a conference go on
    clear(event.call, static_cast<int>(wire::integer(event.fields, "cause", cause::kNormal)));
}

void Direct::connect(const Call& call) {
  const Leg* first = first_leg(call);
  auto to = call.tags.find(kDirectTo);
  if (!first || first->state == LegState::releasing || second_leg(call)) return;
  if (to == call.tags.end()) return clear(call.id, cause::kUnallocated);
  if (call.tags.count("code")) {
    switch_.command("answer", {{"leg", first->id}});
    return;
  }
  if (to->second.starts_with("group:")) return groups_.start(call, to->second.substr(6));
  auto reply = switch_.command("dial", {{"to", to->second}, {"call", call.id}, {"timeout_ms", kRingsFor.count()}});
  if (!reply.ok) clear(call.id, static_cast<int>(wire::integer(reply.body, "cause", cause::kTemporaryFailure)));
}

void Direct::ring(const Call& call) {
  const Leg* first = first_leg(call);
  if (!first) return;
  if (first->state == LegState::offered) switch_.command("alert", {{"leg", first->id}});
  if (first->state == LegState::up || switch_.side(*first).early_media())
    switch_.command("hear", {{"leg", first->id}, {"what", "ringback"}});
}

/// What the called one's network says before the answer is for the caller, instead of our ringing.
void Direct::connect_early(const Call& call) {
  const Leg *first = first_leg(call), *second = second_leg(call);
  if (!first || !second || !second->early) return;
  if (first->state == LegState::offered) switch_.command("alert", {{"leg", first->id}});
  Leg *waiting = switch_.calls_.find_leg(first->id), *ringing = switch_.calls_.find_leg(second->id);
  if (waiting && ringing && waiting->state != LegState::releasing) switch_.join_early(*waiting, *ringing);
}

void Direct::join(const Call& call) {
  const Leg *first = first_leg(call), *second = second_leg(call);
  if (!first) return;
  if (auto result = call.tags.find("code-result"); result != call.tags.end()) return acknowledge(*first, result->second);
  if (!second) {  // somebody was dialed on our own account: a test call, which hears music
    if (call.dialed) switch_.command("hear", {{"leg", first->id}, {"what", "music"}});
    return;
  }
  if (second->state != LegState::up) return;
  if (first->state == LegState::up && first->bridge.empty())
    switch_.command("bridge", {{"legs", {first->id, second->id}}});
  else
    switch_.command("answer", {{"leg", first->id}});
}

/// A code was dialled: two beeps for yes, congestion for no; play.done clears the call.
void Direct::acknowledge(const Leg& leg, const std::string& result) {
  Json beep = {{"tone", "beep"}, {"ms", 200}}, gap = {{"silence_ms", 200}};
  Json items = {gap, beep, gap, beep};
  if (result != "done") items = {gap, {{"tone", "congestion"}, {"ms", 2000}}};
  switch_.command("play", {{"leg", leg.id}, {"items", items}});
}

void Direct::clear(const std::string& call, int cause) {
  switch_.command("hangup", {{"call", call}, {"cause", cause}});
}

}  // namespace hotline::ccswitchd
