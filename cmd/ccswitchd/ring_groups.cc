// SPDX-License-Identifier: GPL-2.0-or-later
#include "ring_groups.h"

#include <algorithm>
#include <vector>

#include "base/causes.h"
#include "routes.h"
#include "switch.h"

namespace hotline::ccswitchd {

namespace {

/// How long who comes after a group rings, as in a plain call.
constexpr milliseconds kRingsFor{60000};
/// One group may lead to another, so often.
constexpr size_t kGroupsMax = route::kHopsMax;
constexpr int kTakenByAnother = 26, kRoutingError = 25;  // ITU-T Q.850

bool rings(const Leg& leg) { return leg.state == LegState::dialed || leg.state == LegState::ringing; }

}  // namespace

const route::RingGroup* RingGroups::group_of(const std::string& call) const {
  auto round = rounds_.find(call);
  if (round == rounds_.end()) return nullptr;
  const auto& groups = switch_.config_.plan.ring_groups;
  auto found = groups.find(round->second.group);
  return found == groups.end() ? nullptr : &found->second;
}

void RingGroups::start(const Call& call, const std::string& group) {
  // Calls that somebody else took over from the switch have left no word.
  std::erase_if(rounds_, [this](const auto& one) {
    const Call* open = switch_.calls_.find_call(one.first);
    return !open || open->controller != kDirect;
  });
  rounds_[call.id] = {group};
  advance(call.id);
}

/// Rings the next; those that cannot be rung have had their turn.
void RingGroups::advance(const std::string& id) {
  for (;;) {
    const route::RingGroup* group = group_of(id);
    if (!group) return clear(id, cause::kNoRoute);  // a reload has taken it out
    Round& round = rounds_.at(id);
    auto members = route::next_to_ring(*group, round.rung);
    if (members.empty()) return leave(id, route::RingGroup(*group));
    round.rung += members.size();
    int64_t reached = 0;
    auto time_ms = std::chrono::duration_cast<milliseconds>(group->time).count();
    for (const auto& member : members) {
      auto reply = switch_.command("dial", {{"to", member}, {"call", id}, {"timeout_ms", time_ms}, {"forward", false}});
      if (!rounds_.count(id)) return;
      reached += reply.ok;
      if (!reply.ok) round.cause = static_cast<int>(wire::integer(reply.body, "cause", cause::kTemporaryFailure));
    }
    const Call* call = switch_.calls_.find_call(id);
    if (!call) return void(rounds_.erase(id));
    if (reached == 0) continue;
    round.cause = cause::kNoAnswer;
    return switch_.calls_.emit("group.ringing", *call, nullptr, {{"group", round.group}, {"members", reached}});
  }
}

/// Nobody has answered.
void RingGroups::leave(const std::string& id, const route::RingGroup& group) {
  const Call* call = switch_.calls_.find_call(id);
  Round round = rounds_.at(id);
  if (!call) return void(rounds_.erase(id));
  over(*call, "nobody", "");
  if (group.then.empty()) return clear(id, round.cause);
  if (group.then.starts_with("group:")) {
    if (round.groups >= kGroupsMax) return clear(id, kRoutingError);
    rounds_[id] = {group.then.substr(6), 0, round.groups + 1};
    return advance(id);
  }
  if (group.then.starts_with("controller:")) {
    switch_.command("handover", {{"call", id}, {"to", group.then.substr(11)}});
    return;
  }
  auto reply = switch_.command("dial", {{"to", group.then}, {"call", id}, {"timeout_ms", kRingsFor.count()}});
  if (!reply.ok) clear(id, static_cast<int>(wire::integer(reply.body, "cause", cause::kTemporaryFailure)));
}

/// The round is over; who rings still is told that another has the call. After `abandoned` it is a missed call.
void RingGroups::over(const Call& call, const std::string& result, const std::string& taker) {
  std::string group = rounds_.extract(call.id).mapped().group;
  Json fields = {{"group", group}, {"result", result}};
  if (!taker.empty()) fields["taken_by"] = taker;
  switch_.calls_.emit("group.ended", call, nullptr, std::move(fields));
  std::vector<std::string> ringing;
  for (const auto& [number, leg] : call.legs)
    if (rings(leg) && leg.id != taker) ringing.push_back(leg.id);
  int cause = result == "abandoned" ? cause::kNormal : kTakenByAnother;
  for (const auto& id : ringing) switch_.command("hangup", {{"leg", id}, {"cause", cause}});
}

bool RingGroups::hear(const Call& call, const wire::Event& event) {
  auto round = rounds_.find(call.id);
  if (round == rounds_.end()) return false;
  const std::string caller = call.id + "-1";
  if (event.name == "call.transferred") {
    over(call, "picked-up", "");
    return true;
  }
  if (event.name == "leg.answered" && event.leg != caller) {
    over(call, "answered", event.leg);
    return false;  // they are joined as any two
  }
  if (event.name == "leg.early") return true;  // of several that ring the one that answers is heard
  if (event.name != "leg.released") return false;
  if (event.leg == caller) {
    over(call, "abandoned", "");
    clear(call.id, static_cast<int>(wire::integer(event.fields, "cause", cause::kNormal)));
    return true;
  }
  round->second.cause = static_cast<int>(wire::integer(event.fields, "cause", cause::kNoAnswer));
  bool others = std::any_of(call.legs.begin(), call.legs.end(), [](const auto& one) { return rings(one.second); });
  if (!others) advance(call.id);
  return true;
}

void RingGroups::clear(const std::string& call, int cause) {
  rounds_.erase(call);
  switch_.command("hangup", {{"call", call}, {"cause", cause}});
}

}  // namespace hotline::ccswitchd
