// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/interval.h"

#include <algorithm>

#include "base/require.h"
#include "report/erlang.h"

namespace hotline::report {

Interval interval(QueueFigures figures, const AgentTime& time, int64_t begin_us, int64_t end_us, int64_t until_us,
                  int64_t within_ms, Ratio aht_otherwise, int64_t times) {
  Interval of;
  of.begin_us = begin_us;
  of.end_us = end_us;
  of.figures = std::move(figures);
  of.time = time;
  int64_t over_us = (std::min(end_us, until_us) - begin_us) * times;
  if (over_us <= 0) return of;
  of.positions = {time.available_us(), over_us};
  of.servers = int64_t(scaled(of.positions, 1, 0));
  auto aht = of.figures.handled > 0 ? of.figures.aht_ms() : aht_otherwise;
  if (aht.whole == 0 || aht.part == 0) return of;
  double aht_s = double(aht.part) / double(aht.whole) / 1000;
  of.traffic = double(of.figures.entered) * aht_s / (double(over_us) / 1e6);
  of.predicted_level = erlang_c_service_level(of.servers, of.traffic, aht_s, double(within_ms) / 1000);
  of.predicted_asa_s = erlang_c_asa_s(of.servers, of.traffic, aht_s);
  return of;
}

std::vector<Interval> intervals(std::span<const Entry> entries, std::span<const StateSpan> spans, int64_t begin_us,
                                int64_t end_us, int64_t width_us, int64_t within_ms) {
  require(width_us > 0);
  std::map<int64_t, std::vector<Entry>> came;
  std::map<int64_t, AgentTime> time;
  for (const auto& entry : entries)
    if (entry.entered_us >= begin_us && entry.entered_us < end_us)
      came[(entry.entered_us - begin_us) / width_us].push_back(entry);
  for (const auto& span : spans) {
    if (span.state == "logged-out") continue;
    int64_t from = std::max(span.from_us, begin_us), to = std::min(span.to_us, end_us);
    for (int64_t number = (from - begin_us) / width_us; begin_us + number * width_us < to; ++number)
      time[number].add(span, begin_us + number * width_us, std::min(begin_us + (number + 1) * width_us, end_us));
  }
  for (const auto& [number, unused] : time) came[number];
  Ratio aht = queue_figures(entries, within_ms).aht_ms();
  std::vector<Interval> list;
  for (const auto& [number, here] : came) {
    int64_t from = begin_us + number * width_us, to = std::min(from + width_us, end_us);
    list.push_back(interval(queue_figures(here, within_ms), time[number], from, to, to, within_ms, aht));
  }
  return list;
}

}  // namespace hotline::report
