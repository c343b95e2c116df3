// SPDX-License-Identifier: GPL-2.0-or-later
#include "what_if.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace hotline::ccqueue {

PastCaller* PastDay::caller(const std::string& call) {
  auto alias = called_back_.find(call);
  auto found = open_.find(alias == called_back_.end() ? call : alias->second);
  return found == open_.end() ? nullptr : &callers_[found->second];
}

/// The journal begins in the midst of things: who was there and who waited then.
void PastDay::begin(const acd::Saved& saved, Utc at) {
  rules_ = saved.rules;
  for (const auto& agent : saved.agents)
    changed({agent.rule.id, agent.state, agent.state, agent.reason, {}, agent.call, {}, ""}, at);
  for (const auto& entry : saved.entries) {
    if (entry.state == acd::EntryState::talking) continue;
    acd::Arrival arrival{entry.call, entry.queue, entry.priority, entry.entered};
    arrival.needs = entry.needs;
    arrival.call_back = entry.call_back;
    hear(acd::Input{.op = acd::Input::Op::enter, .now = at, .arrival = arrival});
  }
}

void PastDay::hear(const acd::Input& input) {
  using Op = acd::Input::Op;
  if (input.saved && rules_.queues.empty()) return begin(*input.saved, input.now);
  if (input.rules) rules_ = *input.rules;
  if (input.op == Op::call_back) called_back_[input.other] = input.who;
  if (input.op != Op::enter || !input.arrival || input.arrival->call_back) return;
  // Who is known already was waiting before a restart.
  if (open_.count(input.arrival->call)) return;
  open_[input.arrival->call] = callers_.size();
  PastCaller caller;
  caller.arrival = *input.arrival;
  caller.at = input.arrival->entered == Utc{} ? input.now : input.arrival->entered;
  callers_.push_back(std::move(caller));
}

/// Reasons of pauses that the queue makes by itself: the hands of the simulation make their own.
static bool of_the_queue(const std::string& reason) {
  static const std::set<std::string> own = {"missed", "timeout", "busy", "rejected", "unreachable", "lost"};
  return own.count(reason) > 0;
}

void PastDay::changed(const acd::AgentChanged& changed, Utc at) {
  auto& presence = presence_[changed.agent];
  bool there = changed.state != acd::AgentState::logged_out;
  bool rests = changed.state == acd::AgentState::paused && !of_the_queue(changed.reason);
  auto follow = [&](std::optional<Utc>& since, bool is, std::vector<sim::Shift>& list) {
    if (is && !since) since = at;
    if (is || !since) return;
    list.push_back({changed.agent, *since, at});
    since.reset();
  };
  follow(presence.resting, rests, rests_);
  follow(presence.there, there, shifts_);
  if (changed.state == changed.was) return;
  if (changed.was == acd::AgentState::wrap_up)
    if (auto whose = writing_.find(changed.agent); whose != writing_.end()) {
      auto& caller = callers_[whose->second];
      const acd::QueueRule* rule = nullptr;
      for (const auto& one : rules_.queues)
        if (one.name == caller.arrival.queue) rule = &one;
      auto took = std::chrono::duration_cast<milliseconds>(at - writing_since_[changed.agent]);
      // One that the queue's own time ended lasts as long as that of the queue he is in then.
      if (!rule || took + milliseconds(50) < rule->wrap_up) caller.wrap_up = took;
      writing_.erase(whose);
    }
  if (changed.state == acd::AgentState::wrap_up)
    writing_since_[changed.agent] = at;
  else
    writing_.erase(changed.agent);
}

void PastDay::hear(const acd::Action& action, Utc at) {
  book_.hear(action, at);
  if (const auto* exit = std::get_if<acd::Exit>(&action)) {
    if (exit->reason == acd::ExitReason::answered) {
      ++rings_;
      ring_s_.push_back(std::chrono::duration<double>(exit->ring).count());
    }
    auto* past = caller(exit->call);
    if (!past) return;
    past->waited += exit->wait;
    past->gave_up = exit->reason == acd::ExitReason::abandoned || exit->reason == acd::ExitReason::short_abandoned;
    bool goes_on =
        exit->reason == acd::ExitReason::answered || exit->reason == acd::ExitReason::call_back || !exit->to.empty();
    if (!goes_on) open_.erase(called_back_.count(exit->call) ? called_back_.at(exit->call) : exit->call);
  } else if (const auto* missed = std::get_if<acd::Missed>(&action)) {
    if (missed->reason != acd::MissReason::timeout) return;
    ++rings_;
    ++missed_;
  } else if (const auto* served = std::get_if<acd::Served>(&action)) {
    std::string call = called_back_.count(served->call) ? called_back_.at(served->call) : served->call;
    auto found = open_.find(call);
    if (found == open_.end()) return;
    callers_[found->second].talk = served->talk;
    writing_[served->agent] = found->second;
    open_.erase(found);
  } else if (const auto* agent = std::get_if<acd::AgentChanged>(&action)) {
    changed(*agent, at);
  }
}

void PastDay::close(Utc at) {
  book_.close(at);
  for (auto& [agent, presence] : presence_) {
    if (presence.there) shifts_.push_back({agent, *presence.there, at});
    if (presence.resting) rests_.push_back({agent, *presence.resting, at});
    presence = {};
  }
}

Plan PastDay::plan() const {
  Plan plan;
  plan.was_there = shifts_;
  plan.was_resting = rests_;
  sim::Hands hands{seconds(3)};
  if (!ring_s_.empty()) {
    double mean = 0, squares = 0, n = static_cast<double>(ring_s_.size());
    for (double one : ring_s_) mean += one / n;
    for (double one : ring_s_) squares += (one - mean) * (one - mean) / n;
    hands.answer_after = sim::in_microseconds(mean);
    hands.answer_variation = mean > 0 ? std::sqrt(squares) / mean : 0;
  }
  if (rings_ > 0) hands.answers = 1 - static_cast<double>(missed_) / static_cast<double>(rings_);
  hands.back_after = seconds(60);
  plan.hands = hands;
  return plan;
}

double PastDay::impatience(const std::string& queue) const {
  double gave_up[2] = {0, 0}, waited_s[2] = {0, 0};
  for (const auto& caller : callers_)
    for (int all : {0, 1}) {
      if (!all && caller.arrival.queue != queue) continue;
      gave_up[all] += caller.gave_up;
      waited_s[all] += std::chrono::duration<double>(caller.waited).count();
    }
  for (int all : {0, 1})
    if (gave_up[all] > 0 && waited_s[all] > 0) return gave_up[all] / waited_s[all];
  return 0;
}

std::vector<milliseconds> PastDay::talks(const std::string& queue) const {
  std::vector<milliseconds> here, all;
  for (const auto& caller : callers_)
    if (caller.talk) {
      all.push_back(*caller.talk);
      if (caller.arrival.queue == queue) here.push_back(*caller.talk);
    }
  return here.empty() ? all : here;
}

sim::Callers callers(const PastDay& day, Utc begin, Utc end, uint64_t seed) {
  std::vector<sim::Caller> list;
  std::map<std::string, double> impatience;
  std::map<std::string, std::vector<milliseconds>> talks;
  sim::Random random(seed);
  for (const auto& past : day.callers()) {
    if (past.at < begin || past.at >= end) continue;
    const auto& queue = past.arrival.queue;
    if (!impatience.count(queue)) {
      impatience[queue] = day.impatience(queue);
      talks[queue] = day.talks(queue);
    }
    // Two draws for each, always: what one caller needs changes nothing of those who follow.
    double more_s = random.exponential(1);
    uint64_t which = random.next();
    sim::Caller caller;
    caller.call = past.arrival.call + "-" + std::to_string(list.size() + 1);  // a call may come twice
    caller.at = past.at;
    caller.queue = queue;
    caller.priority = past.arrival.priority;
    caller.needs = past.arrival.needs;
    caller.wrap_up = past.wrap_up;
    if (past.gave_up)
      caller.patience = past.waited;
    else if (double theta = impatience.at(queue); theta > 0)
      caller.patience = past.waited + sim::in_microseconds(more_s / theta);
    const auto& known = talks.at(queue);
    caller.talk = past.talk ? *past.talk : known.empty() ? milliseconds(180000) : known[which % known.size()];
    list.push_back(std::move(caller));
  }
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  size_t next = 0;
  return [list = std::move(list), next]() mutable -> std::optional<sim::Caller> {
    if (next == list.size()) return std::nullopt;
    return list[next++];
  };
}

}  // namespace hotline::ccqueue
