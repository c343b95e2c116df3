// SPDX-License-Identifier: GPL-2.0-or-later
// Waiting: ageing, overflow, empty queues, call-backs, resumed places, supervisors' moves, outbound, what is told.
#include <doctest/doctest.h>

#include "acd_play.h"

using namespace hotline;
using namespace hotline::acd;
using namespace hotline::acd::play;

namespace {

Rules one_agent(QueueRule rule = queue("repair")) {
  Rules rules;
  rules.queues = {std::move(rule)};
  rules.agents = {agent("1001", {"repair"})};
  return rules;
}

/// The agent talks, so that those who come wait.
void busy(Table& table) {
  table.phone("1001");
  table.call("busy", "repair");
  table.answer("busy-o1");
  table.take();
}

void next(Table& table, const std::string& call) {
  table.over(call);
  table.wait(10);  // wrap-up
}

}  // namespace

TEST_CASE("with ageing a lower priority is overtaken only by those who come within its steps") {
  auto rules = one_agent();
  rules.priority_step = seconds(60);
  Table table(rules);
  busy(table);
  table.call("low", "repair", 0);
  table.wait(119);
  table.call("soon", "repair", 2);  // 119 s later, 120 s ahead
  table.wait(2);
  table.call("late", "repair", 2);  // 121 s later: behind
  table.take();
  next(table, "busy");
  CHECK(table.rung() == "soon@1001");
  table.answer("soon-o1");
  next(table, "soon");
  CHECK(table.rung() == "low@1001");
  CHECK(table.core.position("late") == 1);
}

TEST_CASE("a supervisor's priority and move keep the caller's clock") {
  auto rules = one_agent();
  rules.queues.push_back(queue("bills"));
  rules.agents[0].queues.push_back("bills");
  Table table(rules);
  busy(table);
  table.call("a", "repair");
  table.wait(5);
  table.call("b", "repair");
  table.wait(5);
  CHECK(table.core.position("b") == 2);
  REQUIRE(table.core.prioritize("b", 3, table.now, table.out));
  CHECK(table.core.position("b") == 1);
  table.take();
  REQUIRE(table.core.move("a", "bills", table.now, table.out));
  CHECK(table.take() ==
        std::vector<std::string>{
            "exit a repair withdrawn wait=10000ms detail=moved to=bills",
            "entered a bills 2023-11-14T22:13:30.000000Z priority=0 position=1 place=2023-11-14T22:13:20.000000Z"});
  CHECK(table.core.entry("a")->seniority == at(0));
  CHECK_FALSE(table.core.move("a", "bills", table.now, table.out));
  CHECK_FALSE(table.core.move("a", "sales", table.now, table.out));
  CHECK_FALSE(table.core.move("busy", "bills", table.now, table.out));
  CHECK_FALSE(table.core.prioritize("busy", 1, table.now, table.out));
  CHECK_FALSE(table.core.prioritize("nobody", 1, table.now, table.out));
}

TEST_CASE("a caller who is being rung for can be moved: the phone falls silent") {
  auto rules = one_agent();
  rules.queues.push_back(queue("bills"));
  Table table(rules);
  table.phone("1001");
  table.call("a", "repair");
  table.take();
  REQUIRE(table.core.move("a", "bills", table.now, table.out));
  auto lines = table.take();
  CHECK(lines[0] == "cancel a 1001 a-o1");
  CHECK(lines[1] == "missed a 1001 a-o1 withdrawn ring=0ms");
  CHECK(table.state("1001") == "ready:withdrawn");
}

TEST_CASE("timed-out and overflowed callers go to the next queue with their place, three times at most") {
  auto rule = queue("repair");
  rule.max_wait = seconds(20);
  rule.overflow_to = "bills";
  auto rules = one_agent(rule);
  auto bills = queue("bills");
  bills.max_waiting = 0;
  bills.overflow_to = "repair";
  rules.queues.push_back(bills);
  Table table(rules);
  busy(table);
  table.call("a", "repair");
  table.take();
  table.wait(20);
  // repair 20 s, bills at once, repair 20 s more, then out.
  auto lines = table.take();
  CHECK(lines[0] == "exit a repair timed-out wait=20000ms to=bills");
  CHECK(lines[2] == "exit a bills overflowed wait=0ms detail=size to=repair");
  CHECK(table.core.entry("a")->seniority == at(0));
  table.wait(60);
  lines = table.take();
  CHECK(lines.back() == "exit a bills overflowed wait=0ms detail=size");
  CHECK(table.core.entry("a") == nullptr);
}

TEST_CASE("a queue where nobody is there takes nobody, or lets them go after a while") {
  auto rule = queue("repair");
  rule.join_when_empty = false;
  Table shut(one_agent(rule));
  shut.call("a", "repair");
  CHECK(shut.take().back() == "exit a repair overflowed wait=0ms detail=no-agent");

  rule.join_when_empty = true;
  rule.leave_when_empty = seconds(30);
  rule.absent = {AgentState::paused};
  Table patient(one_agent(rule));
  busy(patient);
  patient.call("a", "repair");
  REQUIRE(patient.core.pause("1001", "lunch", patient.now, patient.out));
  next(patient, "busy");  // paused after wrap-up: nobody counts as there
  patient.take();
  patient.wait(29);
  CHECK(patient.take().empty());
  patient.wait(1);
  CHECK(patient.take() == std::vector<std::string>{"exit a repair overflowed wait=40000ms detail=no-agent"});
  patient.call("b", "repair");
  patient.wait(10);
  REQUIRE(patient.core.ready("1001", patient.now, patient.out));
  CHECK(patient.rung() == "b@1001");
}

TEST_CASE("who would wait too long is told so at once") {
  auto rule = queue("repair");
  rule.max_expected_wait = seconds(400);  // an agent is taken to need 180 s a call before anything is measured
  Table table(one_agent(rule));
  busy(table);
  table.call("a", "repair");
  table.call("b", "repair");
  table.take();
  table.call("c", "repair");
  CHECK(table.take().back() == "exit c repair overflowed wait=0ms detail=expected-wait");
  CHECK(table.core.waiting("repair") == 2);
}

TEST_CASE("a call-back keeps the caller's place and is rung for like a caller") {
  Table table(one_agent());
  busy(table);
  table.call("a", "repair");
  table.wait(10);
  table.call("b", "repair");
  table.take();
  REQUIRE(table.core.call_back("a", "a-cb", table.now, table.out));
  CHECK(table.take() == std::vector<std::string>{"exit a repair call-back wait=10000ms",
                                                 "entered a-cb repair 2023-11-14T22:13:30.000000Z priority=0 "
                                                 "position=1 call-back place=2023-11-14T22:13:20.000000Z"});
  CHECK_FALSE(table.core.call_back("a", "x", table.now, table.out));
  CHECK_FALSE(table.core.call_back("a-cb", "x", table.now, table.out));
  CHECK_FALSE(table.core.call_back("busy", "x", table.now, table.out));
  next(table, "busy");
  const auto* offer = std::get_if<acd::Offer>(&table.out[table.out.size() - 2]);
  REQUIRE(offer);
  CHECK(offer->call == "a-cb");
  CHECK(offer->call_back);
  CHECK(table.core.answered("a-cb-o1", table.now, table.out));
  // He does not answer: the agent takes the next, and the call-back comes again in five minutes, before who came later.
  table.out.clear();
  REQUIRE(table.core.postpone("a-cb", table.now + seconds(300), table.now, table.out));
  CHECK(table.rung() == "b@1001");
  table.answer("b-o1");
  table.wait(200);
  table.call("c", "repair");
  table.wait(100);
  table.take();
  next(table, "b");
  CHECK(table.rung() == "a-cb@1001");
  CHECK_FALSE(table.core.postpone("c", table.now, table.now, table.out));
}

TEST_CASE("who gave up and calls again has his old place, when he can prove it and in time") {
  auto rule = queue("repair");
  rule.resume_within = seconds(60);
  Table table(one_agent(rule));
  busy(table);
  auto come = [&](const std::string& call, const std::string& key) {
    Arrival arrival{call, "repair", {}, table.now, 0};
    arrival.resume_key = key;
    require(table.core.enter(arrival, table.now, table.out));
  };
  come("a", "13800138000/7");
  table.wait(10);
  come("b", "13900139000/1");
  table.over("a");
  table.wait(30);
  table.take();
  come("a2", "13800138000/7");
  CHECK(table.core.position("a2") == 1);
  CHECK(table.take()[0].ends_with("position=1 resumed place=2023-11-14T22:13:20.000000Z"));
  table.over("b");
  table.wait(61);
  come("b2", "13900139000/1");
  CHECK(table.core.position("b2") == 2);
  CHECK(table.core.entry("b2")->seniority == table.now);
}

TEST_CASE("outbound entries wait for inbound callers and leave a reserve of agents idle") {
  Rules rules;
  auto out = queue("dunning");
  out.outbound = true;
  out.reserve = 1;
  rules.queues = {queue("repair"), out};
  rules.agents = {agent("1001", {"repair", "dunning"}), agent("1002", {"repair", "dunning"})};
  Table table(rules);
  table.call("d1", "dunning");
  table.call("d2", "dunning");
  table.phone("1001");
  CHECK(table.rung().empty());
  table.phone("1002");
  CHECK(table.rung() == "d1@1001");
  table.call("a", "repair");
  CHECK(table.rung() == "a@1002");
  CHECK(table.core.overlooked().empty());
  table.answer("d1-o1");
  table.answer("a-o1");
  table.call("b", "repair");
  table.take();
  table.over("d1");
  table.wait(10);
  CHECK(table.rung() == "b@1001");  // although d2 is older
}

TEST_CASE("a caller is told his place when it has become better, and not again while nothing changed") {
  auto rule = queue("repair");
  rule.announce_every = seconds(20);
  Table table(one_agent(rule));
  busy(table);
  table.call("a", "repair");
  table.wait(1);
  table.call("b", "repair");
  table.take();
  table.wait(20);
  auto lines = table.take();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("tell a repair position=1 expected="));
  CHECK(lines[1].starts_with("tell b repair position=2 expected="));
  table.wait(40);
  for (const auto& line : table.take()) CHECK(line.find("position=1") == std::string::npos);
  table.over("a");
  table.take();
  table.wait(20);
  lines = table.take();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("tell b repair position=1"));
}

TEST_CASE("wrap-up can be extended as far as the queue allows") {
  auto rule = queue("repair");
  rule.wrap_up_max = seconds(25);
  Table table(one_agent(rule));
  busy(table);
  CHECK_FALSE(table.core.extend_wrap_up("1001", seconds(10), table.now, table.out));
  table.over("busy");
  table.take();
  REQUIRE(table.core.extend_wrap_up("1001", seconds(10), table.now, table.out));
  CHECK(table.take()[0] == "agent 1001 wrap-up -> wrap-up talk-over until=2023-11-14T22:13:40.000000Z");
  REQUIRE(table.core.extend_wrap_up("1001", seconds(10), table.now, table.out));
  CHECK_FALSE(table.core.extend_wrap_up("1001", seconds(10), table.now, table.out));
  table.wait(24);
  CHECK(table.state("1001") == "wrap-up:talk-over");
  table.wait(1);
  CHECK(table.state("1001") == "ready:wrap-up-over");
}

TEST_CASE("each kind of miss has a hold-off of its own when it is given one") {
  auto rules = one_agent();
  rules.misses_max = 0;
  rules.hold_off_missed = seconds(7);
  rules.hold_off_busy = seconds(0);
  Table table(rules);
  table.phone("1001");
  table.call("a", "repair");
  table.wait(15);
  CHECK(table.state("1001") == "paused:timeout");
  table.wait(7);
  CHECK(table.state("1001") == "offered:offer");
  table.core.missed("a-o2", MissReason::busy, table.now, table.out);
  CHECK(table.state("1001") == "offered:offer");  // rung again at once
}

TEST_CASE("a forced logout is not undone by the phone that is still registered") {
  Table table(one_agent());
  table.phone("1001");
  REQUIRE(table.core.logout("1001", table.now, table.out, "forced: went home"));
  table.phone("1001");
  CHECK(table.state("1001") == "logged-out:forced: went home");
}

TEST_CASE("why: each agent of the queue has a verdict, and the one who is rung is first") {
  auto rules = one_agent();
  for (const char* id : {"1002", "1003", "1004", "1005"}) rules.agents.push_back(agent(id, {"repair"}));
  rules.agents[1].skills = {{"english", 1}};
  rules.agents[2].skills = {{"english", 5}};
  rules.agents[3].skills = {{"english", 5}};
  Table table(rules);
  std::vector<Decision> seen;
  table.core.observe([&](const Decision& decision) { seen.push_back(decision); });
  for (const char* id : {"1002", "1004", "1003", "1001"}) {
    table.phone(id);
    table.wait(1);
  }
  require(table.core.pause("1001", "lunch", table.now, table.out));
  Arrival arrival{"a", "repair", {}, table.now, 0};
  arrival.needs = {{"english", 2}};
  require(table.core.enter(arrival, table.now, table.out));
  REQUIRE(seen.size() == 1);
  const auto& why = seen[0];
  CHECK(why.call == "a");
  CHECK(why.agent == "1004");
  CHECK(why.offer == "a-o1");
  std::string text;
  for (const auto& one : why.agents) text += one.agent + (one.chosen ? "*" : "") + " " + one.verdict + "\n";
  CHECK(text ==
        "1004* first: ready since 2023-11-14T22:13:21.000000Z\n"
        "1003 behind 1004: ready since 2023-11-14T22:13:22.000000Z\n"
        "1001 paused: lunch\n"
        "1002 needs english 2, has 1\n"
        "1005 logged out\n");
}

TEST_CASE("the estimator learns the pace of the agents and the patience of the callers") {
  Estimator estimator;
  CHECK_FALSE(estimator.expected(1));
  estimator.staffed(10, at(0));
  CHECK(estimator.expected(0) == milliseconds(0));
  CHECK(estimator.expected(1) == milliseconds(18000));  // ten agents, 180 s each, nothing measured
  // One of those who wait is answered every 6 s: each of the ten needs a minute.
  estimator.waiting(1, at(0));
  for (int i = 1; i <= 200; ++i) {
    estimator.waiting(0, at(i * 6));
    estimator.waiting(1, at(i * 6));
    estimator.answered(seconds(30));
  }
  auto one = estimator.expected(1)->count(), ten = estimator.expected(10)->count();
  CHECK(one > 6000);
  CHECK(one < 8500);
  CHECK(ten > 9 * one);
  estimator.staffed(20, at(1200));
  CHECK(estimator.expected(10)->count() < ten * 6 / 10);
  for (int i = 0; i < 20; ++i) estimator.abandoned(seconds(30));
  CHECK(estimator.expected(1)->count() < one);
  CHECK(estimator.expected(1000)->count() < 100 * estimator.expected(10)->count());  // those before us give up, too
}
