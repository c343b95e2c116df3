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

void World::run(const Callers& callers, std::optional<Utc> stop) {
  auto caller = callers();
  while (true) {
    // Of all that can happen next, the first: the queue's own timers, then what callers and agents do, then who comes.
    auto due = core_.next_due();
    std::optional<Utc> at = due;
    if (!events_.empty() && (!at || events_.top().at < *at)) at = events_.top().at;
    if (caller && (!at || caller->at < *at)) at = caller->at;
    if (!at || (stop && *at >= *stop)) break;
    if (!caller && live_.empty()) break;  // only shifts are left
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
  live_[caller.call] = {caller.talk};
  if (caller.patience < kEndless) later(now_ + caller.patience, What::gives_up, caller.call);
}

void World::happen(const Event& event) {
  switch (event.what) {
    case What::on: {
      const auto* agent = core_.agent(event.who);
      if (!agent) return;
      core_.phone(agent->rule.phone, true, now_, out_);
      if (agent->state == acd::AgentState::logged_out) (void)core_.login(event.who, now_, out_);
      return;
    }
    case What::off:
      if (const auto* agent = core_.agent(event.who); agent && agent->state != acd::AgentState::logged_out)
        (void)core_.logout(event.who, now_, out_);
      return;
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

/// What the queue decided is done at once; doing it may make it decide again.
void World::heard() {
  acd::Actions actions;
  while (!out_.empty()) {
    actions.clear();
    actions.swap(out_);
    for (const auto& action : actions) {
      if (ear_) ear_(action, now_);
      if (const auto* offer = std::get_if<acd::Offer>(&action)) {
        if (hands_.answers >= 1 || random_.uniform() < hands_.answers)
          later(now_ + hands_.answer_after, What::answer, offer->offer);
      } else if (const auto* connect = std::get_if<acd::Connect>(&action)) {
        core_.connected(connect->call, now_, out_);
      } else if (const auto* exit = std::get_if<acd::Exit>(&action)) {
        auto live = live_.find(exit->call);
        if (live == live_.end()) continue;
        if (exit->reason == acd::ExitReason::answered)
          later(now_ + live->second.talk, What::talk_over, exit->call);
        else if (exit->to.empty())
          live_.erase(live);
      } else if (const auto* served = std::get_if<acd::Served>(&action)) {
        live_.erase(served->call);
      }
    }
  }
}

}  // namespace hotline::sim
