// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/queues.h"

namespace hotline::store {

Result<void> apply(Connection& connection, const QueueEntered& change) {
  return connection.run(
      "INSERT INTO queue_visits (call, number, queue, entered_us, priority) VALUES ($1, $2, $3, $4, $5)",
      {change.call, change.number, change.queue, change.entered_us, change.priority});
}

Result<void> apply(Connection& connection, const QueueOffered& change) {
  return connection.run(
      "INSERT INTO offers (number, offer, call, queue, agent, leg, offered_us) SELECT $1, $2, $3, $4, $5, $6, $7 "
      "WHERE NOT EXISTS (SELECT 1 FROM offers o WHERE o.call = $3 AND o.offer = $2)",
      {change.number, change.offer, change.call, change.queue, change.agent, change.leg, change.time_us});
}

/// An offer ends once; its id is ccqueue's and unique within the call.
static Result<void> end_offer(Connection& connection, const std::string& call, const std::string& offer,
                              const std::string& result, int64_t time_us, const std::optional<int64_t>& ring_ms) {
  return connection.run(
      "UPDATE offers SET ended_us = $3, result = $4, ring_ms = $5 "
      "WHERE call = $1 AND offer = $2 AND ended_us IS NULL",
      {call, offer, time_us, result, or_null(ring_ms)});
}

Result<void> apply(Connection& connection, const QueueMissed& change) {
  return end_offer(connection, change.call, change.offer, change.reason, change.time_us, change.ring_ms);
}

Result<void> apply(Connection& connection, const QueueExit& change) {
  auto updated = connection.execute(
      "UPDATE queue_visits SET exit_us = $3, exit_reason = $4, wait_ms = $5, ring_ms = $6, agent = $7, offer = $8 "
      "WHERE call = $1 AND queue = $2 AND exit_us IS NULL",
      {change.call, change.queue, change.time_us, change.reason, change.wait_ms, or_null(change.ring_ms),
       or_null(change.agent), or_null(change.offer)});
  if (!updated) return updated.error();
  if (*updated == 0) {
    auto made = connection.run(
        "INSERT INTO queue_visits (call, number, queue, entered_us, priority, exit_us, exit_reason, wait_ms, ring_ms, "
        "agent, offer) SELECT $1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $10 "
        "WHERE NOT EXISTS (SELECT 1 FROM queue_visits v WHERE v.call = $1 AND v.queue = $3)",
        {change.call, change.number, change.queue, change.time_us - change.wait_ms * 1000, change.time_us,
         change.reason, change.wait_ms, or_null(change.ring_ms), or_null(change.agent), or_null(change.offer)});
    if (!made) return made;
  }
  if (change.reason != "answered" || change.offer.empty()) return {};
  return end_offer(connection, change.call, change.offer, "answered", change.time_us, change.ring_ms);
}

Result<void> apply(Connection& connection, const QueueAnnounced& change) {
  return connection.run(
      "UPDATE queue_visits SET announced_us = $2 WHERE call = $1 AND announced_us IS NULL "
      "AND number = (SELECT max(v.number) FROM queue_visits v WHERE v.call = $1)",
      {change.call, change.time_us});
}

Result<void> apply(Connection& connection, const QueueServed& change) {
  return connection.run(
      "UPDATE queue_visits SET talk_ms = $4 WHERE call = $1 AND number = "
      "(SELECT max(v.number) FROM queue_visits v WHERE v.call = $1 AND v.queue = $2 AND v.agent = $3)",
      {change.call, change.queue, change.agent, change.talk_ms});
}

Result<int64_t> visits_between(Connection& connection, int64_t begin_us, int64_t end_us,
                               const std::function<void(const VisitRow&)>& on_row) {
  return connection.query(
      "SELECT v.call, v.queue, v.exit_reason, v.agent, v.entered_us, v.exit_us, v.wait_ms, v.ring_ms, v.announced_us, "
      "v.talk_ms, c.ended_us FROM queue_visits v LEFT JOIN calls c ON c.call = v.call "
      "WHERE v.entered_us >= $1 AND v.entered_us < $2 ORDER BY v.entered_us, v.call, v.number",
      {begin_us, end_us}, [&](const Row& row) {
        VisitRow visit;
        visit.call = row.text(0);
        visit.queue = row.text(1);
        visit.exit_reason = row.text(2);
        visit.agent = row.text(3);
        visit.entered_us = row.integer(4);
        visit.exit_us = row.maybe_integer(5);
        visit.wait_ms = row.maybe_integer(6);
        visit.ring_ms = row.maybe_integer(7);
        visit.announced_us = row.maybe_integer(8);
        visit.talk_ms = row.maybe_integer(9);
        visit.call_ended_us = row.maybe_integer(10);
        on_row(visit);
      });
}

Result<int64_t> offers_between(Connection& connection, int64_t begin_us, int64_t end_us,
                               const std::function<void(const OfferRow&)>& on_row) {
  return connection.query(
      "SELECT offer, call, queue, agent, result, offered_us, ring_ms FROM offers "
      "WHERE offered_us >= $1 AND offered_us < $2 ORDER BY offered_us, number",
      {begin_us, end_us}, [&](const Row& row) {
        OfferRow offer;
        offer.offer = row.text(0);
        offer.call = row.text(1);
        offer.queue = row.text(2);
        offer.agent = row.text(3);
        offer.result = row.text(4);
        offer.offered_us = row.integer(5);
        offer.ring_ms = row.maybe_integer(6);
        on_row(offer);
      });
}

}  // namespace hotline::store
