// SPDX-License-Identifier: GPL-2.0-or-later
#include "book.h"

namespace hotline::ccqueue {

void Book::hear(const acd::Action& action, Utc at) {
  if (const auto* entered = std::get_if<acd::Entered>(&action)) {
    last_visit_[entered->call] = entries_.size();
    report::Entry entry;
    entry.call = entered->call;
    entry.queue = entered->queue;
    entry.entered_us = to_us(entered->entered);
    entries_.push_back(std::move(entry));
  } else if (const auto* exit = std::get_if<acd::Exit>(&action)) {
    auto visit = last_visit_.find(exit->call);
    if (visit == last_visit_.end()) return;
    auto& entry = entries_[visit->second];
    entry.exit = acd::name(exit->reason);
    entry.agent = exit->agent;
    entry.wait_ms = exit->wait.count();
    if (exit->reason != acd::ExitReason::answered) last_visit_.erase(visit);
  } else if (const auto* served = std::get_if<acd::Served>(&action)) {
    auto visit = last_visit_.find(served->call);
    if (visit == last_visit_.end()) return;
    auto& entry = entries_[visit->second];
    entry.talk_ms = served->talk.count();
    entry.call_over = true;
    agents_[served->agent].served = visit->second;
    last_visit_.erase(visit);
  } else if (const auto* agent = std::get_if<acd::AgentChanged>(&action)) {
    changed(*agent, at);
  }
}

void Book::end_span(const std::string& agent, Now& now, Utc at) {
  if (now.state == acd::AgentState::wrap_up && now.served)
    entries_[*now.served].wrap_ms =
        entries_[*now.served].wrap_ms.value_or(0) + std::chrono::duration_cast<milliseconds>(at - now.since).count();
  if (now.state != acd::AgentState::logged_out && at > now.since)
    spans_.push_back({agent, std::string(acd::name(now.state)), now.call, to_us(now.since), to_us(at)});
}

void Book::changed(const acd::AgentChanged& changed, Utc at) {
  auto& now = agents_[changed.agent];
  if (changed.state == now.state) return;  // a wish, another reason, or wrap-up made longer
  end_span(changed.agent, now, at);
  if (changed.state != acd::AgentState::wrap_up) now.served.reset();
  now.state = changed.state;
  now.since = at;
  now.call = changed.call;
}

void Book::close(Utc at) {
  for (auto& [agent, now] : agents_) {
    end_span(agent, now, at);
    now.since = at;
  }
}

}  // namespace hotline::ccqueue
