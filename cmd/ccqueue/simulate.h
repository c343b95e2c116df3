// SPDX-License-Identifier: GPL-2.0-or-later
// What simulate and replay --agents have in common: several runs, and the interval report of them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/app.h"
#include "interval_rows.h"
#include "scenario.h"

namespace hotline::ccqueue {

/// The verb simulate, which needs no daemon.
void add_simulate(cli::App& app);

struct RunOptions {
  std::string config, plan, queue, interval = "30m", seed;
  std::optional<std::string> within;
  int64_t runs = 1;
};
void add_run_options(cli::Verb& verb, RunOptions& options);

struct Runs {
  int64_t runs = 1, seed = 0;
  IntervalRows::Frame frame;
};
/// Checks the options against what is to be played from `begin` to `end`; T of the service level is in the scenario
/// unless they name one.
Result<Runs> runs_of(const RunOptions& options, const Scenario& scenario, Utc begin, Utc end);

/// Plays them; `callers` makes the callers of a seed.
IntervalRows play_runs(const Runs& runs, const Scenario& scenario,
                       const std::function<sim::Callers(uint64_t seed)>& callers);

/// "1 day from 2026-11-23, 20 runs, seed 1; F4 within 15s"
std::string headline(const Runs& runs, const conf::Zone& zone);

}  // namespace hotline::ccqueue
