// SPDX-License-Identifier: GPL-2.0-or-later
// Roles, what they may, and who can by them.
#include "verbs.h"

namespace hotline::ccadm {

cli::Listing roles_listing() { return cli::Listing({{"role", "ROLE"}, {"note", "NOTE"}}); }

int role(const std::string& as, const RoleOptions& options, cli::Listing& list) {
  if (options.add && options.remove) return cli::fail(Errc::usage, "--add or --delete, not both");
  if ((options.add || options.remove) && options.name.empty()) return cli::fail(Errc::usage, "which role? give a name");
  if (!options.add && !options.note.empty()) return cli::fail(Errc::usage, "--note stands with --add");
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto& session = *desk->session;
  if (options.add || options.remove) {
    auto done = options.add ? desk::add_role(session, {0, options.name, options.note, 0})
                            : desk::delete_role(session, options.name);
    return done ? 0 : cli::fail(done.error());
  }
  auto all = desk::roles(session);
  if (!all) return cli::fail(all.error());
  for (const auto& one : *all)
    if (options.name.empty() || one.name == options.name) list.row({one.name, one.note});
  return list.finish();
}

cli::Listing rights_listing() { return cli::Listing({{"role", "ROLE"}, {"block", "BLOCK"}, {"rights", "RIGHTS"}}); }

int right(const std::string& as, const RightOptions& options, cli::Listing& list) {
  auto bits = desk::parse_rights(options.bits.empty() ? "none" : options.bits);
  if (!bits) return cli::fail(bits.error());
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto& session = *desk->session;
  if (!options.bits.empty()) {
    auto done = desk::set_rights(session, options.role, options.block, *bits);
    return done ? 0 : cli::fail(done.error());
  }
  auto rights = desk::rights_of(session, options.role);
  if (!rights) return cli::fail(rights.error());
  for (const auto& one : *rights)
    if (options.block.empty() || one.block == options.block)
      list.row({options.role, one.block, desk::rights_text(one.bits)});
  return list.finish();
}

cli::Listing who_can_listing() {
  return cli::Listing({{"user", "USER"}, {"block", "BLOCK"}, {"right", "RIGHT"}, {"role", "ROLE"}});
}

/// All that one may, or whether he may one thing.
static int what_one_can(desk::Session& session, const WhoCanOptions& options, cli::Listing& list) {
  auto rights = desk::what_can(session, options.user);
  if (!rights) return cli::fail(rights.error());
  for (const auto& block : desk::blocks())
    for (size_t i = 0; i < desk::right_names().size(); ++i) {
      const auto& name = desk::right_names()[i];
      bool asked =
          (options.block.empty() || options.block == block) && (options.right.empty() || options.right == name);
      if (asked && (rights->bits(block) >> i & 1)) list.row({options.user, block, name, cli::Field()});
    }
  return list.finish();
}

int who_can(const std::string& as, const WhoCanOptions& options, cli::Listing& list) {
  if (!options.block.empty())
    if (auto good = desk::check_block(options.block); !good) return cli::fail(good.error());
  auto right = desk::parse_right(options.right.empty() ? "query" : options.right);
  if (!right) return cli::fail(right.error());
  if (options.user.empty() && options.right.empty())
    return cli::fail(Errc::usage, "who can what? give BLOCK and RIGHT, or --user NAME");
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  if (!options.user.empty()) return what_one_can(*desk->session, options, list);
  auto holders = desk::who_can(*desk->session, options.block, *right);
  if (!holders) return cli::fail(holders.error());
  for (const auto& one : *holders) list.row({one.user, options.block, options.right, one.role});
  return list.finish();
}

}  // namespace hotline::ccadm
