// SPDX-License-Identifier: GPL-2.0-or-later
// A configuration and how a new one takes the old one's place, without touching calls that are up.
#include <algorithm>

#include "acd/acd.h"
#include "base/require.h"

namespace hotline::acd {

Core::Core(Rules rules, Utc now) {
  Actions none;
  configure(std::move(rules), now, none);
}

const QueueRule* Core::queue_rule(const std::string& queue) const {
  auto found = queues_.find(queue);
  return found == queues_.end() ? nullptr : &found->second.rule;
}

void Core::configure(Rules rules, Utc now, Actions& out) {
  rules_ = std::move(rules);
  bool was_suspended = suspended_;
  suspended_ = true;  // decide once all is in place
  // Who may serve whom is worked out anew: all leave their lines and come back to the new ones.
  std::vector<std::string> lined_up;
  for (auto& [call, entry] : entries_)
    if (entry.line_) {
      take_out(entry, now);
      lined_up.push_back(call);
    }
  for (auto& [id, agent] : agents_) agent.lines_.clear();
  hot_.clear();
  lines_.clear();
  apply_queues(now, out);
  apply_agents(now, out);
  recount(now);
  for (const auto& call : lined_up)
    if (auto found = entries_.find(call); found != entries_.end() && !found->second.line_) line_up(found->second, now);
  suspended_ = was_suspended;
  dispatch(now, out);
}

void Core::apply_queues(Utc now, Actions& out) {
  std::set<std::string> named;
  for (const auto& rule : rules_.queues) {
    named.insert(rule.name);
    queues_[rule.name].rule = rule;
  }
  std::vector<std::string> homeless;
  for (const auto& [call, entry] : entries_)
    if (!named.count(entry.queue) && entry.state != EntryState::talking) homeless.push_back(call);
  for (const auto& call : homeless) leave(call, ExitReason::failed, now, out);
  for (const auto& [name, queue] : queues_)
    if (!named.count(name)) arm(Due::empty, name, std::nullopt);
  std::erase_if(queues_, [&](const auto& queue) { return !named.count(queue.first); });
}

void Core::apply_agents(Utc now, Actions& out) {
  std::set<std::string> named;
  phone_agent_.clear();
  for (const auto& rule : rules_.agents) {
    named.insert(rule.id);
    auto [place, is_new] = agents_.try_emplace(rule.id);
    Agent& agent = place->second;
    bool other_phone = agent.rule.phone != rule.phone;
    agent.rule = rule;
    agent.leaving = false;
    if (is_new) agent.since = now;
    if (other_phone || !rule.registers) agent.reachable = !rule.registers;
    if (other_phone) agent.dnd = false;
    phone_agent_[rule.phone] = rule.id;
    // Only after a change: a ready agent whose new phone is not known yet rests until it is reported registered.
    if (other_phone && !agent.reachable && agent.state == AgentState::ready) rest(agent, "phone-gone", now, out);
    if (!rule.registers && rule.auto_login && agent.state == AgentState::logged_out && agent.reason != "logout")
      step(agent, AgentEvent::login, "phone-registered", std::nullopt, now, out);
  }
  std::vector<std::string> gone;
  for (auto& [id, agent] : agents_)
    if (!named.count(id)) gone.push_back(id);
  for (const auto& id : gone) {
    Agent& agent = agents_.at(id);
    agent.leaving = true;
    bool engaged = agent.state == AgentState::offered || agent.state == AgentState::talking;
    if (!engaged && agent.state != AgentState::logged_out)
      step(agent, AgentEvent::logout, "removed", std::nullopt, now, out);
    drop_agent_if_leaving(id);
  }
}

void Core::drop_agent_if_leaving(const std::string& id) {
  auto found = agents_.find(id);
  if (found == agents_.end() || !found->second.leaving || found->second.state != AgentState::logged_out) return;
  arm(Due::agent, id, std::nullopt);
  agents_.erase(found);
}

}  // namespace hotline::acd
