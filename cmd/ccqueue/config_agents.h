// SPDX-License-Identifier: GPL-2.0-or-later
// Agents from another file than hotline.toml: what a plan of ccqueue-simulate(1) needs of config.cc.
#pragma once

#include "config.h"

namespace hotline::ccqueue {

/// `queues`, with tiers, and `skills` of an agent.
void read_agent_reach(conf::Table& table, const Settings& settings, acd::AgentRule& rule);
/// The [[agent]] tables of another file, into settings that have their queues: who is there already is another one now.
void replace_agents(conf::Table& root, Settings& settings);

}  // namespace hotline::ccqueue
