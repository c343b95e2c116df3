// SPDX-License-Identifier: GPL-2.0-or-later
// What the files of this room do with a customer's row within a transaction that is open, rights being asked already;
// private to the room.
#pragma once

#include "desk/customers.h"

namespace hotline::desk {

Result<Customer> insert_in_transaction(Session& session, Customer customer);
/// Writes what is different, with its history; `again` when somebody else was first.
Result<Customer> update_in_transaction(Session& session, const Customer& was, Customer now);
Result<Customer> find_row(Session& session, const std::string& code);
/// `denied` for what is closed or audited.
Result<void> check_frozen(const Customer& customer);
Result<void> tell_difference(Session& session, const Customer& was, const Customer& now);

}  // namespace hotline::desk
