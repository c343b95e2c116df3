// SPDX-License-Identifier: GPL-2.0-or-later
#include "interval_rows.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

namespace hotline::ccqueue {

using cli::Field;
using report::Ratio;

/// t(0.975) by degrees of freedom, 1 to 30; beyond, the normal one is less than 2 % too small.
static constexpr double kStudent[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                                      2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                                      2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};

std::optional<double> half_width(const std::vector<double>& runs) {
  size_t n = runs.size();
  if (n < 2) return std::nullopt;
  double mean = 0, squares = 0;
  for (double one : runs) mean += one / static_cast<double>(n);
  for (double one : runs) squares += (one - mean) * (one - mean);
  double t = n - 2 < std::size(kStudent) ? kStudent[n - 2] : 1.96;
  return t * std::sqrt(squares / static_cast<double>(n - 1) / static_cast<double>(n));
}

void IntervalRows::add(const Key& key, const report::Interval& one) {
  auto& cell = cells_[key];
  cell.figures.add(one.figures);
  cell.time.add(one.time);
  auto keep = [](std::vector<double>& values, Ratio ratio, double scale) {
    if (ratio.whole > 0) values.push_back(scale * static_cast<double>(ratio.part) / static_cast<double>(ratio.whole));
  };
  cell.entered.push_back(static_cast<double>(one.figures.entered));
  keep(cell.level, report::service_level(one.figures.service, 4), 100);
  keep(cell.abandon_rate, one.figures.abandon_rate(), 100);
  keep(cell.asa_ms, one.figures.asa_ms(), 1);
  keep(cell.occupancy, one.time.occupancy(), 100);
}

void IntervalRows::add(const std::string& queue, const Book& book, const acd::Rules& rules) {
  std::vector<report::Entry> entries;
  std::vector<report::StateSpan> spans;
  std::set<std::string> agents;
  for (const auto& agent : rules.agents)
    if (std::count(agent.queues.begin(), agent.queues.end(), queue)) agents.insert(agent.id);
  int64_t begin = to_us(frame_.begin), end = to_us(frame_.end);
  for (const auto& entry : book.entries())
    if ((queue.empty() || entry.queue == queue) && entry.entered_us >= begin && entry.entered_us < end)
      entries.push_back(entry);
  for (const auto& span : book.spans())
    if (queue.empty() || agents.count(span.agent)) spans.push_back(span);
  int64_t within = std::chrono::duration_cast<milliseconds>(frame_.within).count();
  for (const auto& one : report::intervals(entries, spans, begin, end, frame_.width.count(), within))
    add({false, one.begin_us, one.end_us, queue}, one);
  add({true, begin, end, queue}, report::interval(report::queue_figures(entries, within),
                                                  report::total_time(spans, begin, end), begin, end, end, within, {}));
}

void IntervalRows::add(const Book& book, const acd::Rules& rules) {
  ++runs_;
  if (!frame_.queue.empty()) return add(frame_.queue, book, rules);
  if (rules.queues.size() != 1) add("", book, rules);
  for (const auto& rule : rules.queues) add(rule.name, book, rules);
}

std::vector<cli::Column> IntervalRows::columns(bool several_kinds) {
  std::vector<cli::Column> all = {{"of", several_kinds ? "OF" : ""},
                                  {"from", "FROM"},
                                  {"to", ""},
                                  {"queue", "QUEUE"},
                                  {"entered", "ENTERED", true}};
  for (const char* exit : report::kExits) {
    std::string name = exit;
    std::replace(name.begin(), name.end(), '-', '_');
    std::string heading = name == "answered"          ? "ANSWERED"
                          : name == "abandoned"       ? "ABANDONED"
                          : name == "short_abandoned" ? "SHORT"
                          : name == "timed_out"       ? "TIMED-OUT"
                          : name == "overflowed"      ? "OVERFLOW"
                                                      : "";
    all.push_back({"exit_" + name, heading, true});
  }
  for (const auto& column : std::vector<cli::Column>{{"waiting", ""},
                                                     {"service_level_f4", "F4", true},
                                                     {"service_level_f4_hw", "±", true},
                                                     {"abandon_rate", ""},
                                                     {"abandon_rate_hw", ""},
                                                     {"asa_ms", "ASA", true},
                                                     {"asa_ms_hw", "±", true},
                                                     {"wait_p90_ms", "P90", true},
                                                     {"wait_p100_ms", "MAX", true},
                                                     {"aht_ms", "AHT", true},
                                                     {"occupancy", "OCCUPANCY", true},
                                                     {"occupancy_hw", ""},
                                                     {"positions", "POSITIONS", true},
                                                     {"traffic", "ERLANG", true},
                                                     {"erlang_c_service_level", "C: LEVEL", true},
                                                     {"erlang_c_asa_ms", ""},
                                                     {"entered_hw", ""},
                                                     {"within_ms", ""},
                                                     {"runs", ""},
                                                     {"seed", ""}})
    all.push_back(column);
  return all;
}

namespace {

/// One row being made, for machines and for people at once.
struct Row {
  std::vector<Field> machine, people;
  void both(const Field& field) { put(field, field); }
  void put(const Field& for_machines, const Field& for_people) {
    machine.push_back(for_machines);
    people.push_back(for_people);
  }
  /// A number a run: whole with one run, a mean with several.
  void count(int64_t sum, int64_t runs) {
    if (runs == 1) return both(sum);
    double mean = report::scaled({sum, runs}, 1, 1);
    put(mean, report::decimal_text(mean, 1));
  }
  void percent(Ratio ratio) {
    if (ratio.whole == 0) return both({});
    put(report::scaled(ratio, 100, 1), report::percent_text(ratio));
  }
  void mean_ms(Ratio ratio) {
    if (ratio.whole == 0) return both({});
    put(report::scaled(ratio, 1, 0), report::seconds_text(ratio));
  }
  void ms(const std::optional<int64_t>& value) {
    if (!value) return both({});
    put(*value, report::seconds_text({*value, 1}));
  }
  void number(const std::optional<double>& value, int decimals, double people_scale = 1, int people_decimals = 1) {
    if (!value || !std::isfinite(*value)) return both({});
    put(report::round_half_up(*value, decimals), report::decimal_text(*value * people_scale, people_decimals));
  }
};

std::optional<double> times_100(const std::optional<double>& share) {
  return share ? std::optional(*share * 100) : std::nullopt;
}

}  // namespace

void IntervalRows::print(cli::Listing& list, const conf::Zone& zone, const std::string& of, int64_t seed) const {
  int64_t within = std::chrono::duration_cast<milliseconds>(frame_.within).count();
  bool days = frame_.end - frame_.begin > std::chrono::hours(25);
  for (const auto& [key, cell] : cells_) {
    auto one = report::interval(cell.figures, cell.time, key.begin_us, key.end_us, key.end_us, within, {}, runs_);
    const auto& f = one.figures;
    std::string local = zone.format(from_us(key.begin_us));
    Row row;
    row.both(of);
    row.put(format_utc(from_us(key.begin_us)), key.whole ? "all" : days ? local.substr(5, 11) : local.substr(11, 5));
    row.both(format_utc(from_us(key.end_us)));
    row.put(key.queue.empty() ? Field() : Field(key.queue), key.queue.empty() ? Field("all") : Field(key.queue));
    row.count(f.entered, runs_);
    for (int64_t exits : f.exits) row.count(exits, runs_);
    row.count(f.waiting, runs_);
    row.percent(report::service_level(f.service, 4));
    row.number(half_width(cell.level), 2);
    row.percent(f.abandon_rate());
    row.number(half_width(cell.abandon_rate), 2);
    row.mean_ms(f.asa_ms());
    row.number(half_width(cell.asa_ms), 0, 1e-3);
    row.ms(f.wait_percentile_ms(90));
    row.ms(f.wait_percentile_ms(100));
    row.mean_ms(f.aht_ms());
    row.percent(one.time.occupancy());
    row.number(half_width(cell.occupancy), 2);
    row.number(one.positions.whole ? std::optional(report::scaled(one.positions, 1, 1)) : std::nullopt, 1);
    row.number(one.predicted_level ? std::optional(one.traffic) : std::nullopt, 2, 1, 2);
    row.number(times_100(one.predicted_level), 1);
    row.number(one.predicted_asa_s ? std::optional(*one.predicted_asa_s * 1000) : std::nullopt, 0);
    row.number(half_width(cell.entered), 2);
    row.both(within);
    row.both(runs_);
    row.both(seed);
    list.row(row.machine, row.people);
  }
}

}  // namespace hotline::ccqueue
