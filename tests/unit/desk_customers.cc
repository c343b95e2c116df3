// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <algorithm>

#include "desk_fixture.h"

using namespace hotline;
using namespace hotline::desk;

namespace {

std::string codes(const Result<std::vector<Customer>>& found) {
  REQUIRE(found);
  std::string text;
  for (const auto& one : *found) text += one.code + " ";
  return text;
}

std::string history(Session& session, const std::string& code) {
  std::string text;
  auto changes = customer_history(session, code);
  REQUIRE(changes);
  for (const auto& one : *changes)
    text += one.actor + " " + one.field + ": " + one.before.value_or("-") + " > " + one.after.value_or("-") + "\n";
  return text;
}

Edit renamed(const std::string& name) {
  return [name](Customer& customer) -> Result<void> {
    customer.name = name;
    return {};
  };
}

}  // namespace

TEST_CASE("a customer is kept as he was given, numbers in one form, with a code of the row without gaps") {
  DeskFixture desk;
  auto boss = desk.boss();
  auto added = add_customer(boss, desk.wang());
  REQUIRE(added);
  CHECK(added->code == "00000001");
  auto refused = desk.wang();
  refused.code = "00000001";
  CHECK(add_customer(boss, refused).error().code == Errc::bad_data);
  CHECK(add_customer(boss, desk.wang())->code == "00000002");
  auto read = customer(boss, "00000001");
  REQUIRE(read);
  CHECK(*read == *added);
  CHECK(read->numbers[0].number == "13800138000");
  CHECK(customer(boss, "00000009").error().code == Errc::no);
  CHECK(history(boss, "00000001") ==
        "boss code: - > 00000001\nboss name: - > 王小明\nboss kind: - > person\nboss tags: - > vip\n"
        "boss number: - > mobile 13800138000\nboss address 1: - > 0101 建设路12号\n");
}

TEST_CASE("he is found by his number in any form, by two characters, by area, tag and paper") {
  DeskFixture desk;
  auto boss = desk.boss();
  auto wang = desk.wang(), li = desk.wang();
  li.name = "李明明";
  li.numbers = {{"3331234", "home", ""}, {"13800138000", "mobile", "his wife's"}};
  li.addresses = {{"0202", "人民路3号停水区"}};
  li.tags = {};
  li.id_number = "440400200001010011";
  REQUIRE(add_customer(boss, wang));
  REQUIRE(add_customer(boss, li));
  CHECK(codes(customers_by_number(boss, "+86 138-0013-8000")) == "00000002 00000001 ");
  CHECK(codes(customers_by_number(boss, "0756 333 1234")) == "00000002 ");
  CHECK(codes(customers_by_number(boss, "13900139000")) == "");
  CHECK(codes(find_customers(boss, {.words = {{"小明", 'a'}}})) == "00000001 ");
  CHECK(codes(find_customers(boss, {.words = {{"路3", 'b'}}})) == "00000002 ");
  CHECK(codes(find_customers(boss, {.words = {{"停水", 'a'}}})) == "");
  CHECK(codes(find_customers(boss, {.words = {{"0000000", 'a'}}})) == "00000002 00000001 ");
  CHECK(codes(find_customers(boss, {.area = "01"})) == "00000001 ");
  CHECK(codes(find_customers(boss, {.tag = "vip"})) == "00000001 ");
  CHECK(codes(find_customers(boss, {.tag = "vip", .words = {{"李", 'a'}}})) == "");
  CHECK(codes(find_customers(boss, {.id_number = "440400200001010011"})) == "00000002 ");
  CHECK(codes(find_customers(boss, {.rows_max = 1})) == "00000002 ");
  CHECK(count_customers(boss, {.rows_max = 1}).value() == 2);
  CHECK(customers_by_number(boss, "none").error().code == Errc::usage);
}

TEST_CASE("a change is found by its new words and not by its old ones, and the history has both") {
  DeskFixture desk;
  auto boss = desk.boss();
  REQUIRE(add_customer(boss, desk.wang()));
  auto changed = change_customer(boss, "00000001", 1, [](Customer& one) -> Result<void> {
    one.name = "王大明";
    one.addresses[0].address = "人民路1号";
    one.tags.clear();
    return {};
  });
  REQUIRE(changed);
  CHECK(changed->version == 2);
  CHECK(codes(find_customers(boss, {.words = {{"小明"}}})) == "");
  CHECK(codes(find_customers(boss, {.words = {{"建设"}}})) == "");
  CHECK(codes(find_customers(boss, {.words = {{"大明 人民"}}})) == "00000001 ");
  CHECK(codes(find_customers(boss, {.tag = "vip"})) == "");
  std::string told = history(boss, "00000001");
  CHECK(told.ends_with(
      "boss name: 王小明 > 王大明\nboss tags: vip > -\nboss address 1: 0101 建设路12号 > 0101 人民路1号\n"));
  REQUIRE(change_customer(boss, "00000001", 2, renamed("王大明")));
  CHECK(history(boss, "00000001") == told);
  CHECK(customer(boss, "00000001")->version == 2);
}

TEST_CASE("an update with an old version is refused and says who was first") {
  DeskFixture desk;
  auto boss = desk.boss();
  REQUIRE(add_customer(boss, desk.wang()));
  auto clerk = desk.with("customers", "all");
  REQUIRE(change_customer(clerk, "00000001", 1, renamed("王一")));
  auto late = change_customer(boss, "00000001", 1, renamed("王二"));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::again);
  CHECK(late.error().text.find("was changed by clerk") != std::string::npos);
  CHECK(late.error().text.find("version 2, yours is 1") != std::string::npos);
  CHECK(customer(boss, "00000001")->name == "王一");
}

TEST_CASE("two writers at the same time: neither's change is lost, who comes late is told") {
  DeskFixture desk;
  auto boss = desk.boss();
  REQUIRE(add_customer(boss, desk.wang()));
  std::vector<std::thread> writers;
  std::atomic<int> done = 0, late = 0, other = 0;
  for (int w = 0; w < 4; ++w)
    writers.emplace_back([&, w] {
      auto store = desk.open();
      Session session(*store, {"w" + std::to_string(w), 1, std::nullopt, Rights::all()}, desk.settings);
      for (int i = 0; i < 10; ++i) {
        auto changed = change_customer(session, "00000001", std::nullopt, [&](Customer& one) -> Result<void> {
          one.note += "x";
          return {};
        });
        ++(changed ? done : changed.error().code == Errc::again ? late : other);
      }
    });
  for (auto& writer : writers) writer.join();
  CHECK(other == 0);
  CHECK(done + late == 40);
  auto now = customer(boss, "00000001");
  CHECK(now->note == std::string(size_t(done), 'x'));
  CHECK(now->version == done + 1);
  auto changes = customer_history(boss, "00000001").value();
  CHECK(std::count_if(changes.begin(), changes.end(), [](const auto& one) { return one.field == "note"; }) == done);
}

TEST_CASE("codes have no gap when ten add at once, nor when an addition fails") {
  DeskFixture desk;
  std::vector<std::thread> seats;
  std::atomic<int> failed = 0;
  for (int s = 0; s < 10; ++s)
    seats.emplace_back([&, s] {
      auto store = desk.open();
      Session session(*store, {"seat" + std::to_string(s), 1, std::nullopt, Rights::all()}, desk.settings);
      for (int i = 0; i < 5; ++i) {
        auto bad = desk.wang();
        bad.kind = "nobody";
        if (add_customer(session, bad)) ++failed;
        if (!add_customer(session, desk.wang())) ++failed;
      }
    });
  for (auto& seat : seats) seat.join();
  CHECK(failed == 0);
  auto boss = desk.boss();
  CHECK(customer(boss, "00000050"));
  CHECK_FALSE(customer(boss, "00000051"));
  CHECK(count_customers(boss, {}).value() == 50);
}

TEST_CASE("a customer with forty numbers is found by each of them") {
  DeskFixture desk;
  auto boss = desk.boss();
  auto wang = desk.wang();
  wang.numbers.clear();
  for (int i = 0; i < 40; ++i) wang.numbers.push_back({std::to_string(13900000000 + i), "mobile", ""});
  REQUIRE(add_customer(boss, wang));
  for (int i = 0; i < 40; ++i) CHECK(codes(customers_by_number(boss, std::to_string(13900000000 + i))) == "00000001 ");
  for (int i = 40; i < 201; ++i) wang.numbers.push_back({std::to_string(13900000000 + i), "mobile", ""});
  CHECK(add_customer(boss, wang).error().text == "a customer has at most 200 numbers");
}

TEST_CASE("what cannot be kept is refused with the reason") {
  DeskFixture desk;
  auto boss = desk.boss();
  auto refused = [&](const std::function<void(Customer&)>& spoil) {
    auto one = desk.wang();
    spoil(one);
    auto added = add_customer(boss, one);
    REQUIRE_FALSE(added);
    CHECK(added.error().code == Errc::usage);
    return added.error().text;
  };
  CHECK(refused([](Customer& c) { c.name = " "; }) == "a customer has a name");
  CHECK(refused([](Customer& c) { c.name = "\xff"; }) == "a name is not text in UTF-8");
  CHECK(refused([](Customer& c) { c.name = std::string("a\0b", 3); }) == "a name is not text in UTF-8");
  CHECK(refused([](Customer& c) { c.name = std::string(201, 'x'); }) == "a name is longer than 200 octets");
  CHECK(refused([](Customer& c) { c.numbers[0].number = "none"; }) == "'none' is no telephone number");
  CHECK(refused([](Customer& c) { c.tags = {"a b"}; }) == "'a b' is no tag: one word without comma or semicolon");
  CHECK(refused([](Customer& c) { c.code = "a b"; }) == "'a b' is no code: one word without comma or semicolon");
  CHECK(count_customers(boss, {}).value() == 0);
}

TEST_CASE("closed is found no more and changes no more; audited is frozen until it is freed") {
  DeskFixture desk;
  auto boss = desk.boss();
  REQUIRE(add_customer(boss, desk.wang()));
  REQUIRE(audit_customer(boss, "00000001"));
  CHECK(change_customer(boss, "00000001", std::nullopt, renamed("x")).error().code == Errc::denied);
  CHECK(close_customer(boss, "00000001", std::nullopt).error().code == Errc::denied);
  REQUIRE(unaudit_customer(boss, "00000001"));
  REQUIRE(change_customer(boss, "00000001", std::nullopt, renamed("王五")));
  REQUIRE(close_customer(boss, "00000001", std::nullopt));
  CHECK(codes(customers_by_number(boss, "13800138000")) == "");
  CHECK(codes(find_customers(boss, {.number = "13800138000", .closed_too = true})) == "00000001 ");
  CHECK(change_customer(boss, "00000001", std::nullopt, renamed("x")).error().code == Errc::denied);
  CHECK(history(boss, "00000001").find("boss name: 王小明 > 王五") != std::string::npos);
}

TEST_CASE("of two who are one the first is closed and the second has all") {
  DeskFixture desk;
  auto boss = desk.boss();
  auto other = desk.wang();
  other.numbers = {{"3331234", "home", ""}};
  other.note = "水表在门外";
  REQUIRE(add_customer(boss, desk.wang()));
  REQUIRE(add_customer(boss, other));
  auto merged = merge_customers(boss, "00000002", "00000001");
  REQUIRE(merged);
  CHECK(merged->numbers.size() == 2);
  CHECK(merged->addresses.size() == 1);
  CHECK(merged->note == "水表在门外");
  CHECK(codes(customers_by_number(boss, "3331234")) == "00000001 ");
  CHECK(merge_customers(boss, "00000002", "00000001").error().code == Errc::denied);
  CHECK(merge_customers(boss, "00000001", "00000001").error().code == Errc::usage);
  CHECK(history(boss, "00000002").find("merged_into: - > 00000001") != std::string::npos);
}

TEST_CASE("each operation needs its own right, and a refusal is written down") {
  DeskFixture desk;
  auto boss = desk.boss();
  REQUIRE(add_customer(boss, desk.wang()));
  const std::vector<std::pair<std::string, std::function<Result<void>(Session&)>>> operations = {
      {"add",
       [&](Session& s) {
         auto r = add_customer(s, desk.wang());
         return r ? Result<void>() : r.error();
       }},
      {"modify",
       [&](Session& s) {
         auto r = change_customer(s, "00000001", std::nullopt, renamed("王二"));
         return r ? Result<void>() : r.error();
       }},
      {"query",
       [&](Session& s) {
         auto r = customer(s, "00000001");
         return r ? Result<void>() : r.error();
       }},
      {"audit", [&](Session& s) { return audit_customer(s, "00000001"); }},
      {"un-audit", [&](Session& s) { return unaudit_customer(s, "00000001"); }},
      {"delete", [&](Session& s) { return close_customer(s, "00000001", std::nullopt); }}};
  int64_t refusals = 0;
  for (const auto& [right, operation] : operations) {
    CAPTURE(right);
    int64_t others = kAllRights & ~int64_t(parse_right(right).value());
    for (int64_t bits : {int64_t(0), others}) {
      auto session = desk.with("customers", rights_text(bits));
      auto done = operation(session);
      REQUIRE_FALSE(done);
      CHECK(done.error().code == Errc::denied);
      // Who sees nothing of the block is not told what would be missing.
      CHECK((done.error().text.find("'" + right + "'") != std::string::npos) == (bits != 0));
      CHECK(desk.count(*desk.store, "refusals") == ++refusals);
    }
    auto session = desk.with("customers", right);
    CHECK(operation(session));
  }
}
