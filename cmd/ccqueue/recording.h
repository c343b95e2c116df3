// SPDX-License-Identifier: GPL-2.0-or-later
// What goes into the core, as events of the journal and back. Whoever feeds a core with them again sees it decide as it
// did: `replay`, `why`, and whoever asks "what if".
//
//     acd.rule    a table of the configuration: "table" (acd, queue, agent) and what differs from the defaults
//     acd.input   "op" (acd/input.h) with what it needs. The op "start" makes a new core of the acd.rule lines just
//                 before it, "configure" gives them to the core that there is; both say how many there are.
//                 "checkpoint" stands behind all rules and the acd.state events, and says how many there are of both:
//                 who begins to read there has what is needed.
//     acd.state   "table" (queue, agent, entry, gone) and "rows": what the core knows besides its rules (acd/saved.h).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "acd/input.h"
#include "wire/wire.h"

namespace hotline::ccqueue {

/// The events that write this down; more than one where rules are in it.
std::vector<wire::Event> events_of(const acd::Input& input);

/// Puts the inputs together again.
class Inputs {
 public:
  /// nullopt for events that are no input, or not a whole one yet. `bad_data` says what is wrong with it.
  Result<std::optional<acd::Input>> note(const wire::Event& event);

 private:
  void note_rule(const wire::Json& fields);
  Result<std::shared_ptr<const acd::Saved>> take_saved(const wire::Event& event);
  acd::Rules rules_;
  acd::Saved saved_;
  size_t tables_ = 0, states_ = 0;
};

/// The facts among actions, which are written down as events, and those events as actions again; nullopt for others.
bool is_fact(const acd::Action& action);
std::optional<acd::Action> fact_of(const wire::Event& event);
/// That event, but for its number and time.
wire::Event event_of_fact(const acd::Action& action);

/// The visit of a caller to a queue that there is not: so that the report shows it.
acd::Actions failed_visit(const acd::Arrival& arrival);

}  // namespace hotline::ccqueue
