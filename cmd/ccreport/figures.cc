// SPDX-License-Identifier: GPL-2.0-or-later
// The rows for machines: one number a row, with what it was divided from.
#include <cmath>

#include "day.h"

namespace hotline {

namespace {

using report::Ratio;

/// Writes rows of one section and subject.
class Figures {
 public:
  Figures(cli::Listing& list, std::string section, std::string subject = "")
      : list_(list), section_(std::move(section)) {
    if (!subject.empty()) subject_ = std::move(subject);
  }

  void count(const std::string& metric, int64_t value) { row(metric, value, "count"); }
  void ms(const std::string& metric, int64_t value) { row(metric, value, "ms"); }
  void ms(const std::string& metric, const std::optional<int64_t>& value) {
    cli::Field known;
    if (value) known = *value;
    row(metric, known, "ms");
  }
  void percent(const std::string& metric, Ratio ratio) { ratio_row(metric, ratio, 100, 1, "percent"); }
  void mean_ms(const std::string& metric, Ratio ratio) { ratio_row(metric, ratio, 1, 0, "ms"); }
  void mean(const std::string& metric, Ratio ratio) { ratio_row(metric, ratio, 1, 1, "agents"); }
  void number(const std::string& metric, const std::optional<double>& value, int decimals, const char* unit) {
    cli::Field rounded;
    if (value && std::isfinite(*value)) rounded = report::round_half_up(*value, decimals);
    row(metric, rounded, unit);
  }

 private:
  void row(const std::string& metric, const cli::Field& value, const char* unit) {
    list_.row({section_, subject_, metric, value, std::string(unit), {}, {}});
  }
  void ratio_row(const std::string& metric, Ratio ratio, int64_t scale, int decimals, const char* unit) {
    cli::Field value;
    if (ratio.whole > 0) value = report::scaled(ratio, scale, decimals);
    list_.row({section_, subject_, metric, value, std::string(unit), ratio.part, ratio.whole});
  }

  cli::Listing& list_;
  std::string section_;
  cli::Field subject_;  // none: all
};

void add_queue(Figures f, const report::QueueFigures& queue) {
  f.count("entered", queue.entered);
  for (size_t i = 0; i < report::kExits.size(); ++i) f.count(std::string("exit.") + report::kExits[i], queue.exits[i]);
  f.count("waiting", queue.waiting);
  f.count("unclosed", queue.unclosed);
  f.percent("answer_rate", queue.answer_rate());
  f.percent("abandon_rate", queue.abandon_rate());
  f.percent("raw_abandon_rate", queue.raw_abandon_rate());
  for (int variant : {1, 2, 3, 4})
    f.percent("service_level_f" + std::to_string(variant), report::service_level(queue.service, variant));
  f.mean_ms("asa_ms", queue.asa_ms());
  for (int percent : {50, 90, 95, 100})
    f.ms("wait_p" + std::to_string(percent) + "_ms", queue.wait_percentile_ms(percent));
  f.mean_ms("connect_ms", queue.connect_mean_ms());
  f.mean_ms("time_to_abandon_ms", queue.time_to_abandon_ms());
  f.mean_ms("aht_ms", queue.aht_ms());
}

void add_agent(Figures f, const AgentDay& agent) {
  f.count("offered", agent.offered);
  f.count("answered", agent.answered);
  f.count("missed", agent.missed);
  f.ms("signed_in_ms", agent.time.signed_in_us() / 1000);
  f.ms("ready_ms", agent.time.ready_us / 1000);
  f.ms("ringing_ms", agent.time.ringing_us / 1000);
  f.ms("talking_ms", agent.time.talking_us / 1000);
  f.ms("wrap_up_ms", agent.time.wrap_up_us / 1000);
  f.ms("paused_ms", agent.time.paused_us / 1000);
  f.percent("occupancy", agent.time.occupancy());
  f.percent("utilisation", agent.time.utilisation());
  f.mean_ms("aht_ms", {agent.handled_ms, agent.handled});
}

void add_half_hour(Figures f, const report::Interval& half) {
  f.count("entered", half.figures.entered);
  f.count("answered", half.figures.exit("answered"));
  f.count("abandoned", half.figures.exit("abandoned") + half.figures.exit("short-abandoned"));
  f.percent("service_level_f4", report::service_level(half.figures.service, 4));
  f.mean_ms("asa_ms", half.figures.asa_ms());
  f.mean_ms("aht_ms", half.figures.aht_ms());
  f.mean("positions", half.positions);
  f.number("traffic", half.traffic, 2, "erlang");
  std::optional<double> level, asa;
  if (half.predicted_level) level = *half.predicted_level * 100;
  if (half.predicted_asa_s) asa = *half.predicted_asa_s * 1000;
  f.number("erlang_c_service_level", level, 1, "percent");
  f.number("erlang_c_asa_ms", asa, 0, "ms");
}

void add_recording(Figures f, const RecordingDay& recording) {
  f.count("bridges", recording.bridges);
  f.percent("coverage", {recording.recorded_ms, recording.bridged_ms});
  f.ms("bridged_ms", recording.bridged_ms);
  f.ms("recorded_ms", recording.recorded_ms);
  f.ms("gap_ms", recording.gap_ms);
  f.count("cut_off", recording.cut_off);
}

}  // namespace

int print_figures(const Day& day, cli::Listing& list) {
  Figures calls(list, "calls");
  calls.count("calls", int64_t(day.rows.calls.size()));
  calls.count("endings", day.endings);
  for (const auto& [outcome, count] : day.outcomes) calls.count(outcome, count);
  add_queue({list, "queues"}, day.all);
  for (const auto& [queue, figures] : day.queues) add_queue({list, "queue", queue}, figures);
  for (const auto& [name, agent] : day.agents) add_agent({list, "agent", name}, agent);
  for (const auto& half : day.half_hours) add_half_hour({list, "half-hour", format_utc(from_us(half.begin_us))}, half);
  for (const auto& [name, flow] : day.flows) {
    Figures figures(list, "flow", name);
    figures.count("entered", flow.entered);
    for (const auto& [reason, count] : flow.exits) figures.count("exit." + reason, count);
    figures.count("open", flow.open);
  }
  add_recording({list, "recording"}, day.recording);
  return list.finish();
}

}  // namespace hotline
