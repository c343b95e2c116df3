// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "route/blacklist.h"
#include "route/number.h"
#include "route/outbound.h"

namespace hotline::route {

namespace {

Pattern pattern(const std::string& text) {
  auto parsed = Pattern::parse(text, Pattern::Bare::beginning);
  REQUIRE(parsed);
  return *parsed;
}

Utc day(int n) { return from_us(1'700'000'000'000'000) + std::chrono::hours(24 * n); }

}  // namespace

TEST_CASE("what is a number") {
  for (const char* yes : {"1", "96116", "+8613800138000", "*61#"}) CHECK(is_number(yes));
  for (const char* no : {"", "+", "12a", "1 2", "phone:1001", "123456789012345678901234567890123"})
    CHECK_FALSE(is_number(no));
}

TEST_CASE("a beginning, a whole number, a range") {
  CHECK(pattern("9611").fits("96116"));
  CHECK(pattern("9611*").fits("9611"));
  CHECK_FALSE(pattern("9611").fits("961"));
  CHECK(pattern("=96116").fits("96116"));
  CHECK_FALSE(pattern("=96116").fits("961161"));
  CHECK(pattern("8000-8099").fits("8000"));
  CHECK(pattern("8000-8099").fits("8099"));
  CHECK_FALSE(pattern("8000-8099").fits("8100"));
  CHECK_FALSE(pattern("8000-8099").fits("80000"));
  CHECK_FALSE(pattern("8000-8099").fits("80*1"));
  for (const char* wrong : {"", "=", "12a", "8000-80", "8099-8000", "8000-8099-9000", "80*0-80*9"}) {
    CAPTURE(wrong);
    CHECK_FALSE(Pattern::parse(wrong, Pattern::Bare::beginning));
  }
}

TEST_CASE("more digits are narrower, and of equal digits a whole number or a range") {
  CHECK(pattern("96116").weight() > pattern("9611").weight());
  CHECK(pattern("=96116").weight() > pattern("96116").weight());
  CHECK(pattern("8000-8099").weight() > pattern("80").weight());
  CHECK(pattern("8000-8099").weight() < pattern("800").weight());
  CHECK(Pattern().weight() == 0);
  CHECK(Pattern().any());
}

TEST_CASE("a list finds the narrowest of its numbers") {
  auto list = NumberList::parse("# callers\n13800138000\tvip,debt\ta remark\n138*\tmobile\n1380*\tcity\n", "callers.tsv");
  REQUIRE(list);
  CHECK(list->find("13800138000").text == "vip,debt");
  CHECK(list->find("13800138001").text == "city");
  CHECK(list->find("13900138001").weight == 0);
  CHECK(list->find("").weight == 0);
  CHECK(list->find("138000").weight == 8);
  auto wrong = NumberList::parse("\n13800138000x\n", "callers.tsv");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().text.find("callers.tsv:2: ") == 0);
  CHECK_FALSE(NumberList::parse("8000-8099\n", "callers.tsv"));
}

TEST_CASE("the blacklist keeps a number out until its day, and a beginning") {
  Blacklist list;
  CHECK(list.add({"13800138000", day(2), 21, "threats"}));
  CHECK(list.add({"0756*", std::nullopt, 0, ""}));
  REQUIRE(list.find("13800138000", day(1)));
  CHECK(list.find("13800138000", day(1))->cause == 21);
  CHECK_FALSE(list.find("13800138000", day(2)));
  CHECK_FALSE(list.find("138001380001", day(1)));
  CHECK(list.find("07563333333", day(9)));
  CHECK_FALSE(list.find("075", day(1)));
  CHECK_FALSE(list.find("", day(1)));
  auto gone = list.prune(day(2));
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].number == "13800138000");
  CHECK(list.remove("0756*"));
  CHECK_FALSE(list.remove("0756*"));
}

TEST_CASE("a whole number whose time is over does not hide the beginning behind it") {
  Blacklist list;
  CHECK(list.add({"075612345", day(1), 21, ""}));
  CHECK(list.add({"0756*", std::nullopt, 17, ""}));
  CHECK(list.find("075612345", day(0))->cause == 21);
  CHECK(list.find("075612345", day(1))->cause == 17);
}

TEST_CASE("the blacklist's file comes back as it was, and a fault names its line") {
  Blacklist list;
  CHECK(list.add({"13800138000", day(2), 21, "threats"}));
  CHECK(list.add({"0756*", std::nullopt, 0, ""}));
  auto again = Blacklist::parse(list.format(), "blacklist.tsv");
  REQUIRE(again);
  CHECK(again->format() == list.format());
  CHECK(again->all().size() == 2);
  for (const char* wrong : {"x\n", "13800138000\ttomorrow\n", "13800138000\t-\t0\n", "13800138000\t-\tbusy\n", "07*\n"}) {
    CAPTURE(wrong);
    auto parsed = Blacklist::parse(std::string("# ok\n") + wrong, "blacklist.tsv");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().text.find("blacklist.tsv:2: ") == 0);
  }
  CHECK_FALSE(list.add({"138", std::nullopt, 128, ""}));
  CHECK_FALSE(list.add({"138", std::nullopt, 21, "two\nlines"}));
  CHECK_FALSE(list.add({"*", std::nullopt, 21, ""}));
}

TEST_CASE("without a table any span is the way; with one the narrowest row, transformed") {
  Outbounds none({}, {"110"});
  auto way = none.find("13800138000");
  REQUIRE(way);
  CHECK(way->via == std::vector<Via>{Via{}});
  CHECK(way->number == "13800138000");

  Outbound out, far;
  out.called = pattern("9");
  out.via = {Via{Via::Kind::span, "city"}, Via{Via::Kind::trunk, "telco"}};
  out.strip = 1;
  out.caller = "02096116";
  far.called = pattern("900");
  far.via = {Via{Via::Kind::trunk, "telco"}};
  far.strip = 1;
  far.prepend = "17909";
  Outbounds some({out, far}, {"110", "120"});
  way = some.find("9075612345");
  REQUIRE(way);
  CHECK(way->number == "075612345");
  CHECK(way->caller == "02096116");
  CHECK(way->needs == Class::long_distance);
  CHECK(way->via[0].text() == "span:city");
  CHECK(way->fails_over(34));
  CHECK_FALSE(way->fails_over(17));
  way = some.find("90085212345678");
  REQUIRE(way);
  CHECK(way->number == "179090085212345678");
  CHECK(way->needs == Class::international);
  CHECK_FALSE(some.find("12345"));
  CHECK_FALSE(some.find("9"));  // nothing is left
}

TEST_CASE("an emergency number has a way and needs no class, with the digit for an outside line or without") {
  Outbound out;
  out.called = pattern("9");
  out.via = {Via{Via::Kind::span, "city"}};
  out.strip = 1;
  Outbounds some({out}, {"110", "120"});
  auto way = some.find("110");
  REQUIRE(way);
  CHECK(way->emergency);
  CHECK(way->number == "110");
  way = some.find("9120");
  REQUIRE(way);
  CHECK(way->emergency);
  CHECK(way->number == "120");
  CHECK_FALSE(some.find("9121")->emergency);
}

TEST_CASE("what a number asks for") {
  CHECK(class_of("12345678") == Class::local);
  CHECK(class_of("13800138000") == Class::local);
  CHECK(class_of("075612345") == Class::long_distance);
  CHECK(class_of("+8675612345") == Class::long_distance);
  CHECK(class_of("0085212345678") == Class::international);
  CHECK(class_of("+85212345678") == Class::international);
  for (const char* name : {"internal", "local", "long-distance", "international"}) CHECK(name_of(*class_named(name)) == std::string(name));
  CHECK_FALSE(class_named("everything"));
}

}  // namespace hotline::route
