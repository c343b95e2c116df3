// SPDX-License-Identifier: GPL-2.0-or-later
// Users, roles and what each role may. Owner: lib/desk, which decides; here is only what is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace hotline::store {

struct User {
  int64_t id = 0;
  std::string name, full_name, unix_name, password;  ///< "" where the column is NULL
  std::optional<int64_t> station, password_us, locked_us, disabled_us;
  int64_t failures = 0, version = 0;
  std::vector<std::string> roles;  ///< names, in order
};
Result<std::optional<User>> user_by_name(Connection& connection, const std::string& name);
Result<std::optional<User>> user_by_unix_name(Connection& connection, const std::string& unix_name);
/// By name. The callback must not use the connection for users.
Result<int64_t> all_users(Connection& connection, const std::function<void(const User&)>& on_row);
/// A name or Unix name that is taken is a constraint.
Result<void> insert_user(Connection& connection, const User& user);
/// Writes all but the roles where the row still has version `user.version`, which grows by one; false where it has not.
Result<bool> update_user(Connection& connection, const User& user);
Result<void> give_role(Connection& connection, int64_t user, int64_t role);
Result<void> take_role(Connection& connection, int64_t user, int64_t role);

struct Role {
  int64_t id = 0;
  std::string name, note;
  int64_t version = 0;
};
Result<std::optional<Role>> role_by_name(Connection& connection, const std::string& name);
Result<std::vector<Role>> all_roles(Connection& connection);
Result<void> insert_role(Connection& connection, const Role& role);
/// With its rights; a role that somebody has is a constraint.
Result<void> delete_role(Connection& connection, int64_t role);

struct BlockBits {
  std::string block;
  int64_t bits = 0;
};
Result<std::vector<BlockBits>> rights_of_role(Connection& connection, int64_t role);
/// Those of all the user's roles, one row a role and block.
Result<std::vector<BlockBits>> rights_of_user(Connection& connection, int64_t user);
/// 0 bits takes the row away.
Result<void> set_right(Connection& connection, int64_t role, const std::string& block, int64_t bits);

/// Who has at least the bits `bits` of a block, by which role. Disabled users are not among them.
struct Holder {
  std::string user, role;
};
Result<std::vector<Holder>> holders_of(Connection& connection, const std::string& block, int64_t bits);

}  // namespace hotline::store
