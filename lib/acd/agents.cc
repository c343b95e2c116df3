// SPDX-License-Identifier: GPL-2.0-or-later
// Agents: their states, their own wishes, their phones.
#include <algorithm>

#include "acd/acd.h"
#include "base/require.h"

namespace hotline::acd {

static Error refused(const Agent& agent, const std::string& why) {
  return {Errc::no, "agent '" + agent.rule.id + "' " + why};
}

Result<Agent*> Core::find_agent(const std::string& id) {
  auto found = agents_.find(id);
  if (found == agents_.end() || found->second.leaving) return Error{Errc::no, "no agent '" + id + "'"};
  return &found->second;
}

const Agent* Core::agent(const std::string& id) const {
  auto found = agents_.find(id);
  return found == agents_.end() ? nullptr : &found->second;
}

void Core::changed(const Agent& agent, AgentState was, Actions& out) const {
  out.push_back(AgentChanged{agent.rule.id, agent.state, was, agent.reason, agent.until, agent.call, agent.next,
                             agent.next_reason});
}

/// The one place where a state changes.
void Core::step(Agent& agent, AgentEvent event, const std::string& reason, std::optional<Utc> until, Utc now,
                Actions& out) {
  auto to = next_state(agent.state, event);
  require(to);
  AgentState was = agent.state;
  if (was == AgentState::ready) strike_off(agent);
  // Only these may be states in which he is not there.
  auto away = [](AgentState state) {
    return state == AgentState::logged_out || state == AgentState::paused || state == AgentState::wrap_up;
  };
  bool counts = away(was) || away(*to);
  if (counts) count(agent, -1);
  if (*to == AgentState::ready && was != AgentState::offered) agent.idle_since = now;
  agent.state = *to;
  agent.since = now;
  agent.until = until;
  agent.reason = reason;
  arm(Due::agent, agent.rule.id, until);
  bool engaged = *to == AgentState::offered || *to == AgentState::talking;
  if (!engaged) agent.offer.clear(), agent.call.clear();
  if (!engaged && *to != AgentState::wrap_up) agent.next.reset(), agent.next_reason.clear();
  if (*to != AgentState::wrap_up) agent.wrap_up_limit.reset();
  if (was == AgentState::logged_out) agent.calls = 0;
  if (counts) count(agent, 1);
  if (*to == AgentState::ready) enlist(agent);
  changed(agent, was, out);
  if (counts) presence_changed(agent, now);
}

/// Where one goes who would be ready but whose phone is not there.
void Core::rest(Agent& agent, const std::string& reason, Utc now, Actions& out) {
  step(agent, agent.rule.auto_login ? AgentEvent::logout : AgentEvent::pause, reason, std::nullopt, now, out);
}

/// He would be ready, or paused when his phone does not want to be disturbed.
void Core::appear(Agent& agent, AgentEvent event, const std::string& reason, Utc now, Actions& out) {
  step(agent, agent.dnd ? AgentEvent::pause : event, agent.dnd ? "dnd" : reason, std::nullopt, now, out);
}

/// After a call, a wrap-up or a pause that ended by itself: his wish first, then whether his phone is there.
void Core::become_free(Agent& agent, const std::string& reason, Utc now, Actions& out) {
  if (agent.leaving || agent.next == AgentState::logged_out)
    step(agent, AgentEvent::logout, agent.next_reason.empty() ? "logout" : std::string(agent.next_reason), std::nullopt,
         now, out);
  else if (agent.next == AgentState::paused)
    step(agent, AgentEvent::pause, std::string(agent.next_reason), std::nullopt, now, out);
  else if (!agent.reachable)
    rest(agent, "phone-gone", now, out);
  else
    appear(agent, AgentEvent::ready, reason, now, out);
}

void Core::wrap_up(Agent& agent, const Queue* queue, Utc now, Actions& out) {
  microseconds span = queue ? queue->rule.wrap_up : microseconds(0);
  if (span.count() == 0 || agent.next == AgentState::logged_out || agent.leaving)
    return become_free(agent, "talk-over", now, out);
  step(agent, AgentEvent::wrap_up, "talk-over", now + span, now, out);
  agent.wrap_up_limit = now + std::max(span, queue->rule.wrap_up_max);
}

void Core::wish(Agent& agent, std::optional<AgentState> next, const std::string& reason, Actions& out) {
  agent.next = next;
  agent.next_reason = next ? reason : "";
  changed(agent, agent.state, out);
}

Result<void> Core::login(const std::string& id, Utc now, Actions& out) {
  auto agent = find_agent(id);
  if (!agent) return agent.error();
  if ((*agent)->state != AgentState::logged_out) return refused(**agent, "is logged in already");
  (*agent)->misses = 0;
  if (!(*agent)->reachable && (*agent)->rule.auto_login)
    return refused(**agent, "is logged in once phone '" + (*agent)->rule.phone + "' is registered, which it is not");
  if ((*agent)->reachable)
    appear(**agent, AgentEvent::login, "login", now, out);
  else
    step(**agent, AgentEvent::pause, "phone-gone", std::nullopt, now, out);
  dispatch(now, out);
  return {};
}

Result<void> Core::logout(const std::string& id, Utc now, Actions& out, const std::string& reason) {
  auto found = find_agent(id);
  if (!found) return found.error();
  Agent& agent = **found;
  if (agent.state == AgentState::logged_out) return refused(agent, "is not logged in");
  auto call = entries_.find(agent.call);
  if (agent.state == AgentState::talking) {
    wish(agent, AgentState::logged_out, reason, out);
  } else if (agent.state == AgentState::offered) {
    agent.next = AgentState::logged_out;
    agent.next_reason = reason;
    require(call != entries_.end());
    out.push_back(Cancel{call->first, id, agent.offer});
    end_offer(call->second, agent.offer, MissReason::withdrawn, now, out);
  } else {
    step(agent, AgentEvent::logout, reason, std::nullopt, now, out);
  }
  dispatch(now, out);
  return {};
}

Result<void> Core::ready(const std::string& id, Utc now, Actions& out) {
  auto found = find_agent(id);
  if (!found) return found.error();
  Agent& agent = **found;
  switch (agent.state) {
    case AgentState::logged_out:
      return refused(agent, "is not logged in");
    case AgentState::ready:
      return refused(agent, "is ready already");
    case AgentState::offered:
    case AgentState::talking:
      if (!agent.next) return refused(agent, "is in a call");
      wish(agent, std::nullopt, "", out);
      return {};
    case AgentState::wrap_up:
    case AgentState::paused:
      break;
  }
  if (!agent.reachable) return refused(agent, "cannot be ready: phone '" + agent.rule.phone + "' is not registered");
  if (agent.dnd)
    return refused(agent, "cannot be ready: phone '" + agent.rule.phone + "' is not to be disturbed; end that first");
  agent.misses = 0;
  agent.next.reset();
  step(agent, AgentEvent::ready, "ready", std::nullopt, now, out);
  dispatch(now, out);
  return {};
}

Result<void> Core::pause(const std::string& id, const std::string& reason, Utc now, Actions& out) {
  auto found = find_agent(id);
  if (!found) return found.error();
  Agent& agent = **found;
  if (agent.state == AgentState::logged_out) return refused(agent, "is not logged in");
  if (agent.state == AgentState::ready || agent.state == AgentState::paused)
    step(agent, AgentEvent::pause, reason, std::nullopt, now, out);
  else
    wish(agent, AgentState::paused, reason, out);
  return {};
}

Result<void> Core::extend_wrap_up(const std::string& id, microseconds more, Utc now, Actions& out) {
  auto found = find_agent(id);
  if (!found) return found.error();
  Agent& agent = **found;
  if (agent.state != AgentState::wrap_up || !agent.until) return refused(agent, "is not in wrap-up");
  Utc until = *agent.until + std::max(more, microseconds(0));
  if (agent.wrap_up_limit) until = std::min(until, *agent.wrap_up_limit);
  if (!agent.wrap_up_limit || until <= *agent.until)
    return refused(agent, "has used up what wrap_up_max of his queue allows");
  agent.until = until;
  arm(Due::agent, id, std::max(until, now));
  changed(agent, AgentState::wrap_up, out);
  return {};
}

void Core::phone(const std::string& phone, bool registered, Utc now, Actions& out) {
  auto owner = phone_agent_.find(phone);
  if (owner == phone_agent_.end()) return;
  Agent& agent = agents_.at(owner->second);
  if (!agent.rule.registers) return;
  bool by_hand =
      agent.state == AgentState::logged_out && (agent.reason == "logout" || agent.reason.starts_with("forced"));
  agent.reachable = registered;
  if (!registered) {
    // Who logged out by hand and then switched his phone off is logged in again when it comes back: a new day.
    if (agent.state == AgentState::ready || (by_hand && agent.rule.auto_login)) rest(agent, "phone-gone", now, out);
    return;
  }
  if (agent.state == AgentState::paused && agent.reason == "phone-gone")
    appear(agent, AgentEvent::ready, "phone-registered", now, out);
  else if (agent.state == AgentState::logged_out && agent.rule.auto_login && !by_hand)
    appear(agent, AgentEvent::login, "phone-registered", now, out);
  dispatch(now, out);
}

void Core::dnd(const std::string& phone, bool on, Utc now, Actions& out) {
  auto owner = phone_agent_.find(phone);
  if (owner == phone_agent_.end()) return;
  Agent& agent = agents_.at(owner->second);
  agent.dnd = on;
  if (on && agent.state == AgentState::ready) step(agent, AgentEvent::pause, "dnd", std::nullopt, now, out);
  if (on || agent.state != AgentState::paused || agent.reason != "dnd") return;
  if (agent.reachable)
    step(agent, AgentEvent::ready, "dnd-over", std::nullopt, now, out);
  else
    rest(agent, "phone-gone", now, out);
  dispatch(now, out);
}

void Core::restore_agent(const std::string& id, AgentState state, const std::string& reason, Utc since,
                         std::optional<Utc> until, int64_t calls) {
  auto found = find_agent(id);
  require(state != AgentState::offered && state != AgentState::talking);
  if (!found) return;
  Agent& agent = **found;
  require(agent.call.empty());
  if (agent.state == AgentState::ready) strike_off(agent);
  count(agent, -1);
  agent.state = state;
  agent.reason = reason;
  agent.since = agent.idle_since = since;
  agent.until = until;
  agent.calls = calls;
  agent.wrap_up_limit.reset();
  if (state == AgentState::wrap_up)
    for (const auto& name : agent.rule.queues)
      if (const auto* queue = find_queue(name))
        agent.wrap_up_limit = std::max(agent.wrap_up_limit.value_or(since), since + queue->rule.wrap_up_max);
  arm(Due::agent, id, until);
  count(agent, 1);
  if (state == AgentState::ready) enlist(agent);
  presence_changed(agent, since);
}

void Core::restore_wish(const std::string& id, std::optional<AgentState> next, const std::string& reason) {
  auto found = find_agent(id);
  if (!found) return;
  (*found)->next = next;
  (*found)->next_reason = reason;
}

}  // namespace hotline::acd
