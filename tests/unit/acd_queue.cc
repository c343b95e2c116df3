// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "acd_play.h"

using namespace hotline;
using namespace hotline::acd;
using namespace hotline::acd::play;

static Rules two_agents() {
  Rules rules;
  rules.queues = {queue("repair")};
  rules.agents = {agent("1001", {"repair"}), agent("1002", {"repair"})};
  return rules;
}

TEST_CASE("a call goes from arrival to served in these steps") {
  Table table(two_agents());
  table.phone("1001");
  table.take();
  table.call("a", "repair");
  CHECK(table.take() == std::vector<std::string>{
                            "entered a repair 2023-11-14T22:13:20.000000Z priority=0 position=1",
                            "offer a repair 1001 a-o1 phone=1001",
                            "agent 1001 ready -> offered offer call=a",
                        });
  table.wait(3);
  table.answer("a-o1");
  CHECK(table.take() == std::vector<std::string>{
                            "connect a 1001 a-o1",
                            "agent 1001 offered -> talking answered call=a",
                            "exit a repair answered wait=3000ms agent=1001 a-o1 ring=3000ms",
                        });
  table.wait(60);
  table.over("a");
  CHECK(table.take() == std::vector<std::string>{
                            "served a repair 1001 talk=60000ms",
                            "agent 1001 talking -> wrap-up talk-over until=2023-11-14T22:14:33.000000Z",
                        });
  table.wait(10);
  CHECK(table.take() == std::vector<std::string>{"agent 1001 wrap-up -> ready wrap-up-over"});
}

TEST_CASE("the agent who has been ready longest is rung first") {
  Table table(two_agents());
  table.phone("1002");
  table.wait(1);
  table.phone("1001");
  table.call("a", "repair");
  table.call("b", "repair");
  CHECK(table.rung() == "a@1002 b@1001");
}

TEST_CASE("who is more urgent comes first, then who has waited longest, over all queues") {
  Rules rules;
  rules.queues = {queue("bills"), queue("repair")};
  rules.agents = {agent("1001", {"repair", "bills"}, false)};
  Table table(rules);
  table.phone("1001");
  table.call("a", "repair");
  table.wait(1);
  table.call("b", "bills");
  table.wait(1);
  table.call("c", "bills", 5);
  table.take();
  REQUIRE(table.core.login("1001", table.now, table.out));
  CHECK(table.rung() == "c@1001");
  table.answer("c-o1");
  table.over("c");
  table.wait(10);
  CHECK(table.rung() == "a@1001");
  table.answer("a-o1");
  table.over("a");
  table.wait(10);
  CHECK(table.rung() == "b@1001");
}

TEST_CASE("an agent of another queue is never rung") {
  Rules rules;
  rules.queues = {queue("bills"), queue("repair")};
  rules.agents = {agent("1001", {"bills"})};
  Table table(rules);
  table.phone("1001");
  table.call("a", "repair");
  CHECK(table.rung() == "");
  table.call("b", "bills");
  CHECK(table.rung() == "b@1001");
}

TEST_CASE("a ring time-out goes to the next agent, and to the same only when all were tried") {
  auto rules = two_agents();
  rules.misses_max = 0;
  Table table(rules);
  table.phone("1001");
  table.wait(1);
  table.phone("1002");
  table.call("a", "repair");
  CHECK(table.rung() == "a@1001");
  table.wait(14);
  CHECK(table.rung() == "");
  table.wait(1);
  CHECK(table.rung() == "a@1002");
  table.wait(15);
  CHECK(table.rung() == "a@1001");
}

TEST_CASE("an agent who missed one call is given another that waits rather than the same again") {
  auto rules = two_agents();
  rules.agents.pop_back();
  Table table(rules);
  table.phone("1001");
  table.call("a", "repair");
  table.wait(1);
  table.call("b", "repair");
  CHECK(table.rung() == "a@1001");
  table.wait(14);
  CHECK(table.rung() == "b@1001");
}

TEST_CASE("an agent is paused as missed after so many misses in a row, and a talk forgives them") {
  auto rules = two_agents();
  rules.agents.pop_back();
  Table table(rules);
  table.phone("1001");
  table.call("a", "repair");
  table.wait(15);
  CHECK(table.state("1001") == "offered:offer");
  table.answer("a-o2");
  table.over("a");
  table.wait(10);
  table.call("b", "repair");
  table.wait(15);
  CHECK(table.state("1001") == "offered:offer");
  table.wait(15);
  CHECK(table.state("1001") == "paused:missed");
  CHECK(table.core.waiting("repair") == 1);
  table.take();
  REQUIRE(table.core.ready("1001", table.now, table.out));
  CHECK(table.rung() == "b@1001");
}

TEST_CASE("a rejected, busy or unreachable offer holds the agent off for a while and rings the next") {
  for (auto reason : {MissReason::rejected, MissReason::busy, MissReason::unreachable}) {
    Table table(two_agents());
    table.phone("1001");
    table.wait(1);
    table.phone("1002");
    table.call("a", "repair");
    table.take();
    table.core.missed("a-o1", reason, table.now, table.out);
    CHECK(table.rung() == "a@1002");
    CHECK(table.state("1001") == "paused:" + std::string(name(reason)));
    table.wait(9);
    CHECK(table.state("1001") == "paused:" + std::string(name(reason)));
    table.wait(1);
    CHECK(table.state("1001") == "ready:pause-over");
  }
}

TEST_CASE("an offer is a token of one use: a late or a second answer is refused") {
  Table table(two_agents());
  table.phone("1001");
  table.wait(1);
  table.phone("1002");
  table.call("a", "repair");
  table.wait(15);
  CHECK_FALSE(table.core.answered("a-o1", table.now, table.out));
  CHECK(table.core.answered("a-o2", table.now, table.out));
  CHECK_FALSE(table.core.answered("a-o2", table.now, table.out));
  table.core.connected("a", table.now, table.out);
  CHECK_FALSE(table.core.answered("a-o2", table.now, table.out));
  CHECK_FALSE(table.core.answered("never", table.now, table.out));
}

TEST_CASE("a caller who gives up while an agent is rung frees him at his old place") {
  Table table(two_agents());
  table.phone("1001");
  table.wait(1);
  table.phone("1002");
  table.call("a", "repair");
  table.wait(6);
  table.take();
  table.over("a");
  CHECK(table.take() == std::vector<std::string>{
                            "cancel a 1001 a-o1",
                            "missed a 1001 a-o1 caller-gone ring=6000ms",
                            "agent 1001 offered -> ready caller-gone",
                            "exit a repair abandoned wait=6000ms",
                        });
  table.call("b", "repair");
  CHECK(table.rung() == "b@1001");
}

TEST_CASE("who gives up before the threshold is a short-abandoned") {
  Table table(two_agents());
  table.call("a", "repair");
  table.call("b", "repair");
  table.wait(4);
  table.over("a");
  table.wait(1);
  table.over("b");
  auto lines = table.take();
  REQUIRE(lines.size() == 4);
  CHECK(lines[2] == "exit a repair short-abandoned wait=4000ms");
  CHECK(lines[3] == "exit b repair abandoned wait=5000ms");
}

TEST_CASE("a caller leaves as timed-out after the longest wait, but not while an agent is rung") {
  auto rules = two_agents();
  rules.queues[0].max_wait = seconds(20);
  Table table(rules);
  table.call("a", "repair");
  table.wait(10);
  table.call("b", "repair");
  table.take();
  table.wait(10);
  CHECK(table.take() == std::vector<std::string>{"exit a repair timed-out wait=20000ms"});
  table.wait(8);
  table.phone("1001");
  CHECK(table.rung() == "b@1001");
  table.wait(10);
  CHECK(table.rung() == "");
  CHECK(table.core.entry("b") != nullptr);
  table.wait(5);
  auto lines = table.take();
  CHECK(lines.back() == "exit b repair timed-out wait=33000ms");
}

TEST_CASE("one caller more than may wait leaves as overflowed, unless an agent is free") {
  auto rules = two_agents();
  rules.queues[0].max_waiting = 1;
  Table table(rules);
  table.call("a", "repair");
  table.call("b", "repair");
  CHECK(table.take().back() == "exit b repair overflowed wait=0ms detail=size");
  CHECK(table.core.waiting("repair") == 1);

  rules.queues[0].max_waiting = 0;
  Table hard(rules);
  hard.phone("1001");
  hard.call("a", "repair");
  CHECK(hard.rung() == "a@1001");
  hard.call("b", "repair");
  CHECK(hard.take().back() == "exit b repair overflowed wait=0ms detail=size");
}

TEST_CASE("the place told to a caller counts those before him") {
  Table table(two_agents());
  table.call("a", "repair");
  table.call("b", "repair");
  table.call("c", "repair", 3);
  table.call("d", "repair", 1);
  std::vector<int64_t> places;
  for (const auto& action : table.out)
    if (auto* entered = std::get_if<Entered>(&action)) places.push_back(entered->position);
  CHECK(places == std::vector<int64_t>{1, 2, 1, 2});
}

TEST_CASE("a caller in an unknown queue or in a queue already is refused") {
  Table table(two_agents());
  CHECK_FALSE(table.core.enter({"a", "sales", {}, table.now, 0}, table.now, table.out));
  table.call("a", "repair");
  table.take();
  auto twice = table.core.enter({"a", "repair", {}, table.now, 0}, table.now, table.out);
  REQUIRE_FALSE(twice);
  CHECK(twice.error().text == "call 'a' is in a queue already");
  CHECK(table.out.empty());
}

TEST_CASE("a join that fails gives the caller back his place and rings another agent") {
  Table table(two_agents());
  table.phone("1001");
  table.wait(1);
  table.phone("1002");
  table.call("a", "repair");
  table.core.answered("a-o1", table.now, table.out);
  table.take();
  table.core.connect_failed("a", table.now, table.out);
  CHECK(table.take() == std::vector<std::string>{
                            "cancel a 1001 a-o1",
                            "missed a 1001 a-o1 lost ring=0ms",
                            "agent 1001 talking -> paused lost until=2023-11-14T22:13:31.000000Z",
                            "offer a repair 1002 a-o2 phone=1002",
                            "agent 1002 ready -> offered offer call=a",
                        });
}

TEST_CASE("the longest wait of a queue is that of the oldest, whatever the priorities") {
  Table table(two_agents());
  CHECK(table.core.longest_wait("repair", table.now).count() == 0);
  table.call("a", "repair");
  table.wait(3);
  table.call("b", "repair", 9);
  table.wait(4);
  CHECK(table.core.longest_wait("repair", table.now).count() == 7000);
}
