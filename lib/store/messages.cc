// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/messages.h"

namespace hotline::store {

namespace {

constexpr const char* kColumns =
    "SELECT left_us, file, number, mailbox, call, caller, called, topic, reply_to, reply, state, changed_by, ms, "
    "changed_us FROM messages";

MessageRow read_row(const Row& row) {
  MessageRow message;
  message.left_us = row.integer(0);
  message.file = row.text(1);
  message.number = row.text(2);
  message.mailbox = row.text(3);
  message.call = row.text(4);
  message.caller = row.text(5);
  message.called = row.text(6);
  message.topic = row.text(7);
  message.reply_to = row.text(8);
  message.reply = row.text(9);
  message.state = row.text(10);
  message.changed_by = row.text(11);
  message.ms = row.maybe_integer(12);
  message.changed_us = row.maybe_integer(13);
  return message;
}

/// WHERE of the conditions that are set, with their values.
std::string conditions(const MessageFilter& filter, std::vector<Value>& values) {
  std::string where;
  auto place = [&](const Value& value) {
    values.push_back(value);
    return "$" + std::to_string(values.size());
  };
  auto add = [&](const std::string& condition) { where += (where.empty() ? " WHERE " : " AND ") + condition; };
  if (filter.mailboxes) {
    std::string list;
    for (const auto& name : *filter.mailboxes) list += (list.empty() ? "" : ", ") + place(name);
    add(list.empty() ? "1 = 0" : "mailbox IN (" + list + ")");
  }
  if (filter.id) {
    std::string number = place(*filter.id);
    add("(number = " + number + " OR file = 'messages/' || mailbox || '/' || " + number + " || '.wav')");
  }
  if (filter.state) add("state = " + place(*filter.state));
  if (filter.since_us) add("left_us >= " + place(*filter.since_us));
  if (!filter.deleted) add("state <> 'deleted'");
  return where;
}

}  // namespace

Result<void> apply(Connection& connection, const MessageLeft& change) {
  return connection.run(
      "INSERT INTO messages (file, number, mailbox, call, caller, called, left_us, ms, topic, reply_to, reply, state) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'new')",
      {change.file, or_null(change.number), change.mailbox, change.call, or_null(change.caller), or_null(change.called),
       change.time_us, or_null(change.ms), or_null(change.topic), or_null(change.reply_to), or_null(change.reply)});
}

Result<void> apply(Connection& connection, const MessageChanged& change) {
  return connection.run("UPDATE messages SET state = $2, changed_by = $3, changed_us = $4 WHERE file = $1",
                        {change.file, change.state, or_null(change.by), change.time_us});
}

Result<int64_t> find_messages(Connection& connection, const MessageFilter& filter,
                              const std::function<void(const MessageRow&)>& on_row) {
  std::vector<Value> values;
  std::string sql = kColumns + conditions(filter, values);
  if (filter.rows_max > 0) {
    values.emplace_back(filter.rows_max);
    sql += " ORDER BY left_us DESC, file DESC LIMIT $" + std::to_string(values.size());
    sql = "SELECT * FROM (" + sql + ") AS newest ORDER BY 1, 2";
  } else {
    sql += " ORDER BY left_us, file";
  }
  return connection.query(sql, values, [&](const Row& row) { on_row(read_row(row)); });
}

}  // namespace hotline::store
