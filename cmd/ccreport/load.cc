// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <set>

#include "day.h"
#include "store/position.h"

namespace hotline {

namespace {

/// Collects rows and the newest moment that they tell of.
struct Loader {
  store::Connection& store;
  DayRows& day;
  int64_t begin, end;
  int64_t newest;

  void saw(int64_t us) { newest = std::max(newest, std::min(us, end)); }
  void saw(const std::optional<int64_t>& us) {
    if (us) saw(*us);
  }

  Result<int64_t> calls() {
    return store::calls_between(store, begin, end, [&](const store::CallRow& row) {
      saw(row.started_us);
      saw(row.ended_us);
      day.calls.push_back(row);
    });
  }

  Result<int64_t> states() {
    return store::agent_spans_between(store, begin, end, [&](const store::AgentSpanRow& row) {
      saw(row.from_us);
      saw(row.to_us);
      day.states.push_back({row.agent, row.state, row.call, row.from_us, row.to_us.value_or(INT64_MAX)});
    });
  }

  /// Wrap-up of each call and agent. A wrap-up belongs to the talk before it, whose call alone is told.
  std::map<std::pair<std::string, std::string>, int64_t> wrap_up_us() const {
    std::map<std::pair<std::string, std::string>, int64_t> wrap;
    const report::StateSpan* talk = nullptr;
    for (const auto& state : day.states) {
      if (state.state == "talking") talk = &state;
      if (state.state == "wrap-up" && talk && talk->agent == state.agent && state.to_us != INT64_MAX)
        wrap[{talk->call, state.agent}] += state.to_us - state.from_us;
    }
    return wrap;
  }

  /// After states().
  Result<int64_t> entries() {
    auto wrap_us = wrap_up_us();
    return store::visits_between(store, begin, end, [&](const store::VisitRow& row) {
      saw(row.entered_us);
      saw(row.exit_us);
      saw(row.announced_us);
      report::Entry entry;
      entry.call = row.call;
      entry.queue = row.queue;
      entry.agent = row.agent;
      entry.exit = row.exit_reason;
      entry.entered_us = row.entered_us;
      entry.wait_ms = row.wait_ms.value_or(0);
      if (row.announced_us) entry.connect_ms = (*row.announced_us - row.entered_us) / 1000;
      entry.talk_ms = row.talk_ms;
      if (auto wrap = wrap_us.find({row.call, row.agent}); wrap != wrap_us.end()) entry.wrap_ms = wrap->second / 1000;
      entry.call_over = row.call_ended_us.has_value();
      day.entries.push_back(entry);
    });
  }

  Result<int64_t> offers() {
    return store::offers_between(store, begin, end, [&](const store::OfferRow& row) {
      saw(row.offered_us);
      day.offers.push_back(row);
    });
  }

  Result<int64_t> bridges() {
    return store::bridges_between(store, begin, end, [&](const store::BridgeRow& row) { day.bridges.push_back(row); });
  }

  Result<int64_t> flows() {
    return store::ivr_visits_between(store, begin, end, [&](const store::IvrRow& row) { day.flows.push_back(row); });
  }
};

/// Leaves what belongs to one queue: its entries and offers, the calls that entered it, the agents who were offered
/// them.
void keep_queue(DayRows& day, const std::string& queue) {
  std::erase_if(day.entries, [&](const auto& entry) { return entry.queue != queue; });
  std::erase_if(day.offers, [&](const auto& offer) { return offer.queue != queue; });
  std::set<std::string> calls, agents;
  for (const auto& entry : day.entries) calls.insert(entry.call);
  for (const auto& offer : day.offers) agents.insert(offer.agent);
  auto other_call = [&](const auto& row) { return !calls.contains(row.call); };
  std::erase_if(day.calls, other_call);
  std::erase_if(day.bridges, other_call);
  std::erase_if(day.flows, other_call);
  std::erase_if(day.states, [&](const auto& state) { return !agents.contains(state.agent); });
}

}  // namespace

Result<DayRows> load_day(store::Connection& store, const std::string& date, const std::optional<std::string>& queue) {
  auto span = local_day(date);
  if (!span) return span.error();
  DayRows day;
  day.date = date;
  day.queue = queue;
  day.span = *span;
  // One state of the store for all: a call that ends meanwhile must not be in two places.
  auto tx = store.tx_read();
  if (!tx) return tx.error();
  int64_t begin = to_us(span->begin), end = to_us(span->end);
  Loader loader{store, day, begin, end, begin};
  for (auto step :
       {&Loader::calls, &Loader::states, &Loader::entries, &Loader::offers, &Loader::bridges, &Loader::flows})
    if (auto loaded = (loader.*step)(); !loaded) return loaded.error();
  auto horizon = store::horizon_us(store);
  if (!horizon) return horizon.error();
  if (auto done = tx->commit(); !done) return done.error();
  if (*horizon >= end) loader.newest = end;  // the day is over
  day.as_of = from_us(loader.newest);
  for (auto& state : day.states) state.to_us = std::min(state.to_us, loader.newest);
  if (queue) keep_queue(day, *queue);
  return day;
}

}  // namespace hotline
