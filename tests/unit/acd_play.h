// SPDX-License-Identifier: GPL-2.0-or-later
// A table to play the queue on: events by name, decisions as lines of text. For the acd tests.
#pragma once

#include <string>
#include <vector>

#include "acd/acd.h"

namespace hotline::acd::play {

inline Utc at(int64_t second) { return Utc(seconds(1700000000 + second)); }

inline AgentRule agent(const std::string& id, std::vector<std::string> queues, bool auto_login = true) {
  return {id, id, std::move(queues), auto_login, true};
}

inline QueueRule queue(const std::string& name) {
  QueueRule rule;
  rule.name = name;
  return rule;
}

/// A core and its clock. `heard` collects the lines; take() returns those since the last take.
struct Table {
  explicit Table(Rules rules) : core(std::move(rules), at(0)) {}

  Utc now = at(0);
  Core core;
  Actions out;

  void wait(int64_t span) { go_to(std::chrono::duration_cast<seconds>(now - at(0)).count() + span); }
  /// Lets time pass, with everything that falls due on the way at its own moment.
  void go_to(int64_t second) {
    while (core.next_due() && *core.next_due() <= at(second)) {
      now = std::max(now, *core.next_due());
      core.tick(now, out);
    }
    now = at(second);
  }
  void phone(const std::string& id, bool registered = true) { core.phone(id, registered, now, out); }
  void call(const std::string& id, const std::string& queue, std::optional<int> priority = {}) {
    require(core.enter({id, queue, priority, now, 0}, now, out));
  }
  void answer(const std::string& offer) {
    core.answered(offer, now, out);
    core.connected(offer.substr(0, offer.rfind("-o")), now, out);
  }
  void over(const std::string& call) { core.call_over(call, now, out); }

  std::vector<std::string> take() {
    std::vector<std::string> lines;
    for (const auto& action : out) lines.push_back(text(action));
    out.clear();
    return lines;
  }
  /// Who is rung now: "call@agent" of each Offer since the last take, joined by blanks.
  std::string rung() {
    std::string who;
    for (const auto& action : out)
      if (auto* offer = std::get_if<Offer>(&action)) who += (who.empty() ? "" : " ") + offer->call + "@" + offer->agent;
    out.clear();
    return who;
  }
  std::string state(const std::string& agent) const {
    const auto* found = core.agent(agent);
    return found ? std::string(name(found->state)) + ":" + found->reason : "none";
  }
};

}  // namespace hotline::acd::play
