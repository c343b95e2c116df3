// SPDX-License-Identifier: GPL-2.0-or-later
// Calls against a switch that is played by hand: every command is seen, every reply and event is ours to time.
#include <doctest/doctest.h>

#include "../../cmd/ccivr/calls.h"
#include "base/text.h"

using namespace hotline;
using namespace hotline::ccivr;
using wire::Json;
using wire::Reply;

namespace {

const char* const kText = R"([node.welcome]
kind = "play"
prompts = ["welcome"]
next = "main"
[node.main]
kind = "menu"
prompts = ["main-menu"]
keys = { 1 = "repair" }
timeout = "1s"
retries = 0
on_no_input = "bye"
[node.repair]
kind = "queue"
queue = "repair"
on = { timed-out = "main", otherwise = "bye" }
[node.bye]
kind = "hangup"
prompts = ["goodbye"]
)";

struct Fixture {
  Loop loop;
  std::vector<std::string> asked;  // "play leg=x-1 welcome", without the JSON's noise
  std::vector<std::string> told;
  std::map<std::string, std::vector<Doors::Answered>> open;  // by verb, oldest first
  int64_t number = 100, plays = 0;
  Calls calls;

  Fixture()
      : calls("ccivr", {[this](const std::string& verb, const Json& body, Doors::Answered answered) {
                          asked.push_back(read(verb, body));
                          open[verb].push_back(std::move(answered));
                        },
                        [this](wire::Event event) {
                          std::string text = event.name;
                          for (const char* key : {"node", "key", "reason"})
                            if (event.fields.contains(key)) text += " " + event.fields[key].get<std::string>();
                          told.push_back(text);
                        },
                        [this](microseconds span, std::function<void()> due) { return loop.after(span / 100, due); }}) {
    auto flow = flow::parse(kText, "main.toml", "main");
    Flows flows;
    flows["main"] = std::make_shared<const flow::Flow>(flow.value());
    calls.use(flows, "ccqueue");
  }

  static std::string read(const std::string& verb, const Json& body) {
    std::string text = verb;
    for (const auto& item : wire::member(body, "items")) text += " " + wire::text(item, "prompt");
    for (const char* key : {"leg", "to"})
      if (body.contains(key)) text += std::string(" ") + body[key].get<std::string>();
    for (const auto& [key, value] : wire::member(body, "set").items())
      text += " " + key + "=" + value.get<std::string>();
    for (const auto& [key, value] : wire::member(body, "tags").items())
      text += " " + key + "=" + value.get<std::string>();
    if (body.contains("cause")) text += " " + std::to_string(body["cause"].get<int64_t>());
    return text;
  }

  /// What was asked for since the last time, tags of the node left out.
  std::string commands() {
    std::vector<std::string> list;
    for (const auto& one : asked)
      if (one.rfind("tag flow", 0) != 0) list.push_back(one);
    asked.clear();
    return join(list, "; ");
  }
  std::string events() {
    auto text = join(told, "; ");
    told.clear();
    return text;
  }

  void answer(const std::string& verb, Reply reply) {
    REQUIRE(!open[verb].empty());
    auto answered = std::move(open[verb].front());
    open[verb].erase(open[verb].begin());
    answered(std::move(reply));
  }
  int64_t play_ok() {
    answer("play", Reply::yes({{"play", ++plays}}));
    return plays;
  }
  void happens(const std::string& name, Json fields = Json::object(), const std::string& leg = "c-1") {
    wire::Event event;
    event.number = ++number;
    event.name = name;
    event.call = "c";
    event.leg = leg;
    event.fields = std::move(fields);
    calls.follow(event);
  }
  void offer(const std::string& flow = "main") {
    happens("call.offered", {{"controller", "ccivr"}, {"tags", {{"flow", flow}, {"lang", "zh-CN"}}}});
  }
  void done(int64_t play, const char* reason = "end") { happens("play.done", {{"play", play}, {"reason", reason}}); }
  void to_menu() {
    offer();
    happens("leg.answered");
    done(play_ok());
    commands();
    events();
  }
  Json snapshot(Json tags, const std::string& controller = "ccivr", const std::string& state = "up",
                const std::string& hears = "silence") {
    Json leg = {{"leg", "c-1"}, {"role", "caller"}, {"state", state}, {"hears", hears}};
    return {{"n", number}, {"calls", {{{"call", "c"}, {"controller", controller}, {"tags", tags}, {"legs", {leg}}}}}};
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a caller is answered, greeted and led by keys to a queue") {
  offer();
  CHECK(commands() == "answer c-1");
  happens("leg.answered");
  CHECK(commands() == "play welcome c-1");
  CHECK(events() == "ivr.entered; ivr.node welcome");
  done(play_ok());
  CHECK(commands() == "play main-menu c-1");
  play_ok();
  happens("digit", {{"digit", "1"}});
  CHECK(commands() == "handover ccqueue queue=repair");
  CHECK(events() == "ivr.node main; ivr.node repair 1; ivr.exit repair queue");
  happens("call.ended");
  CHECK(events() == "");
  CHECK(calls.size() == 0);
}

TEST_CASE_FIXTURE(Fixture, "the end of a play that comes before its number is not lost") {
  offer();
  happens("leg.answered");
  commands();
  done(1);
  CHECK(commands() == "");
  play_ok();
  CHECK(commands() == "play main-menu c-1");
}

TEST_CASE_FIXTURE(Fixture, "the end of an older play does not end the present one") {
  to_menu();
  play_ok();
  done(1);
  loop.step(milliseconds(50));
  CHECK(commands() == "");
  done(2);
  loop.step(milliseconds(500));
  CHECK(commands() == "play goodbye c-1");
}

TEST_CASE_FIXTURE(Fixture, "a caller who hangs up while listening leaves at that node") {
  offer();
  happens("leg.answered");
  done(play_ok(), "gone");
  events();
  happens("call.ended");
  CHECK(commands() == "answer c-1; play welcome c-1");
  CHECK(events() == "ivr.exit welcome caller-gone");
}

TEST_CASE_FIXTURE(Fixture, "events of another leg and another controller's calls are not ours") {
  happens("call.offered", {{"controller", "ccqueue"}, {"tags", {{"flow", "main"}}}});
  CHECK(calls.size() == 0);
  to_menu();
  happens("digit", {{"digit", "1"}}, "c-2");
  CHECK(commands() == "");
}

TEST_CASE_FIXTURE(Fixture, "a call that the queue gives back goes on at its branch, and its keys count again") {
  to_menu();
  happens("digit", {{"digit", "1"}});
  happens("call.handover", {{"was", "ccivr"}, {"to", "ccqueue"}, {"tags", {{"queue", "repair"}}}});
  happens("digit", {{"digit", "1"}});
  commands();
  events();
  happens("call.handover", {{"was", "ccqueue"}, {"to", "ccivr"}, {"tags", {{"queue-result", "timed-out"}}}});
  CHECK(commands() == "tag; play main-menu c-1");
  CHECK(events() == "ivr.entered; ivr.node main");
}

TEST_CASE_FIXTURE(Fixture, "after our own death a caller goes on at the node that the tags name") {
  calls.heal();
  answer("snapshot", Reply::yes(snapshot({{"flow", "main"}, {"flow-node", "main"}, {"flow-version", "old"}})));
  CHECK(commands() == "snapshot; play main-menu c-1");
  CHECK(events() == "ivr.node main");
  happens("digit", {{"digit", "1"}});
  CHECK(commands() == "handover ccqueue queue=repair");
}

TEST_CASE_FIXTURE(Fixture, "a call that was given back while we were dead takes its branch") {
  calls.heal();
  answer("snapshot", Reply::yes(snapshot({{"flow", "main"}, {"flow-node", "repair"}, {"queue-result", "failed"}})));
  CHECK(commands() == "snapshot; tag; play goodbye c-1");
}

TEST_CASE_FIXTURE(Fixture, "a call that still rings is answered after our own death") {
  calls.heal();
  answer("snapshot", Reply::yes(snapshot({{"flow", "main"}}, "ccivr", "offered")));
  CHECK(commands() == "snapshot; answer c-1");
  calls.heal();
  answer("snapshot", Reply::yes(snapshot({{"flow", "main"}}, "ccivr", "offered")));
  CHECK(commands() == "snapshot");
}

TEST_CASE_FIXTURE(Fixture, "an event that a snapshot knew already has no second effect") {
  calls.heal();
  Json before = snapshot({{"flow", "main"}, {"flow-node", "main"}});
  before["n"] = number + 5;
  answer("snapshot", Reply::yes(before));
  commands();
  offer();
  happens("call.handover", {{"was", "ccivr"}, {"to", "ccqueue"}, {"tags", Json::object()}});
  CHECK(commands() == "");
  happens("digit", {{"digit", "1"}});
  CHECK(commands() == "handover ccqueue queue=repair");
}

TEST_CASE_FIXTURE(Fixture, "a snapshot in parts is asked for to its end, and a call is gone only if its own part lacks it") {
  auto named = [&](const char* id) {
    Json whole = snapshot({{"flow", "main"}, {"flow-node", "main"}});
    whole["calls"][0]["call"] = id;
    whole["calls"][0]["legs"][0]["leg"] = std::string(id) + "-1";
    return whole;
  };
  Json first = named("b"), none = {{"n", number}, {"calls", Json::array()}};
  first["more"] = true;
  calls.heal();
  CHECK(commands() == "snapshot");
  answer("snapshot", Reply::yes(first));
  CHECK(commands() == "play main-menu b-1; snapshot");
  answer("snapshot", Reply::yes(named("c")));
  CHECK(commands() == "play main-menu c-1");
  CHECK(calls.size() == 2);

  calls.heal();
  answer("snapshot", Reply::yes(first));
  CHECK(calls.size() == 2);
  answer("snapshot", Reply::yes(none));
  CHECK(calls.size() == 1);
  first["calls"] = Json::array();  // more, and yet nothing: no question without end
  calls.heal();
  commands();
  answer("snapshot", Reply::yes(first));
  CHECK(commands() == "");
  CHECK(calls.size() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a snapshot that is older than our handover does not take the call back") {
  to_menu();
  calls.heal();
  happens("digit", {{"digit", "1"}});
  commands();
  answer("snapshot", Reply::yes(snapshot({{"flow", "main"}, {"flow-node", "main"}})));
  CHECK(commands() == "");
}

TEST_CASE_FIXTURE(Fixture, "a handover that is refused takes the queue's branch for failed") {
  to_menu();
  happens("digit", {{"digit", "1"}});
  commands();
  answer("handover", Reply::no(wire::code::kBusy, "there are too many controllers"));
  CHECK(commands() == "snapshot");
  answer("snapshot", Reply::yes(snapshot({{"flow", "main"}, {"flow-node", "repair"}})));
  CHECK(commands() == "tag; play goodbye c-1");
}

TEST_CASE_FIXTURE(Fixture, "a prompt that the switch does not have is passed over") {
  offer();
  happens("leg.answered");
  commands();
  answer("play", Reply::no(wire::code::kNotFound, "items[0]: no prompt 'welcome'"));
  CHECK(commands() == "snapshot");
  answer("snapshot", Reply::yes(snapshot({{"flow", "main"}, {"flow-node", "welcome"}})));
  CHECK(commands() == "play main-menu c-1");
}

TEST_CASE_FIXTURE(Fixture, "a call that is gone from the switch is gone from us, a newer one is not") {
  to_menu();
  calls.heal();
  commands();
  answer("snapshot", Reply::yes({{"n", 100}, {"calls", Json::array()}}));
  CHECK(calls.size() == 1);
  calls.heal();
  answer("snapshot", Reply::yes({{"n", number}, {"calls", Json::array()}}));
  CHECK(calls.size() == 0);
  CHECK(events() == "ivr.exit main caller-gone");
}

TEST_CASE_FIXTURE(Fixture, "events missed without a trace are noticed by the second hello") {
  calls.greeted(500);
  CHECK(commands() == "");
  calls.greeted(500);
  CHECK(commands() == "snapshot");
  calls.greeted(500);
  CHECK(commands() == "");
}

TEST_CASE_FIXTURE(Fixture, "a snapshot that failed is asked for again when the switch is back") {
  calls.heal();
  commands();
  auto answered = std::move(open["snapshot"].front());
  open["snapshot"].clear();
  answered(Error{Errc::unavailable, "is ccswitchd running?"});
  CHECK(commands() == "");
  calls.greeted(0);
  CHECK(commands() == "snapshot");
}

TEST_CASE_FIXTURE(Fixture, "a caller of an unknown flow hears an excuse and is released with cause 41") {
  offer("mian");
  happens("leg.answered");
  CHECK(commands() == "answer c-1; play technical-fault goodbye c-1");
  done(play_ok());
  CHECK(commands() == "hangup 41");
  CHECK(events() == "ivr.entered; ivr.node fault; ivr.exit fault error");
}

TEST_CASE_FIXTURE(Fixture, "calls under way keep their flow when another is loaded") {
  to_menu();
  auto other = flow::parse("[node.main]\nkind = \"hangup\"\n", "main.toml", "main");
  Flows flows;
  flows["main"] = std::make_shared<const flow::Flow>(other.value());
  calls.use(flows, "ccqueue");
  happens("digit", {{"digit", "1"}});
  CHECK(commands() == "handover ccqueue queue=repair");
}

TEST_CASE_FIXTURE(Fixture, "the proof that the notice was heard is kept on the call") {
  to_menu();
  happens("notice.played", {{"play", 1}});
  CHECK(commands() == "tag notice=played");
  happens("digit", {{"digit", "1"}});
  commands();
  happens("notice.played", {{"play", 1}});
  CHECK(commands() == "tag notice=played");
}
