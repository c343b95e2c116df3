// SPDX-License-Identifier: GPL-2.0-or-later
#include "desk/people.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "desk/password.h"

namespace hotline::desk {

namespace {

constexpr size_t kNameMax = 32;
constexpr const char* kSecret = "***";

Error meanwhile(const std::string& what) { return {Errc::again, what + " was changed meanwhile; do it again"}; }

Result<store::User> find_user(Session& session, const std::string& name) {
  auto found = store::user_by_name(session.store(), name);
  if (!found) return found.error();
  if (!*found) return Error{Errc::no, "there is no user '" + name + "'"};
  return **found;
}

Result<store::Role> find_role(Session& session, const std::string& name) {
  auto found = store::role_by_name(session.store(), name);
  if (!found) return found.error();
  if (!*found) return Error{Errc::no, "there is no role '" + name + "'; 'ccadm role' lists them"};
  return **found;
}

Result<void> give(Session& session, const store::User& user, const std::string& name, bool has) {
  auto role = find_role(session, name);
  if (!role) return role.error();
  bool had = std::find(user.roles.begin(), user.roles.end(), name) != user.roles.end();
  if (had == has) return {};
  if (has) {  // who may not do a thing does not give it away: else "modify" of users would be everything
    auto bits = store::rights_of_role(session.store(), role->id);
    if (!bits) return bits.error();
    for (const auto& one : *bits)
      if (one.bits & ~session.actor().rights.bits(one.block))
        return Error{Errc::denied, "role '" + name + "' has rights for " + one.block + " that '" +
                                       session.actor().name + "' has not"};
  }
  auto done =
      has ? store::give_role(session.store(), user.id, role->id) : store::take_role(session.store(), user.id, role->id);
  if (!done) return done;
  auto none = std::optional<std::string>();
  return session.tell("users", user.id, "role", has ? none : name, has ? std::optional(name) : none);
}

/// Who gives a user a password or a Unix user can act as him, and so must have all that he has.
Result<void> need_his_rights(Session& session, const store::User& user) {
  auto bits = store::rights_of_user(session.store(), user.id);
  if (!bits) return bits.error();
  for (const auto& one : *bits)
    if (one.bits & ~session.actor().rights.bits(one.block))
      return Error{Errc::denied, "user '" + user.name + "' has rights for " + one.block + " that '" +
                                     session.actor().name + "' has not"};
  return {};
}

Result<void> write_user(Session& session, const store::User& was, const store::User& now) {
  auto written = store::update_user(session.store(), now);
  if (!written) {
    if (session.store().trouble() == store::Trouble::constraint)
      return Error{Errc::bad_data, "Unix user '" + now.unix_name + "' is another user's"};
    return written.error();
  }
  if (!*written) return meanwhile("user '" + now.name + "'");
  auto mark = [](const std::optional<int64_t>& time) { return time ? format_utc(from_us(*time)) : std::string(); };
  const std::pair<const char*, std::pair<std::string, std::string>> fields[] = {
      {"full_name", {was.full_name, now.full_name}},
      {"unix_name", {was.unix_name, now.unix_name}},
      {"password",
       {was.password == now.password || was.password.empty() ? "" : kSecret,
        was.password == now.password ? "" : std::string(kSecret) + " set"}},
      {"locked", {mark(was.locked_us), mark(now.locked_us)}},
      {"disabled", {mark(was.disabled_us), mark(now.disabled_us)}}};
  for (const auto& [field, values] : fields)
    if (auto told = session.tell("users", now.id, field, values.first, values.second); !told) return told;
  return {};
}

}  // namespace

Result<void> check_name(const std::string& name) {
  bool good = !name.empty() && name.size() <= kNameMax && std::isalnum(static_cast<unsigned char>(name[0]));
  for (char c : name) good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  if (good) return {};
  return Error{Errc::usage, "'" + name + "' is no name: 1 to 32 of a-z, 0-9, '-', '_', '.', a letter or digit first"};
}

Result<void> add_user(Session& session, const store::User& wanted) {
  if (auto may = session.need("users", Right::add, wanted.name); !may) return may;
  if (auto good = check_name(wanted.name); !good) return good;
  auto tx = session.store().tx_write();
  if (!tx) return tx.error();
  auto there = store::user_by_name(session.store(), wanted.name);
  if (!there) return there.error();
  if (*there) return Error{Errc::bad_data, "there is a user '" + wanted.name + "' already"};
  store::User user = wanted;
  user.id = session.new_id();
  user.roles.clear();
  if (auto done = store::insert_user(session.store(), user); !done) {
    if (session.store().trouble() == store::Trouble::constraint)
      return Error{Errc::bad_data, "user '" + user.name + "' or Unix user '" + user.unix_name + "' is there already"};
    return done;
  }
  if (auto told = session.tell("users", user.id, "name", std::nullopt, user.name); !told) return told;
  if (auto told = session.tell("users", user.id, "unix_name", std::nullopt, user.unix_name); !told) return told;
  for (const auto& role : wanted.roles)
    if (auto given = give(session, user, role, true); !given) return given;
  return tx->commit();
}

Result<void> change_user(Session& session, const std::string& name, const UserEdit& edit) {
  bool plain = edit.full_name || edit.unix_name || !edit.give.empty() || !edit.take.empty();
  if (plain || !edit.disabled)
    if (auto may = session.need("users", Right::modify, name); !may) return may;
  if (edit.disabled)
    if (auto may = session.need("users", Right::remove, name); !may) return may;
  if (edit.disabled.value_or(false) && name == session.actor().name)
    return Error{Errc::usage, "nobody disables himself; let another do it"};
  auto tx = session.store().tx_write();
  if (!tx) return tx.error();
  auto was = find_user(session, name);
  if (!was) return was.error();
  store::User now = *was;
  if (edit.full_name) now.full_name = *edit.full_name;
  if (edit.unix_name) {
    if (auto may = need_his_rights(session, *was); !may) return may;
    now.unix_name = *edit.unix_name;
  }
  if (edit.disabled) now.disabled_us = *edit.disabled ? std::optional(to_us(session.now())) : std::nullopt;
  if (auto written = write_user(session, *was, now); !written) return written;
  for (const auto& role : edit.give)
    if (auto given = give(session, *was, role, true); !given) return given;
  for (const auto& role : edit.take)
    if (auto taken = give(session, *was, role, false); !taken) return taken;
  return tx->commit();
}

Result<store::User> user(Session& session, const std::string& name) {
  if (auto may = session.need("users", Right::query, name); !may) return may.error();
  return find_user(session, name);
}

Result<std::vector<store::User>> users(Session& session) {
  if (auto may = session.need("users", Right::query, "list"); !may) return may.error();
  std::vector<store::User> all;
  auto asked = store::all_users(session.store(), [&](const store::User& user) { all.push_back(user); });
  if (!asked) return asked.error();
  return all;
}

Result<void> set_password(Session& session, const std::string& name, const std::string& password) {
  if (name != session.actor().name)
    if (auto may = session.need("users", Right::modify, name); !may) return may;
  if (auto good = check_password_rules(password, name); !good) return good;
  auto kept = hash_password(password);  // before the transaction: it takes long
  if (!kept) return kept.error();
  auto tx = session.store().tx_write();
  if (!tx) return tx.error();
  auto was = find_user(session, name);
  if (!was) return was.error();
  if (name != session.actor().name)
    if (auto may = need_his_rights(session, *was); !may) return may;
  store::User now = *was;
  now.password = *kept;
  now.password_us = to_us(session.now());
  now.failures = 0;
  now.locked_us.reset();
  if (auto written = write_user(session, *was, now); !written) return written;
  return tx->commit();
}

Result<bool> check_password(Session& session, const std::string& name, const std::string& password) {
  auto found = store::user_by_name(session.store(), name);
  if (!found) return found.error();
  const int64_t now_us = to_us(session.now());
  if (!*found || (*found)->disabled_us || (*found)->password.empty()) {
    (void)hash_password(password);  // takes as long as a real one, so that names cannot be tried out
    return false;
  }
  if ((*found)->locked_us && *(*found)->locked_us > now_us)
    return Error{Errc::again, "user '" + name + "' is locked until " + format_local(from_us(*(*found)->locked_us))};
  const bool fits = password_fits((*found)->password, password);
  auto tx = session.store().tx_write();
  if (!tx) return tx.error();
  auto was = find_user(session, name);
  if (!was) return was.error();
  store::User now = *was;
  now.failures = fits ? 0 : was->failures + 1;
  now.locked_us.reset();
  if (now.failures >= session.settings().failures_max) {
    now.locked_us = now_us + session.settings().lock_time.count();
    now.failures = 0;
  }
  if (now.failures == was->failures && now.locked_us == was->locked_us) return fits;
  if (auto written = write_user(session, *was, now); !written) return written.error();
  if (auto done = tx->commit(); !done) return done.error();
  return fits;
}

Result<void> add_role(Session& session, const store::Role& wanted) {
  if (auto may = session.need("roles", Right::add, wanted.name); !may) return may;
  if (auto good = check_name(wanted.name); !good) return good;
  auto tx = session.store().tx_write();
  if (!tx) return tx.error();
  auto there = store::role_by_name(session.store(), wanted.name);
  if (!there) return there.error();
  if (*there) return Error{Errc::bad_data, "there is a role '" + wanted.name + "' already"};
  store::Role role = wanted;
  role.id = session.new_id();
  if (auto done = store::insert_role(session.store(), role); !done) return done;
  if (auto told = session.tell("roles", role.id, "name", std::nullopt, role.name); !told) return told;
  return tx->commit();
}

Result<void> delete_role(Session& session, const std::string& name) {
  if (auto may = session.need("roles", Right::remove, name); !may) return may;
  auto tx = session.store().tx_write();
  if (!tx) return tx.error();
  auto role = find_role(session, name);
  if (!role) return role.error();
  if (auto done = store::delete_role(session.store(), role->id); !done) {
    if (session.store().trouble() == store::Trouble::constraint)
      return Error{Errc::bad_data, "somebody has role '" + name + "'; take it away first"};
    return done;
  }
  if (auto told = session.tell("roles", role->id, "name", name, std::nullopt); !told) return told;
  return tx->commit();
}

Result<std::vector<store::Role>> roles(Session& session) {
  if (auto may = session.need("roles", Right::query, "list"); !may) return may.error();
  return store::all_roles(session.store());
}

Result<void> set_rights(Session& session, const std::string& name, const std::string& block, int64_t bits) {
  if (auto may = session.need("roles", Right::modify, name); !may) return may;
  if (auto good = check_block(block); !good) return good;
  if (bits & ~session.actor().rights.bits(block))
    return Error{Errc::denied,
                 "'" + session.actor().name + "' cannot grant rights for " + block + " that he has not himself"};
  auto tx = session.store().tx_write();
  if (!tx) return tx.error();
  auto role = find_role(session, name);
  if (!role) return role.error();
  auto had = store::rights_of_role(session.store(), role->id);
  if (!had) return had.error();
  int64_t before = 0;
  for (const auto& one : *had)
    if (one.block == block) before = one.bits;
  if (auto done = store::set_right(session.store(), role->id, block, bits); !done) return done;
  if (auto told = session.tell("roles", role->id, "right " + block, rights_text(before), rights_text(bits)); !told)
    return told;
  return tx->commit();
}

Result<std::vector<store::BlockBits>> rights_of(Session& session, const std::string& name) {
  if (auto may = session.need("roles", Right::query, name); !may) return may.error();
  auto role = find_role(session, name);
  if (!role) return role.error();
  return store::rights_of_role(session.store(), role->id);
}

Result<std::vector<store::Holder>> who_can(Session& session, const std::string& block, Right right) {
  if (auto may = session.need("users", Right::query, block); !may) return may.error();
  if (auto good = check_block(block); !good) return good.error();
  return store::holders_of(session.store(), block, int64_t(right));
}

Result<Rights> what_can(Session& session, const std::string& name) {
  if (name == session.actor().name) return session.actor().rights;
  auto other = user(session, name);
  if (!other) return other.error();
  Rights rights;
  if (other->disabled_us) return rights;
  auto actor = actor_of(session.store(), *other);
  if (!actor) return actor.error();
  return actor->rights;
}

}  // namespace hotline::desk
