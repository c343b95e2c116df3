// SPDX-License-Identifier: GPL-2.0-or-later
// Two rows that are one customer.
#include <algorithm>

#include "desk/customers_rows.h"

namespace hotline::desk {

/// What `from` has besides, put to `into`; his own comes first.
static void take_over(const Customer& from, Customer& into) {
  auto add_new = [](const auto& more, auto& to) {
    for (const auto& one : more)
      if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
  };
  add_new(from.numbers, into.numbers);
  add_new(from.addresses, into.addresses);
  add_new(from.tags, into.tags);
  if (into.id_number.empty()) into.id_number = from.id_number;
  if (!from.note.empty() && into.note.find(from.note) == std::string::npos)
    into.note += (into.note.empty() ? "" : "\n") + from.note;
}

Result<Customer> merge_customers(Session& session, const std::string& from_code, const std::string& into_code) {
  for (auto right : {Right::modify, Right::remove})
    if (auto may = session.need("customers", right, from_code + " into " + into_code); !may) return may.error();
  if (from_code == into_code) return Error{Errc::usage, "a customer is not merged into himself"};
  auto tx = session.store().tx_write();
  if (!tx) return tx.error();
  auto from = find_row(session, from_code), into = find_row(session, into_code);
  for (const auto* one : {&from, &into}) {
    if (!*one) return one->error();
    if (auto free = check_frozen(**one); !free) return free.error();
  }
  Customer closed = *from, whole = *into;
  take_over(*from, whole);
  closed.closed_us = to_us(session.now());
  closed.merged_into = into->id;
  auto gone = update_in_transaction(session, *from, closed);
  if (!gone) return gone.error();
  if (auto told = session.tell("customers", from->id, "merged_into", std::nullopt, into_code); !told)
    return told.error();
  auto merged = update_in_transaction(session, *into, whole);
  if (!merged) return merged.error();
  if (auto told = session.tell("customers", into->id, "merged_from", std::nullopt, from_code); !told)
    return told.error();
  if (auto done = tx->commit(); !done) return done.error();
  return merged;
}

}  // namespace hotline::desk
