// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs of ccqueue(8) that ask a running daemon.
#pragma once

#include "cli/app.h"

namespace hotline::ccqueue {

struct Settings;
/// Not a verb: `run --dry-run`.
int dry_run(const Settings& fresh);

void add_status(cli::App& app);
void add_agents(cli::App& app);
void add_agent_commands(cli::App& app);
void add_orders(cli::App& app);
void add_doctor(cli::App& app);
void add_replay(cli::App& app);
void add_why(cli::App& app);

}  // namespace hotline::ccqueue
