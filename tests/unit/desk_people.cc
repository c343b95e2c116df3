// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "desk_fixture.h"

using namespace hotline;
using namespace hotline::desk;

namespace {

store::User named(const std::string& name, std::vector<std::string> roles = {}) {
  store::User user;
  user.name = name;
  user.roles = std::move(roles);
  return user;
}

std::string holders(Session& session, const std::string& block, Right right) {
  std::string text;
  auto all = who_can(session, block, right);
  REQUIRE(all);
  for (const auto& one : *all) text += one.user + "/" + one.role + " ";
  return text;
}

}  // namespace

TEST_CASE("rights go by role, and who can is answered both ways") {
  DeskFixture desk;
  auto boss = desk.boss();
  REQUIRE(add_role(boss, {0, "clerk", "at the desk", 0}));
  REQUIRE(add_role(boss, {0, "auditor", "", 0}));
  REQUIRE(set_rights(boss, "clerk", "customers", parse_rights("add,query").value()));
  REQUIRE(set_rights(boss, "auditor", "customers", parse_rights("audit,query").value()));
  REQUIRE(add_user(boss, named("wang", {"clerk"})));
  REQUIRE(add_user(boss, named("li", {"clerk", "auditor"})));
  CHECK(holders(boss, "customers", Right::query) == "li/auditor li/clerk wang/clerk ");
  CHECK(holders(boss, "customers", Right::audit) == "li/auditor ");
  CHECK(holders(boss, "customers", Right::remove) == "");
  CHECK(rights_text(what_can(boss, "wang")->bits("customers")) == "add,query");
  CHECK(rights_text(what_can(boss, "li")->bits("customers")) == "add,query,audit");
  CHECK_FALSE(what_can(boss, "li")->sees("users"));
  UserEdit fired;
  fired.disabled = true;
  REQUIRE(change_user(boss, "li", fired));
  CHECK(holders(boss, "customers", Right::audit) == "");
  CHECK_FALSE(what_can(boss, "li")->sees("customers"));
  CHECK(actor_of(*desk.store, user(boss, "li").value()).error().code == Errc::denied);
}

TEST_CASE("nobody gives away what he has not") {
  DeskFixture desk;
  auto boss = desk.boss();
  REQUIRE(add_role(boss, {0, "strong", "", 0}));
  REQUIRE(add_role(boss, {0, "weak", "", 0}));
  REQUIRE(set_rights(boss, "strong", "stock", kAllRights));
  REQUIRE(add_user(boss, named("chief", {"strong"})));
  Actor actor{"head", 1, std::nullopt, {}};
  actor.rights.grant("users", kAllRights);
  actor.rights.grant("roles", kAllRights);
  auto head = desk.as(actor);
  CHECK(set_rights(head, "weak", "stock", 1).error().code == Errc::denied);
  CHECK(add_user(head, named("crony", {"strong"})).error().code == Errc::denied);
  CHECK(user(boss, "crony").error().code == Errc::no);
  UserEdit give;
  give.give = {"strong"};
  REQUIRE(add_user(head, named("crony")));
  CHECK(change_user(head, "crony", give).error().code == Errc::denied);
  CHECK(set_password(head, "chief", "correct horse").error().code == Errc::denied);
  UserEdit stolen;
  stolen.unix_name = "mallory";
  CHECK(change_user(head, "chief", stolen).error().code == Errc::denied);
  REQUIRE(set_password(head, "crony", "correct horse"));
}

TEST_CASE("names are unique, roles in use stay, and faults are told") {
  DeskFixture desk;
  auto boss = desk.boss();
  REQUIRE(add_role(boss, {0, "clerk", "", 0}));
  CHECK(add_role(boss, {0, "clerk", "", 0}).error().code == Errc::bad_data);
  auto wang = named("wang", {"clerk"}), twin = named("wang2");
  wang.unix_name = twin.unix_name = "wang";
  REQUIRE(add_user(boss, wang));
  CHECK(add_user(boss, wang).error().code == Errc::bad_data);
  CHECK(add_user(boss, twin).error().code == Errc::bad_data);
  CHECK(add_user(boss, named("li", {"nobody"})).error().code == Errc::no);
  CHECK(user(boss, "li").error().code == Errc::no);
  CHECK(add_user(boss, named("Ä")).error().code == Errc::usage);
  CHECK(delete_role(boss, "clerk").error().code == Errc::bad_data);
  UserEdit edit;
  edit.take = {"clerk"};
  REQUIRE(change_user(boss, "wang", edit));
  REQUIRE(delete_role(boss, "clerk"));
  CHECK(set_rights(boss, "clerk", "customers", 1).error().code == Errc::no);
  CHECK(check_block("custmers").error().text.find("did you mean 'customers'?") != std::string::npos);
  CHECK(parse_right("querry").error().text.find("did you mean 'query'?") != std::string::npos);
  UserEdit suicide;
  suicide.disabled = true;
  auto self = desk.as({"wang", 1, std::nullopt, Rights::all()});
  CHECK(change_user(self, "wang", suicide).error().code == Errc::usage);
}

TEST_CASE("a password is right or wrong, and too many wrong ones lock for a time") {
  DeskFixture desk;
  desk.settings.failures_max = 3;
  auto boss = desk.boss();
  REQUIRE(add_user(boss, named("wang")));
  CHECK_FALSE(check_password(boss, "wang", "").value());
  CHECK(set_password(boss, "wang", "short").error().code == Errc::usage);
  CHECK(set_password(boss, "wang", "aaaaaaaaaa").error().code == Errc::usage);
  REQUIRE(set_password(boss, "wang",
                       "正确的密码很长"
                       "!!"));
  CHECK(check_password(boss, "wang", "正确的密码很长!!").value());
  CHECK_FALSE(check_password(boss, "nobody", "x").value());
  for (int i = 0; i < 3; ++i) CHECK_FALSE(check_password(boss, "wang", "wrong").value());
  CHECK(check_password(boss, "wang", "正确的密码很长!!").error().code == Errc::again);
  desk.clock += std::chrono::minutes(16);
  CHECK(check_password(boss, "wang", "正确的密码很长!!").value());
  bool seen = false;
  REQUIRE(store::changes_of(*desk.store, "users", user(boss, "wang")->id, [&](const store::ChangeRow& one) {
    seen |= one.field == "password";
    CHECK(one.after.value_or("").find("argon2") == std::string::npos);
  }));
  CHECK(seen);
  CHECK(user(boss, "wang")->password.starts_with("$argon2id$"));
}

TEST_CASE("each operation on users and roles needs its own right") {
  DeskFixture desk;
  auto boss = desk.boss();
  REQUIRE(add_role(boss, {0, "clerk", "", 0}));
  REQUIRE(add_user(boss, named("wang")));
  UserEdit rename, disable;
  rename.full_name = "王";
  disable.disabled = true;
  const std::vector<std::tuple<std::string, std::string, std::function<Result<void>(Session&)>>> operations = {
      {"users", "add", [&](Session& s) { return add_user(s, named("li")); }},
      {"users", "modify", [&](Session& s) { return change_user(s, "wang", rename); }},
      {"users", "query",
       [&](Session& s) {
         auto r = users(s);
         return r ? Result<void>() : r.error();
       }},
      {"users", "delete", [&](Session& s) { return change_user(s, "wang", disable); }},
      {"roles", "add",
       [&](Session& s) {
         return add_role(s, {0, "boss", "", 0});
       }},
      {"roles", "modify", [&](Session& s) { return set_rights(s, "clerk", "users", 0); }},
      {"roles", "query",
       [&](Session& s) {
         auto r = roles(s);
         return r ? Result<void>() : r.error();
       }},
      {"roles", "delete", [&](Session& s) { return delete_role(s, "clerk"); }}};
  for (const auto& [block, right, operation] : operations) {
    CAPTURE(block);
    CAPTURE(right);
    auto without = desk.with(block, rights_text(kAllRights & ~int64_t(parse_right(right).value())));
    CHECK(operation(without).error().code == Errc::denied);
    auto with_it = desk.with(block, right);
    CHECK(operation(with_it));
  }
  CHECK(desk.count(*desk.store, "refusals") == int64_t(operations.size()));
}
