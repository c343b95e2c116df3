// SPDX-License-Identifier: GPL-2.0-or-later
// Customers (block "customers").
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "desk/session.h"
#include "store/customers.h"

namespace hotline::desk {

using store::Customer;

/// As many as a customer may have; a refusal names the limit.
inline constexpr size_t kNumbersMax = 200, kAddressesMax = 50, kTagsMax = 50;
inline constexpr size_t kNameMax = 200, kTextMax = 4000;  ///< octets: of names and codes, of notes and addresses

/// Adds one and returns him as he is kept. Without a code he gets the next number, eight digits, none left out. Numbers
/// are brought into one form. `usage` says what cannot be kept, `bad_data` that the code is taken.
Result<Customer> add_customer(Session& session, const Customer& wanted);

/// Changes one as `edit` says, and tells the history what is different. `version`: the one that the editor has read;
/// `again` when it is not that any more, and who changed it when. What is audited or closed is frozen: `denied`.
/// Nothing different is no change.
using Edit = std::function<Result<void>(Customer&)>;
Result<Customer> change_customer(Session& session, const std::string& code, std::optional<int64_t> version,
                                 const Edit& edit);

/// `no` when there is none.
Result<Customer> customer(Session& session, const std::string& code);
/// All who have the number: the screen of a call. Closed ones are not among them.
Result<std::vector<Customer>> customers_by_number(Session& session, const std::string& number);
/// `filter.number` may be written in any form.
Result<std::vector<Customer>> find_customers(Session& session, store::CustomerFilter filter);
Result<int64_t> count_customers(Session& session, store::CustomerFilter filter);
/// Oldest first; needs "query".
Result<std::vector<store::ChangeRow>> customer_history(Session& session, const std::string& code);

/// Closed: found no more unless asked for, changed no more, his history kept. Needs "delete".
Result<void> close_customer(Session& session, const std::string& code, std::optional<int64_t> version);
/// Needs "audit": then nothing of him changes until un_audit_customer().
Result<void> audit_customer(Session& session, const std::string& code);
Result<void> unaudit_customer(Session& session, const std::string& code);
/// `from` is closed, and `into` has what he had besides: numbers, addresses, tags, note. Needs "modify" and "delete".
Result<Customer> merge_customers(Session& session, const std::string& from, const std::string& into);

/// What must hold of every customer that is kept; brings numbers, tags and blanks into their form. `usage` says what
/// does not.
Result<void> tidy(const Settings& settings, Customer& customer);

}  // namespace hotline::desk
