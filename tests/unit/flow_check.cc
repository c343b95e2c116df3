// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "flow/flow.h"

using namespace hotline;
using namespace hotline::flow;

static std::vector<std::string> faults(const std::string& text, const Known& known = {}) {
  auto flow = parse(text, "f.toml", "f");
  REQUIRE_MESSAGE(flow, (flow ? "" : flow.error().text));
  return check(*flow, known);
}
static const char* const kBye = "[node.bye]\nkind = \"hangup\"\nprompts = [\"goodbye\"]\n";

TEST_CASE("a whole flow has no faults") {
  CHECK(faults(std::string("[node.a]\nkind = \"play\"\nprompts = [\"welcome\"]\nnext = \"bye\"\n") + kBye).empty());
}

TEST_CASE("every fault of a flow is told with its place") {
  struct {
    const char *text, *said;
  } cases[] = {
      {"[node.a]\nkind = \"play\"\nprompts = [\"x\"]\nnext = \"by\"\n",
       "f.toml:1: node 'a': there is no node 'by'; did you mean 'bye'?"},
      {"[node.a]\nkind = \"play\"\nprompts = [\"x\"]\nnext = \"bye\"\n[node.lost]\nkind = \"hangup\"\n",
       "f.toml:5: node 'lost': nothing leads here"},
      {"[node.a]\nkind = \"play\"\nprompts = [\"x\"]\n", "f.toml:1: node 'a': dead end: a play needs 'next'"},
      {"[node.a]\nkind = \"menu\"\non_no_input = \"bye\"\n", "f.toml:1: node 'a': dead end: a menu needs 'keys'"},
      {"[node.a]\nkind = \"menu\"\nkeys = { 1 = \"bye\" }\n", "a menu needs 'on_no_input'"},
      {"[node.a]\nkind = \"collect\"\ntag = \"x\"\nnext = \"bye\"\n", "a collect needs 'on_failed'"},
      {"[node.a]\nkind = \"queue\"\nqueue = \"q\"\non = { timed-out = \"bye\" }\n", "a queue needs 'otherwise'"},
      {"[node.a]\nkind = \"menu\"\nkeys = { 1 = \"bye\" }\non_no_input = \"a\"\n",
       "a caller who keys nothing goes round for ever: a -> a"},
      {"[node.a]\nkind = \"play\"\nprompts = [\"x\"]\nnext = \"b\"\n[node.b]\nkind = \"play\"\nprompts = [\"x\"]\nnext "
       "= \"a\"\n",
       "f.toml:1: node 'a': no hangup and no queue can be reached from here"},
      {"start = \"aa\"\n[node.a]\nkind = \"play\"\nprompts = [\"x\"]\nnext = \"bye\"\n",
       "f.toml:1: 'start': there is no node 'aa'; did you mean 'a'?"},
  };
  for (const auto& [text, said] : cases) {
    CAPTURE(text);
    auto list = faults(std::string(text) + kBye);
    CHECK(join(list, "\n").find(said) != std::string::npos);
  }
}

TEST_CASE("a circle is told once, from its first node") {
  auto list = faults(R"([node.a]
kind = "menu"
keys = { 1 = "bye" }
on_no_input = "b"
[node.b]
kind = "play"
prompts = ["x"]
next = "a"
)" + std::string(kBye));
  CHECK(list ==
        std::vector<std::string>{"f.toml:1: node 'a': a caller who keys nothing goes round for ever: a -> b -> a"});
}

TEST_CASE("a missing prompt is named, with its language") {
  Known known;
  known.prompts = {{"en", {"goodbye", "welcome"}}, {"zh-CN", {"goodbye"}}};
  auto list = faults(
      std::string("[node.a]\nkind = \"play\"\nprompts = [\"welcome\", \"welcom\"]\nnext = \"bye\"\n") + kBye, known);
  CHECK(list ==
        std::vector<std::string>{"f.toml:1: node 'a': there is no prompt 'welcom' in en; did you mean 'welcome'?",
                                 "f.toml:1: node 'a': there is no prompt 'welcome' in zh-CN",
                                 "f.toml:1: node 'a': there is no prompt 'welcom' in zh-CN"});
}

TEST_CASE("the graph has every node and every way") {
  auto flow = parse(R"([node.main]
kind = "menu"
prompts = ["main-menu"]
keys = { 1 = "bye" }
on_no_input = "bye"
[node.bye]
kind = "hangup"
)",
                    "f.toml", "main");
  REQUIRE(flow);
  CHECK(graph(*flow) == R"(digraph "main" {
  node [fontname="sans"];
  "call" [shape=circle];
  "call" -> "main";
  "main" [shape=diamond, label="main\nmain-menu"];
  "main" -> "bye" [label="1"];
  "main" -> "bye" [label="no-input"];
  "main" -> "bye" [label="invalid"];
  "bye" [shape=octagon, label="bye"];
}
)");
}

static std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("the flows of every site are whole, with their sub-flows") {
  namespace fs = std::filesystem;
  std::string here = __FILE__;
  size_t sites = 0, flows = 0;
  for (const auto& site : fs::directory_iterator(here.substr(0, here.rfind("tests/unit/")) + "share/sites")) {
    ++sites;
    for (const auto& entry : fs::directory_iterator(site.path() / "etc/flows")) {
      const auto& path = entry.path();
      if (path.extension() != ".toml") continue;
      ++flows;
      CAPTURE(path.string());
      auto flow = parse(text_of_file(path), path.filename().string(), path.stem().string());
      REQUIRE_MESSAGE(flow, (flow ? "" : flow.error().text));
      auto linked = link(*flow, [&](const std::string& name) {
        return parse(text_of_file(path.parent_path() / (name + ".toml")), name + ".toml", name);
      });
      REQUIRE_MESSAGE(linked, (linked ? "" : linked.error().text));
      CHECK(check(*linked, {}) == std::vector<std::string>{});
    }
  }
  CHECK(sites >= 5);
  CHECK(flows >= 5);
}
