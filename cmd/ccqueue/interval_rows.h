// SPDX-License-Identifier: GPL-2.0-or-later
// The interval report of ccqueue simulate and of ccqueue replay --agents: one or several runs of the same day, pooled.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "acd/rules.h"
#include "book.h"
#include "cli/output.h"
#include "conf/zone.h"
#include "report/interval.h"

namespace hotline::ccqueue {

class IntervalRows {
 public:
  struct Frame {
    Utc begin{}, end{};
    microseconds width{std::chrono::minutes(30)}, within{seconds(15)};
    std::string queue;  ///< this one alone; "": all, and each
  };
  explicit IntervalRows(Frame frame) : frame_(std::move(frame)) {}

  /// One run more. `rules` say whose time is a queue's: that of the agents who answer it.
  void add(const Book& book, const acd::Rules& rules);
  /// The columns of ccqueue-simulate(1). People see the first one only where there are rows of several kinds.
  static std::vector<cli::Column> columns(bool several_kinds = false);
  /// `of` is what the rows are of: "simulated", "real". `seed` that of the first run.
  void print(cli::Listing& list, const conf::Zone& zone, const std::string& of, int64_t seed) const;

 private:
  struct Cell {
    report::QueueFigures figures;
    report::AgentTime time;
    std::vector<double> entered, level, abandon_rate, asa_ms, occupancy;  ///< of each run that has one
  };
  struct Key {
    bool whole = false;  ///< the row of the whole span comes last
    int64_t begin_us = 0, end_us = 0;
    std::string queue;  ///< "": all
    auto operator<=>(const Key&) const = default;
  };
  void add(const std::string& queue, const Book& book, const acd::Rules& rules);
  void add(const Key& key, const report::Interval& one);

  Frame frame_;
  std::map<Key, Cell> cells_;
  int64_t runs_ = 0;
};

/// 95 % confidence half-width of a mean of independent runs, Student's t; nullopt for fewer than two.
std::optional<double> half_width(const std::vector<double>& runs);

}  // namespace hotline::ccqueue
