// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/people.h"

namespace hotline::store {

namespace {

constexpr const char* kUserColumns =
    "SELECT id, name, full_name, unix_name, station, password, password_us, failures, locked_us, disabled_us, version "
    "FROM users";

User read_user(const Row& row) {
  User user;
  user.id = row.integer(0);
  user.name = row.text(1);
  user.full_name = row.text(2);
  user.unix_name = row.text(3);
  user.station = row.maybe_integer(4);
  user.password = row.text(5);
  user.password_us = row.maybe_integer(6);
  user.failures = row.integer(7);
  user.locked_us = row.maybe_integer(8);
  user.disabled_us = row.maybe_integer(9);
  user.version = row.integer(10);
  return user;
}

Result<void> read_roles(Connection& connection, User& user) {
  auto asked = connection.query(
      "SELECT r.name FROM user_roles u JOIN roles r ON r.id = u.role WHERE u.person = $1 ORDER BY r.name", {user.id},
      [&](const Row& row) { user.roles.push_back(row.text(0)); });
  if (!asked) return asked.error();
  return {};
}

Result<std::optional<User>> one_user(Connection& connection, const std::string& condition, const std::string& value) {
  std::optional<User> user;
  auto asked =
      connection.query(kUserColumns + (" WHERE " + condition), {value}, [&](const Row& row) { user = read_user(row); });
  if (!asked) return asked.error();
  if (user) {
    if (auto read = read_roles(connection, *user); !read) return read.error();
  }
  return user;
}

Result<std::vector<BlockBits>> read_bits(Connection& connection, const std::string& sql, int64_t id) {
  std::vector<BlockBits> all;
  auto asked = connection.query(sql, {id}, [&](const Row& row) { all.push_back({row.text(0), row.integer(1)}); });
  if (!asked) return asked.error();
  return all;
}

}  // namespace

Result<std::optional<User>> user_by_name(Connection& connection, const std::string& name) {
  return one_user(connection, "name = $1", name);
}

Result<std::optional<User>> user_by_unix_name(Connection& connection, const std::string& unix_name) {
  return one_user(connection, "unix_name = $1", unix_name);
}

Result<int64_t> all_users(Connection& connection, const std::function<void(const User&)>& on_row) {
  std::vector<User> users;
  auto asked = connection.query(std::string(kUserColumns) + " ORDER BY name", {},
                                [&](const Row& row) { users.push_back(read_user(row)); });
  if (!asked) return asked.error();
  for (auto& user : users) {
    if (auto read = read_roles(connection, user); !read) return read.error();
    on_row(user);
  }
  return int64_t(users.size());
}

Result<void> insert_user(Connection& connection, const User& user) {
  return connection.run(
      "INSERT INTO users (id, name, full_name, unix_name, station, password, password_us, failures, locked_us, "
      "disabled_us, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)",
      {user.id, user.name, user.full_name, or_null(user.unix_name), or_null(user.station), or_null(user.password),
       or_null(user.password_us), user.failures, or_null(user.locked_us), or_null(user.disabled_us)});
}

Result<bool> update_user(Connection& connection, const User& user) {
  auto changed = connection.execute(
      "UPDATE users SET full_name = $2, unix_name = $3, station = $4, password = $5, password_us = $6, failures = $7, "
      "locked_us = $8, disabled_us = $9, version = version + 1 WHERE id = $1 AND version = $10",
      {user.id, user.full_name, or_null(user.unix_name), or_null(user.station), or_null(user.password),
       or_null(user.password_us), user.failures, or_null(user.locked_us), or_null(user.disabled_us), user.version});
  if (!changed) return changed.error();
  return *changed == 1;
}

Result<void> give_role(Connection& connection, int64_t user, int64_t role) {
  return connection.run("INSERT INTO user_roles (person, role) VALUES ($1, $2) ON CONFLICT (person, role) DO NOTHING",
                        {user, role});
}

Result<void> take_role(Connection& connection, int64_t user, int64_t role) {
  return connection.run("DELETE FROM user_roles WHERE person = $1 AND role = $2", {user, role});
}

Result<std::optional<Role>> role_by_name(Connection& connection, const std::string& name) {
  std::optional<Role> role;
  auto asked =
      connection.query("SELECT id, name, note, version FROM roles WHERE name = $1", {name}, [&](const Row& row) {
        role = Role{row.integer(0), row.text(1), row.text(2), row.integer(3)};
      });
  if (!asked) return asked.error();
  return role;
}

Result<std::vector<Role>> all_roles(Connection& connection) {
  std::vector<Role> roles;
  auto asked = connection.query("SELECT id, name, note, version FROM roles ORDER BY name", {}, [&](const Row& row) {
    roles.push_back({row.integer(0), row.text(1), row.text(2), row.integer(3)});
  });
  if (!asked) return asked.error();
  return roles;
}

Result<void> insert_role(Connection& connection, const Role& role) {
  return connection.run("INSERT INTO roles (id, name, note, version) VALUES ($1, $2, $3, 1)",
                        {role.id, role.name, role.note});
}

Result<void> delete_role(Connection& connection, int64_t role) {
  if (auto bits = connection.run("DELETE FROM role_rights WHERE role = $1", {role}); !bits) return bits;
  return connection.run("DELETE FROM roles WHERE id = $1", {role});
}

Result<std::vector<BlockBits>> rights_of_role(Connection& connection, int64_t role) {
  return read_bits(connection, "SELECT block, bits FROM role_rights WHERE role = $1 ORDER BY block", role);
}

Result<std::vector<BlockBits>> rights_of_user(Connection& connection, int64_t user) {
  return read_bits(connection,
                   "SELECT r.block, r.bits FROM user_roles u JOIN role_rights r ON r.role = u.role "
                   "WHERE u.person = $1 ORDER BY r.block, r.role",
                   user);
}

Result<void> set_right(Connection& connection, int64_t role, const std::string& block, int64_t bits) {
  if (bits == 0) return connection.run("DELETE FROM role_rights WHERE role = $1 AND block = $2", {role, block});
  return connection.run(
      "INSERT INTO role_rights (role, block, bits) VALUES ($1, $2, $3) ON CONFLICT (role, block) "
      "DO UPDATE SET bits = excluded.bits",
      {role, block, bits});
}

Result<std::vector<Holder>> holders_of(Connection& connection, const std::string& block, int64_t bits) {
  std::vector<Holder> holders;
  auto asked = connection.query(
      "SELECT u.name, o.name FROM users u JOIN user_roles g ON g.person = u.id JOIN roles o ON o.id = g.role "
      "JOIN role_rights r ON r.role = o.id WHERE r.block = $1 AND (r.bits & $2) = $2 AND u.disabled_us IS NULL "
      "ORDER BY u.name, o.name",
      {block, bits}, [&](const Row& row) {
        holders.push_back({row.text(0), row.text(1)});
      });
  if (!asked) return asked.error();
  return holders;
}

}  // namespace hotline::store
