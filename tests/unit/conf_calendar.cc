// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <set>

#include "base/fd.h"
#include "conf/calendar.h"

namespace hotline::conf {

namespace {

Zone shanghai() { return *Zone::load("Asia/Shanghai"); }

/// The moment that a clock in Shanghai shows so: "2026-02-14 09:00:00".
Utc at(const std::string& text) {
  auto time = parse_utc(text.substr(0, 10) + "T" + text.substr(11) + ".000000Z");
  REQUIRE(time);
  return *time - std::chrono::hours(8);
}

Hours hours(std::vector<std::string> texts) {
  auto parsed = Hours::parse(texts);
  if (!parsed) MESSAGE(parsed.error().text);
  REQUIRE(parsed);
  return *parsed;
}

/// 国务院办公厅关于2025年部分节假日安排的通知, 2024-11-12 (https://m.gmw.cn/2024-11/12/content_1303894933.htm).
const char* k2025 =
    "2025-01-01\tholiday\t元旦\n"
    "2025-01-26\tworking\t春节\n2025-01-28..2025-02-04\tholiday\t春节\n2025-02-08\tworking\t春节\n"
    "2025-04-04..2025-04-06\tholiday\t清明节\n"
    "2025-04-27\tworking\t劳动节\n2025-05-01..2025-05-05\tholiday\t劳动节\n"
    "2025-05-31..2025-06-02\tholiday\t端午节\n"
    "2025-09-28\tworking\t国庆节\n2025-10-01..2025-10-08\tholiday\t国庆节、中秋节\n2025-10-11\tworking\t国庆节\n";

std::string shipped(const char* name) {
  auto text = read_file(std::string("share/sites/water/etc/calendar/") + name);
  REQUIRE(text);
  return *text;
}

Calendar office() {
  Calendar calendar(shanghai(), hours({"Mon-Fri 09:00-17:30"}));
  REQUIRE(calendar.add_days(k2025, "cn-2025.tsv"));
  REQUIRE(calendar.add_days(shipped("cn-2026.tsv"), "cn-2026.tsv"));
  return calendar;
}

}  // namespace

TEST_CASE("one second before nine it is closed, at nine it is open; the end is not within") {
  Calendar calendar = office();
  CHECK_FALSE(calendar.open(at("2026-11-23 08:59:59")));
  CHECK(calendar.open(at("2026-11-23 09:00:00")));
  CHECK(calendar.open(at("2026-11-23 17:29:59")));
  CHECK_FALSE(calendar.open(at("2026-11-23 17:30:00")));
  CHECK_FALSE(calendar.open(at("2026-11-22 10:00:00")));  // a Sunday
}

TEST_CASE("two years of dates: every day is worked or not as the State Council's notices say") {
  Calendar calendar = office();
  // Weekend days that are worked, and weekdays that are not; every other day follows its weekday.
  const std::set<std::string> worked = {"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
                                        "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20",
                                        "2026-10-10"};
  const std::set<std::string> free = {
      "2025-01-01", "2025-01-28", "2025-01-29", "2025-01-30", "2025-01-31", "2025-02-03", "2025-02-04", "2025-04-04",
      "2025-05-01", "2025-05-02", "2025-05-05", "2025-06-02", "2025-10-01", "2025-10-02", "2025-10-03", "2025-10-06",
      "2025-10-07", "2025-10-08", "2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19",
      "2026-02-20", "2026-02-23", "2026-04-06", "2026-05-01", "2026-05-04", "2026-05-05", "2026-06-19", "2026-09-25",
      "2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"};
  int worked_days = 0;
  for (Date date = *parse_date("2025-01-01"); date <= *parse_date("2026-12-31"); date += std::chrono::days(1)) {
    std::string text = format_date(date);
    unsigned weekday = std::chrono::weekday(date).c_encoding();
    bool works = worked.count(text) || (weekday != 0 && weekday != 6 && !free.count(text));
    CAPTURE(text);
    CHECK(calendar.open(at(text + " 10:00:00")) == works);
    CHECK_FALSE(calendar.open(at(text + " 08:59:59")));
    worked_days += works;
  }
  CHECK(worked_days == 248 + 248);
  CHECK(format_date(*calendar.known_until()) == "2026-10-10");
}

TEST_CASE("the shipped file of 2027 is whole") {
  Calendar calendar = office();
  CHECK(calendar.add_days(shipped("cn-2027.tsv"), "cn-2027.tsv"));
  CHECK(calendar.day(*parse_date("2027-02-06")).name == "春节");
  CHECK_FALSE(calendar.open(at("2027-02-08 10:00:00")));
  CHECK(calendar.open(at("2027-02-09 10:00:00")));
}

TEST_CASE("holidays and working days may have hours of their own") {
  Calendar calendar(shanghai(), hours({"Mon-Thu 08:30-17:30", "Fri 08:30-12:00"}), hours({"10:00-12:00"}),
                    hours({"09:00-11:00"}));
  REQUIRE(calendar.add_days("2026-02-14\tworking\n2026-02-16\tholiday\n", "days"));
  CHECK(calendar.open(at("2026-02-14 10:59:59")));
  CHECK_FALSE(calendar.open(at("2026-02-14 11:00:00")));
  CHECK_FALSE(calendar.open(at("2026-02-16 09:59:59")));
  CHECK(calendar.open(at("2026-02-16 10:00:00")));
  CHECK_FALSE(calendar.open(at("2026-02-13 12:00:00")));
}

TEST_CASE("hours that reach into the next morning belong to the day on which they began") {
  Calendar calendar(shanghai(), hours({"Mon-Fri 22:00-06:00"}));
  REQUIRE(calendar.add_days("2026-11-25\tholiday\n", "days"));
  CHECK(calendar.open(at("2026-11-24 23:00:00")));        // Tuesday night
  CHECK(calendar.open(at("2026-11-25 05:59:59")));        // still Tuesday's, though Wednesday is a holiday
  CHECK_FALSE(calendar.open(at("2026-11-25 22:30:00")));  // the holiday's own night
  CHECK_FALSE(calendar.open(at("2026-11-26 03:00:00")));
  CHECK(calendar.open(at("2026-11-28 03:00:00")));        // Friday's, on Saturday
  CHECK_FALSE(calendar.open(at("2026-11-29 03:00:00")));
}

TEST_CASE("when it changes next, and how much of a span is open") {
  Calendar calendar = office();
  CHECK(calendar.next_change(at("2026-02-13 18:00:00")) == at("2026-02-14 09:00:00"));
  CHECK(calendar.next_change(at("2026-02-14 17:30:00")) == at("2026-02-24 09:00:00"));
  CHECK_FALSE(Calendar(shanghai(), hours({"00:00-24:00"})).next_change(at("2026-02-13 18:00:00")));
  // From Friday 17:00 over a worked Saturday and the spring festival to Tuesday 09:30: 0.5 + 8.5 + 0.5 hours.
  CHECK(calendar.open_between(at("2026-02-13 17:00:00"), at("2026-02-24 09:30:00")) == std::chrono::minutes(570));
  CHECK(calendar.open_between(at("2026-02-24 09:30:00"), at("2026-02-13 17:00:00")).count() == 0);
  CHECK(calendar.describe(at("2026-02-17 10:30:00")) == "2026-02-17 10:30:00 Tue, holiday 春节, closed");
}

TEST_CASE("times of the week are read strictly") {
  CHECK(hours({"Fri-Mon 09:00-10:00"}).contains(0, seconds(9 * 3600)));
  CHECK_FALSE(hours({"Fri-Mon 09:00-10:00"}).contains(2, seconds(9 * 3600)));
  CHECK(hours({"Sat,Sun 09:00-24:00"}).contains(6, seconds(86399)));
  CHECK(hours({"08:30:30-09:00"}).contains(3, seconds(8 * 3600 + 1830)));
  for (const char* wrong : {"", "Mon-Fri", "Mon-Fri 9:00-17:00", "Mon 09:00", "Mon 09:00-09:00", "Mon 25:00-26:00",
                            "Mon 09:60-10:00", "Mo 09:00-10:00", "Mon-Tue-Wed 09:00-10:00", "Mon 24:00-06:00",
                            "Mon 09:00-10:00 x"}) {
    auto parsed = Hours::parse({wrong});
    CAPTURE(wrong);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().text.find("is no time of the week") != std::string::npos);
  }
}

TEST_CASE("a file of days with a fault is refused whole, with its line") {
  auto said = [](const char* text) {
    Calendar calendar = office();
    auto added = calendar.add_days(text, "days.tsv");
    REQUIRE_FALSE(added);
    CHECK(calendar == office());
    return added.error().text;
  };
  CHECK(said("# ok\n\n2027-13-01\tholiday\n") == "days.tsv:3: '2027-13-01' is no date, as 2026-02-14 is");
  CHECK(said("2027-01-01\tfree\n").find("neither \"holiday\" nor \"working\"") != std::string::npos);
  CHECK(said("2027-01-01 holiday\n").find("days.tsv:1: ") == 0);
  CHECK(said("2027-01-02..2027-01-01\tholiday\n").find("ends before it begins") != std::string::npos);
  CHECK(said("2027-01-01\tholiday\n2027-01-01\tworking\n") == "days.tsv:2: 2027-01-01 is there twice");
  CHECK(said("2027-01-01..2029-01-01\tholiday\n").find("longer than a year") != std::string::npos);
}

TEST_CASE("a zone is that of its name, whatever the process's own") {
  Zone zone = shanghai();
  CHECK(zone.format(from_us(1'700'000'000'000'000)) == "2023-11-15T06:13:20+08:00");
  CHECK(Zone::load("-03:30")->format(from_us(1'700'000'000'000'000)) == "2023-11-14T18:43:20-03:30");
  for (const char* wrong : {"Asia/Atlantis", "../../etc/passwd", "/etc/passwd", "", "+8:00x", "+99:00"}) {
    CAPTURE(wrong);
    CHECK_FALSE(Zone::load(wrong));
  }
}

TEST_CASE("summer time: the hour that is twice, the hour that is not, and years after the table") {
  auto zone = Zone::load("Europe/Berlin");
  if (!zone) return;  // no tzdata here
  auto utc = [](const char* text) { return *parse_utc(text); };
  CHECK(zone->offset(utc("2026-03-29T00:59:59.000000Z")) == std::chrono::hours(1));
  CHECK(zone->offset(utc("2026-03-29T01:00:00.000000Z")) == std::chrono::hours(2));
  CHECK(zone->offset(utc("2055-07-01T00:00:00.000000Z")) == std::chrono::hours(2));
  CHECK(zone->offset(utc("2055-12-01T00:00:00.000000Z")) == std::chrono::hours(1));
  LocalTime twice = zone->local(utc("2026-10-25T00:30:00.000000Z"));
  CHECK(zone->utc(twice) == utc("2026-10-25T00:30:00.000000Z"));
  LocalTime leapt = LocalTime(*parse_date("2026-03-29")) + std::chrono::minutes(150);
  CHECK(zone->utc(leapt) == utc("2026-03-29T01:00:00.000000Z"));
}

TEST_CASE("calendars are read from their tables, with complaints that name the file") {
  auto read = [](const std::string& text, Calendars& calendars) {
    auto document = Document::parse(text, "hotline.toml");
    REQUIRE(document);
    Table root = document->root();
    calendars = read_calendars(root, "share/sites/water/etc", shanghai());
    return document->complaints();
  };
  Calendars calendars;
  CHECK(read("[calendar.office]\nhours = [\"Mon-Fri 09:00-17:30\"]\ndays = [\"calendar/cn-2026.tsv\"]\n", calendars).empty());
  CHECK_FALSE(calendars.at("office").open(at("2026-02-17 10:00:00")));
  auto complaints = read("[calendar.office]\nhours = [\"Mon 9\"]\ndays = [\"none.tsv\"]\nholidays = 3\n", calendars);
  REQUIRE(complaints.size() == 4);
  CHECK(complaints[0].find("hotline.toml:2: 'hours'") == 0);
  CHECK(complaints[2].find("none.tsv") != std::string::npos);
  CHECK(complaints[3].find("unknown key 'holidays'") != std::string::npos);
}

}  // namespace hotline::conf
