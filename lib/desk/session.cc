// SPDX-License-Identifier: GPL-2.0-or-later
#include "desk/session.h"

#include <pwd.h>
#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/fd.h"
#include "base/text.h"
#include "conf/conf.h"

namespace hotline::desk {

namespace {

constexpr int64_t kEpochMs = 1577836800000;  // 2020-01-01T00:00:00Z, as base/id.h has it
constexpr int kLowBits = 21, kTriesMax = 16;

/// The Unix user whose folder it is; he could change the store's file by hand anyway.
std::string owner_of(const std::string& folder) {
  struct stat about {};
  if (::stat(folder.c_str(), &about) != 0) return "";
  const auto* entry = ::getpwuid(about.st_uid);
  return entry ? entry->pw_name : std::to_string(about.st_uid);
}

Actor operator_named(const std::string& unix_user) {
  return {"operator:" + unix_user, std::nullopt, std::nullopt, Rights::all()};
}

Result<Actor> find_actor(store::Connection& store, const Settings& settings, const std::string& unix_user,
                         const std::string& as) {
  bool is_operator =
      std::find(settings.operators.begin(), settings.operators.end(), unix_user) != settings.operators.end();
  if (!as.empty()) {
    if (!is_operator)
      return Error{Errc::denied,
                   "Unix user '" + unix_user + "' may not act for another; operators in [desk] of hotline.toml may"};
    auto user = store::user_by_name(store, as);
    if (!user) return user.error();
    if (!*user) return Error{Errc::denied, "there is no user '" + as + "'"};
    return actor_of(store, **user);
  }
  auto user = store::user_by_unix_name(store, unix_user);
  if (!user) return user.error();
  if (*user) return actor_of(store, **user);
  if (is_operator) return operator_named(unix_user);
  return Error{Errc::denied, "Unix user '" + unix_user + "' is no user of Hotline; 'ccadm user NAME --unix " +
                                 unix_user + "' makes him one"};
}

}  // namespace

Result<Settings> load_settings(const conf::Instance& instance) {
  Settings settings;
  std::error_code ignored;
  if (std::filesystem::exists(instance.config_file(), ignored)) {
    auto document = conf::Document::load(instance.config_file());
    if (!document) return document.error();
    auto table = document->root().table("desk");
    settings.area_code = table.string("area_code");
    settings.operators = table.strings("operators");
    settings.failures_max = table.integer("failures_max", settings.failures_max, 1, 100);
    settings.lock_time = table.duration("lock_time", settings.lock_time, seconds(1), std::chrono::hours(24 * 7));
    table.close();
    if (auto verdict = document->verdict(); !verdict) return verdict.error();
  }
  if (settings.operators.empty()) settings.operators.push_back(owner_of(instance.var()));
  return settings;
}

Result<Actor> actor_of(store::Connection& store, const store::User& user) {
  if (user.disabled_us) return Error{Errc::denied, "user '" + user.name + "' is disabled"};
  auto bits = store::rights_of_user(store, user.id);
  if (!bits) return bits.error();
  Actor actor{user.name, user.id, user.station, {}};
  for (const auto& one : *bits) actor.rights.grant(one.block, one.bits);
  return actor;
}

int64_t Session::new_id() {
  int64_t ms = std::max(last_ms_, to_us(now()) / 1000 - kEpochMs);  // a clock set back must not repeat ids
  if (ms == last_ms_ && ++low_ == int64_t(1) << kLowBits) ++ms;
  if (ms != last_ms_) low_ = randombytes_uniform(1u << (kLowBits - 1));
  last_ms_ = ms;
  return ms << kLowBits | low_;
}

Result<void> Session::need(const std::string& block, Right right, const std::string& subject) {
  if (actor_.rights.has(block, right)) return {};
  auto written = with_new_id([&](int64_t id) {
    return store::add_refusal(store_, {id, to_us(now()), actor_.name, block, right_name(right), subject});
  });
  if (!written) return written;
  if (!actor_.rights.sees(block)) return Error{Errc::denied, "'" + actor_.name + "' has nothing like that"};
  return Error{Errc::denied, "'" + actor_.name + "' has no right '" + right_name(right) + "' for " + block};
}

Result<void> Session::tell(const std::string& entity, int64_t row_id, const std::string& field,
                           const std::optional<std::string>& before, const std::optional<std::string>& after) {
  if (before.value_or("") == after.value_or("")) return {};
  return with_new_id([&](int64_t id) {
    return store::add_change(store_, id, to_us(now()), actor_.name, {entity, row_id, field, before, after});
  });
}

Result<void> Session::with_new_id(const std::function<Result<bool>(int64_t)>& write) {
  for (int tries = 0; tries < kTriesMax; ++tries) {
    auto written = write(new_id());
    if (!written) return written.error();
    if (*written) return {};
  }
  return Error{Errc::again, "no free id; the clock stands still"};
}

Result<Desk> open_desk(const conf::Instance& instance, const std::string& unix_user, const std::string& as) {
  if (auto made = make_directories(instance.var()); !made) return made.error();
  auto settings = load_settings(instance);
  if (!settings) return settings.error();
  auto location = instance.store_location();
  if (!location) return location.error();
  auto store = store::Connection::open(*location, instance.share() + "/sql", store::Access::write,
                                       store::Durability::everything);
  if (!store) return store.error();
  auto actor = find_actor(**store, *settings, unix_user, as);
  if (!actor) return actor.error();
  Desk desk;
  desk.store = std::move(*store);
  desk.session = std::make_unique<Session>(*desk.store, std::move(*actor), std::move(*settings));
  return desk;
}

}  // namespace hotline::desk
