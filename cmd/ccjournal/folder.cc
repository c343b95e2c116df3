// SPDX-License-Identifier: GPL-2.0-or-later
#include "folder.h"

#include "ending.h"
#include "fold.h"

namespace hotline::journal_fold {

/// Events in one transaction: enough that the commit's cost vanishes, few enough that other writers wait only shortly.
static constexpr int64_t kBatchEvents = 2000;
static constexpr size_t kComplaintsMax = 1000;

void Folder::complain(const std::string& what) {
  // A journal is read again from the day's beginning after trouble with the store; its damage is news only once.
  if (complaints_.size() >= kComplaintsMax) complaints_.clear();
  if (complaints_.insert(what).second) log_(what);
}

Result<int64_t> Folder::step() {
  int64_t folded = 0;
  for (const auto& publisher : journal::publishers(dir_)) {
    auto some = step(publisher);
    if (!some) {
      sources_.erase(publisher);  // what its follower has handed over is not in the store: read it again next time
      return some;
    }
    folded += *some;
  }
  return folded;
}

Result<int64_t> Folder::drain() {
  int64_t folded = 0;
  for (;;) {
    auto some = step();
    if (!some || *some == 0) return some ? Result<int64_t>(folded) : some;
    folded += *some;
  }
}

Result<void> Folder::open(const std::string& publisher, Source& source) {
  auto position = store::position(store_, publisher);
  if (!position) return position.error();
  source.number = position->number;
  source.follower = journal::Follower::open(dir_, publisher, position->number + 1);
  return {};
}

Result<int64_t> Folder::step(const std::string& publisher) {
  Source& source = sources_[publisher];
  if (!source.follower) {
    if (auto opened = open(publisher, source); !opened) return opened.error();
  }
  std::vector<wire::Event> events;
  auto polled = source.follower->poll([&](const journal::Entry& entry) { events.push_back(entry.event); },
                                      [&](const std::string& damage) { complain(damage); }, kBatchEvents);
  if (!polled) return polled.error();
  if (events.empty()) return int64_t{0};
  auto committed = commit(publisher, source, events);
  if (!committed) return committed.error();
  if (*committed)
    source.number = events.back().number;
  else
    source.follower.reset();  // begin anew at the store's position
  return int64_t(events.size());
}

/// The outcome and what else follows from a call's rows, once they have changed.
static Result<void> settle(store::Connection& store, const std::string& call) {
  auto facts = store::call_facts(store, call);
  if (!facts) return facts.error();
  if (*facts) {
    if (auto settled = store::settle_call(store, call, ending(**facts)); !settled) return settled;
  }
  return store::settle_recordings(store, call);
}

Result<bool> Folder::commit(const std::string& publisher, const Source& source,
                            const std::vector<wire::Event>& events) {
  auto tx = store_.tx_write();
  if (!tx) return tx.error();
  auto position = store::position(store_, publisher);
  if (!position) return position.error();
  if (position->number != source.number) return false;
  std::set<std::string> touched;
  for (const auto& event : events) {
    for (const auto& change : fold(event)) {
      auto done = store_.attempt([&] { return std::visit([&](const auto& one) { return store::apply(store_, one); }, change); });
      if (!done && store_.trouble() != store::Trouble::constraint) return done.error();
      if (!done)
        complain(publisher + " " + std::to_string(event.number) + " '" + event.name +
                 "' passed over: " + done.error().text);
    }
    if (!event.call.empty()) touched.insert(event.call);
  }
  for (const auto& call : touched)
    if (auto settled = settle(store_, call); !settled) return settled.error();
  const auto& last = events.back();
  if (auto moved = store::set_position(store_, {publisher, last.number, to_us(last.time)}); !moved)
    return moved.error();
  if (auto done = tx->commit(); !done) return done.error();
  return true;
}

}  // namespace hotline::journal_fold
