// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls.h"

#include <algorithm>

#include "base/log.h"

namespace hotline::ccivr {

using wire::Json;
using What = flow::Event::What;

/// The switch itself as a controller: it has a call between two that have it.
constexpr const char* kSwitch = "switch";

flow::Tags tags_of(const Json& object) {
  flow::Tags tags;
  for (const auto& [key, value] : object.items())
    if (value.is_string()) tags[key] = value.get<std::string>();
  return tags;
}

/// What a caller hears whose flow nobody knows; Q.850 cause 41, temporary failure.
static std::shared_ptr<const flow::Flow> fault_flow(const std::string& name) {
  auto parsed = flow::parse(
      "[node.fault]\nkind = \"hangup\"\nprompts = [\"technical-fault\", \"goodbye\"]\ncause = 41\n", "fault", name);
  return std::make_shared<const flow::Flow>(std::move(parsed.value()));
}

void Calls::use(Flows flows, std::string queues, std::string language, Older older) {
  flows_ = std::move(flows);
  queues_ = std::move(queues);
  language_ = std::move(language);
  older_ = std::move(older);
}

Calls::Call* Calls::find(const std::string& id) {
  auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

void Calls::follow(const wire::Event& event) {
  seen_ = std::max(seen_, event.number);
  if (event.name == "call.offered") return offered(event);
  if (event.name == "call.handover") return handed_over(event);
  if (event.name == "switch.started") return heal();
  Call* call = find(event.call);
  if (!call) {
    if (event.name == "call.fallback" && wire::text(event.fields, "to") == self_) heal();
    return;
  }
  if (auto work = call->work; work && call->ours) work->follow(event);  // a copy: it may be done, and gone, by that
  call = find(event.call);
  if (!call) return;
  if (event.name == "call.ended") {
    bring(*call, {What::gone});
    let_go(*call);
    calls_.erase(event.call);
  } else if (event.name == "call.tagged" && event.leg.empty()) {
    flow::Tags tags = tags_of(wire::member(event.fields, "set"));
    for (const auto& key : wire::member(event.fields, "unset")) tags[key.get<std::string>()] = "";
    bring(*call, {What::tagged, 0, "", tags});
  } else if (event.name == "call.fallback") {
    change_hands(*call, wire::text(event.fields, "to") == self_, "failed");
  } else if (event.leg != call->leg) {
    return;
  } else if (event.name == "notice.played") {  // kept also when the call is another's by now
    command("tag", {{"call", call->id}, {"set", {{"notice", "played"}}}});
  } else if (!call->ours) {
    return;
  } else if (event.name == "leg.answered") {
    bring(*call, {What::answered});
  } else if (event.name == "digit") {
    if (wire::boolean(event.fields, "secret")) return secret_keys(*call);
    if (auto digit = wire::text(event.fields, "digit"); digit.size() == 1) bring(*call, {What::digit, digit[0]});
  } else if (event.name == "leg.released") {
    // The caller has gone; whom he was transferred to, or is dialed for him, has nobody to talk to.
    const auto* node = call->flow->find(call->state.node);
    if (call->work && node && node->kind == flow::Kind::transfer) command("hangup", {{"call", call->id}});
  } else if (event.name == "play.done") {
    play_done(*call, event);
  }
}

void Calls::offered(const wire::Event& event) {
  if (wire::text(event.fields, "controller") != self_ || find(event.call) || in_snapshot(event)) return;
  flow::Tags tags = tags_of(wire::member(event.fields, "tags"));
  tags["caller"] = wire::text(event.fields, "caller");
  tags["called"] = wire::text(event.fields, "called");
  Call& call = make(event.call, event.leg, tags, event.number);
  bring(call, {What::offered});
}

void Calls::handed_over(const wire::Event& event) {
  if (in_snapshot(event)) return;
  bool to_us = wire::text(event.fields, "to") == self_;
  Call* call = find(event.call);
  if (!call && !to_us) return;
  const Json& tags = wire::member(event.fields, "tags");
  if (!call) return heal();
  // Into a flow, not back to where he was: the tags name one, or who handed him on took his place in ours away.
  bool anew = tags.contains("flow") || (!tags.contains("queue-result") && !call->state.tags.count("flow-node"));
  if (to_us && !call->ours && anew) return begin_anew(event, *call);
  change_hands(*call, to_us, wire::text(tags, "queue-result", "failed"));
}

/// Somebody sends the caller into a flow. What he has by then he keeps; who had him wants him back, but for the switch
/// itself, with which nobody waits.
void Calls::begin_anew(const wire::Event& event, const Call& old) {
  const Json& given = wire::member(event.fields, "tags");
  flow::Tags tags = old.state.tags;
  std::string leg = old.leg, before = old.flow->name + "/" + old.state.node;
  std::string lender = wire::text(event.fields, "was", queues_);
  if (lender == kSwitch) lender.clear();
  for (const auto& [key, value] : tags_of(given)) tags[key] = value;
  if (!given.contains("flow-node")) tags.erase("flow-node");
  if (!lender.empty()) tags["flow-before"] = before;
  let_go(calls_.at(event.call));
  calls_.erase(event.call);
  Call& call = make(event.call, leg, tags, event.number);
  call.lender = lender;
  log_info("call.borrowed call=" + call.id + " from=" + wire::text(event.fields, "was") + " flow=" + call.flow->name);
  if (!lender.empty()) command("tag", {{"call", call.id}, {"set", {{"flow-before", before}, {"flow-lender", lender}}}});
  bring(call, {What::answered});
}

/// The call is ours now, or another's. One that comes back goes on at its queue's branch for `result`.
void Calls::change_hands(Call& call, bool ours, const std::string& result) {
  if (std::exchange(call.ours, ours) || !ours) return;
  log_info("call.back call=" + call.id + " node=" + call.state.node + " result=" + result);
  bring(call, {What::result, 0, result, {}});
}

Calls::Call& Calls::make(const std::string& id, const std::string& leg, const flow::Tags& tags, int64_t number) {
  Call& call = calls_[id];
  call.id = id;
  call.leg = leg;
  call.born = number;
  call.state.tags = tags;
  auto tag = [&](const char* key) { return tags.count(key) ? tags.at(key) : std::string(); };
  std::string name = tag("flow"), version = tag("flow-version");
  if (auto found = flows_.find(name); found != flows_.end()) {
    call.flow = found->second;
    call.state.node = tag("flow-node");
    bool began_with_another = !call.state.node.empty() && !version.empty() && version != call.flow->version;
    if (began_with_another && older_)
      if (auto older = older_(name, version)) call.flow = older;
    return call;
  }
  log_error("call.unroutable call=" + id + " flow='" + name + "' text='there is no such flow'");
  call.flow = fault_flow(name);
  call.unknown_flow = true;
  return call;
}

/// The call is over, or in other hands: nothing is waited for, and what was recorded and left nowhere goes.
void Calls::let_go(Call& call) {
  call.timer.cancel();
  call.work.reset();
  call.speaking.clear();
  for (const auto& file : std::exchange(call.kept, {}))
    if (doors_.drop) doors_.drop(file);
}

}  // namespace hotline::ccivr
