// SPDX-License-Identifier: GPL-2.0-or-later
// How Calls finds out what it missed: by the switch's snapshot.
#include "base/log.h"
#include "calls.h"

namespace hotline::ccivr {

using flow::Phase;
using wire::Json;
using What = flow::Event::What;

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
    if (gone) {
      bring(it->second, {What::gone});
      let_go(it->second);
    }
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
  flow::Tags tags = tags_of(wire::member(one, "tags"));
  tags["caller"] = wire::text(one, "from");
  tags["called"] = wire::text(one, "to");
  if (wire::text(one, "controller") != self_ || leg.empty()) return;
  Call& call = make(wire::text(one, "call"), wire::text(leg, "leg"), tags, number);
  log_info("call.adopted call=" + call.id + " flow=" + call.flow->name + " node=" + call.state.node);
  const flow::Node* node = call.flow->find(call.state.node);
  if (node && node->kind == flow::Kind::queue && tags.count("queue-result")) {
    call.state.phase = Phase::queued;
    call.ours = false;
    return change_hands(call, true, tags.at("queue-result"));
  }
  if (auto lender = tags.find("flow-lender"); lender != tags.end() && tags.count("flow-before"))
    call.lender = lender->second;
  else if (wire::boolean(one, "lent"))
    call.lender = queues_;  // the switch knows whose it was
  if (!resume_transfer(call, one)) catch_up(call, leg);
}

/// Who was transferred when we were killed may be talking: then he is left alone, and goes on when the talk is over.
bool Calls::resume_transfer(Call& call, const Json& one) {
  const flow::Node* node = call.flow->find(call.state.node);
  if (!node || node->kind != flow::Kind::transfer) return false;
  for (const auto& leg : wire::member(one, "legs")) {
    std::string state = wire::text(leg, "state");
    if (wire::text(leg, "role") != "party" || state == "releasing") continue;
    call.state.phase = Phase::working;
    flow::Action action = {};
    action.what = flow::Action::What::work;
    action.text = flow::filled(node->subject, call.state.tags);
    bool talks = wire::text(leg, "hears") == "bridge";
    call.work = resumed_transfer(order_of(call, action), doors_, done_of(call), wire::text(leg, "leg"), talks);
    return true;
  }
  return false;
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
