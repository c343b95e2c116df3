// SPDX-License-Identifier: GPL-2.0-or-later
// Nodes that others do something for: look-ups, recordings, transfers, questions to queues; and secrets, surveys,
// sub-flows.
#include <doctest/doctest.h>

#include "base/text.h"
#include "flow/walk.h"

using namespace hotline;
using namespace hotline::flow;

namespace {

Flow flow_of(const std::string& text) {
  auto flow = parse(text, "f.toml", "f");
  REQUIRE_MESSAGE(flow, (flow ? "" : flow.error().text));
  return *flow;
}

/// What there is wrong, one a line.
std::string faults(const Flow& flow, const Known& known = {}) { return join(check(flow, known), "\n"); }

const char* const kBalance = R"(
[node.account]
kind = "collect"
prompts = ["enter-account"]
tag = "account"
min = 4
max = 8
pattern = "[1-9][0-9]*"
retries = 1
invalid = ["invalid-choice"]
confirm = ["you-entered", "{account as digits}", "confirm"]
next = "pin"
on_failed = "bye"
[node.pin]
kind = "collect"
prompts = ["enter-pin"]
tag = "pin"
secret = true
min = 4
max = 4
next = "ask"
on_failed = "bye"
[node.ask]
kind = "lookup"
prompts = ["one-moment"]
lookup = "balance"
timeout = "2s"
with = { number = "{account}", pin = "{pin}" }
on = { found = "tell", none = "wrong", locked = "bye", failed = "sorry" }
[node.wrong]
kind = "play"
prompts = ["wrong-pin"]
next = "account"
[node.tell]
kind = "play"
prompts = ["balance-is", "{balance as money}"]
next = "spoken"
[node.spoken]
kind = "say"
texts = { zh-CN = "尊敬的{name}", en = "Dear {name}" }
fallback = "thank-you"
next = "bye"
[node.sorry]
kind = "hangup"
prompts = ["technical-fault"]
[node.bye]
kind = "hangup"
prompts = ["goodbye"]
)";

void keys(Walk& walk, const char* keys) {
  for (const char* key = keys; *key; ++key) walk.key(*key);
}

}  // namespace

TEST_CASE("a look-up is asked with what was collected, and what it found is said") {
  Flow flow = flow_of(kBalance);
  CHECK(faults(flow) == "");
  Walk walk(flow);
  walk.call();
  keys(walk, "8800#");
  CHECK(walk.heard() == std::vector<std::string>{"you-entered", "digit-8", "digit-8", "digit-0", "digit-0", "confirm"});
  CHECK_FALSE(walk.tags().count("flow-node") == 0);
  keys(walk, "1");
  CHECK(walk.state().node == "pin");
  CHECK(walk.tags().at("account") == "8800");
  keys(walk, "1234");
  REQUIRE(walk.working());
  CHECK(walk.work().text == "balance");
  CHECK(walk.work().tags == Tags{{"number", "8800"}, {"pin", "1234"}});
  CHECK(walk.tags().count("pin") == 0);  // a secret is no tag
  walk.result("found", {{"balance", "105.20"}, {"name", "王"}});
  CHECK(walk.heard().front() == "balance-is");
  CHECK(walk.heard().size() > 4);
  CHECK(walk.heard()[walk.heard().size() - 2] == "尊敬的王");
  CHECK(walk.hung_up() == 16);
  CHECK(walk.state().secrets.empty());
}

TEST_CASE("digits that do not match, or are not confirmed, are asked for again") {
  Flow flow = flow_of(kBalance);
  Walk walk(flow);
  walk.call();
  keys(walk, "0800#");
  CHECK(walk.heard() == std::vector<std::string>{"invalid-choice", "enter-account"});
  keys(walk, "8800#2");
  CHECK(walk.hung_up() == 16);  // the second time is one too many
}

TEST_CASE("a look-up's other results have ways of their own, and none in time is a failure") {
  Flow flow = flow_of(kBalance);
  Walk walk(flow);
  struct {
    const char *result, *node;
  } cases[] = {{"none", "account"}, {"locked", "bye"}, {"failed", "sorry"}, {"", "sorry"}};
  for (const auto& [result, node] : cases) {
    walk.call();
    keys(walk, "8800#11234");
    REQUIRE(walk.working());
    if (*result)
      walk.result(result);
    else
      walk.wait();
    CHECK(walk.state().node == node);
  }
}

TEST_CASE("a secret may be given to a look-up and nothing else") {
  std::string text = kBalance;
  auto said = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return faults(flow_of(changed));
  };
  CHECK(said("[\"wrong-pin\"]", "[\"{pin as digits}\"]").find("node 'wrong': 'pin' is secret") != std::string::npos);
  CHECK(said("prompts = [\"one-moment\"]", "tags = { kept = \"{pin}\" }").find("'pin' is secret") != std::string::npos);
  CHECK(
      said("fallback = \"thank-you\"", "fallback = \"thank-you\"\nprompts = [\"{pin as digits}\"]").find("is secret") !=
      std::string::npos);
}

TEST_CASE("who is asked needs a time-out and a way for its failure") {
  struct {
    const char *node, *said;
  } cases[] = {
      {"kind = \"lookup\"\nlookup = \"x\"\non = { found = \"bye\", none = \"bye\", failed = \"bye\" }",
       "needs 'timeout'"},
      {"kind = \"lookup\"\nlookup = \"x\"\ntimeout = \"1s\"\non = { found = \"bye\", none = \"bye\" }",
       "needs 'failed'"},
      {"kind = \"transfer\"\nto = \"phone:1\"\ntimeout = \"9s\"\non = { ended = \"bye\" }",
       "needs 'busy' or 'otherwise'"},
      {"kind = \"fax\"\nsend = \"x.tif\"\non = { otherwise = \"bye\" }", "needs 'timeout'"},
      {"kind = \"callback\"\nqueue = \"q\"\nnumber = \"{caller}\"\ntimeout = \"2s\"\non = { taken = \"bye\" }",
       "'failed'"},
      {"kind = \"record\"\ntag = \"m\"\non = { recorded = \"bye\" }", "needs 'silent'"},
      {"kind = \"branch\"\ncases = [{ when = \"queue q ready = 0\", to = \"bye\" }]\notherwise = \"bye\"",
       "needs 'timeout' and 'on_failed'"},
      {"kind = \"branch\"\ncases = [{ when = \"caller set\", to = \"bye\" }]\notherwise = \"bye\"\ntimeout = \"1s\"",
       "it asks no queue"},
      {"kind = \"branch\"\ncases = [{ when = \"caller set\", to = \"bye\" }, { when = \"caller set\", to = \"bye\" }]\n"
       "otherwise = \"bye\"",
       "the second is never taken"},
      {"kind = \"play\"\nprompts = [\"{balnce as money}\"]\nnext = \"b\"\n[node.b]\nkind = \"set\"\n"
       "tags = { balance = \"1\" }\nnext = \"bye\"",
       "nothing sets tag 'balnce'; did you mean 'balance'?"},
  };
  for (const auto& [node, said] : cases) {
    CAPTURE(std::string(node));
    auto list = faults(flow_of(std::string("[node.a]\n") + node + "\n[node.bye]\nkind = \"hangup\"\n"));
    CHECK_MESSAGE(list.find(said) != std::string::npos, list);
    CHECK(list.find("f.toml:") == 0);
  }
}

TEST_CASE("a look-up's parameters are known, and what it gives may be used") {
  Known known;
  known.lookups["balance"] = {{"number", "pin"}, {"balance", "name"}};
  CHECK(faults(flow_of(kBalance), known) == "");
  known.lookups["balance"] = {{"number"}, {"balance"}};
  auto list = faults(flow_of(kBalance), known);
  CHECK(list.find("look-up 'balance' has no parameter 'pin'") != std::string::npos);
  CHECK(list.find("nothing sets tag 'name'") != std::string::npos);
  known.lookups["balance"] = {{"number", "pin", "year"}, {"balance", "name"}};
  CHECK(faults(flow_of(kBalance), known).find("needs 'year' in 'with'") != std::string::npos);
}

TEST_CASE("a branch takes the first case that holds, and asks the queues it goes by") {
  Flow flow = flow_of(R"(
[node.which]
kind = "branch"
timeout = "1s"
cases = [
  { when = "not hours 'Mon-Fri 09:00-17:00'", to = "night" },
  { when = "caller like 138*", to = "vip" },
  { when = "queue repair expected-wait > 2m", to = "long" },
]
otherwise = "repair"
on_failed = "repair"
[node.night]
kind = "hangup"
[node.vip]
kind = "hangup"
[node.long]
kind = "hangup"
[node.repair]
kind = "queue"
queue = "repair"
on = { otherwise = "night" }
)");
  CHECK(faults(flow) == "");
  Walk walk(flow);
  walk.world().queues["repair"] = {{"expected-wait", 150'000'000}};
  walk.call();
  CHECK(walk.state().node == "long");
  walk.world().queues["repair"] = {{"expected-wait", 20'000'000}};
  walk.call();
  CHECK(walk.queue() == "repair");
  walk.set_tag("caller", "13800000000");
  walk.call();
  CHECK(walk.state().node == "vip");
  walk.world().now += std::chrono::hours(24 * 5);  // a Saturday
  walk.call();
  CHECK(walk.state().node == "night");
  walk.reset();
  walk.call();  // the queue does not answer
  REQUIRE(walk.working());
  walk.wait();
  CHECK(walk.queue() == "repair");
}

TEST_CASE("a message is recorded, heard again, and left in a mailbox") {
  Flow flow = flow_of(R"(
[node.record]
kind = "record"
tag = "message"
prompts = ["leave-message"]
on = { recorded = "review", silent = "bye", failed = "bye" }
[node.review]
kind = "menu"
prompts = ["{message as recording}", "review-menu"]
keys = { 1 = "keep", 2 = "record" }
on_no_input = "keep"
[node.keep]
kind = "voicemail"
mailbox = "director"
recording = "message"
with = { topic = "water", callback = "{caller}" }
on = { otherwise = "bye" }
[node.bye]
kind = "hangup"
)");
  CHECK(faults(flow) == "");
  Walk walk(flow);
  walk.set_tag("caller", "057112345");
  walk.call();
  REQUIRE(walk.working());
  walk.result("recorded", {{"recording", "spool/a.wav"}, {"ms", "4200"}});
  CHECK(walk.heard() == std::vector<std::string>{"{spool/a.wav as recording}", "review-menu"});
  walk.key('2');
  REQUIRE(walk.working());
  walk.result("recorded", {{"recording", "spool/b.wav"}});
  walk.key('1');
  CHECK(walk.deposits() == std::vector<std::string>{"director spool/b.wav callback=057112345 topic=water"});
  CHECK(walk.hung_up() == 16);
}

TEST_CASE("a message has a number that its caller is told where he left it") {
  Flow flow = flow_of(R"(
[node.leave]
kind = "voicemail"
mailbox = "director"
on = { recorded = "told", otherwise = "bye" }
[node.told]
kind = "hangup"
prompts = ["{message-number as ticket}"]
[node.bye]
kind = "hangup"
)");
  CHECK(faults(flow) == "");
  World world = plain_world();
  world.message_number = [](const std::string& recording) { return recording == "spool/a.wav" ? "123456788" : "?"; };
  Walk walk(flow, world);
  walk.call();
  REQUIRE(walk.working());
  walk.result("recorded", {{"recording", "spool/a.wav"}, {"ms", "4200"}});
  CHECK(walk.state().tags.at("message-number") == "123456788");
  CHECK(walk.deposits() == std::vector<std::string>{"director spool/a.wav ms=4200"});
  Walk silent(flow, world);
  silent.call();
  silent.result("silent");
  CHECK(silent.state().tags.count("message-number") == 0);
}

TEST_CASE("a survey counts a vote a question and goes on without one") {
  Flow flow = flow_of(R"(
[node.q1]
kind = "survey"
survey = "satisfaction"
question = "service"
prompts = ["survey-service"]
answers = { 1 = "good", 2 = "fair", 3 = "bad" }
retries = 0
next = "q2"
[node.q2]
kind = "survey"
survey = "satisfaction"
question = "speed"
prompts = ["survey-speed"]
answers = { 1 = "good", 2 = "bad" }
retries = 0
next = "bye"
[node.bye]
kind = "hangup"
)");
  CHECK(faults(flow) == "");
  Walk walk(flow);
  walk.call();
  walk.key('3');
  CHECK(walk.state().node == "q2");
  walk.wait();
  CHECK(walk.votes() == std::vector<std::string>{"satisfaction/service=bad"});
  CHECK(walk.hung_up() == 16);
}

TEST_CASE("a sub-flow is put in at each use and goes on by its result") {
  const char* const pin = R"(
takes = ["account"]
[node.ask]
kind = "menu"
prompts = ["enter-pin"]
keys = { 1 = "good", 2 = "bad" }
on_no_input = "bad"
[node.good]
kind = "return"
result = "right"
[node.bad]
kind = "return"
result = "wrong"
)";
  auto load = [&](const std::string& name) -> Result<Flow> {
    if (name == "pin") return parse(pin, "pin.toml", "pin");
    return Error{Errc::no_input, "there is no flow '" + name + "'"};
  };
  Flow main = flow_of(R"(
[node.first]
kind = "flow"
flow = "pin"
with = { account = "1" }
on = { right = "second", wrong = "bye" }
[node.second]
kind = "flow"
flow = "pin"
with = { account = "2" }
on = { right = "good", otherwise = "bye" }
[node.good]
kind = "hangup"
[node.bye]
kind = "hangup"
cause = 21
)");
  auto linked = link(main, load);
  REQUIRE_MESSAGE(linked, (linked ? "" : linked.error().text));
  CHECK(faults(*linked) == "");
  CHECK(linked->version != main.version);
  CHECK(linked->files == std::set<std::string>{"f.toml", "pin.toml"});
  Walk walk(*linked);
  walk.call();
  CHECK(walk.state().node == "first/ask");
  walk.key('1');
  CHECK(walk.state().node == "second/ask");
  CHECK(walk.tags().at("account") == "2");
  CHECK(walk.tags().at("flow-result") == "right");
  walk.key('2');
  CHECK(walk.hung_up() == 21);
  // What one use covered is covered: the way is written down once.
  CHECK(walk.covered().count({"pin/ask", "1"}));
  CHECK(walk.covered().count({"pin/ask", "2"}));
}

TEST_CASE("sub-flows that cannot be put in are refused with the place") {
  auto said = [](const std::string& on, const std::string& sub, const std::string& name = "sub") {
    auto load = [&](const std::string& wanted) -> Result<Flow> {
      if (wanted == "sub") return parse(sub, "sub.toml", "sub");
      return Error{Errc::no_input, "there is no such file"};
    };
    Flow main = flow_of("[node.a]\nkind = \"flow\"\nflow = \"" + name + "\"\non = { " + on +
                        " }\n[node.bye]\nkind = \"hangup\"\n");
    auto linked = link(main, load);
    REQUIRE_FALSE(linked);
    return linked.error().text;
  };
  const char* const kReturns = "[node.r]\nkind = \"return\"\nresult = \"done\"\n";
  CHECK(said("gone = \"bye\"", kReturns).find("f.toml:1: node 'a': flow 'sub' never returns 'gone'") == 0);
  CHECK(said("", kReturns).find("may return 'done' (sub.toml:1), and 'on' has no branch for it") != std::string::npos);
  CHECK(said("otherwise = \"bye\"", kReturns, "nobody").find("f.toml:1: flow 'nobody': there is no such file") == 0);
  CHECK(said("otherwise = \"bye\"", "[node.x]\nkind = \"flow\"\nflow = \"sub\"\non = { otherwise = \"x\" }\n")
            .find("within itself: f -> sub") != std::string::npos);
}

TEST_CASE("a whole flow that returns gives the call back") {
  Flow flow = flow_of("[node.a]\nkind = \"return\"\nresult = \"done\"\nprompts = [\"thank-you\"]\n");
  CHECK(faults(flow) == "");
  Walk walk(flow);
  walk.call();
  CHECK(walk.returned() == "done");
  CHECK(walk.over());
}

TEST_CASE("profile direct: a person first, a menu only behind a queue or a case for the night") {
  std::string text = R"(profile = "direct"
[node.hours]
kind = "branch"
cases = [{ when = "not hours 'Mon-Fri 09:00-17:00'", to = "menu", night = true }]
otherwise = "desk"
[node.desk]
kind = "queue"
queue = "desk"
on = { timed-out = "menu", otherwise = "bye" }
[node.menu]
kind = "menu"
prompts = ["main-menu"]
keys = { 1 = "bye" }
on_no_input = "bye"
[node.bye]
kind = "hangup"
)";
  CHECK(faults(flow_of(text)) == "");
  text.replace(text.find(", night = true"), 14, "");
  CHECK(faults(flow_of(text)).find("profile 'direct': a caller comes to this menu before a person") !=
        std::string::npos);
}

TEST_CASE("texts that are no texts, patterns that could run for ever, keys that are the same: refused with the line") {
  struct {
    const char *node, *said;
  } cases[] = {
      {"kind = \"set\"\ntags = { x = \"{a\" }\nnext = \"a\"", "stand around a tag's name"},
      {"kind = \"set\"\ntags = { x = \"{A b}\" }\nnext = \"a\"", "'{A b}' is no name of a tag"},
      {"kind = \"play\"\nprompts = [\"{x as gold}\"]\nnext = \"a\"", "is of no kind that there is"},
      {"kind = \"play\"\nprompts = [\"{x}\"]\nnext = \"a\"", "is not \"{tag as kind}\""},
      {"kind = \"collect\"\ntag = \"x\"\npattern = \"([0-9]+)+\"", "no groups"},
      {"kind = \"collect\"\ntag = \"x\"\npattern = \"[0-\"", "is no regular expression"},
      {"kind = \"collect\"\ntag = \"x\"\nyes = \"2\"", "the same key"},
      {"kind = \"collect\"\ntag = \"x\"\nsecret = true\nconfirm = [\"y\"]", "is not said back"},
      {"kind = \"say\"\nfallback = \"x\"\nnext = \"a\"", "a say needs 'text'"},
      {"kind = \"survey\"\nsurvey = \"s\"\nquestion = \"q\"\nnext = \"a\"", "a survey needs 'answers'"},
      {"kind = \"branch\"\notherwise = \"a\"", "at least one of 'cases'"},
      {"kind = \"branch\"\ncases = [{ when = \"nonsense is\", to = \"a\" }]", "after 'nonsense' expected"},
      {"kind = \"fax\"\nreceive = true\nsend = \"x\"", "either 'send' or 'receive'"},
      {"kind = \"lookup\"\nlookup = \"x\"\non = { fund = \"a\" }", "did you mean 'found'?"},
  };
  for (const auto& [node, said] : cases) {
    CAPTURE(std::string(node));
    auto flow = parse(std::string("[node.a]\n") + node + "\n", "f.toml", "f");
    REQUIRE_FALSE(flow);
    CHECK_MESSAGE(flow.error().text.find(said) != std::string::npos, flow.error().text);
    CHECK(flow.error().text.find("f.toml:") == 0);
  }
}
