// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "flow/walk.h"

using namespace hotline;
using namespace hotline::flow;

TEST_CASE("a walk hears prompts, goes by keys, waits and queue results, and knows what it covered") {
  auto flow = parse(R"([node.welcome]
kind = "play"
prompts = ["welcome"]
next = "main"
[node.main]
kind = "menu"
prompts = ["main-menu"]
keys = { 1 = "repair" }
retries = 0
on_no_input = "bye"
[node.repair]
kind = "queue"
queue = "repair"
on = { otherwise = "bye" }
[node.bye]
kind = "hangup"
prompts = ["goodbye"]
)",
                    "f.toml", "f");
  REQUIRE(flow);
  Walk walk(*flow);
  walk.call();
  CHECK(walk.heard() == std::vector<std::string>{"welcome", "main-menu"});
  REQUIRE(walk.transcript().size() == 4);
  CHECK(walk.transcript()[2].node);
  CHECK(walk.transcript()[2].name == "main");
  CHECK(walk.transcript()[3].name == "main-menu");
  walk.key('1');
  CHECK(walk.queue() == "repair");
  CHECK(walk.tags().at("queue") == "repair");
  walk.result("failed");
  CHECK(walk.queue() == "");
  CHECK(walk.heard() == std::vector<std::string>{"goodbye"});
  CHECK(walk.hung_up() == 16);
  walk.call();
  CHECK_FALSE(walk.hung_up());
  walk.wait();
  CHECK(walk.transcript().front().name == "bye");
  CHECK(walk.covered() == std::set<std::pair<std::string, std::string>>{
                              {"f/welcome", ""}, {"f/main", "1"}, {"f/repair", "otherwise"}, {"f/main", "no-input"}});
}
