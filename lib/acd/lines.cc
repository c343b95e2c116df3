// SPDX-License-Identifier: GPL-2.0-or-later
// The sets that make a decision cheap: who waits for whom, who is idle for what, and the timers.
#include <algorithm>

#include "acd/acd.h"
#include "base/require.h"

namespace hotline::acd {

Core::Queue* Core::find_queue(const std::string& name) {
  auto found = queues_.find(name);
  return found == queues_.end() ? nullptr : &found->second;
}

const Core::Queue* Core::find_queue(const std::string& name) const {
  auto found = queues_.find(name);
  return found == queues_.end() ? nullptr : &found->second;
}

Place Core::place_of(const Entry& entry) const {
  const auto& rule = find_queue(entry.queue)->rule;
  bool strict = rules_.priority_step.count() == 0;
  int behind_inbound = rule.outbound ? kPriorityMax + 1 : 0;
  return {behind_inbound - (strict ? entry.priority : 0), entry.seniority - entry.priority * rules_.priority_step,
          entry.call};
}

IdlePlace Core::place_in(const Line& line, const Agent& agent) {
  int64_t first = 0;
  switch (line.rule->strategy) {
    case Strategy::fewest_calls:
      first = agent.calls;
      break;
    case Strategy::round_robin:
      if (auto rung = agent.last_rung_.find(line.queue); rung != agent.last_rung_.end()) first = rung->second;
      break;
    case Strategy::skill_first:
      for (const auto& [skill, level] : line.needs) first -= agent.rule.skills.at(skill);
      break;
    case Strategy::longest_idle:
    case Strategy::ring_all:
      break;
  }
  return {agent.rule.tier(line.queue), first, agent.idle_since, agent.rule.id};
}

static bool is_there(const Agent& agent, const QueueRule& rule) {
  if (agent.state == AgentState::logged_out) return false;
  return std::find(rule.absent.begin(), rule.absent.end(), agent.state) == rule.absent.end();
}

/// In a line of his own, an agent who pauses is away: nobody waits for him alone.
static bool is_there(const Agent& agent, const Line& line) {
  if (!line.only.empty() && agent.state == AgentState::paused) return false;
  return is_there(agent, *line.rule);
}

static std::string key_of(const std::string& queue, int tier, const Skills& needs, const std::string& only) {
  std::string key = queue + '\x1f' + std::to_string(tier) + '\x1f' + only;
  for (const auto& [skill, level] : needs) key += '\x1f' + skill + '=' + std::to_string(level);
  return key;
}

/// Null when there are too many lines in use.
Line* Core::line_for(const Queue& queue, int tier, const Skills& needs, const std::string& only) {
  std::string key = key_of(queue.rule.name, tier, needs, only);
  if (auto found = lines_.find(key); found != lines_.end()) return found->second.get();
  if (lines_.size() >= kLinesMax) make_room();
  if (lines_.size() >= kLinesMax) return nullptr;
  auto& line = *(lines_[key] = std::make_unique<Line>());
  line.queue = queue.rule.name;
  line.tier = tier;
  line.needs = needs;
  line.only = only;
  line.rule = &queue.rule;
  auto take = [&line](Agent& agent) {
    if (agent.leaving || !line.fits(agent.rule)) return;
    agent.lines_.push_back(&line);
    if (is_there(agent, line)) ++line.present;
    if (agent.state == AgentState::ready) line.idle.insert(place_in(line, agent));
  };
  if (only.empty())
    for (auto& [id, agent] : agents_) take(agent);
  else if (auto agent = agents_.find(only); agent != agents_.end())
    take(agent->second);
  return &line;
}

/// Forgets the lines that nobody stands in.
void Core::make_room() {
  for (auto& [id, agent] : agents_) std::erase_if(agent.lines_, [](Line* line) { return line->waiting.empty(); });
  std::erase_if(hot_, [](Line* line) { return line->waiting.empty(); });
  std::erase_if(lines_, [](const auto& each) { return each.second->waiting.empty(); });
}

void Core::drop_private(Line* line) {
  if (!line || line->only.empty() || !line->waiting.empty()) return;
  if (auto agent = agents_.find(line->only); agent != agents_.end()) std::erase(agent->second.lines_, line);
  if (line->hot) std::erase(hot_, line);
  lines_.erase(key_of(line->queue, line->tier, line->needs, line->only));
}

Line* Core::line_of(const Entry& entry) {
  const auto& queue = *find_queue(entry.queue);
  const auto& rule = queue.rule;
  Skills needs = rule.needs;
  for (const auto& [skill, level] : entry.needs) needs[skill] = std::max(needs[skill], level);
  int tier = rule.widen.empty() ? kTierMax : 1;
  for (size_t i = 0; i < std::min(entry.widened, rule.widen.size()); ++i) {
    tier = std::max(tier, rule.widen[i].tier);
    for (const auto& [skill, level] : rule.widen[i].needs) {
      auto needed = needs.find(skill);
      if (needed == needs.end()) continue;
      needed->second = std::min(needed->second, level);
      if (needed->second <= 0) needs.erase(needed);
    }
  }
  return line_for(queue, entry.preferred.empty() ? tier : kTierMax, needs, entry.preferred);
}

/// He waits, at his place. What became due while he was rung becomes due now.
void Core::line_up(Entry& entry, Utc now) {
  require(entry.state == EntryState::waiting && !entry.line_);
  auto& queue = *find_queue(entry.queue);
  const auto& rule = queue.rule;
  if (entry.parked_until && *entry.parked_until > now) return arm(Due::park, entry.call, entry.parked_until);
  entry.parked_until.reset();
  Utc since = entry.entered;
  while (entry.widened < rule.widen.size() && since + rule.widen[entry.widened].after <= now) ++entry.widened;
  Line* line = line_of(entry);
  // Tiers and levels of which nobody is there are not waited for.
  while (line && line->present == 0 && !suspended_ && entry.preferred.empty() && entry.widened < rule.widen.size()) {
    ++entry.widened;
    line = line_of(entry);
  }
  if (!line) {  // too many lines: he waits with those of his queue who need nothing of their own
    entry.needs.clear();
    entry.preferred.clear();
    line = line_for(queue, kTierMax, rule.needs, "");
    require(line);
  }
  entry.place_ = place_of(entry);
  entry.line_ = line;
  line->waiting.insert(entry.place_);
  heat(*line);
  queue.waiting.insert(entry.place_);
  queue.ages.insert({entry.entered, entry.call});
  queue.estimator.waiting(static_cast<int64_t>(queue.waiting.size()), now);
  if (rule.max_wait.count() > 0 && !entry.call_back)
    arm(Due::wait, entry.call, std::max(now, entry.entered + rule.max_wait));
  if (entry.widened < rule.widen.size()) arm(Due::widen, entry.call, since + rule.widen[entry.widened].after);
  if (!entry.preferred.empty()) arm(Due::prefer, entry.call, std::max(now, since + rule.prefer_for));
  if (rule.announce_every.count() > 0 && !entry.call_back) arm(Due::tell, entry.call, now + rule.announce_every);
}

void Core::take_out(Entry& entry, Utc now) {
  for (auto what : {Due::wait, Due::widen, Due::prefer, Due::park, Due::tell}) arm(what, entry.call, std::nullopt);
  if (!entry.line_) return;
  Line* line = entry.line_;
  entry.line_ = nullptr;
  line->waiting.erase(entry.place_);
  drop_private(line);
  auto* queue = find_queue(entry.queue);
  if (!queue) return;
  queue->waiting.erase(entry.place_);
  queue->ages.erase({entry.entered, entry.call});
  queue->estimator.waiting(static_cast<int64_t>(queue->waiting.size()), now);
}

void Core::change_line(Entry& entry, Line* line) {
  Line* was = entry.line_;
  if (!line || line == was) return;
  was->waiting.erase(entry.place_);
  entry.line_ = line;
  line->waiting.insert(entry.place_);
  heat(*line);
  drop_private(was);
}

/// The next step of the queue's `widen`, and further ones while nobody is there for those taken.
void Core::widen(Entry& entry, Utc now) {
  const auto& rule = find_queue(entry.queue)->rule;
  Line* line = entry.line_;
  require(line);
  if (entry.widened < rule.widen.size()) ++entry.widened;
  if (!entry.preferred.empty()) return;  // counts once he waits for others too
  line = line_of(entry);
  while (line && line->present == 0 && entry.widened < rule.widen.size()) {
    ++entry.widened;
    line = line_of(entry);
  }
  change_line(entry, line);
  bool more = entry.widened < rule.widen.size();
  arm(Due::widen, entry.call,
      more ? std::optional(std::max(now, entry.entered + rule.widen[entry.widened].after)) : std::nullopt);
}

void Core::enlist(Agent& agent) {
  for (const auto& name : agent.rule.queues)
    if (auto* queue = find_queue(name)) ++queue->idle;
  for (Line* line : agent.lines_) {
    line->idle.insert(place_in(*line, agent));
    heat(*line);
  }
}

void Core::strike_off(Agent& agent) {
  for (const auto& name : agent.rule.queues)
    if (auto* queue = find_queue(name)) --queue->idle;
  for (Line* line : agent.lines_) line->idle.erase(place_in(*line, agent));
}

/// Adds him to, or takes him from, those who are there.
void Core::count(const Agent& agent, int sign) {
  for (const auto& name : agent.rule.queues)
    if (auto* queue = find_queue(name); queue && is_there(agent, queue->rule)) queue->staffed += sign;
  for (Line* line : agent.lines_)
    if (is_there(agent, *line)) line->present += sign;
}

/// Nobody waits for one who has gone, and who waits where nobody is left waits for others.
void Core::presence_changed(const Agent& agent, Utc now) {
  for (const auto& name : agent.rule.queues) {
    auto* queue = find_queue(name);
    if (!queue) continue;
    queue->estimator.staffed(queue->staffed, now);
    if (!queue->rule.leave_when_empty) continue;
    if (queue->staffed > 0)
      arm(Due::empty, name, std::nullopt);
    else if (!due_at_.count({Due::empty, name}))
      arm(Due::empty, name, now + *queue->rule.leave_when_empty);
  }
  if (suspended_) return;
  std::vector<std::string> left;
  for (Line* line : agent.lines_)
    if (line->present == 0)
      for (const auto& place : line->waiting) left.push_back(std::get<std::string>(place));
  for (const auto& call : left) {
    auto& entry = entries_.at(call);
    if (!entry.preferred.empty()) {
      entry.preferred.clear();
      arm(Due::prefer, call, std::nullopt);
      change_line(entry, line_of(entry));
    }
    if (entry.line_->present == 0) widen(entry, now);
  }
}

/// After a new configuration: all counts from nothing.
void Core::recount(Utc now) {
  for (auto& [name, queue] : queues_) queue.idle = queue.staffed = 0;
  for (auto& [id, agent] : agents_) {
    if (agent.leaving) continue;
    count(agent, 1);
    if (agent.state == AgentState::ready)
      for (const auto& name : agent.rule.queues)
        if (auto* queue = find_queue(name)) ++queue->idle;
  }
  for (auto& [name, queue] : queues_) {
    queue.estimator.staffed(queue.staffed, now);
    bool leave = queue.rule.leave_when_empty && queue.staffed == 0;
    if (!leave)
      arm(Due::empty, name, std::nullopt);
    else if (!due_at_.count({Due::empty, name}))
      arm(Due::empty, name, now + *queue.rule.leave_when_empty);
  }
}

void Core::heat(Line& line) {
  if (line.hot || !line.both()) return;
  line.hot = true;
  hot_.push_back(&line);
}

void Core::arm(Due what, const std::string& who, std::optional<Utc> at) {
  auto key = std::make_pair(what, who);
  auto armed = due_at_.find(key);
  if (armed != due_at_.end()) {
    if (at && armed->second == *at) return;
    due_.erase({armed->second, what, who});
    if (!at) {
      due_at_.erase(armed);
      return;
    }
    armed->second = *at;
  } else {
    if (!at) return;
    due_at_.emplace(std::move(key), *at);
  }
  due_.insert({*at, what, who});
}

std::optional<Utc> Core::next_due() const {
  if (due_.empty()) return std::nullopt;
  return std::get<Utc>(*due_.begin());
}

int64_t Core::waiting(const std::string& queue) const {
  const auto* found = find_queue(queue);
  return found ? static_cast<int64_t>(found->waiting.size()) : 0;
}

int64_t Core::idle(const std::string& queue) const {
  const auto* found = find_queue(queue);
  return found ? found->idle : 0;
}

int64_t Core::staffed(const std::string& queue) const {
  const auto* found = find_queue(queue);
  return found ? found->staffed : 0;
}

milliseconds Core::longest_wait(const std::string& queue, Utc now) const {
  const auto* found = find_queue(queue);
  if (!found || found->ages.empty()) return milliseconds(0);
  return std::chrono::duration_cast<milliseconds>(std::max(now - found->ages.begin()->first, microseconds(0)));
}

int64_t Core::position(const std::string& call) const {
  const auto* found = entry(call);
  if (!found || !found->line_) return 0;
  return static_cast<int64_t>(find_queue(found->queue)->waiting.order_of_key(found->place_)) + 1;
}

std::optional<milliseconds> Core::expected_wait(const std::string& queue) const {
  const auto* found = find_queue(queue);
  if (!found) return std::nullopt;
  if (found->idle > 0 && found->waiting.empty()) return milliseconds(0);
  return found->estimator.expected(static_cast<int64_t>(found->waiting.size()) + 1);
}

std::optional<milliseconds> Core::expected_wait_of(const std::string& call) const {
  const auto* found = entry(call);
  if (!found || !found->line_) return std::nullopt;
  return find_queue(found->queue)->estimator.expected(position(call));
}

std::vector<std::string> Core::overlooked() const {
  std::vector<std::string> found;
  if (suspended_) return found;
  for (const auto& [key, line] : lines_)
    if (line->both())
      found.push_back(std::get<std::string>(*line->waiting.begin()) + "@" + std::get<std::string>(*line->idle.begin()));
  return found;
}

}  // namespace hotline::acd
