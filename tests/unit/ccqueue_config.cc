// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccqueue/config.h"

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
