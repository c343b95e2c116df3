// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/customers.h"

#include "base/text.h"

namespace hotline::store {

namespace {

constexpr const char* kIndex = "customer_words";
constexpr const char* kColumns =
    "SELECT id, code, name, kind, id_number, note, changed_by, made_us, changed_us, version, closed_us, merged_into, "
    "audited_us FROM customers";

Customer read_customer(const Row& row) {
  Customer customer;
  customer.id = row.integer(0);
  customer.code = row.text(1);
  customer.name = row.text(2);
  customer.kind = row.text(3);
  customer.id_number = row.text(4);
  customer.note = row.text(5);
  customer.changed_by = row.text(6);
  customer.made_us = row.integer(7);
  customer.changed_us = row.integer(8);
  customer.version = row.integer(9);
  customer.closed_us = row.maybe_integer(10);
  customer.merged_into = row.maybe_integer(11);
  customer.audited_us = row.maybe_integer(12);
  return customer;
}

Result<void> read_parts(Connection& connection, Customer& customer) {
  auto numbers = connection.query("SELECT number, kind, note FROM customer_numbers WHERE customer = $1 ORDER BY number",
                                  {customer.id}, [&](const Row& row) {
                                    customer.numbers.push_back({row.text(0), row.text(1), row.text(2)});
                                  });
  if (!numbers) return numbers.error();
  auto addresses = connection.query("SELECT area, address FROM customer_addresses WHERE customer = $1 ORDER BY place",
                                    {customer.id}, [&](const Row& row) {
                                      customer.addresses.push_back({row.text(0), row.text(1)});
                                    });
  if (!addresses) return addresses.error();
  auto tags = connection.query("SELECT tag FROM customer_tags WHERE customer = $1 ORDER BY tag", {customer.id},
                               [&](const Row& row) { customer.tags.push_back(row.text(0)); });
  if (!tags) return tags.error();
  return {};
}

Result<std::optional<Customer>> one(Connection& connection, const std::string& condition, const Value& value) {
  std::optional<Customer> customer;
  auto asked = connection.query(kColumns + (" WHERE " + condition), {value},
                                [&](const Row& row) { customer = read_customer(row); });
  if (!asked) return asked.error();
  if (customer) {
    if (auto read = read_parts(connection, *customer); !read) return read.error();
  }
  return customer;
}

Words words_of(const Customer& customer) {
  Words words{customer.name + " " + customer.code + " " + customer.id_number, "", customer.note};
  for (const auto& address : customer.addresses) words.b += address.address + " ";
  for (const auto& tag : customer.tags) words.c += " " + tag;
  return words;
}

Result<void> write_numbers(Connection& connection, const Customer& customer) {
  for (const auto& number : customer.numbers)
    if (auto done =
            connection.run("INSERT INTO customer_numbers (number, customer, kind, note) VALUES ($1, $2, $3, $4)",
                           {number.number, customer.id, number.kind, number.note});
        !done)
      return done;
  return {};
}

Result<void> write_addresses(Connection& connection, const Customer& customer) {
  int64_t place = 0;
  for (const auto& address : customer.addresses)
    if (auto done =
            connection.run("INSERT INTO customer_addresses (customer, place, area, address) VALUES ($1, $2, $3, $4)",
                           {customer.id, ++place, address.area, address.address});
        !done)
      return done;
  return {};
}

Result<void> write_tags(Connection& connection, const Customer& customer) {
  for (const auto& tag : customer.tags)
    if (auto done = connection.run("INSERT INTO customer_tags (customer, tag) VALUES ($1, $2)", {customer.id, tag});
        !done)
      return done;
  return {};
}

Result<void> remove_parts(Connection& connection, const std::string& table, int64_t id) {
  return connection.run("DELETE FROM " + table + " WHERE customer = $1", {id});
}

Result<void> rewrite_parts(Connection& connection, const Customer& was, const Customer& now) {
  if (was.numbers != now.numbers) {
    if (auto done = remove_parts(connection, "customer_numbers", now.id); !done) return done;
    if (auto done = write_numbers(connection, now); !done) return done;
  }
  if (was.addresses != now.addresses) {
    if (auto done = remove_parts(connection, "customer_addresses", now.id); !done) return done;
    if (auto done = write_addresses(connection, now); !done) return done;
  }
  if (was.tags != now.tags) {
    if (auto done = remove_parts(connection, "customer_tags", now.id); !done) return done;
    if (auto done = write_tags(connection, now); !done) return done;
  }
  const Words before = words_of(was), after = words_of(now);
  if (before == after) return {};
  if (auto done = unindex_words(connection, kIndex, now.id, before); !done) return done;
  return index_words(connection, kIndex, now.id, after);
}

/// " WHERE …" of a filter, with its values.
struct Condition {
  std::string sql;
  std::vector<Value> values;
  void add(const std::string& before, const std::string& value, const std::string& after) {
    values.emplace_back(value);
    sql += (sql.empty() ? " WHERE " : " AND ") + before + "$" + std::to_string(values.size()) + after;
  }
};

Result<Condition> condition_of(const Connection& connection, const CustomerFilter& filter) {
  Condition condition;
  if (!filter.number.empty())
    condition.add("id IN (SELECT customer FROM customer_numbers WHERE number = ", filter.number, ")");
  if (!filter.id_number.empty()) condition.add("id_number <> '' AND id_number = ", filter.id_number, "");
  if (!filter.tag.empty()) condition.add("id IN (SELECT customer FROM customer_tags WHERE tag = ", filter.tag, ")");
  if (!filter.area.empty()) {
    condition.add("id IN (SELECT customer FROM customer_addresses WHERE substr(area, 1, length(", filter.area, "))");
    condition.sql += " = $" + std::to_string(condition.values.size()) + ")";
  }
  if (!filter.words.empty()) {
    auto query = word_query(connection, kIndex, filter.words, condition.values.size() + 1);
    if (!query) return query.error();
    condition.values.push_back(query->value);
    condition.sql += (condition.sql.empty() ? " WHERE id IN (" : " AND id IN (") + query->sql + ")";
  }
  if (!filter.closed_too)
    condition.sql += std::string(condition.sql.empty() ? " WHERE" : " AND") + " closed_us IS NULL";
  return condition;
}

}  // namespace

Result<std::optional<Customer>> customer_by_code(Connection& connection, const std::string& code) {
  return one(connection, "code = $1", code);
}

Result<std::optional<Customer>> customer_by_id(Connection& connection, int64_t id) {
  return one(connection, "id = $1", id);
}

Result<void> insert_customer(Connection& connection, const Customer& customer) {
  auto row = connection.run(
      "INSERT INTO customers (id, code, name, kind, id_number, note, changed_by, made_us, changed_us, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
      {customer.id, customer.code, customer.name, customer.kind, customer.id_number, customer.note, customer.changed_by,
       customer.made_us, customer.changed_us});
  if (!row) return row;
  if (auto done = write_numbers(connection, customer); !done) return done;
  if (auto done = write_addresses(connection, customer); !done) return done;
  if (auto done = write_tags(connection, customer); !done) return done;
  return index_words(connection, kIndex, customer.id, words_of(customer));
}

Result<bool> update_customer(Connection& connection, const Customer& was, const Customer& now) {
  auto changed = connection.execute(
      "UPDATE customers SET name = $2, kind = $3, id_number = $4, note = $5, changed_by = $6, changed_us = $7, "
      "closed_us = $8, merged_into = $9, audited_us = $10, version = version + 1 WHERE id = $1 AND version = $11",
      {now.id, now.name, now.kind, now.id_number, now.note, now.changed_by, now.changed_us, or_null(now.closed_us),
       or_null(now.merged_into), or_null(now.audited_us), was.version});
  if (!changed) return changed.error();
  if (*changed != 1) return false;
  if (auto done = rewrite_parts(connection, was, now); !done) return done.error();
  return true;
}

Result<std::vector<Customer>> find_customers(Connection& connection, const CustomerFilter& filter) {
  auto condition = condition_of(connection, filter);
  if (!condition) return condition.error();
  condition->values.emplace_back(filter.rows_max);
  std::vector<Customer> found;
  auto asked = connection.query(
      kColumns + condition->sql + " ORDER BY id DESC LIMIT $" + std::to_string(condition->values.size()),
      condition->values, [&](const Row& row) { found.push_back(read_customer(row)); });
  if (!asked) return asked.error();
  for (auto& customer : found)
    if (auto read = read_parts(connection, customer); !read) return read.error();
  return found;
}

Result<int64_t> count_customers(Connection& connection, const CustomerFilter& filter) {
  auto condition = condition_of(connection, filter);
  if (!condition) return condition.error();
  int64_t rows = 0;
  auto asked = connection.query("SELECT count(*) FROM customers" + condition->sql, condition->values,
                                [&](const Row& row) { rows = row.integer(0); });
  if (!asked) return asked.error();
  return rows;
}

Result<std::vector<int64_t>> customer_ids(Connection& connection, int64_t after, int64_t rows_max) {
  std::vector<int64_t> ids;
  auto asked = connection.query("SELECT id FROM customers WHERE id > $1 ORDER BY id LIMIT $2", {after, rows_max},
                                [&](const Row& row) { ids.push_back(row.integer(0)); });
  if (!asked) return asked.error();
  return ids;
}

}  // namespace hotline::store
