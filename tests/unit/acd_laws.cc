// SPDX-License-Identifier: GPL-2.0-or-later
// The laws of the queue, held against random events: each seed is a shift of 400 events.
#include <doctest/doctest.h>

#include <random>

#include "acd_play.h"

using namespace hotline;
using namespace hotline::acd;
using namespace hotline::acd::play;

namespace {

/// Recounts from the actions alone what the core says of itself.
struct Books {
  std::map<std::string, int> entered, exits;
  std::map<std::string, std::string> open_offer;  // agent -> offer
  std::map<std::string, std::string> talk;        // agent -> call
  std::map<std::string, AgentState> states;
  std::set<std::string> offers, ended;

  void note(const Action& action) {
    if (auto* a = std::get_if<Entered>(&action)) {
      ++entered[a->call];
    } else if (auto* a = std::get_if<acd::Offer>(&action)) {
      CHECK(offers.insert(a->offer).second);
      CHECK(open_offer.count(a->agent) == 0);
      CHECK(talk.count(a->agent) == 0);
      for (const auto& [agent, call] : talk) CHECK(call != a->call);
      open_offer[a->agent] = a->offer;
    } else if (auto* a = std::get_if<Missed>(&action)) {
      CHECK(open_offer[a->agent] == a->offer);
      open_offer.erase(a->agent);
      CHECK(ended.insert(a->offer).second);
    } else if (auto* a = std::get_if<Exit>(&action)) {
      ++exits[a->call];
      CHECK(exits[a->call] == entered[a->call]);
      CHECK(a->wait.count() >= 0);
      if (a->reason != ExitReason::answered) return;
      CHECK(open_offer[a->agent] == a->offer);
      open_offer.erase(a->agent);
      CHECK(ended.insert(a->offer).second);
      talk[a->agent] = a->call;
    } else if (auto* a = std::get_if<Served>(&action)) {
      CHECK(talk[a->agent] == a->call);
      talk.erase(a->agent);
    } else if (auto* a = std::get_if<AgentChanged>(&action)) {
      if (states.count(a->agent)) CHECK(states[a->agent] == a->was);
      states[a->agent] = a->state;
    }
  }
};

struct Shift {
  explicit Shift(uint32_t seed) : dice(seed), table(rules()) {}

  int roll(int sides) { return static_cast<int>(dice() % static_cast<uint32_t>(sides)); }
  std::string some_agent() { return std::to_string(1001 + roll(6)); }

  Rules rules() {
    Rules r;
    for (const char* name : {"bills", "move", "repair"}) {
      auto q = queue(name);
      q.max_wait = seconds(roll(3) ? 60 : 0);
      q.max_waiting = roll(2) ? 5 : 100;
      q.wrap_up = seconds(roll(2) * 8);
      r.queues.push_back(q);
    }
    for (int i = 0; i < 6; ++i) {
      auto a = agent(std::to_string(1001 + i), {}, roll(2) == 0);
      for (const auto& q : r.queues)
        if (roll(2)) a.queues.push_back(q.name);
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
    switch (roll(14)) {
      case 0:
      case 1:
      case 2:
        table.call("c" + std::to_string(++calls), kQueues[roll(3)],
                   roll(4) ? std::nullopt : std::optional(roll(12) - 1));
        break;
      case 3:
      case 4:
      case 5:
        for (const auto& [call, entry] : core.entries())
          if (entry.state == EntryState::offered && roll(2)) {
            core.answered(std::string(entry.offer), now, out);
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
        if (!core.entries().empty()) {
          auto victim = core.entries().begin();
          std::advance(victim, roll(static_cast<int>(core.entries().size())));
          std::string id = victim->first;
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
    for (const auto& rule : table.core.rules().queues)
      CHECK_FALSE((table.core.waiting(rule.name) > 0 && table.core.idle(rule.name) > 0));
    std::map<std::string, int> held;
    for (const auto& [call, entry] : table.core.entries()) {
      CHECK((entry.state == EntryState::waiting) == entry.agent.empty());
      if (!entry.agent.empty()) CHECK(++held[entry.agent] == 1);
      CHECK(books.entered[call] == books.exits[call] + (entry.state == EntryState::talking ? 0 : 1));
    }
    for (const auto& [id, agent] : table.core.agents()) {
      bool engaged = agent.state == AgentState::offered || agent.state == AgentState::talking;
      CHECK(engaged == (held.count(id) > 0));
      CHECK(engaged == !agent.call.empty());
      if (agent.state == AgentState::ready) CHECK(agent.reachable);
    }
  }

  std::string run(bool check) {
    std::string log;
    for (int i = 0; i < 400; ++i) {
      event();
      for (const auto& action : table.out) {
        log += text(action) + "\n";
        if (check) books.note(action);
      }
      table.out.clear();
      if (check) check_laws();
    }
    // The day ends: everybody hangs up.
    std::vector<std::string> left;
    for (const auto& [call, entry] : table.core.entries()) left.push_back(call);
    for (const auto& call : left) table.core.call_over(call, table.now, table.out);
    for (const auto& action : table.out)
      if (check) books.note(action);
    if (check) {
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
  int calls = 0;
};

}  // namespace

TEST_CASE(
    "over 200 random shifts every caller ends once, every offer ends once, and nobody idles beside a waiting caller") {
  size_t talks = 0;
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    Shift shift(seed);
    std::string log = shift.run(true);
    for (size_t at = log.find(" answered wait="); at != std::string::npos; at = log.find(" answered wait=", at + 1))
      ++talks;
  }
  CHECK(talks > 1000);  // the shifts were real ones
}

TEST_CASE("the same events give the same decisions byte for byte") {
  for (uint32_t seed = 1; seed <= 20; ++seed) CHECK(Shift(seed).run(false) == Shift(seed).run(false));
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
