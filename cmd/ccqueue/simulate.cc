// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue simulate: a day that has not been, through the queue as it is.
#include "simulate.h"

#include <cstdio>
#include <random>

#include "base/text.h"
#include "cli/output.h"

namespace hotline::ccqueue {

namespace {

constexpr int64_t kRunsMax = 1000;
constexpr double kCallersMax = 2e6;  // a run: what of them is kept fits into memory

/// A width that divides the hour or the day, so that every day has the same intervals.
Result<microseconds> interval_of(const std::string& text) {
  auto width = parse_duration(text);
  if (width && (*width == std::chrono::minutes(15) || *width == std::chrono::minutes(30) ||
                *width == std::chrono::minutes(60) || *width == std::chrono::hours(24)))
    return *width;
  return Error{Errc::usage, "--interval: 15m, 30m, 60m or 1d is expected"};
}

Result<int64_t> seed_of(const std::string& text) {
  if (text.empty()) return static_cast<int64_t>(std::random_device{}() & 0x7fffffff);
  auto seed = parse_int(text);
  if (seed && *seed >= 0) return *seed;
  return Error{Errc::usage, "--seed: a whole number from 0 on is expected"};
}

std::string many(int64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

int simulate(const std::string& traffic, const RunOptions& options, cli::Listing& list) {
  auto scenario = load_scenario(traffic, options.config, options.plan);
  if (!scenario) return cli::fail(scenario.error());
  if (double expected = expected_callers(*scenario); expected > kCallersMax)
    return cli::fail(Errc::bad_data, traffic + ": " + std::to_string(static_cast<int64_t>(expected)) +
                                         " callers a run are more than the 2000000 that can be kept; take fewer days");
  auto runs = runs_of(options, *scenario, scenario->begin(), scenario->end());
  if (!runs) return cli::fail(runs.error());
  auto rows = play_runs(*runs, *scenario, [&](uint64_t seed) { return callers(*scenario, seed); });
  if (!list.for_machines()) std::printf("%s\n\n", headline(*runs, scenario->zone).c_str());
  rows.print(list, scenario->zone, "simulated", runs->seed);
  return list.finish();
}

}  // namespace

void add_run_options(cli::Verb& verb, RunOptions& options) {
  verb.option("--agents", options.plan, "who is there when: a plan as in ccqueue-simulate(1)")
      .option("-c,--config", options.config, "queues and agents of this configuration")
      .option("--seed", options.seed, "of the random numbers (default: another one each time, printed)")
      .option("--runs", options.runs, "so many runs, with seeds that follow one another (1)")
      .option("--interval", options.interval, "of the report: 15m, 30m, 60m or 1d (30m)")
      .option("--within", options.within, "threshold T of the service level (15s, or 'within' of [report])")
      .option("--queue", options.queue, "this queue alone");
}

Result<Runs> runs_of(const RunOptions& options, const Scenario& scenario, Utc begin, Utc end) {
  if (options.runs < 1 || options.runs > kRunsMax) return Error{Errc::usage, "--runs: 1 to 1000 are expected"};
  auto width = interval_of(options.interval);
  if (!width) return width.error();
  auto seed = seed_of(options.seed);
  if (!seed) return seed.error();
  auto within = options.within ? parse_duration(*options.within) : Result<microseconds>(scenario.within);
  if (!within || within->count() <= 0) return Error{Errc::usage, "--within: a time such as 15s is expected"};
  if (!options.queue.empty() && !scenario.settings.queues.count(options.queue)) {
    std::vector<std::string> known;
    for (const auto& rule : scenario.settings.rules.queues) known.push_back(rule.name);
    return Error{Errc::usage, "--queue: no queue '" + options.queue + "'" + did_you_mean(options.queue, known)};
  }
  return Runs{options.runs, *seed, {begin, end, *width, *within, options.queue}};
}

IntervalRows play_runs(const Runs& runs, const Scenario& scenario,
                       const std::function<sim::Callers(uint64_t seed)>& callers) {
  IntervalRows rows(runs.frame);
  for (int64_t run = 0; run < runs.runs; ++run) {
    auto seed = static_cast<uint64_t>(runs.seed + run);
    rows.add(play(scenario, callers(seed), runs.frame.begin, runs.frame.end, seed), scenario.settings.rules);
  }
  return rows;
}

std::string headline(const Runs& runs, const conf::Zone& zone) {
  int64_t days = (runs.frame.end - runs.frame.begin + std::chrono::hours(23)) / std::chrono::hours(24);
  return many(days, "day") + " from " + conf::format_date(conf::date_of(zone.local(runs.frame.begin))) + ", " +
         many(runs.runs, "run") + ", seed " + std::to_string(runs.seed) + "; F4 within " +
         format_duration(runs.frame.within);
}

Book play(const Scenario& scenario, const sim::Callers& callers, Utc begin, Utc end, uint64_t seed) {
  acd::Rules rules = scenario.settings.rules;
  for (auto& rule : rules.queues) rule.announce_every = seconds(0);  // nothing hangs on it, and nobody hears it
  for (auto& agent : rules.agents) agent.registers = true;           // shifts alone say who is there
  Book book;
  // The hands are drawn apart from the callers.
  sim::World world(std::move(rules), begin - std::chrono::hours(24),
                   scenario.plan.hands.value_or(sim::Hands{seconds(3)}), seed ^ 0x9E3779B97F4A7C15u,
                   [&](const acd::Action& action, Utc at) { book.hear(action, at); });
  auto there = staffing(scenario, begin, end);
  world.staff(there.shifts);
  world.breaks(there.breaks);
  world.run(callers, end + std::chrono::hours(24));
  book.close(std::max(world.now(), end));
  return book;
}

void add_simulate(cli::App& app) {
  static std::string traffic;
  static RunOptions options;
  static cli::Listing list(IntervalRows::columns());
  auto& verb = app.verb("simulate", "play days that have not been through the queue as it is",
                        [] { return simulate(traffic, options, list); });
  verb.argument("TRAFFIC", traffic, "who calls when: a file as in ccqueue-simulate(1)");
  add_run_options(verb, options);
  list.add_options(verb);
}

}  // namespace hotline::ccqueue
