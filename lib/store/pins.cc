// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/pins.h"

#include <algorithm>

namespace hotline::store {

namespace {

/// The row as it counts at `now_us`; nothing when it is too old to count.
Result<PinRow> row_of(Connection& connection, const PinSubject& subject, int64_t now_us, int64_t lock_us) {
  PinRow found{subject.realm, subject.scope, subject.subject};
  auto asked = connection.query(
      "SELECT failures, last_us, locked_until_us FROM pin_failures WHERE realm = $1 AND scope = $2 AND subject = $3",
      {subject.realm, subject.scope, subject.subject}, [&](const Row& row) {
        found.failures = row.integer(0);
        found.last_us = row.integer(1);
        found.locked_until_us = row.integer(2);
      });
  if (!asked) return asked.error();
  if (found.locked_until_us <= now_us && (found.locked_until_us > 0 || found.last_us + lock_us <= now_us))
    found.failures = found.locked_until_us = 0;
  return found;
}

Result<void> keep(Connection& connection, const PinRow& row) {
  return connection.run(
      "INSERT INTO pin_failures (realm, scope, subject, failures, last_us, locked_until_us) VALUES ($1, $2, $3, $4, "
      "$5, $6) "
      "ON CONFLICT (realm, scope, subject) DO UPDATE SET failures = excluded.failures, last_us = excluded.last_us, "
      "locked_until_us = excluded.locked_until_us",
      {row.realm, row.scope, row.subject, row.failures, row.last_us,
       row.locked_until_us > 0 ? Value(row.locked_until_us) : kNull});
}

}  // namespace

Result<PinCharge> charge_attempt(Connection& connection, const std::vector<PinSubject>& subjects, int64_t now_us,
                                 int64_t lock_us) {
  auto tx = connection.tx_write();
  if (!tx) return tx.error();
  if (auto swept = connection.run("DELETE FROM pin_failures WHERE last_us < $1", {now_us - kPinLockMaxUs}); !swept)
    return swept.error();
  std::vector<PinRow> rows;
  PinCharge charge;
  for (const auto& subject : subjects) {
    auto row = row_of(connection, subject, now_us, lock_us);
    if (!row) return row.error();
    charge.locked_until_us = std::max(charge.locked_until_us, row->locked_until_us);
    rows.push_back(*row);
  }
  charge.locked = charge.locked_until_us > 0;
  charge.tries_left = charge.locked || subjects.empty() ? 0 : INT64_MAX;
  for (size_t i = 0; i < rows.size() && !charge.locked; ++i) {
    auto& row = rows[i];
    ++row.failures;
    row.last_us = now_us;
    int64_t left = std::max<int64_t>(subjects[i].tries_max - row.failures, 0);
    charge.tries_left = std::min(charge.tries_left, left);
    if (left == 0) charge.locked_until_us = row.locked_until_us = now_us + lock_us;
    if (auto kept = keep(connection, row); !kept) return kept.error();
  }
  if (auto done = tx->commit(); !done) return done.error();
  return charge;
}

Result<void> pardon_attempt(Connection& connection, const PinSubject& subject) {
  return connection.run(
      "UPDATE pin_failures SET failures = failures - 1, locked_until_us = CASE WHEN failures - 1 < $4 THEN NULL ELSE "
      "locked_until_us END WHERE realm = $1 AND scope = $2 AND subject = $3 AND failures > 0",
      {subject.realm, subject.scope, subject.subject, subject.tries_max});
}

Result<int64_t> clear_attempts(Connection& connection, const PinSubject& subject) {
  return connection.execute("DELETE FROM pin_failures WHERE realm = $1 AND scope = $2 AND subject = $3",
                            {subject.realm, subject.scope, subject.subject});
}

Result<int64_t> locked_pins(Connection& connection, int64_t now_us, const std::function<void(const PinRow&)>& on_row) {
  return connection.query(
      "SELECT realm, scope, subject, failures, last_us, locked_until_us FROM pin_failures WHERE locked_until_us > $1 "
      "ORDER BY locked_until_us, realm, scope, subject",
      {now_us}, [&](const Row& row) {
        on_row({row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4), row.integer(5)});
      });
}

}  // namespace hotline::store
