// SPDX-License-Identifier: GPL-2.0-or-later
// Callers: arrival, offers and how they end, the talk.
#include <algorithm>

#include "acd/acd.h"
#include "base/require.h"
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

bool Entry::rings(const std::string& offer) const {
  return std::any_of(open.begin(), open.end(), [&](const OpenOffer& one) { return one.offer == offer; });
}

Entry* Core::open_offer(const std::string& offer) {
  auto call = offer_call_.find(offer);
  if (call == offer_call_.end()) return nullptr;
  auto& entry = entries_.at(call->second);
  require(entry.rings(offer));
  return &entry;
}

const Entry* Core::entry_of_offer(const std::string& offer) const {
  auto call = offer_call_.find(offer);
  return call == offer_call_.end() ? nullptr : entry(call->second);
}

Result<void> Core::enter(const Arrival& arrival, Utc now, Actions& out) {
  auto* queue = find_queue(arrival.queue);
  if (!queue) return Error{Errc::no, "no queue '" + arrival.queue + "'"};
  if (entries_.count(arrival.call)) return Error{Errc::no, "call '" + arrival.call + "' is in a queue already"};
  if (queue->rule.needs.size() + arrival.needs.size() > kNeedsMax)
    return Error{Errc::no, "more than " + std::to_string(kNeedsMax) + " skills are asked for"};
  Entry entry;
  entry.call = arrival.call;
  entry.queue = arrival.queue;
  entry.priority = std::clamp(arrival.priority.value_or(queue->rule.priority), 0, kPriorityMax);
  entry.entered = arrival.entered;
  entry.seniority = arrival.seniority.value_or(arrival.entered);
  entry.offers = arrival.offers;
  entry.needs = arrival.needs;
  entry.preferred = arrival.preferred;
  entry.resume_key = arrival.resume_key;
  entry.call_back = arrival.call_back;
  admit(std::move(entry), now, out);
  dispatch(now, out);
  return {};
}

/// Who gave up not long ago has his old place, unless the one he has is better.
void Core::recall(Entry& entry, const QueueRule& rule, Utc now) {
  if (entry.resume_key.empty() || rule.resume_within.count() == 0) return;
  auto gone = gone_.find(rule.name + '\x1f' + entry.resume_key);
  if (gone == gone_.end()) return;
  if (gone->second.until >= now) {
    entry.seniority = std::min(entry.seniority, gone->second.seniority);
    entry.priority = std::max(entry.priority, gone->second.priority);
  }
  gone_.erase(gone);
}

void Core::remember(const Entry& entry, const Queue& queue, Utc now) {
  static constexpr size_t kGoneMax = 10000;
  if (entry.resume_key.empty() || queue.rule.resume_within.count() == 0) return;
  std::string key = entry.queue + '\x1f' + entry.resume_key;
  if (gone_.insert_or_assign(key, Gone{entry.seniority, now + queue.rule.resume_within, entry.priority}).second)
    gone_order_.push_back(key);
  for (; gone_order_.size() > kGoneMax; gone_order_.pop_front()) gone_.erase(gone_order_.front());
}

/// Why he may not wait here, as a detail of overflowed; "" when he may.
std::string Core::refusal(const Queue& queue, const Entry& entry) const {
  const auto& rule = queue.rule;
  // Who was in the queue before a restart keeps his place whatever its bounds are: nothing is refused while suspended.
  if (suspended_ || entry.call_back || entry.line_->both()) return "";
  if (static_cast<int64_t>(queue.waiting.size()) > rule.max_waiting) return "size";
  if (!rule.join_when_empty && queue.staffed == 0) return "no-agent";
  if (rule.max_expected_wait.count() > 0 && entry.expected && *entry.expected > rule.max_expected_wait)
    return "expected-wait";
  return "";
}

void Core::admit(Entry fresh, Utc now, Actions& out) {
  Entry& entry = entries_[fresh.call];
  entry = std::move(fresh);
  auto& queue = *find_queue(entry.queue);
  Utc came = entry.seniority;
  recall(entry, queue.rule, now);
  if (!entry.preferred.empty()) {
    auto agent = agents_.find(entry.preferred);
    const auto* rule = agent == agents_.end() || agent->second.leaving ? nullptr : &agent->second.rule;
    bool serves = rule && std::count(rule->queues.begin(), rule->queues.end(), entry.queue) > 0;
    bool there = serves && agent->second.state != AgentState::logged_out && agent->second.state != AgentState::paused;
    if (!there || queue.rule.prefer_for.count() == 0) entry.preferred.clear();
  }
  line_up(entry, now);
  int64_t place = position(entry.call);
  entry.expected = entry.line_ && entry.line_->both() ? milliseconds(0) : queue.estimator.expected(place);
  out.push_back(Entered{entry.call, entry.queue, entry.entered, entry.priority, place, entry.expected,
                        entry.seniority < came, entry.call_back,
                        entry.seniority == entry.entered ? std::nullopt : std::optional(entry.seniority)});
  if (queue.rule.leave_when_empty && queue.staffed == 0 && !due_at_.count({Due::empty, entry.queue}))
    arm(Due::empty, entry.queue, now + *queue.rule.leave_when_empty);
  if (!entry.line_) return;  // parked
  if (auto detail = refusal(queue, entry); !detail.empty()) exit(entry, ExitReason::overflowed, detail, now, out);
}

/// One telephone rings for him.
void Core::ring(Entry& entry, Agent& agent, Utc now, Actions& out) {
  require(agent.state == AgentState::ready && agent.offer.empty());
  auto& queue = *find_queue(entry.queue);
  std::string offer = entry.call + "-o" + std::to_string(++entry.offers);
  entry.open.push_back({agent.rule.id, offer, now});
  entry.agent = entry.open.front().agent;
  entry.offer = entry.open.front().offer;
  if (now > entry.entered) entry.queued = true;
  offer_call_[offer] = entry.call;
  agent.call = entry.call;
  agent.offer = offer;
  ++queue.rung;
  out.push_back(
      Offer{entry.call, entry.queue, agent.rule.id, agent.rule.phone, offer, queue.rule.ring_timeout, entry.call_back});
  step(agent, AgentEvent::offer, "offer", std::nullopt, now, out);
  if (queue.rule.strategy == Strategy::round_robin) agent.last_rung_[entry.queue] = queue.rung;
}

bool Core::answered(const std::string& offer, Utc now, Actions& out) {
  auto* entry = open_offer(offer);
  if (!entry || !allowed(entry->state, EntryEvent::answer)) return false;
  auto won = std::find_if(entry->open.begin(), entry->open.end(), [&](const auto& one) { return one.offer == offer; });
  auto& agent = agents_.at(won->agent);
  arm(Due::ring, entry->call, std::nullopt);
  ringing_all_.erase(entry->call);
  entry->state = EntryState::connecting;
  entry->answered_at = now;
  entry->agent = won->agent;
  entry->offer = won->offer;
  entry->offered_at = won->at;
  agent.misses = 0;
  ++agent.calls;
  out.push_back(Connect{entry->call, entry->queue, entry->agent, entry->offer});
  step(agent, AgentEvent::answer, "answered", std::nullopt, now, out);
  if (entry->open.size() == 1) return true;
  for (const auto others = entry->open; const auto& other : others)
    if (other.offer != offer) {
      out.push_back(Cancel{entry->call, other.agent, other.offer});
      end_offer(*entry, other.offer, MissReason::elsewhere, now, out);
    }
  dispatch(now, out);
  return true;
}

void Core::connected(const std::string& call, Utc now, Actions& out) {
  auto found = entries_.find(call);
  if (found == entries_.end() || !allowed(found->second.state, EntryEvent::connect)) return;
  auto& entry = found->second;
  entry.state = EntryState::talking;
  entry.connected_at = now;
  entry.open.clear();
  offer_call_.erase(entry.offer);
  auto wait = span_ms(entry.entered, entry.answered_at);
  if (auto* queue = find_queue(entry.queue); queue && entry.queued) queue->estimator.answered(wait);
  out.push_back(Exit{call, entry.queue, ExitReason::answered, wait, entry.agent, entry.offer,
                     span_ms(entry.offered_at, entry.answered_at), "", "", entry.expected});
}

void Core::connect_failed(const std::string& call, Utc now, Actions& out) {
  auto found = entries_.find(call);
  if (found == entries_.end() || found->second.state != EntryState::connecting) return;
  out.push_back(Cancel{call, found->second.agent, found->second.offer});
  end_offer(found->second, found->second.offer, MissReason::lost, now, out);
  dispatch(now, out);
}

void Core::missed(const std::string& offer, MissReason reason, Utc now, Actions& out) {
  auto* entry = open_offer(offer);
  if (!entry) return;
  end_offer(*entry, offer, reason, now, out);
  dispatch(now, out);
}

/// An offer is over without a talk, and the agent is dealt with as the reason demands. When it was the last one the
/// caller waits at his old place.
void Core::end_offer(Entry& entry, std::string offer, MissReason reason, Utc now, Actions& out) {
  auto open = std::find_if(entry.open.begin(), entry.open.end(), [&](const auto& one) { return one.offer == offer; });
  require(open != entry.open.end());
  std::string id = open->agent;
  auto& agent = agents_.at(id);
  if (reason == MissReason::timeout) out.push_back(Cancel{entry.call, id, offer});
  out.push_back(Missed{entry.call, entry.queue, id, offer, reason, span_ms(open->at, now)});
  offer_call_.erase(offer);
  entry.open.erase(open);
  // Who could not have answered is not one who was tried.
  if (reason != MissReason::elsewhere && reason != MissReason::withdrawn) entry.tried.insert(id);
  if (entry.preferred == id) entry.preferred.clear();
  if (entry.open.empty()) {
    require(allowed(entry.state, EntryEvent::miss));
    arm(Due::ring, entry.call, std::nullopt);
    ringing_all_.erase(entry.call);
    entry.state = EntryState::waiting;
    entry.agent.clear();
    entry.offer.clear();
    line_up(entry, now);
  } else if (entry.state == EntryState::offered) {
    entry.agent = entry.open.front().agent;
    entry.offer = entry.open.front().offer;
  }
  penalize(agent, reason, now, out);
  drop_agent_if_leaving(id);
}

void Core::end_offers(Entry& entry, MissReason reason, Utc now, Actions& out) {
  for (const auto all = entry.open; const auto& one : all) {
    if (reason != MissReason::timeout) out.push_back(Cancel{entry.call, one.agent, one.offer});
    end_offer(entry, one.offer, reason, now, out);
  }
}

void Core::penalize(Agent& agent, MissReason reason, Utc now, Actions& out) {
  bool his_fault = reason == MissReason::timeout || reason == MissReason::busy || reason == MissReason::rejected;
  if (his_fault && ++agent.misses >= rules_.misses_max && rules_.misses_max > 0 && !agent.next && !agent.leaving)
    return step(agent, AgentEvent::pause, "missed", std::nullopt, now, out);
  microseconds off{0};
  if (reason == MissReason::timeout) off = rules_.hold_off_missed.value_or(microseconds(0));
  if (reason == MissReason::busy) off = rules_.hold_off_busy.value_or(rules_.hold_off);
  if (reason == MissReason::rejected) off = rules_.hold_off_rejected.value_or(rules_.hold_off);
  if (reason == MissReason::unreachable || reason == MissReason::lost)
    off = rules_.hold_off_unreachable.value_or(rules_.hold_off);
  if (off.count() > 0 && !agent.next && !agent.leaving)
    return step(agent, AgentEvent::pause, std::string(name(reason)), now + off, now, out);
  if (his_fault) agent.idle_since = now;  // others who are there come first now
  become_free(agent, std::string(name(reason)), now, out);
}

void Core::exit(Entry& entry, ExitReason reason, const std::string& detail, Utc now, Actions& out, std::string to) {
  require(entry.state == EntryState::waiting);
  take_out(entry, now);
  auto wait = span_ms(entry.entered, now);
  if (reason == ExitReason::abandoned && wait < rules_.short_abandon) reason = ExitReason::short_abandoned;
  auto* queue = find_queue(entry.queue);
  bool gave_up = reason == ExitReason::abandoned || reason == ExitReason::short_abandoned;
  if (queue && gave_up) {
    queue->estimator.abandoned(wait);
    remember(entry, *queue, now);
  }
  bool overflows = reason == ExitReason::timed_out || reason == ExitReason::overflowed;
  if (queue && overflows && entry.hops < kHopsMax && queue->rule.overflow_to != entry.queue)
    to = queue->rule.overflow_to;
  const auto* next = to.empty() ? nullptr : find_queue(to);
  if (!next) to.clear();
  out.push_back(Exit{entry.call, entry.queue, reason, wait, "", "", milliseconds(0), detail, to, entry.expected});
  std::optional<Entry> again;
  if (next) {
    again.emplace();
    again->call = entry.call;
    again->queue = to;
    again->priority = entry.priority;
    again->entered = now;
    again->seniority = entry.seniority;
    again->offers = entry.offers;
    again->needs = entry.needs;
    again->resume_key = entry.resume_key;
    again->call_back = entry.call_back;
    again->hops = entry.hops + (overflows ? 1 : 0);
  }
  entries_.erase(std::string(entry.call));
  if (again) admit(std::move(*again), now, out);
}

void Core::leave(const std::string& call, ExitReason reason, Utc now, Actions& out) {
  auto found = entries_.find(call);
  require(reason != ExitReason::answered);
  if (found == entries_.end() || found->second.state == EntryState::talking) return;
  auto& entry = found->second;
  if (entry.state != EntryState::waiting)
    end_offers(entry, reason == ExitReason::abandoned ? MissReason::caller_gone : MissReason::withdrawn, now, out);
  exit(entry, reason, "", now, out);
  dispatch(now, out);
}

Result<void> Core::call_back(const std::string& call, const std::string& as, Utc now, Actions& out) {
  auto found = entries_.find(call);
  if (found == entries_.end() || found->second.state != EntryState::waiting || found->second.call_back)
    return Error{Errc::no, "call '" + call + "' does not wait"};
  if (entries_.count(as)) return Error{Errc::no, "call '" + as + "' is in a queue already"};
  Entry stead;
  stead.call = as;
  stead.queue = found->second.queue;
  stead.priority = found->second.priority;
  stead.entered = now;
  stead.seniority = found->second.seniority;
  stead.needs = found->second.needs;
  stead.call_back = true;
  exit(found->second, ExitReason::call_back, "", now, out);
  admit(std::move(stead), now, out);
  dispatch(now, out);
  return {};
}

Result<void> Core::postpone(const std::string& call, Utc until, Utc now, Actions& out) {
  auto found = entries_.find(call);
  if (found == entries_.end() || !found->second.call_back) return Error{Errc::no, "no call-back '" + call + "'"};
  auto& entry = found->second;
  if (entry.state == EntryState::talking) return Error{Errc::no, "call-back '" + call + "' talks"};
  entry.parked_until = until;
  if (entry.state != EntryState::waiting) {
    end_offers(entry, MissReason::withdrawn, now, out);  // lines him up, which parks him
  } else {
    take_out(entry, now);
    line_up(entry, now);
  }
  dispatch(now, out);
  return {};
}

Result<void> Core::move(const std::string& call, const std::string& queue, Utc now, Actions& out) {
  auto found = entries_.find(call);
  if (!find_queue(queue)) return Error{Errc::no, "no queue '" + queue + "'"};
  if (found == entries_.end()) return Error{Errc::no, "call '" + call + "' is in no queue"};
  auto& entry = found->second;
  if (entry.state == EntryState::talking) return Error{Errc::no, "call '" + call + "' is in a talk"};
  if (entry.queue == queue) return Error{Errc::no, "call '" + call + "' is in queue '" + queue + "' already"};
  if (entry.state != EntryState::waiting) end_offers(entry, MissReason::withdrawn, now, out);
  exit(entry, ExitReason::withdrawn, "moved", now, out, queue);
  dispatch(now, out);
  return {};
}

Result<void> Core::prioritize(const std::string& call, int priority, Utc now, Actions& out) {
  auto found = entries_.find(call);
  if (found == entries_.end()) return Error{Errc::no, "call '" + call + "' is in no queue"};
  auto& entry = found->second;
  if (entry.state == EntryState::talking) return Error{Errc::no, "call '" + call + "' is in a talk"};
  bool lined_up = entry.line_ != nullptr;
  if (lined_up) take_out(entry, now);
  entry.priority = std::clamp(priority, 0, kPriorityMax);
  if (lined_up) line_up(entry, now);
  dispatch(now, out);
  return {};
}

/// Told when there is news: a better place, or a wait that is shorter by a fifth.
void Core::tell(Entry& entry, Utc now, Actions& out) {
  const auto& queue = *find_queue(entry.queue);
  int64_t place = position(entry.call);
  auto expected = queue.estimator.expected(place);
  bool shorter = expected && entry.told_wait && *expected * 5 <= *entry.told_wait * 4;
  if (entry.told_position == 0 || place < entry.told_position || shorter) {
    entry.told_position = place;
    entry.told_wait = expected;
    out.push_back(Tell{entry.call, entry.queue, place, expected});
  }
  arm(Due::tell, entry.call, now + queue.rule.announce_every);
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
  take_out(entry, at);
  entry.state = EntryState::offered;
  entry.agent = (*agent)->rule.id;
  entry.offer = offer;
  entry.open = {{entry.agent, offer, at}};
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
  take_out(entry, at);
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
