// SPDX-License-Identifier: GPL-2.0-or-later
// ccqueue replay --agents: the callers of past days with other agents, beside what was.
#include <cstdio>

#include "base/text.h"
#include "cli/output.h"
#include "conf/instance.h"
#include "player.h"
#include "what_if.h"

namespace hotline::ccqueue {

namespace {

Settings settings_of(const acd::Rules& rules) {
  Settings settings;
  settings.rules = rules;
  for (const auto& queue : rules.queues) settings.queues[queue.name];
  for (const auto& agent : rules.agents)
    settings.agents[agent.id] = {agent.id, agent.id, "phone:" + agent.phone, false};
  return settings;
}

/// Queues and agents: those of -c, else those that were; then the plan's.
Result<Scenario> scenario_of(const PastDay& day, const RunOptions& options) {
  Scenario scenario;
  if (!options.config.empty()) {
    if (auto read = load_site(options.config, scenario); !read) return read.error();
  } else {
    // The site's zone and threshold, if there is a configuration that can be read; its queues are those that were.
    if (!load_site("", scenario)) {
      scenario = Scenario{};
      if (auto zone = conf::Zone::load("Asia/Shanghai")) scenario.zone = *zone;
    }
    scenario.settings = settings_of(day.rules());
  }
  scenario.plan = day.plan();
  if (!options.plan.empty())
    if (auto read = load_plan(options.plan, scenario); !read) return read.error();
  return scenario;
}

Utc midnight(const conf::Zone& zone, Utc time, int days_after) {
  return zone.utc(conf::LocalTime(conf::date_of(zone.local(time)) + std::chrono::days(days_after)));
}

}  // namespace

int what_if(const WhatIf& question, cli::Listing& list) {
  PastDay day;
  Utc last{};
  Player::Ears ears;
  ears.input = [&](const acd::Input& input) {
    day.hear(input);
    last = std::max(last, input.now);
  };
  ears.recorded = [&](const acd::Action& action, Utc at) {
    day.hear(action, at);
    last = std::max(last, at);
  };
  Player player(std::move(ears));
  auto played = player.play(question.journal_dir);
  if (!player.core()) return cli::fail(played.error());
  day.close(last);
  if (day.callers().empty()) return cli::fail(Errc::no, "nobody came in the days of this journal");
  auto scenario = scenario_of(day, question.options);
  if (!scenario) return cli::fail(scenario.error());
  Utc first = day.callers().front().at, final = first;
  for (const auto& caller : day.callers()) {
    first = std::min(first, caller.at);
    final = std::max(final, caller.at);
  }
  Utc begin = question.since.value_or(midnight(scenario->zone, first, 0));
  Utc end = question.until.value_or(midnight(scenario->zone, final, 1));
  if (end <= begin) return cli::fail(Errc::usage, "--until: a moment after --since is expected");
  auto runs = runs_of(question.options, *scenario, begin, end);
  if (!runs) return cli::fail(runs.error());
  IntervalRows real(runs->frame);
  real.add(day.book(), day.rules());
  auto other = play_runs(*runs, *scenario, [&](uint64_t seed) { return callers(day, begin, end, seed); });
  if (!list.for_machines()) std::printf("%s\n\n", headline(*runs, scenario->zone).c_str());
  real.print(list, scenario->zone, "real", runs->seed);
  other.print(list, scenario->zone, "simulated", runs->seed);
  int status = list.finish();
  return played ? status : cli::fail(played.error());
}

}  // namespace hotline::ccqueue
