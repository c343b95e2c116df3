// SPDX-License-Identifier: GPL-2.0-or-later
// The sets that make a decision cheap, the timers, and the decision itself.
#include "acd/acd.h"

namespace hotline::acd {

/// How far down a queue a caller is looked for whom the idle agents have not missed yet.
static constexpr int kLookahead = 16;

Core::Queue* Core::find_queue(const std::string& name) {
  auto found = queues_.find(name);
  return found == queues_.end() ? nullptr : &found->second;
}

void Core::line_up(Entry& entry, Utc now) {
  auto* queue = find_queue(entry.queue);
  require(queue && entry.state == EntryState::waiting);
  queue->waiting.insert({-entry.priority, entry.entered, entry.call});
  ++queue->by_priority[entry.priority];
  if (queue->rule.max_wait.count() > 0) arm(Due::wait, entry.call, std::max(now, entry.entered + queue->rule.max_wait));
}

void Core::take_out(Entry& entry) {
  arm(Due::wait, entry.call, std::nullopt);
  auto* queue = find_queue(entry.queue);
  if (queue && queue->waiting.erase({-entry.priority, entry.entered, entry.call})) --queue->by_priority[entry.priority];
}

void Core::enlist(const Agent& agent) {
  for (const auto& name : agent.rule.queues)
    if (auto* queue = find_queue(name)) queue->idle.insert({agent.idle_since, agent.rule.id});
}

void Core::strike_off(const Agent& agent) {
  for (const auto& name : agent.rule.queues)
    if (auto* queue = find_queue(name)) queue->idle.erase({agent.idle_since, agent.rule.id});
}

void Core::arm(Due what, const std::string& who, std::optional<Utc> at) {
  auto key = std::make_pair(what, who);
  if (auto armed = due_at_.find(key); armed != due_at_.end()) {
    due_.erase({armed->second, what, who});
    due_at_.erase(armed);
  }
  if (!at) return;
  due_.insert({*at, what, who});
  due_at_[key] = *at;
}

std::optional<Utc> Core::next_due() const {
  if (due_.empty()) return std::nullopt;
  return std::get<Utc>(*due_.begin());
}

void Core::tick(Utc now, Actions& out) {
  while (!due_.empty() && std::get<Utc>(*due_.begin()) <= now) {
    auto [at, what, who] = *due_.begin();
    arm(what, who, std::nullopt);
    if (what == Due::agent) {
      auto& agent = agents_.at(who);
      become_free(agent, agent.state == AgentState::wrap_up ? "wrap-up-over" : "pause-over", now, out);
    } else if (auto& entry = entries_.at(who); what == Due::ring) {
      end_offer(entry, MissReason::timeout, now, out);
    } else {
      exit(entry, ExitReason::timed_out, now, out);
    }
  }
  dispatch(now, out);
}

/// The first caller of a queue for whom there is an idle agent who has not missed him, and that agent: the longest
/// idle.
std::optional<Core::Pair> Core::fresh_pair(const std::string& name, Queue& queue) const {
  int seen = 0;
  for (const auto& place : queue.waiting) {
    if (++seen > kLookahead) break;
    const auto& tried = entries_.at(std::get<std::string>(place)).tried;
    for (const auto& idle : queue.idle)  // as many steps as agents he was offered to, at most
      if (!tried.count(idle.second)) return Pair{place, name, idle.second};
  }
  return std::nullopt;
}

/// Most urgent, then longest waiting, over all queues. Callers whom every idle agent has missed come last, and then
/// begin their round anew: nobody waits beside an idle agent.
std::optional<Core::Pair> Core::best_pair() {
  std::optional<Pair> best, again;
  for (auto& [name, queue] : queues_) {
    if (queue.waiting.empty() || queue.idle.empty()) continue;
    if (auto fresh = fresh_pair(name, queue)) {
      if (!best || fresh->place < best->place) best = std::move(fresh);
    } else if (!again || *queue.waiting.begin() < again->place) {
      again = Pair{*queue.waiting.begin(), name, queue.idle.begin()->second};
    }
  }
  if (best || !again) return best;
  entries_.at(std::get<std::string>(again->place)).tried.clear();
  return again;
}

void Core::offer(const Pair& pair, Utc now, Actions& out) {
  auto& entry = entries_.at(std::get<std::string>(pair.place));
  auto& agent = agents_.at(pair.agent);
  const auto& rule = queues_.at(pair.queue).rule;
  require(entry.state == EntryState::waiting && agent.state == AgentState::ready && agent.offer.empty());
  take_out(entry);
  entry.state = EntryState::offered;
  entry.agent = agent.rule.id;
  entry.offer = entry.call + "-o" + std::to_string(++entry.offers);
  entry.offered_at = now;
  offer_call_[entry.offer] = entry.call;
  agent.call = entry.call;
  agent.offer = entry.offer;
  arm(Due::ring, entry.call, now + rule.ring_timeout);
  out.push_back(Offer{entry.call, entry.queue, entry.agent, agent.rule.phone, entry.offer, rule.ring_timeout});
  step(agent, AgentEvent::offer, "offer", std::nullopt, now, out);
}

void Core::dispatch(Utc now, Actions& out) {
  if (suspended_) return;
  while (auto pair = best_pair()) offer(*pair, now, out);
}

void Core::resume(Utc now, Actions& out) {
  suspended_ = false;
  dispatch(now, out);
}

int64_t Core::waiting(const std::string& queue) const {
  auto found = queues_.find(queue);
  return found == queues_.end() ? 0 : static_cast<int64_t>(found->second.waiting.size());
}

int64_t Core::idle(const std::string& queue) const {
  auto found = queues_.find(queue);
  return found == queues_.end() ? 0 : static_cast<int64_t>(found->second.idle.size());
}

milliseconds Core::longest_wait(const std::string& queue, Utc now) const {
  auto found = queues_.find(queue);
  if (found == queues_.end()) return milliseconds(0);
  const auto& waiting = found->second.waiting;
  Utc oldest = now;
  for (int priority = 0; priority <= kPriorityMax; ++priority) {  // the oldest of each priority stands first in it
    auto first = waiting.lower_bound({-priority, Utc::min(), ""});
    if (first != waiting.end() && std::get<int>(*first) == -priority) oldest = std::min(oldest, std::get<Utc>(*first));
  }
  return std::chrono::duration_cast<milliseconds>(now - oldest);
}

}  // namespace hotline::acd
