// SPDX-License-Identifier: GPL-2.0-or-later
// The calls behind a number.
#include <algorithm>

#include "base/text.h"
#include "day.h"

namespace hotline {

namespace {

/// One call that a number counts.
struct Line {
  std::string call;
  int64_t at_us = 0;
  std::string queue, agent, detail;
  std::optional<int64_t> ms;
};

bool within(const Day& day, const report::Entry& entry) { return entry.wait_ms <= day.within_ms; }

/// What --explain knows: a name and the test of the rows that it counts.
struct EntryMetric {
  std::string name;
  std::function<bool(const Day&, const report::Entry&)> counts;
};

std::vector<EntryMetric> entry_metrics() {
  std::vector<EntryMetric> metrics = {
      {"entered", [](const Day&, const report::Entry&) { return true; }},
      {"waiting", [](const Day&, const report::Entry& entry) { return entry.exit.empty(); }},
      {"unclosed", [](const Day&, const report::Entry& entry) { return entry.exit.empty() && entry.call_over; }},
      {"within",
       [](const Day& day, const report::Entry& entry) { return entry.exit == "answered" && within(day, entry); }},
      {"late",
       [](const Day& day, const report::Entry& entry) { return entry.exit == "answered" && !within(day, entry); }}};
  for (const char* exit : report::kExits)
    metrics.push_back(
        {std::string("exit.") + exit, [exit](const Day&, const report::Entry& entry) { return entry.exit == exit; }});
  return metrics;
}

std::vector<Line> call_lines(const Day& day, const std::string& outcome) {
  std::vector<Line> lines;
  for (const auto& call : day.rows.calls) {
    if (outcome != "calls" && call.outcome != outcome) continue;
    Line line{call.call, call.started_us, call.queue, call.agent, call.outcome, {}};
    if (call.ended_us) line.ms = (*call.ended_us - call.started_us) / 1000;
    lines.push_back(line);
  }
  return lines;
}

std::vector<Line> entry_lines(const Day& day, const EntryMetric& metric) {
  std::vector<Line> lines;
  for (const auto& entry : day.rows.entries)
    if (metric.counts(day, entry)) {
      Line line{entry.call, entry.entered_us, entry.queue, entry.agent, entry.exit.empty() ? "waiting" : entry.exit,
                {}};
      if (!entry.exit.empty()) line.ms = entry.wait_ms;
      lines.push_back(line);
    }
  return lines;
}

std::vector<Line> missed_lines(const Day& day) {
  std::vector<Line> lines;
  for (const auto& offer : day.rows.offers)
    if (!offer.result.empty() && offer.result != "answered")
      lines.push_back({offer.call, offer.offered_us, offer.queue, offer.agent, offer.result, offer.ring_ms});
  return lines;
}

/// Conversations of which less is kept than was said.
std::vector<Line> unrecorded_lines(const Day& day) {
  std::vector<Line> lines;
  for (const auto& bridge : day.rows.bridges)
    if (bridge.down && (!bridge.recorded_ms || (bridge.ms && *bridge.recorded_ms < *bridge.ms)))
      lines.push_back({bridge.call, bridge.up_us, bridge.queue, "", bridge.recorded_ms ? "in part" : "nothing",
                       bridge.ms ? std::optional(*bridge.ms - bridge.recorded_ms.value_or(0)) : std::nullopt});
  return lines;
}

}  // namespace

int explain(const Day& day, const std::string& metric, const cli::Listing& like) {
  std::vector<std::string> known = {"calls", "missed", "unrecorded"};
  for (const char* outcome : store::kOutcomes) known.emplace_back(outcome);
  auto metrics = entry_metrics();
  for (const auto& one : metrics) known.push_back(one.name);
  if (std::find(known.begin(), known.end(), metric) == known.end())
    return cli::fail(Errc::usage, "'" + metric + "' is no number to explain" + did_you_mean(metric, known) +
                                      "\nknown: " + join(known, " "));

  auto found = std::find_if(metrics.begin(), metrics.end(), [&](const auto& one) { return one.name == metric; });
  auto lines = metric == "missed"       ? missed_lines(day)
               : metric == "unrecorded" ? unrecorded_lines(day)
               : found != metrics.end() ? entry_lines(day, *found)
                                        : call_lines(day, metric);
  cli::Listing list(
      {{"call", "CALL"}, {"at", "AT"}, {"queue", "QUEUE"}, {"agent", "AGENT"}, {"how", "HOW"}, {"ms", "SECONDS", true}},
      like);
  for (const auto& line : lines) {
    cli::Field ms, seconds;
    if (line.ms) {
      ms = *line.ms;
      seconds = report::seconds_text({*line.ms, 1});
    }
    list.row({line.call, format_utc(from_us(line.at_us)), line.queue, line.agent, line.detail, ms},
             {line.call, format_local(from_us(line.at_us)), line.queue, line.agent, line.detail, seconds});
  }
  return list.finish();
}

}  // namespace hotline
