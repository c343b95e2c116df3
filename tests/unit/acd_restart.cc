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

TEST_CASE("nothing is offered before the restart is over, and then by the old clocks") {
  Table table(two_agents());
  table.core.suspend();
  table.now = at(100);
  table.phone("1001");
  table.call("young", "repair");
  REQUIRE(table.core.enter({"old", "repair", {}, at(50), 3}, table.now, table.out));
  CHECK(table.rung() == "");
  table.core.resume(table.now, table.out);
  CHECK(table.rung() == "old@1001");
  CHECK(table.core.entry("old")->offer == "old-o4");
  CHECK(table.core.longest_wait("repair", at(100)).count() == 0);
}

TEST_CASE("a ringing offer is adopted with what is left of its time") {
  Table table(two_agents());
  table.core.suspend();
  table.now = at(10);
  table.phone("1001");
  REQUIRE(table.core.enter({"a", "repair", {}, at(0), 0}, table.now, table.out));
  CHECK(table.core.adopt_offer("a", "1001", "a-o1", at(0), table.out));
  CHECK_FALSE(table.core.adopt_offer("a", "1001", "a-o1", at(0), table.out));
  CHECK_FALSE(table.core.adopt_offer("a", "1002", "a-o2", at(0), table.out));
  table.core.resume(table.now, table.out);
  table.take();
  CHECK(table.core.next_due() == at(15));
  table.phone("1002");
  table.wait(5);
  CHECK(table.rung() == "a@1002");
}

TEST_CASE("a talk is adopted: the waiting caller was answered, and the agent is not rung") {
  Table table(two_agents());
  table.core.suspend();
  table.now = at(10);
  table.phone("1001");
  REQUIRE(table.core.enter({"a", "repair", {}, at(0), 0}, table.now, table.out));
  table.take();
  CHECK(table.core.adopt_talk("a", "1001", "a-o1", at(4), table.out));
  CHECK(table.take() == std::vector<std::string>{
                            "exit a repair answered wait=4000ms agent=1001 a-o1 ring=0ms",
                            "agent 1001 ready -> talking answered call=a",
                        });
  CHECK_FALSE(table.core.adopt_talk("b", "1002", "b-o1", at(4), table.out));
  CHECK_FALSE(table.core.adopt_talk("a", "9999", "b-o1", at(4), table.out));
  table.core.resume(table.now, table.out);
  table.over("a");
  CHECK(table.take().front() == "served a repair 1001 talk=6000ms");
  CHECK(table.state("1001") == "wrap-up:talk-over");
}

TEST_CASE("wrap-up, pauses and wishes outlive a restart") {
  Table table(two_agents());
  table.core.suspend();
  table.core.restore_agent("1001", AgentState::wrap_up, "talk-over", at(0), at(10));
  table.core.restore_wish("1001", AgentState::paused, "lunch");
  table.core.restore_agent("1002", AgentState::paused, "training", at(0), {});
  table.phone("1001");
  table.phone("1002");
  table.core.resume(table.now, table.out);
  CHECK(table.state("1001") == "wrap-up:talk-over");
  CHECK(table.state("1002") == "paused:training");
  table.wait(10);
  CHECK(table.state("1001") == "paused:lunch");
}

TEST_CASE("an agent who was ready before and whose phone has gone is not ready after") {
  Table table(two_agents());
  table.core.suspend();
  table.core.restore_agent("1001", AgentState::ready, "ready", at(0), {});
  table.core.restore_agent("1002", AgentState::ready, "ready", at(0), {});
  table.phone("1001", false);
  table.phone("1002", true);
  table.core.resume(table.now, table.out);
  CHECK(table.state("1001") == "logged-out:phone-gone");
  CHECK(table.state("1002") == "ready:ready");
  table.call("a", "repair");
  CHECK(table.rung() == "a@1002");
}
