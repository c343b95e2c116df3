// SPDX-License-Identifier: GPL-2.0-or-later
// A core as plain values, and a core made of them.
#include "acd/saved.h"

#include <algorithm>
#include <array>

#include "acd/acd.h"

namespace hotline::acd {

namespace {
constexpr std::array<std::string_view, 6> kDueNames = {"ring", "wait", "prefer", "widen", "park", "tell"};
}

Saved::Queue Core::saved(const Queue& queue) const {
  Saved::Queue to;
  to.name = queue.rule.name;
  to.rung = queue.rung;
  if (auto at = due_at_.find({Due::empty, to.name}); at != due_at_.end()) to.empty_at = at->second;
  queue.estimator.save(to);
  return to;
}

Saved::Agent Core::saved(const Agent& agent) const {
  Saved::Agent to;
  to.rule = agent.rule;
  to.state = agent.state;
  to.since = agent.since;
  to.idle_since = agent.idle_since;
  to.until = agent.until;
  to.wrap_up_limit = agent.wrap_up_limit;
  if (auto at = due_at_.find({Due::agent, agent.rule.id}); at != due_at_.end()) to.due = at->second;
  to.reason = agent.reason;
  to.call = agent.call;
  to.offer = agent.offer;
  to.next_reason = agent.next_reason;
  to.next = agent.next;
  to.misses = agent.misses;
  to.calls = agent.calls;
  to.reachable = agent.reachable;
  to.dnd = agent.dnd;
  to.leaving = agent.leaving;
  to.last_rung = agent.last_rung_;
  return to;
}

Saved::Entry Core::saved(const Entry& entry) const {
  Saved::Entry to;
  to.call = entry.call;
  to.queue = entry.queue;
  to.state = entry.state;
  to.priority = entry.priority;
  to.hops = entry.hops;
  to.entered = entry.entered;
  to.seniority = entry.seniority;
  to.offered_at = entry.offered_at;
  to.answered_at = entry.answered_at;
  to.connected_at = entry.connected_at;
  to.offers = entry.offers;
  to.widened = static_cast<int64_t>(entry.widened);
  to.told_position = entry.told_position;
  to.agent = entry.agent;
  to.offer = entry.offer;
  to.preferred = entry.preferred;
  to.resume_key = entry.resume_key;
  for (const auto& one : entry.open) to.open.push_back({one.agent, one.offer, one.at});
  to.tried.assign(entry.tried.begin(), entry.tried.end());
  to.needs = entry.needs;
  to.call_back = entry.call_back;
  to.queued = entry.queued;
  to.rings_all = ringing_all_.count(entry.call) > 0;
  to.parked_until = entry.parked_until;
  to.expected = entry.expected;
  to.told_wait = entry.told_wait;
  if (entry.line_) to.line = Saved::Line{entry.line_->tier, entry.line_->needs, entry.line_->only};
  for (size_t what = 0; what < kDueNames.size(); ++what)
    if (auto at = due_at_.find({static_cast<Due>(what), entry.call}); at != due_at_.end())
      to.due[std::string(kDueNames[what])] = at->second;
  return to;
}

Saved Core::saved() const {
  Saved to;
  to.rules = rules_;
  to.suspended = suspended_;
  for (const auto& [name, queue] : queues_) to.queues.push_back(saved(queue));
  for (const auto& [id, agent] : agents_) to.agents.push_back(saved(agent));
  for (const auto& [call, entry] : entries_) to.entries.push_back(saved(entry));
  for (const auto& key : gone_order_) {
    auto& gone = to.gone.emplace_back(Saved::Gone{key, {}, {}, 0});
    if (auto found = gone_.find(key); found != gone_.end()) {
      gone.until = found->second.until;
      gone.seniority = found->second.seniority;
      gone.priority = found->second.priority;
    }
  }
  return to;
}

Core::Core(const Saved& from) : rules_(from.rules), suspended_(true) {
  for (const auto& rule : rules_.queues) queues_[rule.name].rule = rule;
  for (const auto& queue : from.queues) restore(queue);
  for (const auto& agent : from.agents) restore(agent);
  for (const auto& rule : rules_.agents) phone_agent_[rule.phone] = rule.id;
  for (const auto& [id, agent] : agents_) {
    if (agent.leaving) continue;
    count(agent, 1);  // there are no lines yet: each counts for itself who is there when it is made
    if (agent.state != AgentState::ready) continue;
    for (const auto& name : agent.rule.queues)
      if (auto* queue = find_queue(name)) ++queue->idle;
  }
  for (const auto& entry : from.entries) restore(entry);
  for (const auto& gone : from.gone) {
    gone_order_.push_back(gone.key);
    if (gone.until) gone_[gone.key] = Gone{gone.seniority, *gone.until, gone.priority};
  }
  for (auto& [key, line] : lines_) heat(*line);
  suspended_ = from.suspended;
}

void Core::restore(const Saved::Queue& from) {
  auto* queue = find_queue(from.name);
  if (!queue) return;
  queue->rung = from.rung;
  queue->estimator = Estimator(from);
  arm(Due::empty, from.name, from.empty_at);
}

void Core::restore(const Saved::Agent& from) {
  Agent& agent = agents_[from.rule.id];
  agent.rule = from.rule;
  agent.state = from.state;
  agent.since = from.since;
  agent.idle_since = from.idle_since;
  agent.until = from.until;
  agent.wrap_up_limit = from.wrap_up_limit;
  agent.reason = from.reason;
  agent.call = from.call;
  agent.offer = from.offer;
  agent.next_reason = from.next_reason;
  agent.next = from.next;
  agent.misses = from.misses;
  agent.calls = from.calls;
  agent.reachable = from.reachable;
  agent.dnd = from.dnd;
  agent.leaving = from.leaving;
  agent.last_rung_ = from.last_rung;
  arm(Due::agent, from.rule.id, from.due);
}

void Core::restore(const Saved::Entry& from) {
  Entry& entry = entries_[from.call];
  entry.call = from.call;
  entry.queue = from.queue;
  entry.state = from.state;
  entry.priority = from.priority;
  entry.hops = from.hops;
  entry.entered = from.entered;
  entry.seniority = from.seniority;
  entry.offered_at = from.offered_at;
  entry.answered_at = from.answered_at;
  entry.connected_at = from.connected_at;
  entry.offers = from.offers;
  entry.widened = static_cast<size_t>(std::max<int64_t>(from.widened, 0));
  entry.told_position = from.told_position;
  entry.agent = from.agent;
  entry.offer = from.offer;
  entry.preferred = from.preferred;
  entry.resume_key = from.resume_key;
  for (const auto& one : from.open) {
    entry.open.push_back({one.agent, one.offer, one.at});
    offer_call_[one.offer] = from.call;
  }
  entry.tried.insert(from.tried.begin(), from.tried.end());
  entry.needs = from.needs;
  entry.call_back = from.call_back;
  entry.queued = from.queued;
  if (from.rings_all) ringing_all_.insert(from.call);
  entry.parked_until = from.parked_until;
  entry.expected = from.expected;
  entry.told_wait = from.told_wait;
  for (size_t what = 0; what < kDueNames.size(); ++what)
    if (auto at = from.due.find(std::string(kDueNames[what])); at != from.due.end())
      arm(static_cast<Due>(what), from.call, at->second);
  auto* queue = find_queue(from.queue);
  Line* line = queue && from.line ? line_for(*queue, from.line->tier, from.line->needs, from.line->only) : nullptr;
  if (!line) return;
  entry.place_ = place_of(entry);
  entry.line_ = line;
  line->waiting.insert(entry.place_);
  queue->waiting.insert(entry.place_);
  queue->ages.insert({entry.entered, entry.call});
}

}  // namespace hotline::acd
