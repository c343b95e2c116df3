// SPDX-License-Identifier: GPL-2.0-or-later
// The decision itself, and what time brings about.
#include <algorithm>

#include "acd/acd.h"
#include "base/require.h"

namespace hotline::acd {

/// How far down a line a caller is looked for whom the idle agents have not missed yet.
static constexpr int kLookahead = 16;

void Core::tick(Utc now, Actions& out) {
  while (!due_.empty() && std::get<Utc>(*due_.begin()) <= now) {
    auto [at, what, who] = *due_.begin();
    arm(what, who, std::nullopt);
    due(what, who, now, out);
  }
  dispatch(now, out);
}

void Core::due(Due what, const std::string& who, Utc now, Actions& out) {
  if (what == Due::agent) {
    auto& agent = agents_.at(who);
    return become_free(agent, agent.state == AgentState::wrap_up ? "wrap-up-over" : "pause-over", now, out);
  }
  if (what == Due::empty) return empty_queue(who, now, out);
  auto& entry = entries_.at(who);
  switch (what) {
    case Due::ring:
      return end_offers(entry, MissReason::timeout, now, out);
    case Due::wait:
      return exit(entry, ExitReason::timed_out, "", now, out);
    case Due::widen:
      return widen(entry, now);
    case Due::prefer:
      entry.preferred.clear();
      return change_line(entry, line_of(entry));
    case Due::park:
      return line_up(entry, now);
    case Due::tell:
      return tell(entry, now, out);
    case Due::agent:
    case Due::empty:
      return;
  }
}

/// The last agent went too long ago.
void Core::empty_queue(const std::string& name, Utc now, Actions& out) {
  auto* queue = find_queue(name);
  if (!queue || queue->staffed > 0) return;
  std::vector<std::string> calls;
  for (const auto& place : queue->waiting) calls.push_back(std::get<std::string>(place));
  for (const auto& call : calls)
    if (auto& entry = entries_.at(call); !entry.call_back) exit(entry, ExitReason::overflowed, "no-agent", now, out);
}

/// The first caller of a line for whom there is an idle agent who has not missed him, and that agent.
std::optional<Core::Pair> Core::fresh_pair(Line& line) const {
  int seen = 0;
  for (const auto& place : line.waiting) {
    if (++seen > kLookahead) break;
    const auto& tried = entries_.at(std::get<std::string>(place)).tried;
    for (const auto& idle : line.idle)  // as many steps as agents he was offered to, at most
      if (const auto& agent = std::get<std::string>(idle); !tried.count(agent)) return Pair{&line, place, agent};
  }
  return std::nullopt;
}

/// The first by place over all lines. Callers whom every idle agent has missed come last, and then begin their round
/// anew: nobody waits beside an idle agent.
std::optional<Core::Pair> Core::best_pair() {
  std::optional<Pair> best, again;
  for (size_t i = 0; i < hot_.size();) {
    Line& line = *hot_[i];
    if (!line.both()) {
      line.hot = false;
      hot_[i] = hot_.back();
      hot_.pop_back();
      continue;
    }
    ++i;
    if (auto fresh = fresh_pair(line)) {
      if (!best || fresh->place < best->place) best = std::move(fresh);
    } else if (!again || *line.waiting.begin() < again->place) {
      again = Pair{&line, *line.waiting.begin(), std::get<std::string>(*line.idle.begin())};
    }
  }
  if (best || !again) return best;
  entries_.at(std::get<std::string>(again->place)).tried.clear();
  return again;
}

void Core::offer(const Pair& pair, Utc now, Actions& out) {
  auto& entry = entries_.at(std::get<std::string>(pair.place));
  const auto& rule = find_queue(entry.queue)->rule;
  require(entry.state == EntryState::waiting);
  if (observer_) observer_(explain(pair, now));
  std::vector<std::string> agents;
  if (rule.strategy == Strategy::ring_all)
    for (const auto& idle : pair.line->idle)
      if (!entry.tried.count(std::get<std::string>(idle))) agents.push_back(std::get<std::string>(idle));
  if (agents.empty()) agents.push_back(pair.agent);
  take_out(entry, now);  // his line may be gone now
  entry.state = EntryState::offered;
  entry.offered_at = now;
  arm(Due::ring, entry.call, now + rule.ring_timeout);
  for (const auto& id : agents) ring(entry, agents_.at(id), now, out);
  if (rule.strategy == Strategy::ring_all) ringing_all_.insert(entry.call);
}

/// Where all are rung, so is who becomes ready meanwhile, for the caller who comes first.
void Core::ring_with_the_others(Utc now, Actions& out) {
  std::vector<std::pair<Place, std::string>> ringing;
  for (const auto& call : ringing_all_) ringing.push_back({place_of(entries_.at(call)), call});
  std::sort(ringing.begin(), ringing.end());
  for (const auto& [place, call] : ringing) {
    auto& entry = entries_.at(call);
    Line* line = line_of(entry);
    if (!line) continue;
    std::vector<std::string> more;
    for (const auto& idle : line->idle)
      if (!entry.tried.count(std::get<std::string>(idle))) more.push_back(std::get<std::string>(idle));
    for (const auto& id : more) ring(entry, agents_.at(id), now, out);
    drop_private(line);
  }
}

void Core::dispatch(Utc now, Actions& out) {
  if (suspended_) return;
  while (auto pair = best_pair()) offer(*pair, now, out);
  if (!ringing_all_.empty()) ring_with_the_others(now, out);
}

void Core::resume(Utc now, Actions& out) {
  suspended_ = false;
  // Tiers whose agents did not come back are not waited for.
  for (auto& [call, entry] : entries_)
    if (entry.line_ && entry.line_->present == 0 && entry.preferred.empty()) widen(entry, now);
  dispatch(now, out);
}

}  // namespace hotline::acd
