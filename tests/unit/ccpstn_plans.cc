// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "../../cmd/ccpstn/act.h"
#include "../../cmd/ccpstn/answering.h"
#include "../../cmd/ccpstn/batch.h"
#include "../../cmd/ccpstn/ear.h"

using namespace hotline;
using namespace hotline::pstn;

namespace {

struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/hl-pstn.XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

Rule rule(const std::string& number, Instant alive = Instant{}) {
  Rule made;
  made.number = number;
  made.alive = alive;
  made.permanent = alive == Instant{};
  return made;
}

}  // namespace

TEST_CASE("ccpstn: a key script is waits and keys with commas between") {
  auto steps = parse_keys("w2s,1, w500ms ,23#*AD");
  REQUIRE(steps);
  REQUIRE(steps->size() == 4);
  CHECK((*steps)[0].wait == seconds(2));
  CHECK((*steps)[1].keys == "1");
  CHECK((*steps)[2].wait == milliseconds(500));
  CHECK((*steps)[3].keys == "23#*AD");
  CHECK(parse_keys("")->empty());
}

TEST_CASE("ccpstn: what is neither wait nor key is refused, and so is too much of either") {
  for (const char* bad : {"w", "w2", "wx", "2s", "E", "1,,2", ",", "1;2", "w2h", "w-1s", "p"}) {
    CAPTURE(bad);
    auto steps = parse_keys(bad);
    REQUIRE_FALSE(steps);
    CHECK(steps.error().code == Errc::bad_data);
  }
  CHECK_FALSE(parse_keys(std::string(33, '1')));
  std::string many = "1";
  for (int i = 0; i < 64; i++) many += ",1";
  CHECK_FALSE(parse_keys(many));
}

TEST_CASE("ccpstn: words of a batch line, with quotes") {
  CHECK(*split_words("--to 1  --say 'a b'\t\"c d\"e ''") ==
        std::vector<std::string>{"--to", "1", "--say", "a b", "c de", ""});
  CHECK_FALSE(split_words("--say 'a"));
}

TEST_CASE("ccpstn: a batch has one call a line, with defaults from the command line") {
  CallSpec otherwise;
  otherwise.to = "96116";
  otherwise.act.stay = "7s";
  auto calls =
      parse_batch("# who\n\n--from 1 --after 3s\n--from=2 --to 5 --keys w1s,1 --for 2s --once\n", "b", otherwise);
  REQUIRE(calls);
  REQUIRE(calls->size() == 2);
  CHECK((*calls)[0].from == "1");
  CHECK((*calls)[0].to == "96116");
  CHECK((*calls)[0].after == "3s");
  CHECK((*calls)[0].act.stay == "7s");
  CHECK((*calls)[1].to == "5");
  CHECK((*calls)[1].act.keys == "w1s,1");
  CHECK((*calls)[1].act.once);
}

TEST_CASE("ccpstn: every fault of a batch is named with its line") {
  for (auto [text, what] : {std::pair<const char*, const char*>{"--to 1\n--from 2\n", "b:2: no --to"},
                            {"--to 1 --frmo 2", "b:1: unknown option '--frmo'; did you mean '--from'?"},
                            {"--to", "b:1: '--to' wants a value"},
                            {"--to 1 x", "b:1: unknown option 'x'"},
                            {"--to 1 --after 3", "b:1: --after: "},
                            {"--to 1 --keys w", "b:1: --keys: "},
                            {"--to 1 --say /nonexistent.wav", "b:1: --say: "},
                            {"--to 1 --hear /nonexistent/x.wav", "b:1: --hear: there is no folder '/nonexistent'"},
                            {"# nobody\n", "b: no call in it"}}) {
    CAPTURE(text);
    auto calls = parse_batch(text, "b", {});
    REQUIRE_FALSE(calls);
    CHECK(calls.error().text.starts_with(what));
  }
}

TEST_CASE("ccpstn: the longest prefix takes a call, among equals the newest, and nobody is nobody") {
  Rules rules;
  rules.add(rule("13"));
  const int64_t longer = rules.add(rule("138"));
  CHECK(rules.take("13800138000", Instant{})->id == longer);
  const int64_t newer = rules.add(rule("138"));
  CHECK(rules.take("13800138000", Instant{})->id == newer);
  CHECK(rules.take("13", Instant{})->number == "13");
  CHECK(rules.take("2", Instant{}) == nullptr);
  rules.add(rule(""));
  CHECK(rules.take("2", Instant{})->number.empty());
}

TEST_CASE("ccpstn: a tool's rule takes as many calls as it was made for, and dies with its tool") {
  Rules rules;
  const Instant now = Instant{} + seconds(100);
  Rule once = rule("1", now);
  once.calls_left = 1;
  const int64_t id = rules.add(once);
  CHECK(rules.take("1", now) != nullptr);
  CHECK(rules.take("1", now) == nullptr);
  const int64_t tool = rules.add(rule("2", now));
  rules.heard_of(tool, now + seconds(3));
  CHECK(rules.take("2", now + seconds(7)) != nullptr);
  CHECK(rules.take("2", now + seconds(9)) == nullptr);
  rules.remove(id);
  CHECK(rules.size() == 0);
}

TEST_CASE("ccpstn: subscribers of the configuration, and every complaint about them") {
  auto good = conf::Document::parse(
      "[[subscriber]]\nnumber = \"1\"\nafter = \"2s\"\n[[subscriber]]\nnumber = \"2\"\n"
      "does = \"refuse\"\ncause = 21\n",
      "p.toml");
  auto root = good->root();
  auto rules = read_subscribers(root, "/tmp");
  REQUIRE(good->verdict());
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].after == seconds(2));
  CHECK(rules[1].taking == Taking::refuse);
  CHECK(rules[1].cause == 21);
  for (const char* bad : {"does = \"sleep\"", "cause = 128", "after = \"1h\"", "keys = \"x\"", "say = \"none.wav\"",
                          "for = \"5\"", "numbers = \"1\""}) {
    CAPTURE(bad);
    auto document = conf::Document::parse(std::string("[[subscriber]]\nnumber = \"1\"\n") + bad + "\n", "p.toml");
    auto table = document->root();
    read_subscribers(table, "/tmp");
    CHECK_FALSE(document->verdict());
  }
}

TEST_CASE("ccpstn: a recording that is missing or none makes no WAV") {
  Folder folder;
  const std::string spool = folder.path + "/a.part", wav = folder.path + "/a.wav";
  CHECK_FALSE(keep_heard(spool, wav));
  std::ofstream(spool) << "no recording";
  CHECK_FALSE(keep_heard(spool, wav));
  CHECK_FALSE(std::filesystem::exists(wav));
}
