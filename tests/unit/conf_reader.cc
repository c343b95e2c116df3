// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>

#include "base/fd.h"
#include "conf/conf.h"
#include "conf/instance.h"

using namespace hotline;
using namespace hotline::conf;

static std::string verdict_of(const std::string& text, const std::function<void(Table&)>& read) {
  auto document = Document::parse(text, "hotline.toml");
  if (!document) return document.error().text;
  auto root = document->root();
  read(root);
  root.close();
  auto verdict = document->verdict();
  return verdict ? "" : verdict.error().text;
}

TEST_CASE("an unknown key is named with file, line and the nearest known key") {
  CHECK(verdict_of("[sip]\nlisten = \"127.0.0.1:5060\"\ndomian = \"x\"\n", [](Table& root) {
          auto sip = root.table("sip");
          CHECK(sip.string("listen") == "127.0.0.1:5060");
          CHECK(sip.string("domain", "otherwise") == "otherwise");
          sip.close();
        }) == "hotline.toml:3: unknown key 'domian' in [sip]; did you mean 'domain'?");
}

TEST_CASE("wrong types and ranges are complaints with their place, and the default is used") {
  std::string text = "[a]\nport = 70000\nwait = 20\nway = \"sideways\"\nnames = [\"x\", 3]\n";
  std::string verdict = verdict_of(text, [](Table& root) {
    auto a = root.table("a");
    CHECK(a.integer("port", 5060, 1, 65535) == 5060);
    CHECK(a.duration("wait", seconds(5), seconds(1), seconds(60)) == seconds(5));
    CHECK(a.choice("way", "up", {"up", "down"}) == "up");
    CHECK(a.strings("names").empty());
    a.close();
  });
  CHECK(verdict.find("hotline.toml:2: 'port' in [a]: a whole number from 1 to 65535 is expected") != verdict.npos);
  CHECK(verdict.find("hotline.toml:3: 'wait' in [a]: a duration from 1s to 1m is expected") != verdict.npos);
  CHECK(verdict.find("hotline.toml:4: 'way' in [a]: 'sideways' is not one of up, down") != verdict.npos);
  CHECK(verdict.find("hotline.toml:5: 'names' in [a]") != verdict.npos);
}

TEST_CASE("broken TOML names its line") {
  CHECK(verdict_of("[a]\nb = \n", [](Table&) {}).rfind("hotline.toml:2: ", 0) == 0);
}

TEST_CASE("named tables come in the order in which they were written") {
  CHECK(verdict_of("[node.zeta]\nx = 1\n[node.alpha]\nx = 2\n", [](Table& root) {
          auto node = root.table("node");
          auto named = node.named_tables();
          REQUIRE(named.size() == 2);
          CHECK(named[0].first == "zeta");
          CHECK(named[1].first == "alpha");
          for (auto& [name, table] : named) table.integer("x", 0, 0, 9);
          node.close();
        }) == "");
}

TEST_CASE("included files join arrays of tables, and what is defined twice is an error naming both places") {
  char dir[] = "/tmp/hl-conf.XXXXXX";
  REQUIRE(::mkdtemp(dir));
  std::string base(dir);
  REQUIRE(replace_file(base + "/main.toml", "include = [\"more.toml\"]\n[[queue]]\nname = \"a\"\n"));
  REQUIRE(replace_file(base + "/more.toml", "[[queue]]\nname = \"b\"\nnmae = \"c\"\n"));
  auto document = Document::load(base + "/main.toml");
  REQUIRE(document);
  auto root = document->root();
  auto queues = root.tables("queue");
  REQUIRE(queues.size() == 2);
  CHECK(queues[0].needed("name") == "a");
  CHECK(queues[1].needed("name") == "b");
  queues[1].close();
  CHECK(document->verdict().error().text == base + "/more.toml:3: unknown key 'nmae' in [[queue]]; did you mean 'name'?");

  REQUIRE(replace_file(base + "/more.toml", "[site]\nname = \"x\"\n"));
  REQUIRE(replace_file(base + "/main.toml", "include = [\"more.toml\"]\n[site]\nname = \"y\"\n"));
  auto twice = Document::load(base + "/main.toml");
  REQUIRE_FALSE(twice);
  CHECK(twice.error().text.find("'site' is already defined at") != std::string::npos);

  REQUIRE(replace_file(base + "/main.toml", "include = [\"main.toml\"]\n"));
  CHECK(Document::load(base + "/main.toml").error().text.find("nested more than eight deep") != std::string::npos);
  CHECK(Document::load(base + "/none.toml").error().code == Errc::config);
  std::filesystem::remove_all(base);
}

TEST_CASE("an instance too deep for a socket's path is refused with the remedy") {
  std::string deep = "/tmp/" + std::string(100, 'x');
  ::setenv("HOTLINE_HOME", deep.c_str(), 1);
  auto instance = Instance::from_environment();
  ::unsetenv("HOTLINE_HOME");
  CHECK(instance.config_file() == deep + "/etc/hotline.toml");
  auto made = instance.prepare();
  REQUIRE_FALSE(made);
  CHECK(made.error().text.find("choose an instance directory of at most") != std::string::npos);
}
