// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"
#include "verbs.h"

namespace hotline::ccadm {

cli::Listing users_listing() {
  return cli::Listing({{"name", "NAME"},
                       {"full_name", "FULL NAME"},
                       {"unix_name", "UNIX USER"},
                       {"roles", "ROLES"},
                       {"password", "PASSWORD"},
                       {"state", "STATE"},
                       {"version", ""}});
}

static std::string state_of(const store::User& user, int64_t now_us) {
  if (user.disabled_us) return "disabled";
  return user.locked_us && *user.locked_us > now_us ? "locked" : "active";
}

static void print(const store::User& user, int64_t now_us, cli::Listing& list) {
  list.row({user.name, user.full_name, user.unix_name, join(user.roles, ","), !user.password.empty(),
            state_of(user, now_us), user.version});
}

static Result<void> perform(desk::Session& session, const UserOptions& options) {
  if (options.add) {
    store::User user;
    user.name = options.name;
    user.full_name = options.full_name.value_or("");
    user.unix_name = options.unix_name.value_or("");
    user.roles = options.roles;
    return desk::add_user(session, user);
  }
  desk::UserEdit edit{options.full_name, options.unix_name, options.roles, options.no_roles, std::nullopt};
  if (options.disable || options.enable) edit.disabled = options.disable;
  return desk::change_user(session, options.name, edit);
}

int user(const std::string& as, const UserOptions& options, cli::Listing& list) {
  bool changes = options.disable || options.enable || options.full_name || options.unix_name ||
                 !options.roles.empty() || !options.no_roles.empty();
  if ((options.add || changes) && options.name.empty()) return cli::fail(Errc::usage, "which user? give a name");
  if (options.disable && options.enable) return cli::fail(Errc::usage, "--disable or --enable, not both");
  if (options.add && (options.disable || options.enable || !options.no_roles.empty()))
    return cli::fail(Errc::usage, "--add stands with --full-name, --unix and --role alone");
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto& session = *desk->session;
  if (options.add || changes) {
    auto done = perform(session, options);
    return done ? 0 : cli::fail(done.error());
  }
  const int64_t now_us = to_us(session.now());
  if (!options.name.empty()) {
    auto one = desk::user(session, options.name);
    if (!one) return cli::fail(one.error());
    print(*one, now_us, list);
    return list.finish();
  }
  auto all = desk::users(session);
  if (!all) return cli::fail(all.error());
  for (const auto& one : *all) print(one, now_us, list);
  return list.finish();
}

}  // namespace hotline::ccadm
