// SPDX-License-Identifier: GPL-2.0-or-later
// A day in figures: loaded from the store (load.cc), computed (day.cc, pure), shown as a page for people (page.cc), as
// rows for machines (figures.cc), or taken apart into calls (explain.cc).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/output.h"
#include "report/interval.h"
#include "store/agents.h"
#include "store/calls.h"
#include "store/ivr.h"
#include "store/queues.h"
#include "store/store.h"

namespace hotline {

/// What the store has of a day, of one queue or of all.
struct DayRows {
  std::string date;
  std::optional<std::string> queue;
  TimeSpan span;
  Utc as_of;  ///< the newest that is known of the day, its end at most; not a clock's time, so that a rebuilt store
              ///< agrees
  std::vector<store::CallRow> calls;
  std::vector<report::Entry> entries;
  std::vector<report::StateSpan> states;
  std::vector<store::OfferRow> offers;
  std::vector<store::BridgeRow> bridges;
  std::vector<store::IvrRow> flows;
};
Result<DayRows> load_day(store::Connection& store, const std::string& date, const std::optional<std::string>& queue);

struct AgentDay {
  report::AgentTime time;
  int64_t offered = 0, answered = 0, missed = 0;
  int64_t handled = 0, handled_ms = 0;  ///< over: talk + wrap-up
};

struct FlowDay {
  int64_t entered = 0, open = 0;
  std::map<std::string, int64_t> exits;
};

struct RecordingDay {
  int64_t bridges = 0, bridged_ms = 0, recorded_ms = 0, gap_ms = 0;  ///< conversations that are over
  int64_t cut_off = 0;                                               ///< of these, such that died with the switch
  int64_t up = 0;                                                    ///< still joined
};

struct Day {
  DayRows rows;
  int64_t within_ms = 0;
  std::vector<std::pair<std::string, int64_t>> outcomes;  ///< every one of store::kOutcomes, in that order
  int64_t endings = 0;                                    ///< calls whose end has been told
  report::QueueFigures all;
  std::map<std::string, report::QueueFigures> queues;
  std::map<std::string, AgentDay> agents;
  std::vector<report::Interval> half_hours;  ///< those in which somebody entered a queue
  std::map<std::string, FlowDay> flows;
  RecordingDay recording;
};
Day compute_day(DayRows rows, int64_t within_ms);

/// Every sum that should agree and does not; empty when all is well.
std::vector<std::string> disagreements(const Day& day);

void print_page(const Day& day);
int print_figures(const Day& day, cli::Listing& list);
/// Lists the calls behind a number; usage error for a metric that nobody knows.
int explain(const Day& day, const std::string& metric, const cli::Listing& like);

}  // namespace hotline
