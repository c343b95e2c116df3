// SPDX-License-Identifier: GPL-2.0-or-later
// ccadm: users, roles and rights, and the care of the store. One file a verb or two.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/user.h"
#include "cli/output.h"
#include "desk/people.h"

namespace hotline::ccadm {

/// The instance's store with who asks; `as` is the root option.
inline Result<desk::Desk> open(const std::string& as) {
  return desk::open_desk(conf::Instance::from_environment(), unix_user(), as);
}

struct UserOptions {
  std::string name;
  bool add = false, disable = false, enable = false;
  std::optional<std::string> full_name, unix_name;
  std::vector<std::string> roles, no_roles;
};
cli::Listing users_listing();
int user(const std::string& as, const UserOptions& options, cli::Listing& list);

struct RoleOptions {
  std::string name, note;
  bool add = false, remove = false;
};
cli::Listing roles_listing();
int role(const std::string& as, const RoleOptions& options, cli::Listing& list);

struct RightOptions {
  std::string role, block, bits;
};
cli::Listing rights_listing();
int right(const std::string& as, const RightOptions& options, cli::Listing& list);

struct WhoCanOptions {
  std::string block, right, user;
};
cli::Listing who_can_listing();
int who_can(const std::string& as, const WhoCanOptions& options, cli::Listing& list);

struct PasswordOptions {
  std::string user;
  bool check = false;
};
int passwd(const std::string& as, const PasswordOptions& options);

cli::Listing tables_listing();
int backup(const std::string& as, const std::string& file, cli::Listing& list);
int drill(const std::string& as, const std::string& file, cli::Listing& list);
int check(const std::string& as);

struct SpanOptions {
  std::string since = "1d", until;
};
cli::Listing refusals_listing();
int refusals(const std::string& as, const SpanOptions& options, cli::Listing& list);
cli::Listing history_listing();
int history(const std::string& as, const std::string& user, cli::Listing& list);

}  // namespace hotline::ccadm
