// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "flow/flow.h"

using namespace hotline;
using namespace hotline::flow;

static std::string complaint(const std::string& text) {
  auto flow = parse(text, "main.toml", "main");
  return flow ? "" : flow.error().text;
}

TEST_CASE("a menu is read with its keys, waits and ways out") {
  auto flow = parse(R"(start = "main"
[node.bye]
kind = "hangup"
cause = 17
[node.main]
kind = "menu"
prompts = ["main-menu"]
keys = { 1 = "bye", "*" = "main", "#" = "bye" }
timeout = "4s"
retries = 1
no_input = ["no-input"]
invalid = ["invalid-choice"]
on_no_input = "bye"
)",
                    "main.toml", "main");
  REQUIRE(flow);
  CHECK(flow->start == "main");
  REQUIRE(flow->nodes.size() == 2);
  CHECK(flow->find("bye")->cause == 17);
  const Node& menu = *flow->find("main");
  CHECK(menu.kind == Kind::menu);
  CHECK(menu.place == "main.toml:5");
  CHECK(menu.keys == std::map<char, std::string>{{'1', "bye"}, {'*', "main"}, {'#', "bye"}});
  CHECK(menu.first_timeout == seconds(4));
  CHECK(menu.retries == 1);
  CHECK(menu.on_invalid == "bye");
  CHECK(flow->find("nobody") == nullptr);
}

TEST_CASE("a flow begins at its first node when it does not say where") {
  auto flow = parse("[node.z]\nkind = \"hangup\"\n[node.a]\nkind = \"hangup\"\n", "f.toml", "f");
  REQUIRE(flow);
  CHECK(flow->start == "z");
}

TEST_CASE("the version of a flow is that of its octets") {
  CHECK(content_version("") == "cbf29ce484222325");
  CHECK(content_version("a") == "af63dc4c8601ec8c");  // FNV-1a test vector
  CHECK(content_version("a ") != content_version("a"));
}

TEST_CASE("what is wrong in a flow file is told with its line") {
  struct {
    const char *text, *said;
  } cases[] = {
      {"", "main.toml:1: there is no node; a flow begins with [node.NAME]"},
      {"[node.a]\nkind = \"hangup\"\nprompt = [\"x\"]\n",
       "main.toml:3: unknown key 'prompt' in [a]; did you mean 'prompts'?"},
      {"[node.a]\nkind = \"hang\"\n", "main.toml:2: 'kind' in [a]: 'hang' is not one of play, say, set, menu, "},
      {"[node.a]\nprompts = [\"x\"]\n", "main.toml:1: node 'a': 'kind' is missing: play, say, set, menu, "},
      {"[node.a]\nkind = \"hangup\"\ncause = 300\n",
       "main.toml:3: 'cause' in [a]: a whole number from 1 to 127 is expected"},
      {"[node.a]\nkind = \"menu\"\nkeys = { 12 = \"a\" }\non_no_input = \"a\"\n",
       "main.toml:3: '12' in [keys]: a key is one of 0-9, \"*\" and \"#\""},
      {"[node.a]\nkind = \"menu\"\nkeys = { 1 = \"a\" }\non_no_input = \"a\"\ntimeout = \"5\"\n", "main.toml:5: "},
      {"[node.a]\nkind = \"menu\"\nkeys = { 1 = \"a\" }\non_no_input = \"a\"\ntimeout = \"5m\"\n",
       "main.toml:5: 'timeout' in [a]: a duration from 1s to 1m is expected"},
      {"[node.a]\nkind = \"collect\"\ntag = \"x\"\nmin = 5\nmax = 4\n",
       "main.toml:4: 'min' in [a]: more digits than 'max' (4)"},
      {"[node.a]\nkind = \"queue\"\nqueue = \"q\"\non = { timedout = \"a\" }\n", "did you mean 'timed-out'?"},
      {"[node.a]\nkind = \"play\"\nprompts = [\"../etc/passwd\"]\nnext = \"a\"\n",
       "'../etc/passwd' is no name of a prompt"},
      {"[node.a]\nkind = \"play\"\nprompts = [\"x\"]\nnotice = true\nbarge = true\nnext = \"a\"\n", "main.toml:5: "},
      {"[node.a\nkind = \"play\"\n", "main.toml:1: "},
  };
  for (const auto& [text, said] : cases) {
    CAPTURE(std::string(text));
    CHECK(complaint(text).find(said) != std::string::npos);
    CHECK(complaint(text).find("main.toml:") == 0);
  }
}

TEST_CASE("all complaints come at once") {
  auto said = complaint("[node.a]\nkind = \"hang\"\n[node.b]\nkind = \"queue\"\n");
  CHECK(said.find("main.toml:2: ") != std::string::npos);
  CHECK(said.find("main.toml:3: 'queue' in [b]: is needed here and missing") != std::string::npos);
}
