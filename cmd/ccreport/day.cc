// SPDX-License-Identifier: GPL-2.0-or-later
#include "day.h"

#include <algorithm>

namespace hotline {

namespace {

constexpr int64_t kHalfHourUs = 1800 * int64_t(1000000);

void count_calls(Day& day) {
  std::map<std::string, int64_t> counts;
  for (const auto& call : day.rows.calls) {
    ++counts[call.outcome];
    if (call.ended_us) ++day.endings;
  }
  for (const char* outcome : store::kOutcomes) day.outcomes.emplace_back(outcome, counts[outcome]);
}

void count_queues(Day& day) {
  std::map<std::string, std::vector<report::Entry>> by_queue;
  for (const auto& entry : day.rows.entries) by_queue[entry.queue].push_back(entry);
  for (const auto& [queue, entries] : by_queue) day.queues[queue] = report::queue_figures(entries, day.within_ms);
  day.all = report::queue_figures(day.rows.entries, day.within_ms);
}

void count_agents(Day& day) {
  int64_t begin = to_us(day.rows.span.begin), end = to_us(day.rows.as_of);
  for (const auto& [agent, time] : report::agent_times(day.rows.states, begin, end)) day.agents[agent].time = time;
  for (const auto& offer : day.rows.offers) {
    auto& agent = day.agents[offer.agent];
    ++agent.offered;
    if (offer.result == "answered")
      ++agent.answered;
    else if (!offer.result.empty())
      ++agent.missed;
  }
  for (const auto& entry : day.rows.entries) {
    if (entry.agent.empty() || !entry.talk_ms) continue;
    auto& agent = day.agents[entry.agent];
    ++agent.handled;
    agent.handled_ms += *entry.talk_ms + entry.wrap_ms.value_or(0);
  }
  // Who was away all day is none of the day's business.
  std::erase_if(day.agents,
                [](const auto& agent) { return agent.second.time.signed_in_us() == 0 && agent.second.offered == 0; });
}

/// Booked by t0, the arrival.
void count_half_hours(Day& day) {
  int64_t begin = to_us(day.rows.span.begin), end = to_us(day.rows.span.end);
  std::map<int64_t, std::vector<report::Entry>> by_half;
  for (const auto& entry : day.rows.entries) by_half[(entry.entered_us - begin) / kHalfHourUs].push_back(entry);
  for (const auto& [number, entries] : by_half) {
    int64_t from = begin + number * kHalfHourUs;
    int64_t to = std::min(from + kHalfHourUs, end), until = std::min(to, to_us(day.rows.as_of));
    day.half_hours.push_back(report::interval(report::queue_figures(entries, day.within_ms),
                                              report::total_time(day.rows.states, from, until), from, to, until,
                                              day.within_ms, day.all.aht_ms()));
  }
}

void count_flows(Day& day) {
  for (const auto& visit : day.rows.flows) {
    auto& flow = day.flows[visit.flow];
    ++flow.entered;
    if (visit.exit_us)
      ++flow.exits[visit.exit_reason];
    else
      ++flow.open;
  }
}

void count_recordings(Day& day) {
  auto& r = day.recording;
  for (const auto& bridge : day.rows.bridges) {
    if (!bridge.down) {
      ++r.up;
      continue;
    }
    ++r.bridges;
    r.bridged_ms += bridge.ms.value_or(0);
    r.recorded_ms += bridge.recorded_ms.value_or(0);
    r.gap_ms += bridge.gap_ms;
    if (bridge.reason == "restart") ++r.cut_off;
  }
}

}  // namespace

Day compute_day(DayRows rows, int64_t within_ms) {
  Day day;
  day.rows = std::move(rows);
  day.within_ms = within_ms;
  count_calls(day);
  count_queues(day);
  count_agents(day);
  count_half_hours(day);
  count_flows(day);
  count_recordings(day);
  return day;
}

std::vector<std::string> disagreements(const Day& day) {
  std::vector<std::string> faults;
  int64_t calls = int64_t(day.rows.calls.size()), known = 0, open = 0, entered = 0;
  for (const auto& [outcome, count] : day.outcomes) {
    known += count;
    if (outcome == "open") open = count;
  }
  if (known != calls)
    faults.push_back(std::to_string(calls) + " calls, but " + std::to_string(known) + " with a known ending");
  if (known - open != day.endings)
    faults.push_back(std::to_string(day.endings) + " calls have ended, but " + std::to_string(known - open) +
                     " have an ending");
  for (const auto& [queue, figures] : day.queues) {
    entered += figures.entered;
    if (!figures.adds_up())
      faults.push_back("queue '" + queue + "': " + std::to_string(figures.entered) +
                       " entered, but exits and waiting differ");
  }
  if (entered != day.all.entered) faults.push_back("queues do not add up to the total");
  return faults;
}

}  // namespace hotline
