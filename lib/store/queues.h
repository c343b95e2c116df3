// SPDX-License-Identifier: GPL-2.0-or-later
// Visits to queues and offers to agents, as ccqueue told them. Owner: ccjournal.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "store/store.h"

namespace hotline::store {

// What events say. Each must be applied once, in the order of ccqueue's journal; `number` is the event's.
struct QueueEntered {
  std::string call, queue;
  int64_t number = 0, entered_us = 0, priority = 0;
  bool operator==(const QueueEntered&) const = default;
};
struct QueueOffered {
  std::string offer, call, queue, agent, leg;
  int64_t number = 0, time_us = 0;
  bool operator==(const QueueOffered&) const = default;
};
struct QueueMissed {
  std::string offer, call, reason;
  int64_t time_us = 0, ring_ms = 0;
  bool operator==(const QueueMissed&) const = default;
};
struct QueueExit {
  std::string call, queue, reason, agent, offer;
  int64_t number = 0, time_us = 0, wait_ms = 0;
  std::optional<int64_t> ring_ms;
  bool operator==(const QueueExit&) const = default;
};
struct QueueAnnounced {
  std::string call;
  int64_t time_us = 0;
  bool operator==(const QueueAnnounced&) const = default;
};
struct QueueServed {
  std::string call, queue, agent;
  int64_t talk_ms = 0;
  bool operator==(const QueueServed&) const = default;
};
Result<void> apply(Connection& connection, const QueueEntered& change);
/// An offer that is told again, after a restart of ccqueue, is the same offer.
Result<void> apply(Connection& connection, const QueueOffered& change);
Result<void> apply(Connection& connection, const QueueMissed& change);
/// A visit whose beginning was never seen (its line was damaged) is made from its exit.
Result<void> apply(Connection& connection, const QueueExit& change);
Result<void> apply(Connection& connection, const QueueAnnounced& change);
Result<void> apply(Connection& connection, const QueueServed& change);

struct VisitRow {
  std::string call, queue, exit_reason, agent;  ///< exit_reason "" while it waits
  int64_t entered_us = 0;
  std::optional<int64_t> exit_us, wait_ms, ring_ms, announced_us, talk_ms;
  std::optional<int64_t> call_ended_us;
};
/// Visits that began in [begin_us, end_us), oldest first.
Result<int64_t> visits_between(Connection& connection, int64_t begin_us, int64_t end_us,
                               const std::function<void(const VisitRow&)>& on_row);

struct OfferRow {
  std::string offer, call, queue, agent, result;  ///< result "" while it rings
  int64_t offered_us = 0;
  std::optional<int64_t> ring_ms;
};
/// Offers made in [begin_us, end_us), oldest first.
Result<int64_t> offers_between(Connection& connection, int64_t begin_us, int64_t end_us,
                               const std::function<void(const OfferRow&)>& on_row);

}  // namespace hotline::store
