// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccmon/page.h"
#include "base/text.h"

using namespace hotline;
using namespace hotline::ccmon;

namespace {

const Utc kNow = *parse_utc("2026-11-22T09:10:00Z");

wire::Json parsed(const char* text) { return *wire::parse(text); }

Model model() {
  Model m;
  m.line = {"ccswitchd", parsed(R"({"n":9,"spans":[{"span":"e1","state":"up","busy":2,"channels":30,"lost":1}],
    "phones":[{"phone":"1001","registered":true,"busy":1},{"phone":"1002","registered":false,"busy":0}],
    "controllers":[{"controller":"ccivr","alive":false}],
    "calls":[{"call":"0b1c2d3e4f5g6","from":"13800138000","to":"96116","controller":"ccqueue","since":"2026-11-22T09:08:55Z",
      "tags":{"queue":"repair"},"bridges":[{"bridge":"b"}],"legs":[{"role":"caller","state":"up"},
      {"role":"agent","state":"up","tags":{"agent":"1001"}}]},
      {"call":"0b1c2d3e4f5g7","from":"","to":"96116","controller":"ccqueue","since":"2026-11-22T09:09:50Z","tags":{},
      "legs":[{"role":"caller","state":"up","hears":"music"}]}]})"),
            kNow - seconds(2), true};
  m.queue = {"ccqueue", parsed(R"({"n":4,"live":true,"queues":[{"queue":"repair","waiting":1,"longest_ms":65000,"ready":0,
    "offered":0,"talking":1,"wrap_up":0,"paused":1,"entered":7,"answered":5,"abandoned":1}],
    "agents":[{"agent":"1001","name":"Li Na","state":"talking","since":"2026-11-22T09:09:00Z"},
      {"agent":"1002","name":"王伟","state":"paused","reason":"lunch","since":"2026-11-22T08:10:00Z"}]})"),
             kNow, true};
  return m;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the page tells queues, agents, lines, phones and calls, and how old that is") {
  std::string text = joined(page(model(), kNow, {80, 0}));
  CHECK(has(text, "ccswitchd  0:02 old: 2 calls, ccivr is lost\n"));
  CHECK(has(text, "ccqueue    0:00 old: 1 waiting\n"));
  CHECK(has(text, "repair     1     1:05      0     0     1     0      1   7     5     1\n"));
  CHECK(has(text, "AGENTS  1 paused  1 talking\n"));
  CHECK(has(text, "1001  Li Na      talking          1:00"));
  CHECK(has(text, "1002  王伟       paused lunch  1:00:00"));
  CHECK(has(text, "e1    up     2 of 30     1"));
  CHECK(has(text, "PHONES  1 of 2 registered, 1 busy; not here: 1002\n"));
  CHECK(has(text, "0b1c2d3e4f5g6  138****8000  96116   ccqueue  repair  talking      1001   1:05\n"));
  CHECK(has(text, "0b1c2d3e4f5g7  -            96116   ccqueue  -       hears music  -      0:10\n"));
}

TEST_CASE("a caller's whole number is not on the page, but in the JSON") {
  CHECK_FALSE(has(joined(page(model(), kNow, {80, 0})), "13800138000"));
  auto object = wire::parse(json(model(), kNow));
  REQUIRE(object);
  CHECK((*object)["format"] == 1);
  CHECK((*object)["ccswitchd"]["calls"][0]["from"] == "13800138000");
  CHECK((*object)["ccswitchd"]["age_ms"] == 2000);
}

TEST_CASE("no line is wider than the paper, and what has no room is counted") {
  auto m = model();
  for (int i = 0; i < 60; ++i) (*m.line.snapshot)["calls"].push_back((*m.line.snapshot)["calls"][0]);
  for (size_t columns : {20, 40, 80, 132}) {
    auto lines = page(m, kNow, {columns, 24});
    CHECK(lines.size() == 24);
    for (const auto& line : lines) CHECK(display_width(line) <= columns);
  }
  auto whole = page(m, kNow, {80, 0}).size();
  CHECK(page(m, kNow, {80, 24}).back().starts_with("and " + std::to_string(whole - 23) + " lines more"));
}

TEST_CASE("text is cut between characters and by columns") {
  CHECK(cut("王伟", 3) == "王");
  CHECK(cut("王伟", 4) == "王伟");
  CHECK(cut("abc", 2) == "ab");
  CHECK(cut("", 0) == "");
}

TEST_CASE("a daemon that does not answer is named, and what it said last is called stale") {
  auto m = model();
  m.queue.answers = false;
  m.queue.taken = kNow - seconds(90);
  m.line = {"ccswitchd", {}, {}, false};
  std::string text = joined(page(m, kNow, {80, 0}));
  CHECK(has(text, "ccswitchd  does not answer; is ccswitchd running?\n"));
  CHECK(has(text, "ccqueue    STALE, does not answer, 1:30 old: 1 waiting\n"));
  CHECK(has(text, "repair"));
  auto object = wire::parse(json(m, kNow));
  CHECK((*object)["ccswitchd"].is_null());
  CHECK((*object)["ccqueue"]["answers"] == false);
}

TEST_CASE("agents stand side by side when the paper is wide") {
  auto m = model();
  auto& agents = (*m.queue.snapshot)["agents"];
  while (agents.size() < 12) agents.push_back(agents[0]);
  CHECK(agent_lines(*m.queue.snapshot, kNow, 80).size() == 1 + 6);
  CHECK(agent_lines(*m.queue.snapshot, kNow, 40).size() == 1 + 12);
  CHECK(agent_lines(*m.queue.snapshot, kNow, 132).size() == 1 + 4);
}

TEST_CASE("damaged snapshots make a page all the same") {
  Model m;
  m.line = {"ccswitchd", parsed(R"({"calls":[{},7,{"legs":[1],"tags":[]}],"spans":"x","phones":[null]})"), kNow, true};
  m.queue = {"ccqueue", parsed(R"({"queues":{},"agents":[{"since":"yesterday"}]})"), kNow, true};
  CHECK(page(m, kNow, {80, 24}).size() > 3);
}
