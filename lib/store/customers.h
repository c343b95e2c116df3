// SPDX-License-Identifier: GPL-2.0-or-later
// Customers with their numbers, addresses and tags. Owner: lib/desk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"
#include "store/words.h"

namespace hotline::store {

struct CustomerNumber {
  std::string number, kind, note;  ///< in one form for each number: desk::canonical_number()
  bool operator==(const CustomerNumber&) const = default;
};
struct CustomerAddress {
  std::string area, address;
  bool operator==(const CustomerAddress&) const = default;
};
/// A customer is read and written whole.
struct Customer {
  int64_t id = 0;
  std::string code, name, kind, id_number, note, changed_by;
  int64_t made_us = 0, changed_us = 0, version = 0;
  std::optional<int64_t> closed_us, merged_into, audited_us;
  std::vector<CustomerNumber> numbers;     ///< by number
  std::vector<CustomerAddress> addresses;  ///< the first is where things are sent
  std::vector<std::string> tags;           ///< in order
  bool operator==(const Customer&) const = default;
};

Result<std::optional<Customer>> customer_by_code(Connection& connection, const std::string& code);
Result<std::optional<Customer>> customer_by_id(Connection& connection, int64_t id);
/// A code that is taken is a constraint.
Result<void> insert_customer(Connection& connection, const Customer& customer);
/// Makes of `was`, as it was read, `now`, where the row still has `was.version`, which grows by one; false where not.
Result<bool> update_customer(Connection& connection, const Customer& was, const Customer& now);

/// What is not empty must hold, all together.
struct CustomerFilter {
  std::string number{};     ///< whole
  std::string id_number{};  ///< whole
  std::string tag{};
  std::string area{};           ///< an area and all within it
  std::vector<Sought> words{};  ///< columns: a name and code, b addresses, c note and tags
  bool closed_too = false;
  int64_t rows_max = 100;
};
/// Newest first.
Result<std::vector<Customer>> find_customers(Connection& connection, const CustomerFilter& filter);
/// How many fit, whatever rows_max says.
Result<int64_t> count_customers(Connection& connection, const CustomerFilter& filter);
/// Up to `rows_max` ids above `after`, in order: to walk through all of them in pieces.
Result<std::vector<int64_t>> customer_ids(Connection& connection, int64_t after, int64_t rows_max);

}  // namespace hotline::store
