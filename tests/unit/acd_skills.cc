// SPDX-License-Identifier: GPL-2.0-or-later
// Skills, tiers that widen, preferred agents, strategies, ring groups.
#include <doctest/doctest.h>

#include "acd_play.h"

using namespace hotline;
using namespace hotline::acd;
using namespace hotline::acd::play;

namespace {

AgentRule skilled(const std::string& id, Skills skills, int tier = 1) {
  auto rule = agent(id, {"repair"});
  rule.skills = std::move(skills);
  rule.tiers["repair"] = tier;
  return rule;
}

Rules of(std::vector<AgentRule> agents, QueueRule rule = queue("repair")) {
  Rules rules;
  rules.queues = {std::move(rule)};
  rules.agents = std::move(agents);
  return rules;
}

/// All phones in the order of the rules, a second apart.
void arrive(Table& table) {
  for (const auto& rule : table.core.rules().agents) {
    table.phone(rule.id);
    table.wait(1);
  }
  table.take();
}

void needs(Table& table, const std::string& call, Skills skills) {
  Arrival arrival{call, "repair", {}, table.now, 0};
  arrival.needs = std::move(skills);
  require(table.core.enter(arrival, table.now, table.out));
}

}  // namespace

TEST_CASE("a caller who needs a skill is never offered to an agent without it") {
  Table table(of({skilled("1001", {}), skilled("1002", {{"complaint", 1}}), skilled("1003", {{"complaint", 3}})}));
  arrive(table);
  needs(table, "a", {{"complaint", 2}});
  CHECK(table.rung() == "a@1003");
  needs(table, "b", {{"complaint", 2}});
  CHECK(table.rung().empty());
  needs(table, "c", {});
  CHECK(table.rung() == "c@1001");
  table.wait(60);
  std::string rung = table.rung();  // and to nobody else, whoever misses whom
  CHECK(rung.find("b@1001") == std::string::npos);
  CHECK(rung.find("b@1002") == std::string::npos);
  CHECK(rung.find("c@1002") != std::string::npos);
}

TEST_CASE("what a queue needs and what its caller needs are both needed") {
  auto rule = queue("repair");
  rule.needs = {{"water", 1}};
  Table table(of({skilled("1001", {{"english", 5}}), skilled("1002", {{"water", 1}, {"english", 5}})}, rule));
  arrive(table);
  needs(table, "a", {{"english", 3}});
  CHECK(table.rung() == "a@1002");
}

TEST_CASE("more skills than there can be are refused and nothing is written") {
  Table table(of({skilled("1001", {})}));
  Arrival arrival{"a", "repair", {}, table.now, 0};
  for (int i = 0; i < 9; ++i) arrival.needs["s" + std::to_string(i)] = 1;
  CHECK_FALSE(table.core.enter(arrival, table.now, table.out));
  CHECK(table.out.empty());
  CHECK(table.core.entries().empty());
}

TEST_CASE("an agent who becomes free takes the caller he is fit for, not the first of the queue") {
  Table table(of({skilled("1001", {}), skilled("1002", {{"english", 1}})}));
  arrive(table);
  needs(table, "x", {});
  table.answer("x-o1");
  needs(table, "y", {});
  table.answer("y-o1");
  needs(table, "a", {{"english", 1}});
  needs(table, "b", {});
  table.take();
  table.over("x");  // 1001 after wrap-up
  table.wait(10);
  CHECK(table.rung() == "b@1001");
  table.over("y");
  table.wait(10);
  CHECK(table.rung() == "a@1002");
}

TEST_CASE("later tiers are rung only when the first are taken, and with widen only after that wait") {
  std::vector<AgentRule> agents = {skilled("1001", {}, 2), skilled("1002", {}, 1)};
  Table together(of(agents));
  arrive(together);
  needs(together, "a", {});
  CHECK(together.rung() == "a@1002");
  needs(together, "b", {});
  CHECK(together.rung() == "b@1001");

  auto rule = queue("repair");
  rule.widen = {{seconds(30), 2, {}}};
  Table later(of(agents, rule));
  arrive(later);
  needs(later, "a", {});
  later.answer("a-o1");
  needs(later, "b", {});
  later.wait(29);
  CHECK(later.rung() == "a@1002");
  later.wait(1);
  CHECK(later.rung() == "b@1001");
}

TEST_CASE("a tier of which nobody is there is not waited for") {
  auto rule = queue("repair");
  rule.widen = {{seconds(30), 2, {}}, {seconds(60), 3, {}}};
  Table table(of({skilled("1001", {}, 1), skilled("1002", {}, 2)}, rule));
  table.phone("1002");
  needs(table, "a", {});
  CHECK(table.rung() == "a@1002");
  table.answer("a-o1");
  table.phone("1001");
  needs(table, "b", {});  // tier 1 is there now
  table.answer("b-o1");
  table.take();
  needs(table, "c", {});
  table.over("a");
  table.wait(10);
  CHECK(table.rung().empty());  // 1002 is free, but tier 2 opens after 30 s …
  table.phone("1001", false);
  table.over("b");  // … or when the last of tier 1 has gone
  table.wait(10);
  CHECK(table.rung() == "c@1002");
}

TEST_CASE("a level that is wanted at first is given up when the wait is long") {
  auto rule = queue("repair");
  rule.widen = {{seconds(20), 1, {{"english", 1}}}, {seconds(40), 1, {{"english", 0}}}};
  Table table(of({skilled("1001", {}), skilled("1002", {{"english", 1}}), skilled("1003", {{"english", 5}})}, rule));
  arrive(table);
  needs(table, "x", {{"english", 5}});
  table.answer("x-o1");
  table.take();
  needs(table, "a", {{"english", 5}});
  needs(table, "b", {{"english", 5}});
  table.wait(19);
  CHECK(table.rung().empty());
  table.wait(1);
  CHECK(table.rung() == "a@1002");
  table.answer("a-o1");
  table.wait(20);
  CHECK(table.rung() == "b@1001");
}

TEST_CASE("a caller waits for the agent he prefers, for so long and while that agent is there") {
  auto rule = queue("repair");
  rule.prefer_for = seconds(30);
  Table table(of({skilled("1001", {}), skilled("1002", {})}, rule));
  arrive(table);
  auto prefers = [&](const std::string& call, const std::string& agent) {
    Arrival arrival{call, "repair", {}, table.now, 0};
    arrival.preferred = agent;
    require(table.core.enter(arrival, table.now, table.out));
  };
  prefers("x", "1002");
  CHECK(table.rung() == "x@1002");
  table.answer("x-o1");
  prefers("a", "1002");
  CHECK(table.rung().empty());
  table.wait(29);
  CHECK(table.rung().empty());
  table.wait(1);
  CHECK(table.rung() == "a@1001");
  table.answer("a-o1");
  prefers("b", "1002");
  table.over("a");
  table.wait(10);
  CHECK(table.rung().empty());
  require(table.core.pause("1002", "lunch", table.now, table.out));
  table.over("x");
  CHECK(table.rung().empty());
  table.wait(10);  // wrap-up over, then the pause: who waited for him waits for all
  CHECK(table.rung() == "b@1001");
  prefers("c", "9999");
  CHECK(table.core.entry("c")->preferred.empty());
}

TEST_CASE("strategies choose among those who are idle") {
  std::vector<AgentRule> agents = {skilled("1001", {{"water", 1}}), skilled("1002", {{"water", 9}}),
                                   skilled("1003", {{"water", 5}})};
  auto rule = queue("repair");
  rule.wrap_up = seconds(0);
  rule.needs = {{"water", 1}};

  rule.strategy = Strategy::skill_first;
  Table skill(of(agents, rule));
  arrive(skill);
  for (const char* call : {"a", "b", "c"}) needs(skill, call, {});
  CHECK(skill.rung() == "a@1002 b@1003 c@1001");

  rule.strategy = Strategy::fewest_calls;
  Table fewest(of(agents, rule));
  arrive(fewest);
  needs(fewest, "a", {});
  fewest.answer("a-o1");
  fewest.over("a");
  for (const char* call : {"b", "c", "d"}) needs(fewest, call, {});
  CHECK(fewest.rung() == "a@1001 b@1002 c@1003 d@1001");
  CHECK(fewest.core.agent("1001")->calls == 1);

  rule.strategy = Strategy::round_robin;
  Table round(of(agents, rule));
  arrive(round);
  std::string order;
  for (int i = 0; i < 6; ++i) {
    std::string call = "r" + std::to_string(i);
    needs(round, call, {});
    order += std::get<acd::Offer>(round.out[1]).agent + " ";
    round.answer(call + "-o1");
    round.over(call);
    round.take();
  }
  CHECK(order == "1001 1002 1003 1001 1002 1003 ");
}

TEST_CASE("ring-all rings every idle agent; the first to answer has the call and the others are free") {
  auto rule = queue("repair");
  rule.strategy = Strategy::ring_all;
  Table table(of({skilled("1001", {}), skilled("1002", {}), skilled("1003", {})}, rule));
  table.phone("1001");
  table.phone("1002");
  table.call("a", "repair");
  CHECK(table.rung() == "a@1001 a@1002");
  table.phone("1003");  // who comes meanwhile is rung, too
  CHECK(table.rung() == "a@1003");
  CHECK(table.core.answered("a-o2", table.now, table.out));
  CHECK_FALSE(table.core.answered("a-o1", table.now, table.out));
  auto lines = table.take();
  CHECK(lines[0] == "connect a 1002 a-o2");
  CHECK(std::count(lines.begin(), lines.end(), "missed a 1001 a-o1 elsewhere ring=0ms") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "missed a 1003 a-o3 elsewhere ring=0ms") == 1);
  CHECK(table.state("1001") == "ready:elsewhere");
  CHECK(table.state("1002") == "talking:answered");
  CHECK(table.core.agent("1001")->misses == 0);
}

TEST_CASE("a ring group that nobody answers is rung anew, and a caller who goes silences all") {
  auto rule = queue("repair");
  rule.strategy = Strategy::ring_all;
  auto rules = of({skilled("1001", {}), skilled("1002", {})}, rule);
  rules.misses_max = 0;
  Table table(rules);
  arrive(table);
  table.call("a", "repair");
  CHECK(table.rung() == "a@1001 a@1002");
  table.wait(15);
  CHECK(table.rung() == "a@1001 a@1002");
  table.over("a");
  auto lines = table.take();
  CHECK(std::count_if(lines.begin(), lines.end(), [](const auto& l) { return l.starts_with("cancel a "); }) == 2);
  CHECK(lines.back() == "exit a repair abandoned wait=15000ms");
  CHECK(table.core.overlooked().empty());
}

TEST_CASE("a night bell rings mobiles that register nowhere") {
  auto rule = queue("repair");
  rule.strategy = Strategy::ring_all;
  auto one = agent("night1", {"repair"}), two = agent("night2", {"repair"});
  one.registers = two.registers = false;
  Table table(of({one, two}, rule));
  table.call("a", "repair");
  CHECK(table.rung() == "a@night1 a@night2");
}
