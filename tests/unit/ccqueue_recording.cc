// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccqueue/past.h"
#include "../../cmd/ccqueue/recording.h"

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
