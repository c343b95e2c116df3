// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/world.h"

#include <algorithm>

#include "base/require.h"

namespace hotline::sim {

World::World(acd::Rules rules, Utc start, Hands hands, uint64_t seed, Ear ear)
    : core_(std::move(rules), start), now_(start), hands_(hands), random_(seed), ear_(std::move(ear)) {}

void World::staff(const std::vector<Shift>& shifts) {
  for (const auto& shift : shifts) {
    later(shift.from, What::on, shift.agent);
    later(shift.to, What::off, shift.agent);
  }
}

void World::breaks(const std::vector<Shift>& breaks) {
  for (const auto& one : breaks) {
    later(one.from, What::rest, one.agent);
    later(one.to, What::rested, one.agent);
  }
}

void World::run(const Callers& callers, std::optional<Utc> stop) {
  auto caller = callers();
  while (true) {
    // Of all that can happen next, the first: the queue's own timers, then what callers and agents do, then who comes.
    auto due = core_.next_due();
    std::optional<Utc> at = due;
    if (!events_.empty() && (!at || events_.top().at < *at)) at = events_.top().at;
    if (caller && (!at || caller->at < *at)) at = caller->at;
    if (!at || (stop && *at >= *stop)) break;
    if (!caller && live_.empty() && !stop) break;  // only shifts are left
    now_ = std::max(now_, *at);
    if (due && *due <= now_) {
      core_.tick(now_, out_);
    } else if (!events_.empty() && events_.top().at <= now_) {
      Event event = events_.top();
      events_.pop();
      happen(event);
    } else {
      auto next = callers();
      require(!next || next->at >= caller->at);
      arrive(std::move(*caller));
      caller = std::move(next);
    }
    heard();
  }
}

void World::arrive(Caller caller) {
  ++callers_;
  acd::Arrival arrival{caller.call, caller.queue, caller.priority, now_, 0};
  arrival.needs = std::move(caller.needs);
  if (!core_.enter(arrival, now_, out_)) return;
  live_[caller.call] = {caller.talk, caller.wrap_up};
  if (caller.patience < kEndless) later(now_ + caller.patience, What::gives_up, caller.call);
}

static constexpr std::string_view kBreak = "break";

void World::come(const std::string& id) {
  const auto* agent = core_.agent(id);
  if (!agent) return;
  core_.phone(agent->rule.phone, true, now_, out_);
  if (agent->state == acd::AgentState::logged_out) (void)core_.login(id, now_, out_);
}

void World::end_break(const std::string& id) {
  const auto* agent = core_.agent(id);
  if (!agent) return;
  bool rests = agent->state == acd::AgentState::paused && agent->reason == kBreak;
  bool will = agent->next == acd::AgentState::paused && agent->next_reason == kBreak;
  if (rests || will) (void)core_.ready(id, now_, out_);
}

void World::end_state(const Event& event, acd::AgentState state) {
  const auto* agent = core_.agent(event.who);
  if (agent && agent->state == state && agent->since == event.since) (void)core_.ready(event.who, now_, out_);
}

void World::happen(const Event& event) {
  switch (event.what) {
    case What::on:
      return come(event.who);
    case What::off:
      if (const auto* agent = core_.agent(event.who); agent && agent->state != acd::AgentState::logged_out)
        (void)core_.logout(event.who, now_, out_);
      return;
    case What::rest:
      if (const auto* agent = core_.agent(event.who); agent && agent->state != acd::AgentState::logged_out)
        (void)core_.pause(event.who, std::string(kBreak), now_, out_);
      return;
    case What::rested:
      return end_break(event.who);
    case What::written:
      return end_state(event, acd::AgentState::wrap_up);
    case What::back:
      return end_state(event, acd::AgentState::paused);
    case What::answer:
      core_.answered(event.who, now_, out_);
      return;
    case What::gives_up:
      if (const auto* entry = core_.entry(event.who);
          entry && (entry->state == acd::EntryState::waiting || entry->state == acd::EntryState::offered))
        core_.call_over(event.who, now_, out_);
      return;
    case What::talk_over:
      core_.call_over(event.who, now_, out_);
      return;
  }
}

void World::hear_agent(const acd::AgentChanged& changed) {
  if (changed.state == acd::AgentState::wrap_up && wrap_up_)
    later(now_ + *wrap_up_, What::written, changed.agent, now_);
  wrap_up_.reset();
  if (changed.state == acd::AgentState::paused && changed.reason == "missed" && hands_.back_after.count() > 0)
    later(now_ + hands_.back_after, What::back, changed.agent, now_);
}

void World::hear(const acd::Action& action) {
  if (const auto* offer = std::get_if<acd::Offer>(&action)) {
    if (hands_.answers < 1 && random_.uniform() >= hands_.answers) return;
    auto after = hands_.answer_after;
    if (hands_.answer_variation > 0)
      after = in_microseconds(
          random_.lognormal(std::chrono::duration<double>(hands_.answer_after).count(), hands_.answer_variation));
    later(now_ + after, What::answer, offer->offer);
  } else if (const auto* connect = std::get_if<acd::Connect>(&action)) {
    core_.connected(connect->call, now_, out_);
  } else if (const auto* exit = std::get_if<acd::Exit>(&action)) {
    auto live = live_.find(exit->call);
    if (live == live_.end()) return;
    if (exit->reason == acd::ExitReason::answered)
      later(now_ + live->second.talk, What::talk_over, exit->call);
    else if (exit->to.empty())
      live_.erase(live);
  } else if (const auto* served = std::get_if<acd::Served>(&action)) {
    auto live = live_.find(served->call);
    if (live == live_.end()) return;
    wrap_up_ = live->second.wrap_up;
    live_.erase(live);
  } else if (const auto* changed = std::get_if<acd::AgentChanged>(&action)) {
    hear_agent(*changed);
  }
}

/// What the queue decided is done at once; doing it may make it decide again.
void World::heard() {
  acd::Actions actions;
  while (!out_.empty()) {
    actions.clear();
    actions.swap(out_);
    for (const auto& action : actions) {
      if (ear_) ear_(action, now_);
      hear(action);
    }
  }
}

}  // namespace hotline::sim
