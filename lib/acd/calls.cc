// SPDX-License-Identifier: GPL-2.0-or-later
// Callers: arrival, offers and how they end, the talk.
#include <algorithm>

#include "acd/acd.h"
#include "base/text.h"

namespace hotline::acd {

static milliseconds span_ms(Utc from, Utc to) {
  return std::chrono::duration_cast<milliseconds>(std::max(to - from, microseconds(0)));
}

int64_t offer_number(const std::string& offer) {
  auto at = offer.rfind("-o");
  auto number = at == std::string::npos ? std::nullopt : parse_int(offer.substr(at + 2));
  return number && *number > 0 ? *number : 0;
}

const Entry* Core::entry(const std::string& call) const {
  auto found = entries_.find(call);
  return found == entries_.end() ? nullptr : &found->second;
}

Entry* Core::open_offer(const std::string& offer) {
  auto call = offer_call_.find(offer);
  if (call == offer_call_.end()) return nullptr;
  auto& entry = entries_.at(call->second);
  require(entry.offer == offer);
  return &entry;
}

Result<void> Core::enter(const Arrival& arrival, Utc now, Actions& out) {
  auto* queue = find_queue(arrival.queue);
  if (!queue) return Error{Errc::no, "no queue '" + arrival.queue + "'"};
  if (entries_.count(arrival.call)) return Error{Errc::no, "call '" + arrival.call + "' is in a queue already"};
  Entry& entry = entries_[arrival.call];
  entry.call = arrival.call;
  entry.queue = arrival.queue;
  entry.priority = std::clamp(arrival.priority.value_or(queue->rule.priority), 0, kPriorityMax);
  entry.entered = arrival.entered;
  entry.offers = arrival.offers;
  int64_t position = 1;
  for (int priority = entry.priority; priority <= kPriorityMax; ++priority) position += queue->by_priority[priority];
  bool full = queue->idle.empty() && static_cast<int64_t>(queue->waiting.size()) >= queue->rule.max_waiting;
  line_up(entry, now);
  out.push_back(Entered{entry.call, entry.queue, entry.entered, entry.priority, position});
  // Who was in the queue before a restart keeps his place whatever its bound is: nothing is refused while suspended.
  if (full && !suspended_) exit(entry, ExitReason::overflowed, now, out);
  dispatch(now, out);
  return {};
}

bool Core::answered(const std::string& offer, Utc now, Actions& out) {
  auto* entry = open_offer(offer);
  if (!entry || !allowed(entry->state, EntryEvent::answer)) return false;
  auto& agent = agents_.at(entry->agent);
  arm(Due::ring, entry->call, std::nullopt);
  entry->state = EntryState::connecting;
  entry->answered_at = now;
  agent.misses = 0;
  out.push_back(Connect{entry->call, entry->queue, entry->agent, entry->offer});
  step(agent, AgentEvent::answer, "answered", std::nullopt, now, out);
  return true;
}

void Core::connected(const std::string& call, Utc now, Actions& out) {
  auto found = entries_.find(call);
  if (found == entries_.end() || !allowed(found->second.state, EntryEvent::connect)) return;
  auto& entry = found->second;
  entry.state = EntryState::talking;
  entry.connected_at = now;
  offer_call_.erase(entry.offer);
  out.push_back(Exit{call, entry.queue, ExitReason::answered, span_ms(entry.entered, entry.answered_at), entry.agent,
                     entry.offer, span_ms(entry.offered_at, entry.answered_at)});
}

void Core::connect_failed(const std::string& call, Utc now, Actions& out) {
  auto found = entries_.find(call);
  if (found == entries_.end() || found->second.state != EntryState::connecting) return;
  out.push_back(Cancel{call, found->second.agent, found->second.offer});
  end_offer(found->second, MissReason::lost, now, out);
  dispatch(now, out);
}

void Core::missed(const std::string& offer, MissReason reason, Utc now, Actions& out) {
  auto* entry = open_offer(offer);
  if (!entry) return;
  end_offer(*entry, reason, now, out);
  dispatch(now, out);
}

/// The offer is over without a talk; the caller waits at his old place, and the agent is dealt with as the reason
/// demands.
void Core::end_offer(Entry& entry, MissReason reason, Utc now, Actions& out) {
  require(allowed(entry.state, EntryEvent::miss));
  auto& agent = agents_.at(entry.agent);
  arm(Due::ring, entry.call, std::nullopt);
  if (reason == MissReason::timeout) out.push_back(Cancel{entry.call, entry.agent, entry.offer});
  out.push_back(Missed{entry.call, entry.queue, entry.agent, entry.offer, reason, span_ms(entry.offered_at, now)});
  offer_call_.erase(entry.offer);
  entry.state = EntryState::waiting;
  entry.agent.clear();
  entry.offer.clear();
  entry.tried.insert(agent.rule.id);
  line_up(entry, now);
  std::string id = agent.rule.id;
  penalize(agent, reason, now, out);
  drop_agent_if_leaving(id);
}

void Core::penalize(Agent& agent, MissReason reason, Utc now, Actions& out) {
  bool his_fault = reason == MissReason::timeout || reason == MissReason::busy || reason == MissReason::rejected;
  if (his_fault && ++agent.misses >= rules_.misses_max && rules_.misses_max > 0 && !agent.next && !agent.leaving)
    return step(agent, AgentEvent::pause, "missed", std::nullopt, now, out);
  bool hold_off = reason == MissReason::busy || reason == MissReason::rejected || reason == MissReason::unreachable ||
                  reason == MissReason::lost;
  if (hold_off && rules_.hold_off.count() > 0 && !agent.next && !agent.leaving)
    return step(agent, AgentEvent::pause, std::string(name(reason)), now + rules_.hold_off, now, out);
  if (his_fault) agent.idle_since = now;  // others who are there come first now
  become_free(agent, std::string(name(reason)), now, out);
}

void Core::exit(Entry& entry, ExitReason reason, Utc now, Actions& out) {
  require(entry.state == EntryState::waiting);
  take_out(entry);
  auto wait = span_ms(entry.entered, now);
  if (reason == ExitReason::abandoned && wait < rules_.short_abandon) reason = ExitReason::short_abandoned;
  out.push_back(Exit{entry.call, entry.queue, reason, wait, "", "", milliseconds(0)});
  entries_.erase(std::string(entry.call));
}

void Core::leave(const std::string& call, ExitReason reason, Utc now, Actions& out) {
  auto found = entries_.find(call);
  require(reason != ExitReason::answered);
  if (found == entries_.end() || found->second.state == EntryState::talking) return;
  auto& entry = found->second;
  if (entry.state != EntryState::waiting) {
    out.push_back(Cancel{call, entry.agent, entry.offer});
    end_offer(entry, reason == ExitReason::abandoned ? MissReason::caller_gone : MissReason::withdrawn, now, out);
  }
  exit(entry, reason, now, out);
  dispatch(now, out);
}

void Core::finish_talk(Entry& entry, Utc now, Actions& out) {
  auto& agent = agents_.at(entry.agent);
  std::string id = entry.agent;
  out.push_back(Served{entry.call, entry.queue, id, span_ms(entry.connected_at, now)});
  auto* queue = find_queue(entry.queue);
  entries_.erase(std::string(entry.call));
  wrap_up(agent, queue, now, out);
  drop_agent_if_leaving(id);
}

void Core::call_over(const std::string& call, Utc now, Actions& out) {
  auto found = entries_.find(call);
  if (found == entries_.end()) return;
  if (found->second.state != EntryState::talking) return leave(call, ExitReason::abandoned, now, out);
  finish_talk(found->second, now, out);
  dispatch(now, out);
}

bool Core::adopt_offer(const std::string& call, const std::string& id, const std::string& offer, Utc at, Actions& out) {
  auto found = entries_.find(call);
  auto agent = find_agent(id);
  if (found == entries_.end() || !agent || offer.empty() || offer_call_.count(offer)) return false;
  auto& entry = found->second;
  auto* queue = find_queue(entry.queue);
  if (!queue || entry.state != EntryState::waiting || (*agent)->state != AgentState::ready) return false;
  take_out(entry);
  entry.state = EntryState::offered;
  entry.agent = (*agent)->rule.id;
  entry.offer = offer;
  entry.offered_at = at;
  entry.offers = std::max(entry.offers, offer_number(offer));
  offer_call_[offer] = call;
  (*agent)->call = call;
  (*agent)->offer = offer;
  arm(Due::ring, call, at + queue->rule.ring_timeout);
  step(**agent, AgentEvent::offer, "offer", std::nullopt, at, out);
  return true;
}

bool Core::adopt_talk(const std::string& call, const std::string& id, const std::string& offer, Utc at, Actions& out) {
  auto agent = find_agent(id);
  auto found = entries_.find(call);
  if (!agent || found == entries_.end() || found->second.state != EntryState::waiting) return false;
  if ((*agent)->state == AgentState::talking || (*agent)->state == AgentState::offered) return false;
  auto& entry = found->second;
  take_out(entry);
  entry.state = EntryState::talking;
  entry.agent = id;
  entry.offer = offer;
  entry.connected_at = entry.answered_at = at;
  (*agent)->call = call;
  (*agent)->offer = offer;
  out.push_back(Exit{call, entry.queue, ExitReason::answered, span_ms(entry.entered, at), id, offer, milliseconds(0)});
  step(**agent, AgentEvent::adopt, "answered", std::nullopt, at, out);
  return true;
}

}  // namespace hotline::acd
