// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccqueue/changes.h"

using namespace hotline;
using namespace hotline::ccqueue;

namespace {

Result<Settings> read(const std::string& text) {
  auto document = conf::Document::parse(text, "hotline.toml");
  if (!document) return document.error();
  Settings settings;
  auto root = document->root();
  read_settings(root, settings);
  root.ignore(conf::hotline_tables());
  root.close();
  if (auto verdict = document->verdict(); !verdict) return verdict.error();
  return settings;
}

std::string complaint(const std::string& text) {
  auto settings = read(text);
  REQUIRE_FALSE(settings);
  return settings.error().text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("defaults of a queue and an agent are those of hotline.toml(5)") {
  auto settings = read("[[queue]]\nname = \"repair\"\n[[agent]]\nid = \"1001\"\nqueues = [\"repair\"]\n");
  REQUIRE(settings);
  const auto& queue = settings->rules.queues.at(0);
  CHECK(queue.ring_timeout == seconds(15));
  CHECK(queue.wrap_up == seconds(10));
  CHECK(queue.max_wait == seconds(0));
  CHECK(queue.max_waiting == 10000);
  CHECK(settings->queues.at("repair").record);
  CHECK(settings->queues.at("repair").announce);
  CHECK_FALSE(settings->queues.at("repair").auto_answer);
  const auto& agent = settings->rules.agents.at(0);
  CHECK(agent.phone == "1001");
  CHECK(agent.auto_login);
  CHECK(settings->agents.at("1001").endpoint == "phone:1001");
  CHECK(settings->agents.at("1001").number == "1001");
  CHECK(settings->agents.at("1001").name == "1001");
  CHECK(settings->rules.misses_max == 2);
  CHECK(settings->rules.hold_off == seconds(10));
  CHECK(settings->rules.short_abandon == seconds(5));
  CHECK(settings->hand_back == "ccivr");
}

TEST_CASE("an agent outside has no registration to wait for") {
  auto settings = read("[[queue]]\nname = \"q\"\n[[agent]]\nid = \"a\"\nphone = \"pstn:13800138000\"\nqueues = [\"q\"]\n");
  REQUIRE(settings);
  CHECK(settings->agents.at("a").endpoint == "pstn:13800138000");
  CHECK_FALSE(settings->rules.agents.at(0).registers);
}

TEST_CASE("mistakes are named with their line and a remedy") {
  CHECK(has(complaint("[[agent]]\nid = \"1\"\nqueues = [\"repair\"]\n"), "hotline.toml:3: "));
  CHECK(has(complaint("[[queue]]\nname = \"repair\"\n[[agent]]\nid = \"1\"\nqueues = [\"repiar\"]\n"), "did you mean 'repair'?"));
  CHECK(has(complaint("[[queue]]\nname = \"q\"\n[[queue]]\nname = \"q\"\n"), "queue 'q' is there twice"));
  CHECK(has(complaint("[[queue]]\nname = \"q\"\n[[agent]]\nid = \"1\"\n[[agent]]\nid = \"2\"\nphone = \"1\"\n"),
            "phone '1' is another agent's"));
  CHECK(has(complaint("[[agent]]\nid = \"1\"\n[[agent]]\nid = \"1\"\nphone = \"2\"\n"), "agent '1' is there twice"));
  CHECK(has(complaint("[[agent]]\nid = \"1\"\nphone = \"sip:1\"\n"), "a phone's id, or pstn: and a number"));
  CHECK(has(complaint("[[agent]]\nid = \"1\"\nlogin = \"always\"\n"), "manual"));
  CHECK(has(complaint("[[queue]]\nname = \"q\"\nring_timeout = \"0s\"\n"), "ring_timeout"));
  CHECK(has(complaint("[[queue]]\nname = \"q\"\nmax_waiting = -1\n"), "max_waiting"));
  CHECK(has(complaint("[[queue]]\nring_timeout = \"9s\"\n"), "name"));
  CHECK(has(complaint("[acd]\nhand_back = \"Mr Li\"\n"), "no controller's name"));
  CHECK(has(complaint("[acd]\nmises_max = 1\n"), "did you mean 'misses_max'?"));
}

TEST_CASE("a difference counts what came, went and changed") {
  auto was = read("[[queue]]\nname = \"a\"\n[[queue]]\nname = \"b\"\n[[agent]]\nid = \"1\"\nqueues = [\"a\"]\n");
  auto is = read("[[queue]]\nname = \"a\"\nwrap_up = \"1s\"\n[[queue]]\nname = \"c\"\n[[agent]]\nid = \"1\"\nqueues = [\"a\"]\n");
  REQUIRE(was);
  REQUIRE(is);
  CHECK(difference(*was, *is) == "queues +1 -1 ~1 agents +0 -0 ~0");
  CHECK(difference(*is, *is) == "queues +0 -0 ~0 agents +0 -0 ~0");
}

namespace {

/// A queue "q" with those keys, and an agent who has those.
std::string centre(const std::string& queue, const std::string& agent = "") {
  return "[[queue]]\nname = \"q\"\n" + queue + "\n[[agent]]\nid = \"1\"\nqueues = [\"q\"]\n" + agent;
}

}  // namespace

TEST_CASE("every key of a queue's rule is read") {
  auto settings = read(centre(
      "strategy = \"skill-first\"\nneeds = [\"complaint:3\", \"english\"]\nwrap_up_max = \"60s\"\nmax_expected_wait = \"5m\"\n"
      "join_when_empty = false\nleave_when_empty = \"30s\"\nabsent = [\"paused\", \"wrap-up\"]\noverflow_to = \"other\"\n"
      "prefer_for = \"20s\"\nannounce_every = \"45s\"\nresume_within = \"10m\"\noutbound = true\nreserve = 2\n"
      "announce_position = false\ncall_back_key = \"1\"\nexit_key = \"*\"\nmusic = \"jazz\"\n"
      "[[queue.widen]]\nafter = \"20s\"\ntier = 2\nneeds = [\"complaint:1\"]\n"
      "[[queue.widen]]\nafter = \"60s\"\nneeds = [\"english:0\"]\n[[queue]]\nname = \"other\"\n",
      "skills = [\"complaint:3\", \"english\"]\n"));
  REQUIRE_MESSAGE(settings, settings.error().text);
  const auto& rule = settings->rules.queues.at(0);
  CHECK(rule.strategy == acd::Strategy::skill_first);
  CHECK(rule.needs == acd::Skills{{"complaint", 3}, {"english", 1}});
  CHECK(rule.wrap_up_max == seconds(60));
  CHECK(rule.max_expected_wait == seconds(300));
  CHECK_FALSE(rule.join_when_empty);
  CHECK(rule.leave_when_empty == seconds(30));
  CHECK(rule.absent == std::vector{acd::AgentState::paused, acd::AgentState::wrap_up});
  CHECK(rule.overflow_to == "other");
  CHECK(rule.prefer_for == seconds(20));
  CHECK(rule.announce_every == seconds(45));
  CHECK(rule.resume_within == seconds(600));
  CHECK(rule.outbound);
  CHECK(rule.reserve == 2);
  CHECK(rule.widen == std::vector<acd::Widen>{{seconds(20), 2, {{"complaint", 1}}}, {seconds(60), 9, {{"english", 0}}}});
  const auto& more = settings->queues.at("q");
  CHECK_FALSE(more.announce_position);
  CHECK(more.announce_wait);
  CHECK(more.call_back_key == "1");
  CHECK(more.exit_key == "*");
  CHECK(more.music == "jazz");
  CHECK(settings->rules.agents.at(0).skills == acd::Skills{{"complaint", 3}, {"english", 1}});
}

TEST_CASE("an agent's tier stands behind the queue's name, and is 1 where none stands there") {
  auto settings = read("[[queue]]\nname = \"a\"\n[[queue]]\nname = \"b\"\n[[agent]]\nid = \"1\"\nqueues = [\"a\", \"b:3\"]\n");
  REQUIRE(settings);
  const auto& agent = settings->rules.agents.at(0);
  CHECK(agent.queues == std::vector<std::string>{"a", "b"});
  CHECK(agent.tier("a") == 1);
  CHECK(agent.tier("b") == 3);
}

TEST_CASE("each kind of miss may have a hold-off of its own, none included") {
  auto settings = read("[acd]\nhold_off_missed = \"5s\"\nhold_off_busy = \"0s\"\npriority_step = \"2m\"\n");
  REQUIRE(settings);
  CHECK(settings->rules.hold_off_missed == seconds(5));
  CHECK(settings->rules.hold_off_busy == seconds(0));
  CHECK_FALSE(settings->rules.hold_off_rejected);
  CHECK_FALSE(settings->rules.hold_off_unreachable);
  CHECK(settings->rules.priority_step == seconds(120));
}

TEST_CASE("mistakes in skills, tiers, steps and keys are named with a remedy") {
  CHECK(has(complaint(centre("strategy = \"longest-idel\"")), "did you mean 'longest-idle'?"));
  CHECK(has(complaint(centre("needs = [\"complaint:0\"]")), "hotline.toml:3: 'needs' in [[queue]]: 'complaint:0' is no skill"));
  CHECK(has(complaint(centre("needs = [\"complaint:101\"]")), "from 1 to 100"));
  CHECK(has(complaint(centre("needs = [\"a b\"]")), "'a b' is no skill"));
  CHECK(has(complaint(centre("needs = [\"a:1\", \"a:2\"]")), "skill 'a' is there twice"));
  CHECK(has(complaint(centre("needs = [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]")), "at most 8 skills"));
  CHECK(has(complaint(centre("", "skills = [\"x:\"]")), "'x:' is no skill"));
  CHECK(has(complaint("[[queue]]\nname = \"q\"\n[[agent]]\nid = \"1\"\nqueues = [\"q:10\"]\n"), "a tier from 1 to 9"));
  CHECK(has(complaint("[[queue]]\nname = \"q\"\n[[agent]]\nid = \"1\"\nqueues = [\"q\", \"q:2\"]\n"), "is there twice"));
  CHECK(has(complaint("[[queue]]\nname = \"a:b\"\n"), "no colon"));
  CHECK(has(complaint(centre("[[queue.widen]]\ntier = 2")), "'after' in [[widen]]: is needed"));
  CHECK(has(complaint(centre("[[queue.widen]]\nafter = \"9s\"\n[[queue.widen]]\nafter = \"9s\"")), "longer than that of the step before"));
  CHECK(has(complaint(centre("needs = [\"english:2\"]\n[[queue.widen]]\nafter = \"9s\"\nneeds = [\"englsh:1\"]")), "did you mean 'english'?"));
  CHECK(has(complaint(centre("needs = [\"english:2\"]\n[[queue.widen]]\nafter = \"9s\"\nneeds = [\"english:2\"]")), "below the queue's own"));
  CHECK(has(complaint(centre("wrap_up_max = \"5s\"")), "not less than wrap_up is expected, which is 10s"));
  CHECK(has(complaint(centre("announce_every = \"1s\"")), "at least 5s"));
  CHECK(has(complaint(centre("announce_every = \"30s\"\nannounce_position = false\nannounce_wait = false")), "nothing to say"));
  CHECK(has(complaint(centre("call_back_key = \"12\"")), "one key of a telephone"));
  CHECK(has(complaint(centre("call_back_key = \"1\"\nexit_key = \"1\"")), "another key"));
  CHECK(has(complaint(centre("absent = [\"logged-out\"]")), "'logged-out' is not one of"));
  CHECK(has(complaint(centre("absent = [\"pausd\"]")), "did you mean 'paused'?"));
  CHECK(has(complaint(centre("reserve = 1")), "outbound = true"));
}

TEST_CASE("overflow goes to a queue that is there, in no circle, and not further than three") {
  auto queue = [](const std::string& name, const std::string& to) {
    return "[[queue]]\nname = \"" + name + "\"\n" + (to.empty() ? "" : "overflow_to = \"" + to + "\"\n");
  };
  CHECK(has(complaint(queue("repair", "") + queue("b", "repiar")), "hotline.toml:5: 'overflow_to' in [[queue]]: no queue 'repiar'"));
  CHECK(has(complaint(queue("a", "a")), "goes in a circle: a -> a"));
  auto circle = complaint(queue("x", "a") + queue("a", "b") + queue("b", "a"));
  CHECK(circle == "hotline.toml:6: 'overflow_to' in [[queue]]: goes in a circle: a -> b -> a");
  CHECK(read(queue("a", "b") + queue("b", "c") + queue("c", "d") + queue("d", "")));
  CHECK(has(complaint(queue("a", "b") + queue("b", "c") + queue("c", "d") + queue("d", "e") + queue("e", "")),
            "at most 3 queues can follow one another: a -> b -> c -> d -> e"));
}

TEST_CASE("a queue that nobody can ever answer is allowed, with a warning that says why") {
  auto warnings = [](const std::string& text) {
    auto settings = read(text);
    REQUIRE_MESSAGE(settings, settings.error().text);
    return settings->warnings;
  };
  using List = std::vector<std::string>;
  CHECK(warnings("[[queue]]\nname = \"q\"\n") == List{"hotline.toml:2: queue 'q': no agent answers it"});
  CHECK(warnings(centre("needs = [\"english:2\"]", "skills = [\"english\"]")) ==
        List{"hotline.toml:3: queue 'q': none of its 1 agent has what it needs"});
  CHECK(warnings(centre("needs = [\"english:2\"]\n[[queue.widen]]\nafter = \"1m\"\nneeds = [\"english:1\"]",
                        "skills = [\"english\"]")).empty());
  CHECK(warnings("[[queue]]\nname = \"q\"\n[[queue.widen]]\nafter = \"1m\"\ntier = 2\n[[agent]]\nid = \"1\"\nqueues = [\"q:3\"]\n") ==
        List{"hotline.toml:3: queue 'q': its fit agents are all of a tier above 2, and no step goes so far"});
  CHECK(warnings(centre("")).empty());
}

TEST_CASE("what a reload would change is told line for line, through the wire and back") {
  auto was = read("[[queue]]\nname = \"repair\"\nwrap_up = \"10s\"\n[[queue]]\nname = \"old\"\n"
                  "[[agent]]\nid = \"1001\"\nqueues = [\"repair\"]\n[[agent]]\nid = \"1003\"\n");
  auto is = read("[acd]\nhold_off_busy = \"3s\"\n"
                 "[[queue]]\nname = \"repair\"\nwrap_up = \"20s\"\nrecord = false\nneeds = [\"english:2\"]\n"
                 "[[queue.widen]]\nafter = \"30s\"\ntier = 2\nneeds = [\"english:1\"]\n[[queue]]\nname = \"new\"\n"
                 "[[agent]]\nid = \"1001\"\nname = \"Li Na\"\nqueues = [\"repair:2\", \"new\"]\n");
  REQUIRE(was);
  REQUIRE(is);
  auto over_the_wire = from_json(*wire::parse(wire::dump(to_json(flat(*was)))));
  CHECK(over_the_wire == flat(*was));
  CHECK(changes(over_the_wire, flat(*is)) ==
        std::vector<std::string>{"acd: hold_off_busy none -> 3s", "queue new: new", "queue old: gone",
                                 "queue repair: needs [] -> [english:2]", "queue repair: record true -> false",
                                 "queue repair: widen [] -> [after 30s tier 2 needs [english:1]]",
                                 "queue repair: wrap_up 10s -> 20s", "agent 1001: name \"1001\" -> \"Li Na\"",
                                 "agent 1001: queues [repair] -> [repair:2, new]", "agent 1003: gone"});
  CHECK(changes(flat(*is), flat(*is)).empty());
  CHECK(changes(flat(*was), from_json(wire::Json("nonsense"))).size() == 5);
}
