// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "acd_play.h"

using namespace hotline;
using namespace hotline::acd;
using namespace hotline::acd::play;

static Rules one_agent(bool auto_login = true) {
  Rules rules;
  rules.queues = {queue("repair")};
  rules.agents = {agent("1001", {"repair"}, auto_login)};
  return rules;
}

TEST_CASE("the table of agent states refuses what it does not name") {
  CHECK(next_state(AgentState::ready, AgentEvent::offer) == AgentState::offered);
  for (auto state :
       {AgentState::logged_out, AgentState::offered, AgentState::talking, AgentState::wrap_up, AgentState::paused})
    CHECK_FALSE(next_state(state, AgentEvent::offer));
  CHECK_FALSE(next_state(AgentState::talking, AgentEvent::login));
  CHECK_FALSE(next_state(AgentState::logged_out, AgentEvent::ready));
}

TEST_CASE("states and reasons have the names of the wire page, both ways") {
  for (auto state : {AgentState::logged_out, AgentState::ready, AgentState::offered, AgentState::talking,
                     AgentState::wrap_up, AgentState::paused})
    CHECK(agent_state(name(state)) == state);
  for (auto reason : {"answered", "abandoned", "short-abandoned", "key-exit", "timed-out", "overflowed", "call-back",
                      "withdrawn", "failed"}) {
    REQUIRE(exit_reason(reason));
    CHECK(name(*exit_reason(reason)) == reason);
  }
  CHECK_FALSE(agent_state("sleeping"));
  CHECK_FALSE(exit_reason(""));
}

TEST_CASE("an agent with automatic login is ready as long as his phone is registered") {
  Table table(one_agent());
  CHECK(table.state("1001") == "logged-out:");
  table.phone("1001");
  CHECK(table.state("1001") == "ready:phone-registered");
  table.take();
  table.phone("1001");
  CHECK(table.take().empty());
  table.phone("1001", false);
  CHECK(table.state("1001") == "logged-out:phone-gone");
  table.call("a", "repair");
  CHECK(table.rung() == "");
  table.phone("1001");
  CHECK(table.rung() == "a@1001");
}

TEST_CASE("an agent who logs in by hand is not ready before his phone is registered") {
  Table table(one_agent(false));
  table.phone("1001");
  CHECK(table.state("1001") == "logged-out:");
  table.phone("1001", false);
  REQUIRE(table.core.login("1001", table.now, table.out));
  CHECK(table.state("1001") == "paused:phone-gone");
  CHECK_FALSE(table.core.ready("1001", table.now, table.out));
  table.phone("1001");
  CHECK(table.state("1001") == "ready:phone-registered");
  CHECK_FALSE(table.core.login("1001", table.now, table.out));
}

TEST_CASE("who logged out by hand stays so until his phone has gone and come again") {
  Table table(one_agent());
  table.phone("1001");
  REQUIRE(table.core.logout("1001", table.now, table.out));
  table.phone("1001");
  CHECK(table.state("1001") == "logged-out:logout");
  table.phone("1001", false);
  table.phone("1001");
  CHECK(table.state("1001") == "ready:phone-registered");
}

TEST_CASE("a phone that goes during a talk takes effect after it") {
  Table table(one_agent());
  table.phone("1001");
  table.call("a", "repair");
  table.answer("a-o1");
  table.phone("1001", false);
  CHECK(table.state("1001") == "talking:answered");
  table.over("a");
  CHECK(table.state("1001") == "wrap-up:talk-over");
  table.wait(10);
  CHECK(table.state("1001") == "logged-out:phone-gone");
}

TEST_CASE("a pause asked for during a talk comes after wrap-up, and can be taken back") {
  Table table(one_agent());
  table.phone("1001");
  table.call("a", "repair");
  table.answer("a-o1");
  table.take();
  REQUIRE(table.core.pause("1001", "lunch", table.now, table.out));
  CHECK(table.take() == std::vector<std::string>{"agent 1001 talking -> talking answered call=a next=paused:lunch"});
  REQUIRE(table.core.ready("1001", table.now, table.out));
  CHECK_FALSE(table.core.ready("1001", table.now, table.out));
  REQUIRE(table.core.pause("1001", "lunch", table.now, table.out));
  table.over("a");
  CHECK(table.state("1001") == "wrap-up:talk-over");
  table.wait(10);
  CHECK(table.state("1001") == "paused:lunch");
  CHECK_FALSE(table.core.agent("1001")->next);
}

TEST_CASE("a pause asked for during wrap-up is not lost") {
  Table table(one_agent());
  table.phone("1001");
  table.call("a", "repair");
  table.answer("a-o1");
  table.over("a");
  REQUIRE(table.core.pause("1001", "training", table.now, table.out));
  CHECK(table.state("1001") == "wrap-up:talk-over");
  table.wait(10);
  CHECK(table.state("1001") == "paused:training");
}

TEST_CASE("a logout during a talk comes after it, without wrap-up") {
  Table table(one_agent());
  table.phone("1001");
  table.call("a", "repair");
  table.answer("a-o1");
  REQUIRE(table.core.logout("1001", table.now, table.out));
  CHECK(table.state("1001") == "talking:answered");
  table.over("a");
  CHECK(table.state("1001") == "logged-out:logout");
}

TEST_CASE("a logout while ringing withdraws the offer and the caller waits on") {
  Table table(one_agent());
  table.phone("1001");
  table.call("a", "repair");
  table.wait(2);
  table.take();
  REQUIRE(table.core.logout("1001", table.now, table.out));
  CHECK(table.take() == std::vector<std::string>{
                            "cancel a 1001 a-o1",
                            "missed a 1001 a-o1 withdrawn ring=2000ms",
                            "agent 1001 offered -> logged-out logout",
                        });
  CHECK(table.core.waiting("repair") == 1);
}

TEST_CASE("a pause asked for while ringing takes effect when the offer is missed") {
  Table table(one_agent());
  table.phone("1001");
  table.call("a", "repair");
  REQUIRE(table.core.pause("1001", "lunch", table.now, table.out));
  CHECK(table.state("1001") == "offered:offer");
  table.wait(15);
  CHECK(table.state("1001") == "paused:lunch");
}

TEST_CASE("an agent may end wrap-up himself; its end is a moment and not a span") {
  Table table(one_agent());
  table.phone("1001");
  table.call("a", "repair");
  table.answer("a-o1");
  table.over("a");
  CHECK(table.core.agent("1001")->until == at(10));
  table.wait(3);
  REQUIRE(table.core.ready("1001", table.now, table.out));
  CHECK(table.state("1001") == "ready:ready");
  CHECK_FALSE(table.core.next_due());
}

TEST_CASE("commands for a wrong state or an unknown agent are refused and change nothing") {
  Table table(one_agent());
  CHECK_FALSE(table.core.logout("1001", table.now, table.out));
  CHECK_FALSE(table.core.ready("1001", table.now, table.out));
  CHECK_FALSE(table.core.pause("1001", "lunch", table.now, table.out));
  CHECK_FALSE(table.core.login("1001", table.now, table.out));
  CHECK_FALSE(table.core.login("9999", table.now, table.out));
  CHECK(table.core.ready("9999", table.now, table.out).error().text == "no agent '9999'");
  CHECK(table.out.empty());
  CHECK(table.state("1001") == "logged-out:");
}

TEST_CASE("a reload leaves wrap-up, talks and waiting callers alone") {
  auto rules = one_agent();
  rules.agents.push_back(agent("1002", {"repair"}));
  Table table(rules);
  table.phone("1001");
  table.phone("1002");
  table.call("a", "repair");
  table.answer("a-o1");
  table.over("a");
  table.call("b", "repair");
  table.answer("b-o1");
  table.call("c", "repair");
  table.take();
  rules.queues.push_back(queue("bills"));
  rules.agents[0].queues.push_back("bills");
  table.core.configure(rules, table.now, table.out);
  CHECK(table.take().empty());
  CHECK(table.core.agent("1001")->until == at(10));
  CHECK(table.state("1002") == "talking:answered");
  table.wait(10);
  CHECK(table.rung() == "c@1001");
}

TEST_CASE("a reload that takes away a queue gives its callers back, and one that takes away an agent lets him finish") {
  auto rules = one_agent();
  rules.queues.push_back(queue("bills"));
  Table table(rules);
  table.phone("1001");
  table.call("a", "repair");
  table.answer("a-o1");
  table.call("b", "bills");
  table.take();
  rules.queues.pop_back();
  rules.agents.clear();
  table.core.configure(rules, table.now, table.out);
  CHECK(table.take() == std::vector<std::string>{"exit b bills failed wait=0ms"});
  CHECK(table.state("1001") == "talking:answered");
  CHECK_FALSE(table.core.pause("1001", "lunch", table.now, table.out));
  table.over("a");
  CHECK(table.state("1001") == "none");
}

TEST_CASE("a reload that gives an idle agent another queue rings him at once") {
  auto rules = one_agent();
  rules.queues.push_back(queue("bills"));
  Table table(rules);
  table.phone("1001");
  table.call("a", "bills");
  CHECK(table.rung() == "");
  rules.agents[0].queues = {"bills"};
  table.core.configure(rules, table.now, table.out);
  CHECK(table.rung() == "a@1001");
}
