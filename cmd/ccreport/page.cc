// SPDX-License-Identifier: GPL-2.0-or-later
// The page for people.
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "day.h"

namespace hotline {

namespace {

using report::Ratio;

/// "87.5 % (7/8)"
std::string share(Ratio ratio) {
  if (ratio.whole == 0) return "-";
  return report::percent_text(ratio) + " (" + std::to_string(ratio.part) + "/" + std::to_string(ratio.whole) + ")";
}

std::string clock(int64_t us) { return clock_text(std::chrono::duration_cast<seconds>(microseconds(us))); }

std::string seconds_of(const std::optional<int64_t>& ms) { return ms ? report::seconds_text({*ms, 1}) : "-"; }

/// A table with its name above it; nothing when it has no rows.
class Table {
 public:
  Table(const char* title, std::vector<cli::Column> columns) : title_(title), list_(std::move(columns)) {}
  void row(const std::vector<cli::Field>& fields) {
    if (!any_) std::printf("\n%s\n", title_);
    any_ = true;
    list_.row(fields);
  }
  ~Table() {
    if (any_) list_.finish();
  }

 private:
  const char* title_;
  cli::Listing list_;
  bool any_ = false;
};

cli::Column left(const char* heading) { return {"", heading, false}; }
cli::Column right(const char* heading) { return {"", heading, true}; }

/// Every queue, and all together when there are several.
std::vector<std::pair<std::string, const report::QueueFigures*>> queue_lines(const Day& day) {
  std::vector<std::pair<std::string, const report::QueueFigures*>> lines;
  for (const auto& [queue, figures] : day.queues) lines.emplace_back(queue, &figures);
  if (lines.size() > 1) lines.emplace_back("all", &day.all);
  return lines;
}

void print_head(const Day& day) {
  std::printf("%s", day.rows.date.c_str());
  if (day.rows.queue) std::printf(", queue %s", day.rows.queue->c_str());
  std::printf(", as of %s\n", format_local(day.rows.as_of).c_str());
  int64_t calls = int64_t(day.rows.calls.size());
  std::printf("%lld calls, %lld endings", static_cast<long long>(calls), static_cast<long long>(day.endings));
  if (calls != day.endings) std::printf(", %lld still up", static_cast<long long>(calls - day.endings));
  std::printf("; %lld queue entries, %lld exits", static_cast<long long>(day.all.entered),
              static_cast<long long>(day.all.entered - day.all.waiting));
  if (day.all.waiting > 0)
    std::printf(", %lld still waiting", static_cast<long long>(day.all.waiting - day.all.unclosed));
  if (day.all.unclosed > 0)
    std::printf(", %lld of ended calls not told by ccqueue", static_cast<long long>(day.all.unclosed));
  std::printf("\n");
}

void print_outcomes(const Day& day) {
  Table table("CALLS by how they ended", {left("ENDING"), right("CALLS"), right("SHARE")});
  for (const auto& [outcome, count] : day.outcomes)
    if (count > 0) table.row({outcome, count, report::percent_text({count, int64_t(day.rows.calls.size())})});
}

void print_exits(const Day& day) {
  std::vector<cli::Column> columns = {left("QUEUE"), right("ENTERED")};
  for (const char* heading :
       {"ANSWERED", "ABANDONED", "SHORT", "KEY", "TIMED-OUT", "OVERFLOW", "CALL-BACK", "WITHDRAWN", "FAILED"})
    columns.push_back(right(heading));
  columns.push_back(right("WAITING"));
  Table table("QUEUES: each entry left in one way, or still waits", columns);
  for (const auto& [queue, figures] : queue_lines(day)) {
    std::vector<cli::Field> row = {queue, figures->entered};
    for (int64_t count : figures->exits) row.emplace_back(count);
    row.emplace_back(figures->waiting);
    table.row(row);
  }
}

void print_service(const Day& day) {
  std::string title = "SERVICE LEVEL within " + format_duration(milliseconds(day.within_ms)) +
                      " from entry to the agent's answer (F4 is the one to quote)";
  Table table(title.c_str(), {left("QUEUE"), right("F4"), right("F1"), right("F2"), right("F3"), right("ANSWERED"),
                              right("ABANDONED")});
  for (const auto& [queue, figures] : queue_lines(day)) {
    std::vector<cli::Field> row = {queue};
    for (int variant : {4, 1, 2, 3}) row.emplace_back(share(report::service_level(figures->service, variant)));
    row.emplace_back(share(figures->answer_rate()));
    row.emplace_back(share(figures->abandon_rate()));
    table.row(row);
  }
}

void print_waits(const Day& day) {
  Table table("WAITS in seconds: of the answered; until the agent's number was heard; of those who gave up; handling",
              {left("QUEUE"), right("ASA"), right("P50"), right("P90"), right("P95"), right("MAX"), right("HEARD"),
               right("GAVE UP"), right("AHT"), right("HANDLED")});
  for (const auto& [queue, figures] : queue_lines(day))
    table.row({queue, report::seconds_text(figures->asa_ms()), seconds_of(figures->wait_percentile_ms(50)),
               seconds_of(figures->wait_percentile_ms(90)), seconds_of(figures->wait_percentile_ms(95)),
               seconds_of(figures->wait_percentile_ms(100)), report::seconds_text(figures->connect_mean_ms()),
               report::seconds_text(figures->time_to_abandon_ms()), report::seconds_text(figures->aht_ms()),
               figures->handled});
}

void print_agents(const Day& day) {
  Table table("AGENTS", {left("AGENT"), right("OFFERED"), right("ANSWERED"), right("MISSED"), right("SIGNED IN"),
                         right("READY"), right("RINGING"), right("TALKING"), right("WRAP-UP"), right("PAUSED"),
                         right("OCCUPANCY"), right("UTILISED"), right("AHT")});
  for (const auto& [name, agent] : day.agents)
    table.row({name, agent.offered, agent.answered, agent.missed, clock(agent.time.signed_in_us()),
               clock(agent.time.ready_us), clock(agent.time.ringing_us), clock(agent.time.talking_us),
               clock(agent.time.wrap_up_us), clock(agent.time.paused_us), report::percent_text(agent.time.occupancy()),
               report::percent_text(agent.time.utilisation()),
               report::seconds_text({agent.handled_ms, agent.handled})});
}

void print_half_hours(const Day& day) {
  Table table("HALF HOURS by arrival, beside what Erlang C predicts for that traffic and so many positions",
              {left("FROM"), right("ENTERED"), right("ANSWERED"), right("ABANDONED"), right("F4"), right("ASA"),
               right("AHT"), right("POSITIONS"), right("ERLANG"), right("C: LEVEL"), right("C: ASA")});
  for (const auto& half : day.half_hours) {
    const auto& f = half.figures;
    bool known = half.predicted_asa_s.has_value(), overload = known && !std::isfinite(*half.predicted_asa_s);
    table.row({format_local(from_us(half.begin_us)).substr(11, 5), f.entered, f.exit("answered"),
               f.exit("abandoned") + f.exit("short-abandoned"), share(report::service_level(f.service, 4)),
               report::seconds_text(f.asa_ms()), report::seconds_text(f.aht_ms()),
               half.positions.whole ? report::decimal_text(report::scaled(half.positions, 1, 1), 1) : "-",
               known ? report::decimal_text(half.traffic, 2) : "-",
               known ? report::decimal_text(*half.predicted_level * 100, 1) + " %" : "-",
               overload ? "overload"
               : known  ? report::decimal_text(*half.predicted_asa_s, 1)
                        : "-"});
  }
}

void print_flows(const Day& day) {
  Table table("FLOWS: where callers left them", {left("FLOW"), right("ENTERED"), right("TO QUEUE"), right("HUNG UP"),
                                                 right("CALLER GONE"), right("ERROR"), right("STILL IN")});
  for (const auto& [name, flow] : day.flows) {
    auto exits = [&flow = flow](const char* reason) {
      auto found = flow.exits.find(reason);
      return found == flow.exits.end() ? int64_t(0) : found->second;
    };
    table.row({name, flow.entered, exits("queue"), exits("hangup"), exits("caller-gone"), exits("error"), flow.open});
  }
}

void print_recordings(const Day& day) {
  const auto& r = day.recording;
  if (r.bridges + r.up == 0) return;
  std::printf("\nRECORDINGS\n%lld conversations, recorded %s s of %s s (%s)", static_cast<long long>(r.bridges),
              report::seconds_text({r.recorded_ms, 1}).c_str(), report::seconds_text({r.bridged_ms, 1}).c_str(),
              report::percent_text({r.recorded_ms, r.bridged_ms}).c_str());
  if (r.gap_ms > 0) std::printf(", with gaps of %s s", report::seconds_text({r.gap_ms, 1}).c_str());
  if (r.cut_off > 0) std::printf("; %lld cut off with the switch", static_cast<long long>(r.cut_off));
  if (r.up > 0) std::printf("; %lld going on", static_cast<long long>(r.up));
  std::printf("\n");
}

}  // namespace

void print_page(const Day& day) {
  print_head(day);
  print_outcomes(day);
  print_exits(day);
  print_service(day);
  print_waits(day);
  print_half_hours(day);
  print_agents(day);
  print_flows(day);
  print_recordings(day);
  std::fflush(stdout);
}

}  // namespace hotline
