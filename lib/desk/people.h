// SPDX-License-Identifier: GPL-2.0-or-later
// Users, roles and grants (block "users", block "roles").
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "desk/session.h"

namespace hotline::desk {

/// A name of a user or role: 1 to 32 of a-z, 0-9, '-', '_' and '.', a letter or digit first. `usage` else.
Result<void> check_name(const std::string& name);

/// `bad_data` when the name or the Unix name is taken. Roles are given too.
Result<void> add_user(Session& session, const store::User& user);
/// What is to be different; what is empty stays.
struct UserEdit {
  std::optional<std::string> full_name, unix_name;
  std::vector<std::string> give, take;  ///< roles
  std::optional<bool> disabled;         ///< needs "delete"; nobody disables himself
};
Result<void> change_user(Session& session, const std::string& name, const UserEdit& edit);
/// `no` when there is none.
Result<store::User> user(Session& session, const std::string& name);
Result<std::vector<store::User>> users(Session& session);

/// One's own, or with "modify" that of another; unlocks.
Result<void> set_password(Session& session, const std::string& name, const std::string& password);
/// Whether it is his; counts wrong ones, and locks him when they are too many: then `again`, until when. The same
/// answer for a user who does not exist, is disabled or has no password: not his.
Result<bool> check_password(Session& session, const std::string& name, const std::string& password);

Result<void> add_role(Session& session, const store::Role& role);
/// `bad_data` while somebody has it.
Result<void> delete_role(Session& session, const std::string& name);
Result<std::vector<store::Role>> roles(Session& session);
/// Sets what a role may in a block; 0 hides the block. Nobody grants what he has not himself.
Result<void> set_rights(Session& session, const std::string& role, const std::string& block, int64_t bits);
Result<std::vector<store::BlockBits>> rights_of(Session& session, const std::string& role);

/// Both ways of one question: who may that, by which role; and what one may. Needs "query" of users; of oneself
/// nothing.
Result<std::vector<store::Holder>> who_can(Session& session, const std::string& block, Right right);
Result<Rights> what_can(Session& session, const std::string& user);

}  // namespace hotline::desk
