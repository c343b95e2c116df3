// SPDX-License-Identifier: GPL-2.0-or-later
// Room desk: what people do at a desk: users and rights, customers, and what will be built on them. Knows who acts,
// what he may, and what is written down of it. Refuses to know SQL, sockets, terminals and calls.
//
// Every operation takes a Session, asks it for a right before it looks at a row, and writes the history in the
// transaction of the change. What is refused is written down too. The rules hold for whoever uses this room, tool or
// terminal.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "conf/instance.h"
#include "desk/rights.h"
#include "store/changes.h"
#include "store/people.h"
#include "store/store.h"

namespace hotline::desk {

/// What [desk] of hotline.toml says.
struct Settings {
  std::string area_code;               ///< what local numbers lack: "0756"; "" where all are whole
  std::vector<std::string> operators;  ///< Unix users who may do all and act for others; none named: who owns var/
  int64_t failures_max = 5;            ///< wrong passwords until a user is locked
  microseconds lock_time = std::chrono::minutes(15);
};
Result<Settings> load_settings(const conf::Instance& instance);

/// Who acts.
struct Actor {
  std::string name;           ///< users.name, or "operator:" and the Unix user
  std::optional<int64_t> id;  ///< none: the operator
  std::optional<int64_t> station;
  Rights rights;
};

/// Somebody at work on an open store. One thread.
class Session {
 public:
  /// `now` is the clock that changes are stamped with.
  Session(store::Connection& store, Actor actor, Settings settings, std::function<Utc()> now = utc_now)
      : store_(store), actor_(std::move(actor)), settings_(std::move(settings)), now_(std::move(now)) {}

  store::Connection& store() { return store_; }
  const Actor& actor() const { return actor_; }
  const Settings& settings() const { return settings_; }
  Utc now() const { return now_(); }
  /// For a new row: 63 bits that grow with time. Twenty of them are drawn at random each millisecond, because many
  /// programs write at once (base's IdMaker has eight, for one daemon).
  int64_t new_id();

  /// `denied` unless the actor has the right; then what he wanted is written down first, outside any transaction.
  /// Someone without any right in the block hears the same whatever he asks for.
  Result<void> need(const std::string& block, Right right, const std::string& subject);

  /// History: within the transaction that makes the change. Equal values are no change.
  Result<void> tell(const std::string& entity, int64_t row_id, const std::string& field,
                    const std::optional<std::string>& before, const std::optional<std::string>& after);

 private:
  /// Again with another id where the first is another's.
  Result<void> with_new_id(const std::function<Result<bool>(int64_t)>& write);

  store::Connection& store_;
  Actor actor_;
  Settings settings_;
  std::function<Utc()> now_;
  int64_t last_ms_ = 0, low_ = 0;
};

/// A store and who acts on it, as a tool needs both.
struct Desk {
  std::unique_ptr<store::Connection> store;
  std::unique_ptr<Session> session;
};
/// Opens the instance's store for the Unix user `unix_user`: an operator, or the user with that `unix_name`. An
/// operator may act for another: `as` names the user; "" is himself. `denied` for a stranger, for a disabled user, and
/// for `as` of one who is no operator.
Result<Desk> open_desk(const conf::Instance& instance, const std::string& unix_user, const std::string& as);
/// The actor of a user; `denied` when he is disabled.
Result<Actor> actor_of(store::Connection& store, const store::User& user);

}  // namespace hotline::desk
