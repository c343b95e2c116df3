// SPDX-License-Identifier: GPL-2.0-or-later
#include "verbs.h"

using namespace hotline;

int main(int argc, char** argv) {
  cli::App app("ccadm", "users, roles and rights, and the care of the store");
  std::string as;
  app.root().option("--as", as, "act for this user (operators alone)");

  ccadm::UserOptions user;
  auto users = ccadm::users_listing();
  auto& user_verb =
      app.verb("user", "list users, show, add or change one", [&] { return ccadm::user(as, user, users); });
  user_verb.optional_argument("NAME", user.name, "which")
      .flag("--add", user.add, "make him")
      .option("--full-name", user.full_name, "what people call him")
      .option("--unix", user.unix_name, "the Unix user who is he; '' for none")
      .option("--role", user.roles, "give him this role (several times)")
      .option("--no-role", user.no_roles, "take this role from him")
      .flag("--disable", user.disable, "he may do nothing any more")
      .flag("--enable", user.enable, "he may again");
  users.add_options(user_verb);

  ccadm::RoleOptions role;
  auto roles = ccadm::roles_listing();
  auto& role_verb = app.verb("role", "list roles, add or delete one", [&] { return ccadm::role(as, role, roles); });
  role_verb.optional_argument("NAME", role.name, "which")
      .flag("--add", role.add, "make it")
      .option("--note", role.note, "what it is for")
      .flag("--delete", role.remove, "take it away; nobody may have it");
  roles.add_options(role_verb);

  ccadm::RightOptions right;
  auto rights = ccadm::rights_listing();
  auto& right_verb = app.verb("right", "show or set what a role may", [&] { return ccadm::right(as, right, rights); });
  right_verb.argument("ROLE", right.role, "of which role")
      .optional_argument("BLOCK", right.block, "in which function block")
      .optional_argument("RIGHTS", right.bits, "add,modify,delete,query,print,audit,un-audit; all; none");
  rights.add_options(right_verb);

  ccadm::WhoCanOptions who;
  auto holders = ccadm::who_can_listing();
  auto& who_verb =
      app.verb("who-can", "who has a right, or what rights one has", [&] { return ccadm::who_can(as, who, holders); });
  who_verb.optional_argument("BLOCK", who.block, "the function block")
      .optional_argument("RIGHT", who.right, "the right in it")
      .option("--user", who.user, "of this user alone; without a block all that he may");
  holders.add_options(who_verb);

  ccadm::PasswordOptions password;
  app.verb("passwd", "set a password, read from standard input", [&] { return ccadm::passwd(as, password); })
      .optional_argument("USER", password.user, "whose; your own")
      .flag("--check", password.check, "do not set it, say by the exit status whether it is right");

  std::string file;
  auto tables = ccadm::tables_listing();
  auto& backup = app.verb("backup", "copy the store while it is used", [&] { return ccadm::backup(as, file, tables); });
  backup.argument("FILE", file, "the new file");
  tables.add_options(backup);
  auto drilled = ccadm::tables_listing();
  auto& drill = app.verb("drill", "restore a backup aside, check it and count its rows",
                         [&] { return ccadm::drill(as, file, drilled); });
  drill.argument("FILE", file, "the backup");
  drilled.add_options(drill);
  app.verb("check", "check the store's pages and references", [&] { return ccadm::check(as); });

  ccadm::SpanOptions span;
  auto refused = ccadm::refusals_listing();
  auto& refusals = app.verb("refusals", "list what was asked for without the right",
                            [&] { return ccadm::refusals(as, span, refused); });
  refusals.option("--since", span.since, "then or later: 2026-11-22, RFC 3339, or a span ago (1d)")
      .option("--until", span.until, "before then; of a date the whole day");
  refused.add_options(refusals);
  std::string whose;
  auto changes = ccadm::history_listing();
  auto& history =
      app.verb("history", "list what was changed of a user", [&] { return ccadm::history(as, whose, changes); });
  history.argument("USER", whose, "of whom");
  changes.add_options(history);

  return app.run(argc, argv);
}
