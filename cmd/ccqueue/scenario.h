// SPDX-License-Identifier: GPL-2.0-or-later
// What ccqueue simulate is told of the world outside the queue: who calls, how long they wait and talk, who is there.
// The files are those of ccqueue-simulate(1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "book.h"
#include "conf/calendar.h"
#include "config.h"
#include "sim/world.h"

namespace hotline::ccqueue {

/// A random span of time.
struct Spans {
  enum class Shape { constant, exponential, lognormal };
  Shape shape = Shape::constant;
  double mean_s = 0, variation = 0;  ///< coefficient of variation, of lognormal
  microseconds draw(sim::Random& random) const;
};

/// Callers of one kind: Poisson, at a rate that steps.
struct Traffic {
  struct Step {
    conf::Hours hours;  ///< one range
    double per_hour = 0;
  };
  std::string queue;
  std::vector<Step> rates;
  Spans talk;
  std::optional<Spans> wrap_up, patience;
  std::optional<int> priority;
  acd::Skills needs;
};

/// One line of the plan: these agents are there in these hours, with these breaks.
struct PlannedShift {
  std::vector<std::string> agents;
  std::vector<conf::Hours> hours, breaks;  ///< one range each; no hours: always
};

struct Plan {
  std::vector<PlannedShift> shifts;                ///< none: all agents are always there
  std::vector<sim::Shift> was_there, was_resting;  ///< as it was; counts when there are no shifts
  std::optional<sim::Hands> hands;
};

struct Scenario {
  Settings settings;
  std::vector<Traffic> traffic;
  Plan plan;
  conf::Zone zone;
  conf::Date start{};
  int64_t days = 1;
  microseconds within{seconds(15)};
  Utc begin() const { return zone.utc(conf::LocalTime(start)); }
  Utc end() const { return zone.utc(conf::LocalTime(start + std::chrono::days(days))); }
};

/// The traffic of `traffic_file`; queues and agents are those of it when it has any, else of `config_file`
/// (hotline.toml); a plan, if one is given, changes agents and says when they are there. Errors are complaints with
/// file and line.
Result<Scenario> load_scenario(const std::string& traffic_file, const std::string& config_file,
                               const std::string& plan_file);

/// Queues, agents, the site's zone and T of the service level, of a file like hotline.toml.
Result<void> load_site(const std::string& config_file, Scenario& scenario);
/// Agents and shifts of a plan file, into settings that have their queues.
Result<void> load_plan(const std::string& plan_file, Scenario& scenario);

/// Every shift and every break as moments, from the day before `begin` on, so that a night shift is there at midnight.
struct Staffing {
  std::vector<sim::Shift> shifts, breaks;
};
Staffing staffing(const Scenario& scenario, Utc begin, Utc end);

/// The callers of all kinds, in the order of their time. The same seed is the same callers, whoever serves them.
sim::Callers callers(const Scenario& scenario, uint64_t seed);

/// How many they will be, on average.
double expected_callers(const Scenario& scenario);

/// One run of what comes from `begin` to `end`; the agents are those of the plan.
Book play(const Scenario& scenario, const sim::Callers& callers, Utc begin, Utc end, uint64_t seed);

}  // namespace hotline::ccqueue
