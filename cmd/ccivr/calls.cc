// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls.h"

#include <algorithm>

#include "base/log.h"

namespace hotline::ccivr {

using flow::Action;
using flow::Phase;
using wire::Json;
using What = flow::Event::What;

/// Ends of plays that may come before the reply which tells a play's number; older plays' ends are among them.
constexpr size_t kDoneEarlyMax = 8;

/// What a caller hears whose flow nobody knows; Q.850 cause 41, temporary failure.
static std::shared_ptr<const flow::Flow> fault_flow(const std::string& name) {
  auto parsed = flow::parse(
      "[node.fault]\nkind = \"hangup\"\nprompts = [\"technical-fault\", \"goodbye\"]\ncause = 41\n", "fault", name);
  return std::make_shared<const flow::Flow>(std::move(parsed.value()));
}

void Calls::use(Flows flows, std::string queues) {
  flows_ = std::move(flows);
  queues_ = std::move(queues);
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
  if (event.name == "call.ended") {
    bring(*call, {What::gone});
    calls_.erase(event.call);
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
    if (auto digit = wire::text(event.fields, "digit"); digit.size() == 1) bring(*call, {What::digit, digit[0]});
  } else if (event.name == "play.done") {
    play_done(*call, event);
  }
}

void Calls::offered(const wire::Event& event) {
  if (wire::text(event.fields, "controller") != self_ || find(event.call) || in_snapshot(event)) return;
  Call& call = make(event.call, event.leg, wire::member(event.fields, "tags"), event.number);
  bring(call, {What::offered});
}

void Calls::handed_over(const wire::Event& event) {
  if (in_snapshot(event)) return;
  bool to_us = wire::text(event.fields, "to") == self_;
  Call* call = find(event.call);
  if (!call && !to_us) return;
  if (!call) return heal();
  change_hands(*call, to_us, wire::text(wire::member(event.fields, "tags"), "queue-result", "failed"));
}

/// The call is ours now, or another's. One that comes back goes on at its queue's branch for `result`.
void Calls::change_hands(Call& call, bool ours, const std::string& result) {
  if (std::exchange(call.ours, ours) || !ours) return;
  log_info("call.back call=" + call.id + " node=" + call.state.node + " result=" + result);
  bring(call, {What::queue_result, 0, result});
}

Calls::Call& Calls::make(const std::string& id, const std::string& leg, const Json& tags, int64_t number) {
  Call& call = calls_[id];
  call.id = id;
  call.leg = leg;
  call.born = number;
  std::string name = wire::text(tags, "flow");
  if (auto found = flows_.find(name); found != flows_.end()) {
    call.flow = found->second;
    call.state.node = wire::text(tags, "flow-node");
    return call;
  }
  log_error("call.unroutable call=" + id + " flow='" + name + "' text='there is no such flow'");
  call.flow = fault_flow(name);
  call.unknown_flow = true;
  return call;
}

// ---- what the flow wants

void Calls::bring(Call& call, const flow::Event& event) {
  auto [state, actions] = flow::step(*call.flow, std::move(call.state), event);
  call.state = std::move(state);
  for (const auto& action : actions) act(call, action);
}

void Calls::act(Call& call, const Action& action) {
  switch (action.what) {
    case Action::What::answer:
      call.answer_asked = true;
      return command("answer", {{"leg", call.leg}});
    case Action::What::entered:
      return report(call, "ivr.entered", {{"flow", call.flow->name}, {"version", call.flow->version}});
    case Action::What::node: {
      call.timer.cancel();
      Json fields = {{"flow", call.flow->name}, {"node", action.name}};
      if (action.text.size() == 1) fields["key"] = action.text;
      return report(call, "ivr.node", std::move(fields));
    }
    case Action::What::tag:
      return command("tag", {{"call", call.id}, {"set", action.tags}});
    case Action::What::untag:
      return command("tag", {{"call", call.id}, {"unset", Json::array({action.name})}});
    case Action::What::play:
      return play(call, action);
    case Action::What::timer:
      call.timer = doors_.after(action.span, [this, id = call.id] {
        if (Call* due = find(id)) bring(*due, {What::timer});
      });
      return;
    case Action::What::handover:
      return hand_over(call, action);
    case Action::What::hangup:
      return command("hangup", {{"call", call.id}, {"cause", action.cause}});
    case Action::What::exit: {
      std::string reason = call.unknown_flow && action.text == "hangup" ? "error" : action.text;
      return report(call, "ivr.exit", {{"flow", call.flow->name}, {"node", action.name}, {"reason", reason}});
    }
  }
}

void Calls::report(const Call& call, const char* name, Json fields) {
  wire::Event event;
  event.name = name;
  event.call = call.id;
  event.fields = std::move(fields);
  doors_.emit(std::move(event));
}

void Calls::play(Call& call, const Action& action) {
  call.timer.cancel();
  Json items = Json::array();
  for (const auto& prompt : action.prompts) items.push_back({{"prompt", prompt}});
  call.playing = true;
  call.play = 0;
  call.done_early.clear();
  doors_.ask("play", {{"leg", call.leg}, {"items", items}, {"barge", action.barge}, {"notice", action.notice}},
             [this, id = call.id, asked = ++call.plays_asked](Result<wire::Reply> reply) { played(id, asked, reply); });
}

/// The switch told the number of a play, or refused it; a later play may have taken its place meanwhile.
void Calls::played(const std::string& id, uint64_t asked, const Result<wire::Reply>& reply) {
  Call* call = find(id);
  if (!call || call->plays_asked != asked) return;
  if (!reply || !reply->ok) {
    call->playing = false;
    return refused("play", reply);
  }
  call->play = wire::integer(reply->body, "play");
  bool done = std::find(call->done_early.begin(), call->done_early.end(), call->play) != call->done_early.end();
  call->done_early.clear();
  if (!done) return;
  call->playing = false;
  bring(*call, {What::played});
}

void Calls::play_done(Call& call, const wire::Event& event) {
  int64_t number = wire::integer(event.fields, "play");
  // A caller who is gone goes nowhere any more; call.ended is on its way.
  if (!call.playing || wire::text(event.fields, "reason") == "gone") return;
  if (call.play == 0) {
    if (call.done_early.size() < kDoneEarlyMax) call.done_early.push_back(number);
    return;
  }
  if (number != call.play) return;
  call.playing = false;
  bring(call, {What::played});
}

/// When it is refused, the snapshot shows the call as ours still, and it takes the queue's branch for "failed".
void Calls::hand_over(Call& call, const Action& action) {
  call.ours = false;
  call.handed_over = ++asked_;
  command("handover", {{"call", call.id}, {"to", queues_}, {"tags", action.tags}});
}

void Calls::command(const std::string& verb, const Json& body) {
  doors_.ask(verb, body, [this, verb](Result<wire::Reply> reply) {
    if (!reply || !reply->ok) refused(verb, reply);
  });
}

/// Most often the caller is just gone. Whatever it is, the snapshot tells.
void Calls::refused(const std::string& verb, const Result<wire::Reply>& reply) {
  log_warning("refused verb=" + verb + " text='" + (reply ? wire::text(reply->body, "text") : reply.error().text) +
              "'");
  heal();
}

// ---- healing

void Calls::greeted(int64_t number) {
  if (heal_again_) {
    heal();
  } else if (greeted_ > seen_) {
    log_warning("gap seen=" + std::to_string(seen_) + " switch=" + std::to_string(number));
    seen_ = number;
    heal();
  }
  greeted_ = number;
}

void Calls::heal() {
  heal_again_ = healing_;
  if (std::exchange(healing_, true)) return;
  ask_part("", ++asked_);
}

void Calls::ask_part(const std::string& after, uint64_t asked) {
  Json question = Json::object();
  if (!after.empty()) question["after"] = after;
  doors_.ask("snapshot", question, [this, after, asked](Result<wire::Reply> reply) {
    if (!reply || !reply->ok) {
      healing_ = false;
      heal_again_ = true;  // when it next answers a hello
      return;
    }
    // Ids grow from part to part, so this comes to an end.
    const Json& calls = wire::member(reply->body, "calls");
    bool more = wire::boolean(reply->body, "more") && !calls.empty();
    std::string last = more ? wire::text(calls.back(), "call") : "";
    adopt(reply->body, after, last, asked);
    if (more && last > after) return ask_part(last, asked);
    healing_ = false;
    if (heal_again_) heal();
  });
}

bool Calls::in_snapshot(const wire::Event& event) const {
  for (const auto& part : parts_)
    if (part.last.empty() || event.call <= part.last) return event.number <= part.number;
  return false;
}

void Calls::adopt(const Json& part, const std::string& after, const std::string& last, uint64_t asked) {
  int64_t number = wire::integer(part, "n");
  if (after.empty()) parts_.clear();
  parts_.push_back({last, number});
  seen_ = number;
  std::map<std::string, const Json*> there;
  for (const auto& one : wire::member(part, "calls")) there[wire::text(one, "call")] = &one;
  auto end = last.empty() ? calls_.end() : calls_.upper_bound(last);
  for (auto it = calls_.upper_bound(after); it != end;) {
    bool gone = !there.count(it->first) && it->second.born <= number;
    if (gone) bring(it->second, {What::gone});
    it = gone ? calls_.erase(it) : std::next(it);
  }
  for (const auto& [id, one] : there) {
    Call* call = find(id);
    if (!call)
      adopt_call(*one, number);
    else if (call->handed_over < asked)  // else the snapshot was true before we gave it away
      compare(*call, *one);
  }
}

static const Json& caller_leg(const Json& call) {
  const Json& legs = wire::member(call, "legs");
  for (const auto& leg : legs)
    if (wire::text(leg, "role") == "caller") return leg;
  static const Json kNone = Json::object();
  return kNone;
}

void Calls::compare(Call& call, const Json& one) {
  bool ours = wire::text(one, "controller") == self_;
  if (call.ours && ours) return catch_up(call, caller_leg(one));
  change_hands(call, ours, wire::text(wire::member(one, "tags"), "queue-result", "failed"));
}

void Calls::adopt_call(const Json& one, int64_t number) {
  const Json& leg = caller_leg(one);
  const Json& tags = wire::member(one, "tags");
  if (wire::text(one, "controller") != self_ || leg.empty()) return;
  Call& call = make(wire::text(one, "call"), wire::text(leg, "leg"), tags, number);
  log_info("call.adopted call=" + call.id + " flow=" + call.flow->name + " node=" + call.state.node);
  const flow::Node* node = call.flow->find(call.state.node);
  if (node && node->kind == flow::Kind::queue && tags.contains("queue-result")) {
    call.state.phase = Phase::queued;
    call.ours = false;
    return change_hands(call, true, wire::text(tags, "queue-result"));
  }
  catch_up(call, leg);
}

/// Brings what we may have missed. Each is without effect when we did not.
void Calls::catch_up(Call& call, const Json& leg) {
  std::string state = wire::text(leg, "state");
  if (call.state.phase == Phase::offered) {
    if (state == "up")
      bring(call, {What::answered});
    else if (state == "offered" && !call.answer_asked)
      bring(call, {What::offered});
    return;
  }
  // A play that was refused, or whose end was missed. One that the switch has not told us of yet goes its way.
  bool asked = call.playing && call.play == 0;
  if (state == "up" && !asked && wire::text(leg, "hears") != "play") {
    call.playing = false;
    bring(call, {What::played});
  }
}

}  // namespace hotline::ccivr
