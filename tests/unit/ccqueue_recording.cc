// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <filesystem>
#include <utility>

#include "../../cmd/ccqueue/past.h"
#include "../../cmd/ccqueue/player.h"
#include "../../cmd/ccqueue/recording.h"
#include "journal/journal.h"
#include "journal_folder.h"

using namespace hotline;
using namespace hotline::ccqueue;
using Op = acd::Input::Op;

namespace {

const Utc kNow = *parse_utc("2026-11-26T01:00:00.000007Z");

acd::Rules rules() {
  acd::Rules rules;
  rules.priority_step = seconds(30);
  rules.hold_off_missed = seconds(3);
  acd::QueueRule queue;
  queue.name = "repair";
  queue.strategy = acd::Strategy::skill_first;
  queue.needs = {{"repair", 2}};
  queue.widen = {{seconds(20), 2, {{"repair", 1}}}};
  queue.leave_when_empty = seconds(60);
  queue.absent = {acd::AgentState::paused};
  queue.outbound = true;
  queue.reserve = 2;
  rules.queues.push_back(queue);
  acd::AgentRule agent;
  agent.id = "1001";
  agent.phone = "pstn:13800138000";
  agent.registers = false;
  agent.queues = {"repair"};
  agent.tiers = {{"repair", 3}};
  agent.skills = {{"repair", 5}};
  rules.agents.push_back(agent);
  return rules;
}

/// Through text, as the journal has it.
std::optional<acd::Input> again(const acd::Input& input, Inputs& reader) {
  std::optional<acd::Input> whole;
  for (auto event : events_of(input)) {
    event.number = 1;
    event.time = kNow;
    event.from = "ccqueue";
    auto heard = wire::decode_event(wire::encode(event));
    REQUIRE(heard);
    auto noted = reader.note(*heard);
    REQUIRE(noted);
    CHECK_FALSE(whole);
    whole = *noted;
  }
  return whole;
}

}  // namespace

TEST_CASE("rules come back from the journal as they went in, those of a new core and of a reload") {
  Inputs reader;
  for (bool start : {true, false}) {
    auto back = again({.op = Op::configure, .now = kNow, .flag = start, .rules = rules()}, reader);
    REQUIRE(back);
    CHECK(back->flag == start);
    REQUIRE(back->rules);
    CHECK(*back->rules == rules());
    CHECK(back->now == kNow);
  }
}

TEST_CASE("an arrival comes back with all that he brought along") {
  Inputs reader;
  acd::Arrival arrival{"c1", "repair", 3, kNow - seconds(5), 2};
  arrival.needs = {{"english", 1}};
  arrival.preferred = "1001";
  arrival.resume_key = "key";
  arrival.seniority = kNow - seconds(50);
  arrival.call_back = true;
  auto back = again({.op = Op::enter, .now = kNow, .arrival = arrival, .known = true}, reader);
  REQUIRE(back);
  REQUIRE(back->arrival);
  CHECK(back->known);
  CHECK(back->arrival->call == "c1");
  CHECK(back->arrival->priority == 3);
  CHECK(back->arrival->entered == arrival.entered);
  CHECK(back->arrival->offers == 2);
  CHECK(back->arrival->needs == arrival.needs);
  CHECK(back->arrival->preferred == "1001");
  CHECK(back->arrival->resume_key == "key");
  CHECK(back->arrival->seniority == arrival.seniority);
  CHECK(back->arrival->call_back);
}

TEST_CASE("each other input comes back field by field") {
  Inputs reader;
  for (int op = 0; op <= static_cast<int>(Op::adopt_talk); ++op) {
    if (Op(op) == Op::configure || Op(op) == Op::enter) continue;
    acd::Input input = {
        .op = Op(op), .now = kNow, .who = "w", .other = "o", .text = "t", .number = 7, .span = seconds(2)};
    input.flag = true;
    input.time = kNow + seconds(1);
    input.until = kNow + seconds(2);
    auto back = again(input, reader);
    REQUIRE(back);
    CAPTURE(acd::name(Op(op)));
    CHECK(back->op == input.op);
    CHECK(back->who == "w");
    CHECK(back->other == "o");
    CHECK(back->text == "t");
    CHECK(back->number == 7);
    CHECK(back->span == seconds(2));
    CHECK(back->flag);
    CHECK(back->time == input.time);
    CHECK(back->until == input.until);
  }
}

TEST_CASE("a start whose rules are not all there, an unknown op and a missing time are refused") {
  Inputs reader;
  auto events = events_of({.op = Op::configure, .now = kNow, .flag = true, .rules = rules()});
  events.erase(events.begin() + 1);
  for (size_t i = 0; i + 1 < events.size(); ++i) CHECK(reader.note(events[i]));
  CHECK(reader.note(events.back()).error().code == Errc::bad_data);
  wire::Event event;
  event.name = "acd.input";
  event.fields = {{"op", "dance"}, {"at", format_utc(kNow)}};
  CHECK(reader.note(event).error().text.find("unknown op 'dance'") != std::string::npos);
  event.fields = {{"op", "tick"}};
  CHECK(reader.note(event).error().text.find("no time") != std::string::npos);
}

TEST_CASE("what a core knows comes back from the journal as it was, and lines of it that are missing are refused") {
  acd::Saved saved;
  saved.rules = rules();
  saved.suspended = true;
  saved.queues = {{"repair", 7, kNow, kNow - seconds(3), 4, 2, 1.0 / 3, 123.456, 0.1, 1e-9}};
  acd::Saved::Agent agent;
  agent.rule = saved.rules.agents[0];
  agent.state = acd::AgentState::offered;
  agent.since = agent.idle_since = kNow;
  agent.until = agent.wrap_up_limit = agent.due = kNow + seconds(5);
  agent.reason = "offer";
  agent.call = "c1";
  agent.offer = "c1-o3";
  agent.next = acd::AgentState::paused;
  agent.next_reason = "lunch";
  agent.misses = 1;
  agent.calls = 12;
  agent.reachable = agent.dnd = true;
  agent.last_rung = {{"repair", 6}};
  auto leaving = agent;
  leaving.rule.id = "1002";
  leaving.leaving = true;
  saved.agents = {agent, leaving};
  acd::Saved::Entry entry;
  entry.call = "c1";
  entry.queue = "repair";
  entry.state = acd::EntryState::connecting;
  entry.priority = 3;
  entry.hops = 1;
  entry.entered = entry.seniority = entry.offered_at = entry.answered_at = entry.connected_at = kNow;
  entry.offers = 3;
  entry.widened = 1;
  entry.told_position = 2;
  entry.agent = "1001";
  entry.offer = "c1-o3";
  entry.preferred = "1002";
  entry.resume_key = "key";
  entry.open = {{"1001", "c1-o3", kNow}};
  entry.tried = {"1002", "1003"};
  entry.needs = {{"english", 2}};
  entry.call_back = entry.queued = entry.rings_all = true;
  entry.parked_until = kNow + seconds(9);
  entry.expected = entry.told_wait = milliseconds(1500);
  entry.line = acd::Saved::Line{2, {{"repair", 1}}, "1001"};
  entry.due = {{"ring", kNow}, {"tell", kNow + seconds(1)}};
  saved.entries.assign(150, entry);  // more than one event holds
  for (size_t i = 0; i < saved.entries.size(); ++i) saved.entries[i].call = "c" + std::to_string(i);
  saved.gone = {{"repair\x1fkey", kNow, kNow - seconds(1), 4}, {"repair\x1fother", {}, {}, 0}};
  acd::Input input = {.op = Op::checkpoint, .now = kNow, .saved = std::make_shared<acd::Saved>(saved)};

  Inputs reader;
  auto back = again(input, reader);
  REQUIRE(back);
  REQUIRE(back->saved);
  CHECK(*back->saved == saved);
  CHECK_FALSE(back->rules);

  auto events = events_of(input);
  for (const char* name : {"acd.state", "acd.rule"}) {
    Inputs other;
    bool left_out = false;
    for (const auto& event : events) {
      if (event.name == name && !std::exchange(left_out, true)) continue;
      auto noted = other.note(event);
      if (&event != &events.back()) continue;
      REQUIRE_FALSE(noted);
      CHECK(noted.error().text.find(std::string(name) + " lines are not all there") != std::string::npos);
    }
  }
}

namespace {

/// Two days of a queue, written as the daemon writes them, with a checkpoint at the first event of the second.
struct TwoDays {
  explicit TwoDays(const std::string& dir) : writer(std::move(journal::Writer::open(dir, "ccqueue").value())) {}

  void write(acd::Input input) {
    acd::Actions out;
    if (input.op == Op::configure)
      core = std::make_unique<acd::Core>(*input.rules, input.now);
    else if (input.op != Op::checkpoint)
      CHECK(acd::apply(*core, input, out));
    for (auto& event : events_of(input)) append(std::move(event), input.now);
    for (const auto& action : out)
      if (is_fact(action)) {
        append(event_of_fact(action), input.now);
        (input.now < midnight ? first : second) += acd::text(action) + "\n";
      }
  }
  void append(wire::Event event, Utc now) {
    event.time = now;
    event.from = "ccqueue";
    writer->append(event);
  }
  void live() {
    acd::Rules rules;
    acd::QueueRule queue;
    queue.name = "repair";
    queue.wrap_up = seconds(20);
    queue.resume_within = seconds(600);
    queue.max_expected_wait = seconds(3600);
    rules.queues = {queue};
    for (const char* id : {"1001", "1002"}) {
      acd::AgentRule agent;
      agent.id = agent.phone = id;
      agent.queues = {"repair"};
      rules.agents.push_back(agent);
    }
    Utc now = midnight - seconds(150);
    write({.op = Op::configure, .now = now, .flag = true, .rules = rules});
    for (const char* phone : {"1001", "1002"}) write({.op = Op::phone, .now = now, .who = phone, .flag = true});
    bool checked = false;
    for (int i = 0; i < 40; ++i) {
      now += seconds(8);
      if (now >= midnight && !std::exchange(checked, true))
        write({.op = Op::checkpoint, .now = now, .saved = std::make_shared<acd::Saved>(core->saved())});
      write({.op = Op::tick, .now = now});
      acd::Arrival arrival{"c" + std::to_string(i), "repair", i % 3, now};
      arrival.resume_key = std::to_string(i % 5);
      write({.op = Op::enter, .now = now, .arrival = arrival});
      // Each third talk begins, ends or is given up, by what the core says of its callers.
      for (const auto& [call, entry] : std::map(core->entries())) {
        if (entry.state == acd::EntryState::offered && i % 2)
          write({.op = Op::answered, .now = now, .who = entry.offer});
        else if (entry.state == acd::EntryState::connecting)
          write({.op = Op::connected, .now = now, .who = call});
        else if (entry.state == acd::EntryState::talking && i % 3 == 0)
          write({.op = Op::call_over, .now = now, .who = call});
        else if (entry.state == acd::EntryState::waiting && i % 7 == 0)
          write({.op = Op::call_over, .now = now, .who = call});
      }
    }
  }

  const Utc midnight = *parse_utc("2026-11-27T00:00:00Z");
  std::unique_ptr<journal::Writer> writer;
  std::unique_ptr<acd::Core> core;
  std::string first, second;
};

struct Played {
  explicit Played(const std::string& dir) {
    Player::Ears ears;
    ears.action = [this](const acd::Action& action, Utc) {
      if (is_fact(action)) now += acd::text(action) + "\n";
    };
    ears.recorded = [this](const acd::Action& action, Utc) { then += acd::text(action) + "\n"; };
    ears.checked = [this](bool alike, Utc) { alike ? ++right : ++wrong; };
    Player player(std::move(ears));
    result = player.play(dir);
  }
  std::string now, then;
  int right = 0, wrong = 0;
  Result<void> result;
};

}  // namespace

TEST_CASE("of two days, both are decided again byte for byte, and the second from its own file alone") {
  JournalFolder folder;
  TwoDays days(folder.dir);
  days.live();
  days.writer.reset();
  REQUIRE(days.first.size() > 1000);
  REQUIRE(days.second.size() > 1000);

  Played both(folder.dir);
  CHECK(both.result);
  CHECK(both.now == days.first + days.second);
  CHECK(both.then == both.now);
  CHECK(both.right == 1);
  CHECK(both.wrong == 0);

  std::filesystem::remove(folder.dir + "/ccqueue/2026-11-26.jsonl");
  Played second(folder.dir);
  CHECK(second.result);
  CHECK(second.now == days.second);
  CHECK(second.then == days.second);
}

TEST_CASE("facts are the same after the journal, to the octet") {
  const acd::Action facts[] = {
      acd::Entered{"c1", "repair", kNow - seconds(1), 2, 4, milliseconds(1500), true, true, kNow - seconds(9)},
      acd::Missed{"c1", "repair", "1001", "c1-o1", acd::MissReason::elsewhere, milliseconds(20)},
      acd::Exit{"c1", "repair", acd::ExitReason::answered, milliseconds(9), "1001", "c1-o2", milliseconds(3)},
      acd::Exit{"c1", "repair", acd::ExitReason::overflowed, milliseconds(9), "", "", milliseconds(0), "size", "bills"},
      acd::Served{"c1", "repair", "1001", milliseconds(77)},
      acd::Tell{"c1", "repair", 3, milliseconds(60000)},
      acd::AgentChanged{"1001", acd::AgentState::wrap_up, acd::AgentState::talking, "talk-over", kNow, "c1",
                        acd::AgentState::paused, "lunch"},
  };
  for (const auto& fact : facts) {
    auto event = event_of_fact(fact);
    event.number = 1;
    event.time = kNow;
    event.from = "ccqueue";
    auto heard = wire::decode_event(wire::encode(event));
    REQUIRE(heard);
    auto back = fact_of(*heard);
    REQUIRE(back);
    CHECK(is_fact(fact));
    CHECK(acd::text(*back) == acd::text(fact));
  }
  CHECK_FALSE(is_fact(acd::Cancel{}));
}

TEST_CASE("what a restart must know of a visit that the facts do not tell") {
  Past past;
  auto note = [&](wire::Event event) {
    event.time = kNow;
    past.note(event);
  };
  acd::Arrival arrival{"c1", "repair", {}, kNow};
  arrival.needs = {{"english", 2}};
  arrival.resume_key = "key";
  for (auto& event : events_of({.op = Op::enter, .now = kNow, .arrival = arrival})) note(event);
  note(event_of_fact(acd::Entered{"c1", "repair", kNow, 0, 1, {}, false, false, kNow - seconds(30)}));
  CHECK(past.visits.at("c1").needs == arrival.needs);
  CHECK(past.visits.at("c1").resume_key == "key");
  CHECK(past.visits.at("c1").seniority == kNow - seconds(30));
  for (auto& event : events_of({.op = Op::prioritize, .now = kNow, .who = "c1", .number = 8})) note(event);
  CHECK(past.visits.at("c1").priority == 8);
  // He overflows: his needs go with him.
  note(event_of_fact(acd::Exit{"c1", "repair", acd::ExitReason::overflowed, milliseconds(0), "", "", milliseconds(0),
                               "size", "bills"}));
  note(event_of_fact(acd::Entered{"c1", "bills", kNow, 8, 1}));
  CHECK(past.visits.at("c1").needs == arrival.needs);
  CHECK(past.visits.at("c1").open());
  // A call-back is known until it is over.
  wire::Event promised;
  promised.name = "queue.call-back";
  promised.call = "c1";
  promised.fields = {{"as", "c1-b"}, {"to", "13800138000"}};
  note(promised);
  note(event_of_fact(acd::Entered{"c1-b", "bills", kNow, 8, 1, {}, false, true}));
  CHECK(past.call_backs.at("c1-b").to == "13800138000");
  CHECK(past.visits.at("c1-b").call_back);
  note(event_of_fact(acd::Exit{"c1-b", "bills", acd::ExitReason::failed, milliseconds(0), "", "", milliseconds(0)}));
  CHECK(past.call_backs.empty());
}
