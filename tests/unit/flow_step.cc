// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "flow/step.h"

using namespace hotline;
using namespace hotline::flow;

static const char* const kText = R"(
[node.welcome]
kind = "play"
prompts = ["welcome"]
next = "main"
[node.main]
kind = "menu"
prompts = ["main-menu"]
keys = { 1 = "repair", 2 = "account", 9 = "round" }
timeout = "5s"
retries = 1
no_input = ["no-input"]
invalid = ["invalid-choice"]
on_no_input = "repair"
on_invalid = "bye"
[node.account]
kind = "collect"
prompts = ["enter-account"]
tag = "account"
min = 2
max = 4
first_timeout = "6s"
digit_timeout = "3s"
retries = 1
next = "repair"
on_failed = "bye"
[node.repair]
kind = "queue"
queue = "repair"
prompts = ["repair-info"]
tags = { subject = "repair" }
on = { timed-out = "main", otherwise = "bye" }
[node.round]
kind = "queue"
queue = "round"
on = { otherwise = "round" }
[node.bye]
kind = "hangup"
prompts = ["goodbye"]
cause = 17
)";

namespace {

using What = Event::What;

/// A call whose actions read as one line.
struct Call {
  Flow flow;
  State state;
  World world;
  Call() : flow(parse(kText, "f.toml", "f").value()) {}

  std::string bring(What what, char digit = 0, const std::string& result = "") {
    auto [next, actions] = step(flow, state, {what, digit, result, {}}, world, "zh-CN");
    state = next;
    std::string line;
    for (const auto& action : actions) line += (line.empty() ? "" : " ") + text(action);
    return line;
  }
  std::string keys(const std::string& digits) {
    std::string line;
    for (char digit : digits) line = bring(What::digit, digit);
    return line;
  }

  static std::string text(const Action& action) {
    std::string tags, prompts;
    for (const auto& [key, value] : action.tags) tags += (tags.empty() ? "" : ",") + key + "=" + value;
    for (const auto& prompt : action.prompts) prompts += (prompts.empty() ? "" : "+") + text_of(prompt);
    switch (action.what) {
      case Action::What::answer:
        return "answer";
      case Action::What::entered:
        return "entered";
      case Action::What::node:
        return "node:" + action.name + (action.text.empty() ? "" : "/" + action.text);
      case Action::What::tag:
        return "tag:" + tags;
      case Action::What::untag:
        return "untag:" + action.name;
      case Action::What::play:
        return "play:" + prompts + (action.barge ? "/barge" : "") + (action.notice ? "/notice" : "");
      case Action::What::timer:
        return "timer:" + format_duration(action.span);
      case Action::What::handover:
        return "handover:" + tags;
      case Action::What::hangup:
        return "hangup:" + std::to_string(action.cause);
      case Action::What::exit:
        return "exit:" + action.name + "/" + action.text;
      default:
        return "other";
    }
    return "?";
  }

  void to_menu() {
    bring(What::offered);
    bring(What::answered);
    bring(What::played);
  }
};

}  // namespace

TEST_CASE("a caller is answered, tagged and greeted") {
  Call call;
  CHECK(call.bring(What::offered) == "answer");
  CHECK(call.bring(What::answered) ==
        "entered node:welcome tag:flow=f,flow-node=welcome,flow-version=" + call.flow.version + " play:welcome");
  CHECK(call.bring(What::answered) == "");
  CHECK(call.bring(What::played) == "node:main tag:flow-node=main play:main-menu/barge");
  CHECK(call.bring(What::played) == "timer:5s");
}

TEST_CASE("a key in the prompt or after it leads on") {
  for (bool after : {false, true}) {
    Call call;
    call.to_menu();
    if (after) call.bring(What::played);
    CHECK(call.keys("1") == "node:repair/1 tag:flow-node=repair,subject=repair play:repair-info");
    CHECK(call.bring(What::played) == "handover:queue=repair exit:repair/queue");
    CHECK(call.state.phase == Phase::queued);
    CHECK(call.keys("1") == "");
  }
}

TEST_CASE("keys before the menu are kept for it") {
  Call call;
  call.bring(What::offered);
  call.bring(What::answered);
  CHECK(call.keys("212") == "");
  auto line = call.bring(What::played);
  CHECK(line.find("node:account/2") != std::string::npos);
  CHECK(line.find("play:") == std::string::npos);
  CHECK(call.state.phase == Phase::collecting);
  CHECK(call.state.digits == "12");
}

TEST_CASE("type-ahead is bounded") {
  Call call;
  call.bring(What::offered);
  call.bring(What::answered);
  call.keys(std::string(100, '1'));
  CHECK(call.state.ahead.size() == kAheadMax);
}

TEST_CASE("a caller who keys nothing is asked again and then led on") {
  Call call;
  call.to_menu();
  call.bring(What::played);
  CHECK(call.bring(What::timer) == "play:no-input+main-menu/barge");
  call.bring(What::played);
  CHECK(call.bring(What::timer).find("node:repair/no-input") == 0);
}

TEST_CASE("a wrong key is told so and then has its own way out") {
  Call call;
  call.to_menu();
  CHECK(call.keys("7") == "play:invalid-choice+main-menu/barge");
  CHECK(call.keys("8") == "node:bye/invalid tag:flow-node=bye play:goodbye");
  CHECK(call.bring(What::played) == "hangup:17 exit:bye/hangup");
  CHECK(call.bring(What::gone) == "");
}

TEST_CASE("digits are collected to the end key, the maximum or the time-out") {
  SUBCASE("end key") {
    Call call;
    call.to_menu();
    call.keys("2");
    CHECK(call.keys("1") == "timer:3s");
    CHECK(call.keys("2") == "timer:3s");
    CHECK(call.keys("#").find("node:repair/collected tag:account=12,") == 0);
  }
  SUBCASE("maximum") {
    Call call;
    call.to_menu();
    CHECK(call.keys("21234").find("node:repair/collected tag:account=1234,") != std::string::npos);
  }
  SUBCASE("time-out with enough") {
    Call call;
    call.to_menu();
    call.keys("212");
    CHECK(call.bring(What::timer).find("node:repair/collected tag:account=12,") != std::string::npos);
  }
  SUBCASE("too few, twice") {
    Call call;
    call.to_menu();
    CHECK(call.keys("21#").find("play:enter-account/barge") != std::string::npos);
    CHECK(call.keys("1#").find("node:bye/failed") != std::string::npos);
  }
  SUBCASE("nothing at all") {
    Call call;
    call.to_menu();
    call.keys("2");
    CHECK(call.bring(What::played) == "timer:6s");
    CHECK(call.bring(What::timer) == "play:enter-account/barge");
    call.bring(What::played);
    CHECK(call.bring(What::timer).find("node:bye/failed") == 0);
  }
}

TEST_CASE("a call that the queue gives back goes on at the result's branch") {
  Call call;
  call.to_menu();
  call.keys("1");
  call.bring(What::played);
  SUBCASE("named") {
    CHECK(call.bring(What::result, 0, "timed-out").find("entered untag:queue-result node:main/timed-out") == 0);
  }
  SUBCASE("otherwise") {
    CHECK(call.bring(What::result, 0, "no-agents").find("entered untag:queue-result node:bye/otherwise") == 0);
  }
  SUBCASE("only once") {
    call.bring(What::result, 0, "timed-out");
    CHECK(call.bring(What::result, 0, "timed-out") == "");
  }
}

TEST_CASE("after a controller's death the caller goes on at the same node") {
  Call call;
  call.state.node = "main";
  CHECK(call.bring(What::answered) ==
        "node:main tag:flow=f,flow-node=main,flow-version=" + call.flow.version + " play:main-menu/barge");
  SUBCASE("a node that a newer flow does not have leads to the start") {
    Call other;
    other.state.node = "gone";
    CHECK(other.bring(What::answered).find("node:welcome") != std::string::npos);
  }
}

TEST_CASE("a caller who hangs up leaves once") {
  Call call;
  call.to_menu();
  CHECK(call.bring(What::gone) == "exit:main/caller-gone");
  CHECK(call.bring(What::gone) == "");
  CHECK(call.keys("1") == "");
  CHECK(call.bring(What::timer) == "");
}

TEST_CASE("a call that a queue has is not ours to leave") {
  Call call;
  call.to_menu();
  call.keys("1");
  call.bring(What::played);
  CHECK(call.bring(What::gone) == "");
}

TEST_CASE("a circle through queues ends after its bound") {
  Call call;
  call.to_menu();
  call.keys("9");
  std::string line;
  int64_t rounds = 0;
  while (call.state.phase == Phase::queued && rounds <= kSilentVisitsMax + 1) {
    line = call.bring(What::result, 0, "failed");
    ++rounds;
  }
  CHECK(line.find("hangup:41 exit:round/error") != std::string::npos);
  CHECK(rounds == kSilentVisitsMax + 1);
}

TEST_CASE("a caller who gives up before the answer never entered") {
  Call call;
  call.bring(What::offered);
  CHECK(call.bring(What::gone) == "");
}
