// SPDX-License-Identifier: GPL-2.0-or-later
// The laws of the queue, held against random events: each seed is a shift of 400 events.
#include <doctest/doctest.h>

#include <memory>
#include <random>

#include "acd_play.h"

using namespace hotline;
using namespace hotline::acd;
using namespace hotline::acd::play;

namespace {

/// What a law forbids, the first time that it happened; a million checks that hold cost nothing.
struct Breach {
  std::string first;
  void unless(bool holds, const char* law, const std::string& of = "") {
    if (!holds && first.empty()) first = std::string(law) + ": " + of;
  }
};

/// Recounts from the actions alone what the core says of itself.
struct Books {
  std::map<std::string, int> entered, exits;
  std::map<std::string, std::string> open_offer;  // agent -> offer
  std::map<std::string, std::string> talk;        // agent -> call
  std::map<std::string, AgentState> states;
  std::set<std::string> offers, ended;

  void note(const Action& action, Breach& breach) {
    if (auto* a = std::get_if<Entered>(&action)) {
      ++entered[a->call];
    } else if (auto* a = std::get_if<acd::Offer>(&action)) {
      breach.unless(offers.insert(a->offer).second, "an offer's name is used once", a->offer);
      breach.unless(open_offer.count(a->agent) == 0, "an agent has one offer", a->agent);
      breach.unless(talk.count(a->agent) == 0, "an agent in a talk is not rung", a->agent);
      for (const auto& [agent, call] : talk) breach.unless(call != a->call, "who talks is not offered", a->call);
      open_offer[a->agent] = a->offer;
    } else if (auto* a = std::get_if<Missed>(&action)) {
      breach.unless(open_offer[a->agent] == a->offer, "what is missed was open", a->offer);
      open_offer.erase(a->agent);
      breach.unless(ended.insert(a->offer).second, "an offer ends once", a->offer);
    } else if (auto* a = std::get_if<Exit>(&action)) {
      ++exits[a->call];
      breach.unless(exits[a->call] == entered[a->call], "an entry ends once", a->call);
      breach.unless(a->wait.count() >= 0, "no wait is negative", a->call);
      if (a->reason != ExitReason::answered) return;
      breach.unless(open_offer[a->agent] == a->offer, "who is answered was offered", a->offer);
      open_offer.erase(a->agent);
      breach.unless(ended.insert(a->offer).second, "an offer ends once", a->offer);
      talk[a->agent] = a->call;
    } else if (auto* a = std::get_if<Served>(&action)) {
      breach.unless(talk[a->agent] == a->call, "who is served talked", a->call);
      talk.erase(a->agent);
    } else if (auto* a = std::get_if<AgentChanged>(&action)) {
      if (states.count(a->agent)) breach.unless(states[a->agent] == a->was, "states follow one another", a->agent);
      states[a->agent] = a->state;
    }
  }
};

struct Shift {
  explicit Shift(uint32_t seed) : dice(seed), table(rules()) {
    // Nobody of the same queue who comes before him and could have this agent is passed over.
    table.core.observe([this](const Decision& decision) {
      for (const auto& passed : decision.passed)
        breach.unless(!passed.ends_with("is rung for next"), "the order of service holds",
                      decision.offer + " " + passed);
    });
  }

  int roll(int sides) { return static_cast<int>(dice() % static_cast<uint32_t>(sides)); }
  std::string some_agent() { return std::to_string(1001 + roll(6)); }
  std::string some_call() {
    const auto& entries = table.core.entries();
    if (entries.empty()) return "";
    auto one = entries.begin();
    std::advance(one, roll(static_cast<int>(entries.size())));
    return one->first;
  }

  Rules rules() {
    Rules r;
    for (const char* name : {"bills", "move", "repair"}) {
      auto q = queue(name);
      q.max_wait = seconds(roll(3) ? 60 : 0);
      q.max_waiting = roll(2) ? 5 : 100;
      q.wrap_up = seconds(roll(2) * 8);
      q.wrap_up_max = seconds(roll(2) * 30);
      q.strategy = static_cast<Strategy>(roll(5));
      if (roll(3) == 0) q.widen = {{seconds(10), 2, {{"english", 1}}}, {seconds(25), 3, {{"english", 0}}}};
      if (roll(4) == 0) q.overflow_to = roll(2) ? "bills" : "repair";
      if (roll(4) == 0) q.leave_when_empty = seconds(roll(40));
      if (roll(2)) q.absent = {AgentState::paused};
      q.join_when_empty = roll(4) != 0;
      q.max_expected_wait = seconds(roll(3) ? 0 : 300);
      q.prefer_for = seconds(roll(2) * 15);
      q.announce_every = seconds(roll(2) * 7);
      q.resume_within = seconds(roll(2) * 60);
      r.queues.push_back(q);
    }
    r.queues[1].outbound = roll(3) == 0;
    r.queues[1].reserve = roll(3);
    r.priority_step = seconds(roll(2) * 20);
    for (int i = 0; i < 6; ++i) {
      auto a = agent(std::to_string(1001 + i), {}, roll(2) == 0);
      for (const auto& q : r.queues)
        if (roll(2)) a.queues.push_back(q.name), a.tiers[q.name] = 1 + roll(3);
      if (roll(2)) a.skills["english"] = 1 + roll(3);
      r.agents.push_back(a);
    }
    r.misses_max = roll(4);
    return r;
  }

  void event() {
    auto& core = table.core;
    auto now = table.now;
    auto& out = table.out;
    static const char* const kQueues[] = {"bills", "move", "repair"};
    // Whatever is refused is refused: the books must balance all the same.
    switch (roll(17)) {
      case 0:
      case 1:
      case 2: {
        Arrival arrival{"c" + std::to_string(++calls), kQueues[roll(3)], {}, now, 0};
        if (roll(4) == 0) arrival.priority = roll(12) - 1;
        if (roll(4) == 0) arrival.needs["english"] = 1 + roll(3);
        if (roll(4) == 0) arrival.preferred = some_agent();
        if (roll(3) == 0) arrival.resume_key = std::to_string(roll(5));
        require(core.enter(arrival, now, out));
        break;
      }
      case 14:
      case 15:
        if (std::string id = some_call(); !id.empty()) {
          auto done = roll(2)   ? core.move(id, kQueues[roll(3)], now, out)
                      : roll(2) ? core.prioritize(id, roll(12) - 1, now, out)
                      : roll(2) ? core.call_back(id, id + "-cb", now, out)
                                : core.postpone(id, now + seconds(roll(30)), now, out);
          (void)done;
        }
        break;
      case 16: {
        auto done = core.extend_wrap_up(some_agent(), seconds(roll(20)), now, out);
        (void)done;
        break;
      }
      case 3:
      case 4:
      case 5:
        for (const auto& [call, entry] : core.entries())
          if (entry.state == EntryState::offered && roll(2)) {
            auto which = static_cast<size_t>(roll(static_cast<int>(entry.open.size())));
            core.answered(std::string(entry.open[which].offer), now, out);
            break;
          }
        break;
      case 6:
      case 7:
        for (const auto& [call, entry] : core.entries())
          if (entry.state == EntryState::connecting) {
            std::string id = call;
            roll(5) ? core.connected(id, now, out) : core.connect_failed(id, now, out);
            break;
          }
        break;
      case 8:
        if (std::string id = some_call(); !id.empty()) {
          roll(4) ? core.call_over(id, now, out)
                  : core.leave(id, roll(2) ? ExitReason::withdrawn : ExitReason::key_exit, now, out);
        }
        break;
      case 9:
        core.phone(some_agent(), roll(4) != 0, now, out);
        break;
      case 10: {
        std::string id = some_agent();
        auto done = roll(2) ? core.login(id, now, out) : core.ready(id, now, out);
        (void)done;
        break;
      }
      case 11: {
        std::string id = some_agent();
        auto done = roll(3) ? core.pause(id, "lunch", now, out) : core.logout(id, now, out);
        (void)done;
        break;
      }
      case 12:
        if (const auto* agent = core.agent(some_agent()); agent && !agent->offer.empty())
          core.missed(std::string(agent->offer), static_cast<MissReason>(roll(7)), now, out);
        break;
      case 13:
        if (roll(10) == 0) core.configure(rules(), now, out);
        table.wait(roll(9));
        break;
    }
  }

  void check_laws() {
    const auto& core = table.core;
    auto overlooked = core.overlooked();
    breach.unless(overlooked.empty(), "no fit agent idles while a fit caller waits",
                  overlooked.empty() ? "" : overlooked[0]);
    std::map<std::string, int> held;
    for (const auto& [call, entry] : core.entries()) {
      breach.unless((entry.state == EntryState::waiting) == entry.agent.empty(), "who waits has no agent", call);
      breach.unless(entry.open.empty() == (entry.state == EntryState::waiting || entry.state == EntryState::talking),
                    "who rings or connects has an open offer", call);
      if (entry.state == EntryState::talking) ++held[entry.agent];
      for (const auto& open : entry.open) ++held[open.agent];
      breach.unless(books.entered[call] == books.exits[call] + (entry.state == EntryState::talking ? 0 : 1),
                    "one visit is open", call);
      bool counted = core.position(call) > 0;
      breach.unless(!counted || entry.state == EntryState::waiting, "who has a place waits", call);
    }
    for (const auto& [id, agent] : core.agents()) {
      bool engaged = agent.state == AgentState::offered || agent.state == AgentState::talking;
      breach.unless(engaged == (held.count(id) > 0), "an engaged agent is somebody's", id);
      breach.unless(held.count(id) == 0 || held[id] == 1, "an agent is one caller's", id);
      breach.unless(engaged == !agent.call.empty(), "an engaged agent names his call", id);
      breach.unless(agent.state != AgentState::ready || agent.reachable, "who is ready can be rung", id);
    }
  }

  /// In the place of the core comes one that is made of what it knows.
  void take_over() {
    Saved saved = table.core.saved();
    std::destroy_at(&table.core);
    std::construct_at(&table.core, saved);
    breach.unless(table.core.saved() == saved, "who takes over knows the same", "");
  }

  std::string run(bool check, int successions_every = 0) {
    std::string log;
    for (int i = 0; i < 400; ++i) {
      if (successions_every > 0 && i % successions_every == successions_every - 1) take_over();
      event();
      for (const auto& action : table.out) {
        log += text(action) + "\n";
        if (check) books.note(action, breach);
      }
      table.out.clear();
      if (check) check_laws();
    }
    // The day ends: everybody hangs up.
    for (int round = 0; round < 5 && !table.core.entries().empty(); ++round) {
      std::vector<std::string> left;
      for (const auto& [call, entry] : table.core.entries()) left.push_back(call);
      for (const auto& call : left) table.core.call_over(call, table.now, table.out);
    }
    for (const auto& action : table.out)
      if (check) books.note(action, breach);
    if (check) {
      CHECK(breach.first == "");
      CHECK(table.core.entries().empty());
      CHECK(books.entered == books.exits);
      CHECK(books.open_offer.empty());
      CHECK(books.talk.empty());
      CHECK(books.ended == books.offers);
    }
    return log;
  }

  std::mt19937 dice;
  Table table;
  Books books;
  Breach breach;
  int calls = 0;
};

}  // namespace

TEST_CASE(
    "over 1000 random shifts every caller ends once, every offer ends once, and nobody idles beside a waiting caller") {
  size_t talks = 0;
  for (uint32_t seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    Shift shift(seed);
    std::string log = shift.run(true);
    for (size_t at = log.find(" answered wait="); at != std::string::npos; at = log.find(" answered wait=", at + 1))
      ++talks;
  }
  CHECK(talks > 4000);  // the shifts were real ones
}

TEST_CASE("the same events give the same decisions byte for byte") {
  for (uint32_t seed = 1; seed <= 20; ++seed) CHECK(Shift(seed).run(false) == Shift(seed).run(false));
}

TEST_CASE(
    "a core that is made of what another knew goes on as that one does, byte for byte, at any moment of a shift") {
  for (uint32_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    Shift succeeded(seed), other(seed);
    CHECK(succeeded.run(false, 1 + static_cast<int>(seed % 50)) == other.run(false));
    CHECK(succeeded.breach.first == "");
    CHECK(succeeded.table.core.saved() == other.table.core.saved());
  }
}

TEST_CASE("a decision stays cheap with 1000 waiting and 1000 agents") {
  Rules rules;
  rules.queues = {queue("repair")};
  rules.misses_max = 0;
  for (int i = 0; i < 1000; ++i) rules.agents.push_back(agent("a" + std::to_string(i), {"repair"}));
  Table table(rules);
  for (int i = 0; i < 1000; ++i) table.phone("a" + std::to_string(i));
  for (int i = 0; i < 2000; ++i) table.call("c" + std::to_string(i), "repair");
  CHECK(table.core.waiting("repair") == 1000);
  table.out.clear();
  // Each step frees one agent and rings him for the next caller: about twenty set operations. The bound is a hundred
  // times what it takes, to catch a linear search and not a slow machine.
  auto begin = monotonic_now();
  for (int i = 0; i < 1000; ++i) {
    table.core.answered("c" + std::to_string(i) + "-o1", table.now, table.out);
    table.core.connected("c" + std::to_string(i), table.now, table.out);
    table.over("c" + std::to_string(i));
  }
  table.wait(10);
  CHECK(table.core.waiting("repair") == 0);
  CHECK(monotonic_now() - begin < seconds(2));
}
