// SPDX-License-Identifier: GPL-2.0-or-later
// Why a decision fell as it did, in words. Reads the same state that the decision reads.
#include <algorithm>

#include "acd/acd.h"

namespace hotline::acd {

static constexpr size_t kPassedMax = 10;

static std::string needs_text(const Skills& needs, const Skills& has) {
  for (const auto& [skill, level] : needs) {
    auto found = has.find(skill);
    int have = found == has.end() ? 0 : found->second;
    if (have < level)
      return "needs " + skill + " " + std::to_string(level) + ", has " + (have ? std::to_string(have) : "none");
  }
  return "";
}

static std::string until_text(const Agent& agent) { return agent.until ? " until " + format_utc(*agent.until) : ""; }

/// Why this agent is not rung for that caller; "" when he could be.
std::string Core::verdict(const Agent& agent, const Entry& entry, const Queue& queue, Utc now) const {
  switch (agent.state) {
    case AgentState::logged_out:
      return "logged out" + (agent.reason.empty() ? "" : ": " + agent.reason);
    case AgentState::paused:
      return "paused: " + agent.reason + until_text(agent);
    case AgentState::wrap_up:
      return "in wrap-up" + until_text(agent);
    case AgentState::talking:
      return "in a talk since " + format_utc(agent.since);
    case AgentState::offered:
      return agent.call == entry.call ? "is rung for him" : "is rung for call " + agent.call;
    case AgentState::ready:
      break;
  }
  if (!entry.line_) return "the caller does not wait";
  const Line& line = *entry.line_;
  if (!entry.preferred.empty() && agent.rule.id != entry.preferred)
    return "the caller waits for agent " + entry.preferred + " first";
  if (auto lacks = needs_text(line.needs, agent.rule.skills); !lacks.empty()) return lacks;
  if (int tier = agent.rule.tier(entry.queue); tier > line.tier && entry.preferred.empty()) {
    for (const auto& step : queue.rule.widen)
      if (step.tier >= tier)
        return "tier " + std::to_string(tier) + " opens after " + format_duration(step.after) + ", waited " +
               format_duration(std::chrono::duration_cast<seconds>(now - entry.entered));
    return "tier " + std::to_string(tier) + " does not open";
  }
  if (entry.tried.count(agent.rule.id)) return "missed this caller before";
  return "";
}

static std::string choice_text(Strategy strategy, const Agent& agent, bool first_tier) {
  std::string since = "ready since " + format_utc(agent.idle_since);
  std::string tier = first_tier ? "" : "of a later tier, ";
  switch (strategy) {
    case Strategy::fewest_calls:
      return tier + std::to_string(agent.calls) + " calls, " + since;
    case Strategy::round_robin:
      return tier + "in turn, " + since;
    case Strategy::skill_first:
      return tier + "by skill, " + since;
    case Strategy::longest_idle:
    case Strategy::ring_all:
      break;
  }
  return tier + since;
}

std::vector<Considered> Core::consider(const std::string& call, Utc now) const {
  std::vector<Considered> all;
  const auto* waits = entry(call);
  const auto* queue = waits ? find_queue(waits->queue) : nullptr;
  if (!queue) return all;
  std::vector<std::pair<IdlePlace, Considered>> idle;
  for (const auto& [id, agent] : agents_) {
    if (std::count(agent.rule.queues.begin(), agent.rule.queues.end(), waits->queue) == 0) continue;
    auto why = verdict(agent, *waits, *queue, now);
    if (!why.empty()) {
      all.push_back({id, false, why});
      continue;
    }
    bool first = agent.rule.tier(waits->queue) == 1;
    idle.push_back({place_in(*waits->line_, agent), {id, false, choice_text(queue->rule.strategy, agent, first)}});
  }
  std::sort(idle.begin(), idle.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < idle.size(); ++i) {
    auto& one = idle[i].second;
    one.chosen = i == 0 || queue->rule.strategy == Strategy::ring_all;
    one.verdict = (one.chosen ? "first: " : "behind " + idle[0].second.agent + ": ") + one.verdict;
    if (queue->rule.outbound && static_cast<int64_t>(idle.size()) <= queue->rule.reserve) {
      one.chosen = false;
      one.verdict = "kept for inbound callers: " + std::to_string(queue->rule.reserve) + " stay idle";
    }
  }
  for (size_t i = idle.size(); i-- > 0;) all.insert(all.begin(), std::move(idle[i].second));
  return all;
}

Decision Core::explain(const Pair& pair, Utc now) const {
  const auto& entry = entries_.at(std::get<std::string>(pair.place));
  const auto& queue = *find_queue(entry.queue);
  Decision decision;
  decision.at = now;
  decision.call = entry.call;
  decision.queue = entry.queue;
  decision.agent = pair.agent;
  decision.offer = entry.call + "-o" + std::to_string(entry.offers + 1);
  decision.position = position(entry.call);
  decision.waited = std::chrono::duration_cast<milliseconds>(now - entry.entered);
  decision.agents = consider(entry.call, now);
  for (auto& one : decision.agents)
    one.chosen = one.agent == pair.agent || (one.chosen && queue.rule.strategy == Strategy::ring_all);
  const auto& agent = agents_.at(pair.agent);
  for (const auto& place : queue.waiting) {
    if (!(place < pair.place) || decision.passed.size() >= kPassedMax) break;
    const auto& other = entries_.at(std::get<std::string>(place));
    auto why = verdict(agent, other, queue, now);
    if (why.empty() && !other.line_->both()) why = "is kept for inbound callers";
    decision.passed.push_back(other.call + ": " +
                              (why.empty() ? "is rung for next" : "agent " + pair.agent + " " + why));
  }
  return decision;
}

}  // namespace hotline::acd
