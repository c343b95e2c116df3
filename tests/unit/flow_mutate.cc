// SPDX-License-Identifier: GPL-2.0-or-later
// Ten thousand flow files that a tired hand has spoilt: each is read or refused, and every fault has its file and line.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "base/text.h"
#include "flow/walk.h"

using namespace hotline;
using namespace hotline::flow;

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The flows of all sites, and one of every kind of node.
std::vector<std::string> whole_flows() {
  std::string here = __FILE__;
  std::vector<std::string> texts = {R"(profile = "direct"
takes = ["account"]
[node.a]
kind = "branch"
timeout = "1s"
cases = [{ when = "not open office or date 2026-02-15..2026-02-23", to = "b", night = true }, { when = "queue q ready = 0", to = "c" }]
otherwise = "d"
on_failed = "d"
[node.b]
kind = "record"
tag = "message"
end = "#*"
on = { recorded = "e", otherwise = "z" }
[node.c]
kind = "callback"
queue = "q"
number = "{caller}"
timeout = "2s"
on = { taken = "z", failed = "d" }
[node.d]
kind = "queue"
queue = "q"
needs = "complaint:2"
priority = 3
on = { timed-out = "f", otherwise = "z" }
[node.e]
kind = "voicemail"
mailbox = "m"
recording = "message"
with = { topic = "{account}" }
on = { otherwise = "g" }
[node.f]
kind = "transfer"
to = "phone:1001"
timeout = "20s"
on = { otherwise = "h" }
[node.g]
kind = "fax"
send = "x.tif"
timeout = "5m"
on = { done = "z", failed = "i" }
[node.h]
kind = "survey"
survey = "s"
question = "q"
answers = { 1 = "good", 2 = "bad" }
next = "z"
[node.i]
kind = "collect"
tag = "pin"
secret = true
pattern = "[0-9]{4}"
next = "j"
on_failed = "z"
[node.j]
kind = "lookup"
lookup = "l"
timeout = "1s"
with = { pin = "{pin}" }
on = { found = "k", none = "z", failed = "z", locked = "z" }
[node.k]
kind = "say"
texts = { zh-CN = "您好{name}", en = "hello {name}" }
fallback = "welcome"
next = "l"
[node.l]
kind = "flow"
flow = "sub"
on = { otherwise = "z" }
[node.z]
kind = "hangup"
)"};
  auto sites = std::filesystem::path(here.substr(0, here.rfind("tests/unit/"))) / "share/sites";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(sites))
    if (entry.path().parent_path().filename() == "flows" && entry.path().extension() == ".toml")
      texts.push_back(read(entry.path()));
  return texts;
}

class Hand {
 public:
  explicit Hand(uint32_t seed) : random_(seed) {}
  size_t below(size_t bound) { return bound ? random_() % bound : 0; }

  /// One slip: a character, a word, a line; gone, doubled, swapped or of another place.
  std::string spoil(std::string text) {
    if (text.empty()) return text;
    auto lines = split(text, '\n');
    size_t at = below(text.size());
    switch (below(8)) {
      case 0:
        text.erase(at, 1 + below(3));
        return text;
      case 1:
        text.insert(at, 1, "\"{}[]=#',\n\\ \t\0\x80z9"[below(17)]);
        return text;
      case 2:
        std::swap(text[at], text[below(text.size())]);
        return text;
      case 3:
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(below(lines.size())));
        break;
      case 4:
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(below(lines.size())), lines[below(lines.size())]);
        break;
      case 5:
        std::swap(lines[below(lines.size())], lines[below(lines.size())]);
        break;
      case 6:
        text.resize(at);
        return text;
      default: {
        auto& line = lines[below(lines.size())];
        size_t equal = line.find('=');
        static const char* const kValues[] = {" -1",   " \"\"",  " []",        " {}", " 99999999999999999999",
                                              " true", " \"{\"", " [\"x\", 1]"};
        if (equal != std::string::npos) line = line.substr(0, equal + 1) + kValues[below(8)];
      }
    }
    return join(lines, "\n");
  }

 private:
  std::mt19937 random_;
};

/// "f.toml:12: …", or of the other file.
bool has_place(const std::string& fault) {
  for (const char* file : {"f.toml:", "sub.toml:"}) {
    if (!fault.starts_with(file)) continue;
    size_t digits = std::string(file).size(), at = digits;
    while (at < fault.size() && fault[at] >= '0' && fault[at] <= '9') ++at;
    if (at > digits && fault.substr(at, 2) == ": ") return true;
  }
  return false;
}

void all_have_places(const std::string& faults) {
  for (const auto& fault : split(faults, '\n')) {
    CAPTURE(faults);
    REQUIRE(has_place(fault));
  }
}

}  // namespace

TEST_CASE("of ten thousand spoilt flows none is more than refused, and every fault names file and line") {
  auto texts = whole_flows();
  REQUIRE(texts.size() > 1);
  Known known;
  known.prompts["zh-CN"] = {"welcome"};
  known.queues = {"q"};
  known.lookups["l"] = {{"pin"}, {"name"}};
  size_t refused = 0, faulty = 0, whole = 0;
  for (uint32_t seed = 0; seed < 10000; ++seed) {
    Hand hand(seed);
    std::string text = texts[hand.below(texts.size())];
    for (size_t slips = 1 + hand.below(4); slips > 0; --slips) text = hand.spoil(text);
    CAPTURE(seed);
    auto flow = parse(text, "f.toml", "f");
    if (!flow) {
      ++refused;
      all_have_places(flow.error().text);
      continue;
    }
    auto linked = link(*flow, [](const std::string& name) {
      return parse("[node.a]\nkind = \"return\"\nresult = \"done\"\n", name + ".toml", name);
    });
    if (!linked) {
      ++refused;
      all_have_places(linked.error().text);
      continue;
    }
    (void)graph(*linked);
    auto faults = check(*linked, known);
    for (const auto& fault : faults) all_have_places(fault);
    faulty += !faults.empty();
    whole += check(*linked, {}).empty();
  }
  // All three come often, or the hand spoils too little or too much.
  CHECK(refused > 2000);
  CHECK(faulty > 500);
  CHECK(whole > 200);
}
