// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "flow/condition.h"

using namespace hotline;
using namespace hotline::flow;

namespace {

Utc at(const char* text) { return parse_utc(text).value(); }

conf::Zone shanghai() { return conf::Zone::load("Asia/Shanghai").value(); }

bool holds(const std::string& text, const World& world, const Tags& tags = {}) {
  auto condition = Condition::parse(text);
  REQUIRE_MESSAGE(condition, (condition ? "" : condition.error().text));
  return condition->holds(world, tags);
}

World world_at(const char* utc) {
  World world;
  world.zone = shanghai();
  world.now = at(utc);
  return world;
}

}  // namespace

TEST_CASE("tags are compared as text, as numbers, by pattern, and for being there") {
  World world = world_at("2026-11-26T02:00:00Z");
  Tags tags = {{"caller", "13812345678"}, {"balance", "-12.50"}, {"class", "gold member"}, {"empty", ""}};
  struct {
    const char* text;
    bool holds;
  } cases[] = {
      {"caller like 138*", true},
      {"caller like 139*|137*", false},
      {"caller like 139*|138*", true},
      {"caller like 138", false},
      {"class = 'gold member'", true},
      {"class != 'gold member'", false},
      {"class = gold", false},
      {"balance < 0", true},
      {"balance < -12.50", false},
      {"balance <= -12.50", true},
      {"balance > -12.51", true},
      {"balance >= 0", false},
      {"nothing < 5", false},
      {"nothing > 5", false},
      {"class < 5", false},
      {"nothing unset", true},
      {"empty unset", true},
      {"caller set", true},
      {"not caller set", false},
      {"caller set and balance < 0", true},
      {"nothing set or balance < 0", true},
      {"nothing set or caller set and class = x", false},  // `and` binds closer
      {"not nothing set and not class = x", true},
  };
  for (const auto& [text, wanted] : cases) {
    CAPTURE(text);
    CHECK(holds(text, world, tags) == wanted);
  }
}

TEST_CASE("hours and dates are those of the site, to the second") {
  CHECK_FALSE(holds("hours 'Mon-Fri 09:00-17:30'", world_at("2026-11-26T00:59:59Z")));
  CHECK(holds("hours 'Mon-Fri 09:00-17:30'", world_at("2026-11-26T01:00:00Z")));
  CHECK_FALSE(holds("hours 'Mon-Fri 09:00-17:30'", world_at("2026-11-26T09:30:00Z")));
  CHECK_FALSE(holds("hours 'Mon-Fri 09:00-17:30'", world_at("2026-11-28T02:00:00Z")));  // a Saturday
  CHECK(holds("date 2026-02-15..2026-02-23", world_at("2026-02-23T15:59:59Z")));
  CHECK_FALSE(holds("date 2026-02-15..2026-02-23", world_at("2026-02-23T16:00:00Z")));  // midnight at Shanghai
  CHECK(holds("date 2026-02-15", world_at("2026-02-15T00:00:00Z")));
}

TEST_CASE("a calendar knows holidays and working Saturdays") {
  conf::Calendars calendars;
  conf::Calendar office(shanghai(), conf::Hours::parse({"Mon-Fri 08:30-17:30"}).value());
  REQUIRE(office.add_days("2026-02-15..2026-02-23\tholiday\t春节\n2026-02-14\tworking\n", "cn"));
  calendars["office"] = office;
  auto on = [&](const char* utc) {
    World world = world_at(utc);
    world.calendars = &calendars;
    return world;
  };
  CHECK(holds("open office", on("2026-02-14T02:00:00Z")));  // a Saturday that is worked
  CHECK_FALSE(holds("open office", on("2026-02-16T02:00:00Z")));
  CHECK(holds("holiday office", on("2026-02-16T02:00:00Z")));
  CHECK_FALSE(holds("holiday office", on("2026-02-14T02:00:00Z")));
  CHECK_FALSE(holds("open elsewhere", on("2026-02-14T02:00:00Z")));
  CHECK_FALSE(holds("open office", world_at("2026-02-14T02:00:00Z")));  // nobody gave a calendar
}

TEST_CASE("a queue's figures are compared; of one that is not known every test is false") {
  World world = world_at("2026-11-26T02:00:00Z");
  world.queues["repair"] = {{"waiting", 5}, {"expected-wait", 130'000'000}, {"ready", 0}};
  CHECK(holds("queue repair waiting > 4", world));
  CHECK_FALSE(holds("queue repair waiting > 5", world));
  CHECK(holds("queue repair expected-wait >= 2m", world));
  CHECK(holds("queue repair ready = 0", world));
  CHECK_FALSE(holds("queue repair staffed = 0", world));
  CHECK_FALSE(holds("queue billing waiting >= 0", world));
  CHECK(Condition::parse("queue repair waiting > 4 or queue billing ready = 0")->queues() ==
        std::set<std::string>{"billing", "repair"});
}

TEST_CASE("what is no condition is refused, and the word is named") {
  struct {
    const char *text, *said;
  } cases[] = {
      {"", "a test is missing"},
      {"not", "a test is missing"},
      {"caller set and", "a test is missing"},
      {"caller", "after 'caller' expected"},
      {"caller is 138", "not 'is'"},
      {"caller =", "a value is missing"},
      {"balance < low", "'low' is no number"},
      {"balance < 0.123", "'0.123' is no number"},
      {"class = 'gold", "closing quote"},
      {"hours 9-5", "hours: "},
      {"date 2026-02-30", "no date"},
      {"date 2026-02-15..2026-02-14", "no date"},
      {"queue repair waitng > 5", "did you mean 'waiting'?"},
      {"queue repair waiting ~ 5", "compares nothing"},
      {"queue repair waiting > 2m", "'2m' is no number"},
      {"queue repair expected-wait > 5", "'5' is no span"},
      {"caller set caller set", "expected 'and' or 'or' before 'caller'"},
      {"Caller set", "'Caller' begins no test"},
      {"open", "a calendar's name"},
  };
  for (const auto& [text, said] : cases) {
    CAPTURE(text);
    auto condition = Condition::parse(text);
    REQUIRE_FALSE(condition);
    CHECK_MESSAGE(condition.error().text.find(said) != std::string::npos, condition.error().text);
  }
}
