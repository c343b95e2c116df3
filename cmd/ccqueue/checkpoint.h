// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "acd/saved.h"
#include "wire/wire.h"

namespace hotline::ccqueue {

/// What a core knows besides its rules, as acd.state events: "table" (queue, agent, entry, gone) and some "rows" of it.
std::vector<wire::Event> state_events(const acd::Saved& saved);
/// Adds the rows of one such event.
void note_state(const wire::Json& fields, acd::Saved& saved);
/// Gives each agent his rule of saved.rules. False when there is none: rows and rules are not of one core.
bool complete(acd::Saved& saved);

}  // namespace hotline::ccqueue
