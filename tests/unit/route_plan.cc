// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "base/fd.h"
#include "base/text.h"
#include "route/plan.h"

namespace hotline::route {

namespace {

constexpr const char* kSite = R"(
[switch]
callers = "callers.tsv"
[switch.codes]
forward_always = "*72"
forward_off = "*73"
night_on = "*28*1"
[[span]]
name = "e1"
group = "city"
[[phone]]
id = "1001"
[[phone]]
id = "1002"
class = "local"
[[phone]]
id = "1003"
outside = false
[calendar.office]
hours = ["Mon-Fri 09:00-17:30"]
days = ["days.tsv"]
[night]
calendar = "office"

[[route]]
called = "96116"
controller = "ccivr"
flow = "main"
[[route]]
called = "96116"
calendar = "office closed"
caller_tags = ["vip"]
to = "pstn:13900139000"
[[route]]
called = "96116"
caller_tags = ["vip", "hospital"]
controller = "ccqueue"
queue = "vip"
tags = { priority = "9" }
[[route]]
called = "961169"
controller = "ccivr"
flow = "english"
lang = "en"
[[route]]
called = "96117"
time = ["Mon-Fri 09:00-17:30"]
controller = "ccivr"
flow = "day"
[[route]]
called = "96117"
controller = "ccivr"
flow = "night"
[[route]]
called = "96118"
night = true
to = "phone:1002"
[[route]]
called = "96118"
controller = "ccivr"
[[route]]
called = "8000-8009"
to = "phone:1001"
[[route]]
called = "801"
to = "pstn"
[[route]]
called = "=12315"
caller = "withheld"
cause = 21
[[route]]
called = "96119"
line = "span:e1"
controller = "ccivr"
flow = "line"
[[route]]
caller_list = "bad.tsv"
cause = 17
[[route]]
called = "default"
controller = "ccivr"
flow = "wrong-number"
)";

struct Site {
  std::string dir = "/tmp/hl-route-" + std::to_string(getpid());
  Plan plan;
  std::vector<std::string> complaints;

  explicit Site(const std::string& text = kSite) {
    std::filesystem::create_directories(dir + "/etc");
    REQUIRE(replace_file(dir + "/etc/callers.tsv", "13800138000\tvip\n0756*\thospital,far\n"));
    REQUIRE(replace_file(dir + "/etc/bad.tsv", "13700000000\n"));
    REQUIRE(replace_file(dir + "/etc/days.tsv", "2026-02-14\tworking\n2026-02-16\tholiday\n"));
    setenv("HOTLINE_HOME", dir.c_str(), 1);
    auto document = conf::Document::parse(text, "hotline.toml");
    if (!document) FAIL(document.error().text);
    auto root = document->root();
    plan = read_plan(root, conf::Instance::from_environment());
    complaints = document->complaints();
  }
  ~Site() { std::filesystem::remove_all(dir); }

  Utc at(const std::string& local) const { return *parse_utc(local + ".000000Z") - std::chrono::hours(8); }
  Destination ask(const std::string& called, const std::string& caller = "13900000000",
                  const std::string& line = "span:e1/3", const std::string& time = "2026-11-23T10:00:00") const {
    Question question{caller, called, line, at(time), plan.is_night(NightMode::automatic, at(time))};
    return plan.decide(question);
  }
  std::string flow(const std::string& called, const std::string& time) const {
    return ask(called, "13900000000", "span:e1/3", time).tags["flow"];
  }
};

}  // namespace

TEST_CASE("each called number reaches its flow, and what no route names the default, marked") {
  Site site;
  for (const auto& one : site.complaints) MESSAGE(one);
  CHECK(site.complaints.empty());
  auto where = site.ask("96116");
  CHECK(where.controller == "ccivr");
  CHECK(where.tags == Tags{{"flow", "main"}, {"lang", "zh-CN"}});
  CHECK_FALSE(where.unrouted);
  CHECK(site.ask("9611690").tags == Tags{{"flow", "english"}, {"lang", "en"}});
  where = site.ask("12345");
  CHECK(where.unrouted);
  CHECK(where.tags.at("flow") == "wrong-number");
  CHECK(site.ask("8005").tags.at(kDirectTo) == "phone:1001");
  CHECK(site.ask("8010").tags.at(kDirectTo) == "pstn:8010");
  CHECK(site.ask("8011").controller == kDirect);
}

TEST_CASE("without a default the number is unallocated") {
  Site site("[[span]]\nname = \"e1\"\n[[route]]\ncalled = \"96116\"\ncontroller = \"ccivr\"\n");
  auto where = site.ask("12345");
  CHECK(where.unrouted);
  CHECK(where.controller.empty());
  CHECK(where.cause == 1);
}

TEST_CASE("one second before nine another flow than at nine") {
  Site site;
  CHECK(site.flow("96117", "2026-11-23T08:59:59") == "night");
  CHECK(site.flow("96117", "2026-11-23T09:00:00") == "day");
  CHECK(site.flow("96117", "2026-11-23T17:29:59") == "day");
  CHECK(site.flow("96117", "2026-11-23T17:30:00") == "night");
}

TEST_CASE("the caller's number, list and tags choose, and go along as a tag") {
  Site site;
  auto where = site.ask("96116", "13800138000");
  CHECK(where.controller == "ccqueue");
  CHECK(where.tags.at("queue") == "vip");
  CHECK(where.tags.at("priority") == "9");
  CHECK(where.tags.at("caller-tags") == "vip");
  CHECK(site.ask("96116", "07561234").tags.at("caller-tags") == "hospital,far");
  // Closed: of two that hold with equal numbers the first in the file.
  CHECK(site.ask("96116", "13800138000", "span:e1/3", "2026-11-22T10:00:00").tags.at(kDirectTo) == "pstn:13900139000");
  CHECK(site.ask("12315", "").cause == 21);
  CHECK(site.ask("12315", "").controller.empty());
  CHECK(site.ask("12315", "13900000000").unrouted);
  // A route without called is wider than any that has one.
  CHECK(site.ask("12345", "13700000000").cause == 17);
  CHECK(site.ask("96116", "13700000000").controller == "ccivr");
}

TEST_CASE("a line of its own") {
  Site site;
  CHECK(site.ask("96119", "1", "span:e1/31").tags.at("flow") == "line");
  CHECK(site.ask("96119", "1", "span:e11/31").unrouted);
  CHECK(site.ask("96119", "1", "trunk:telco").unrouted);
}

TEST_CASE("night follows the calendar, working weekend days and holidays included, or a command") {
  Site site;
  CHECK(site.ask("96118", "1", "span:e1/3", "2026-02-13T20:00:00").tags.at(kDirectTo) == "phone:1002");
  CHECK(site.ask("96118", "1", "span:e1/3", "2026-02-14T10:00:00").controller == "ccivr");
  CHECK(site.ask("96118", "1", "span:e1/3", "2026-02-16T10:00:00").tags.at(kDirectTo) == "phone:1002");
  CHECK(site.plan.is_night(NightMode::on, site.at("2026-02-13T10:00:00")));
  CHECK_FALSE(site.plan.is_night(NightMode::off, site.at("2026-02-13T20:00:00")));
}

TEST_CASE("a telephone reaches codes, emergency numbers, telephones, routes, and outside what its class allows") {
  Site site;
  auto from = [&](const char* phone, const char* to) { return site.ask(to, phone, std::string("phone:") + phone); };
  CHECK(from("1003", "1002").tags.at(kDirectTo) == "phone:1002");
  CHECK(from("1003", "96116").controller == "ccivr");
  CHECK(from("1003", "110").tags.at(kDirectTo) == "pstn:110");
  CHECK(from("1003", "12345678").cause == 21);
  CHECK(from("1003", "12345678").controller.empty());
  CHECK(from("1002", "12345678").tags.at(kDirectTo) == "pstn:12345678");
  CHECK(from("1002", "075612345").cause == 21);
  CHECK(from("1002", "0085212345678").cause == 21);
  CHECK(from("1001", "0085212345678").tags.at(kDirectTo) == "pstn:0085212345678");
  CHECK(from("1001", "nobody").unrouted);
  auto code = from("1001", "*721002");
  CHECK(code.code == "forward_always");
  CHECK(code.argument == "1002");
  CHECK(from("1001", "*73").code == "forward_off");
  CHECK(from("1001", "*28*1").code == "night_on");
  CHECK(from("1001", "*72").code.empty());
  // A caller from outside reaches neither a telephone by its id, nor a code, nor the outside.
  for (const char* to : {"1002", "*73", "110"}) CHECK(site.ask(to).unrouted);
}

TEST_CASE("every consideration is told in its order, with its reason") {
  Site site;
  Trace trace;
  Question question{"13900000000", "96117", "span:e1/3", site.at("2026-11-23T08:59:59"), true};
  site.plan.decide(question, &trace);
  auto verdict = [&](const std::string& part) {
    for (const auto& step : trace)
      if (step.what.find(part) != std::string::npos) return step.verdict + ": " + step.why;
    return std::string("-");
  };
  CHECK(verdict("route 1 ") == "no: '96117' is not 96116*");
  CHECK(verdict("route 5 ") == "no: 2026-11-23T08:59:59+08:00 is not within Mon-Fri 09:00-17:30");
  CHECK(verdict("route 6 ") == "chosen: ccivr flow=night");
  CHECK(verdict("route 14 ") == "holds: but is asked only when nothing else takes the call");
  trace.clear();
  question = {"1003", "075612345", "phone:1003", question.at, false};
  site.plan.decide(question, &trace);
  CHECK(verdict("outside") == "chosen: refused, cause 21: it is long-distance and the telephone's class is internal");
  trace.clear();
  question = {"1", "96116", "span:e1/1", site.at("2026-11-23T10:00:00"), false};
  site.plan.decide(question, &trace);
  CHECK(verdict("route 2 ") == "no: the caller has no tag vip");
  CHECK(verdict("tags of the caller") == "no: none in callers.tsv");
}

TEST_CASE("what changed is said in a line") {
  Site site;
  std::string text = kSite;
  CHECK(difference(site.plan, site.plan).empty());
  Site other(text + "[[outbound]]\ncalled = \"default\"\nvia = [\"span:city\"]\n[[route]]\ncalled = \"7\"\ncause = 1\n");
  CHECK(other.complaints.empty());
  CHECK(difference(site.plan, other.plan) == "routes +1 -0; outbound +1 -0");
  Site days(text.replace(text.find("Mon-Fri 09:00"), 13, "Mon-Sat 09:00"));
  CHECK(difference(site.plan, days.plan) == "calendar office changed");
}

TEST_CASE("what is wrong in the tables is said with its place and the remedy") {
  auto complains = [](const std::string& text, const std::string& of) {
    Site site("[[span]]\nname = \"e1\"\n[[phone]]\nid = \"1001\"\n" + text);
    std::string all = join(site.complaints, "\n");
    CAPTURE(text);
    CAPTURE(all);
    CHECK(all.find(of) != std::string::npos);
  };
  complains("[[route]]\ncalled = \"x\"\ncontroller = \"ccivr\"\n", "'x' is neither a number nor");
  complains("[[route]]\ncalled = \"1\"\n", "needs one of controller, to and cause");
  complains("[[route]]\ncalled = \"1\"\nto = \"phone:1001\"\ncause = 1\n", "needs one of controller, to and cause");
  complains("[[route]]\ncalled = \"1\"\ncontroller = \"switch\"\n", "for direct calls give to");
  complains("[[route]]\ncalled = \"1\"\nto = \"phone:2\"\n", "is neither \"pstn\"");
  complains("[[route]]\ncalled = \"1\"\nto = \"trunk:x/1\"\n", "is neither \"pstn\"");
  complains("[[route]]\ncontroller = \"ccivr\"\n", "a route needs a condition");
  complains("[[route]]\ncalled = \"1\"\ncontroller = \"a\"\n[[route]]\ncalled = \"1\"\ncontroller = \"b\"\n", "is there twice");
  complains("[[route]]\ncalled = \"1\"\ncontroller = \"a\"\ncaller_list = \"none.tsv\"\n", "none.tsv");
  complains("[[route]]\ncalled = \"1\"\ncontroller = \"a\"\ncaller_tags = [\"vip\"]\n", "name their file as callers in [switch]");
  complains("[[route]]\ncalled = \"1\"\ncontroller = \"a\"\nline = \"span:e2\"\n", "is no \"span:NAME\"");
  complains("[[route]]\ncalled = \"1\"\ncontroller = \"a\"\ntime = [\"Mon\"]\n", "is no time of the week");
  complains("[[route]]\ncalled = \"1\"\ncontroller = \"a\"\ncalendar = \"office\"\n", "there is no [calendar.office]");
  complains("[[route]]\ncalled = \"1\"\ncontroller = \"a\"\nnigth = true\n", "did you mean 'night'?");
  complains("[[outbound]]\ncalled = \"0\"\n", "'via' in [[outbound]]: is needed here and missing");
  complains("[[outbound]]\ncalled = \"0\"\nvia = [\"span:e2\"]\n", "there is no span or group 'e2'; did you mean 'e1'?");
  complains("[[outbound]]\ncalled = \"0\"\nvia = [\"trunk:t\"]\n", "there is no [[trunk]] 't'");
  complains("[[outbound]]\ncalled = \"0\"\nvia = [\"span\"]\nfailover = [0]\n", "whole numbers from 1 to 127");
  complains("[[outbound]]\ncalled = \"0\"\nvia = [\"span\"]\nclass = \"all\"\n", "is none of local, long-distance");
  complains("[night]\ncalendar = \"office\"\n", "there is no [calendar.office]");
  complains("[night]\nmode = \"auto\"\n", "\"auto\" needs a calendar");
  complains("[blacklist]\ncause = 200\n", "from 1 to 127");
  complains("[switch]\nemergency = [\"help\"]\n", "'help' is no number");
  complains("[switch.codes]\ndnd_on = \"*78\"\ndnd_off = \"*78\"\n", "is also dnd_off");
  complains("[site]\ntime_zone = \"Asia/Atlantis\"\n", "no time zone 'Asia/Atlantis'");
  complains("[[phone]]\nid = \"110\"\n", "is an emergency number");
  complains("[[phone]]\nid = \"2\"\nforward_always = \"phone:3\"\n", "is neither a telephone of ours nor a number");
  complains("[[phone]]\nid = \"2\"\nclass = \"local\"\nforward_busy = \"075612345\"\n", "the telephone may not call");
  complains("[[phone]]\nid = \"2\"\nclass = \"local\"\noutside = true\n", "class says that already");
}

}  // namespace hotline::route
