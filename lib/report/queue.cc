// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/queue.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "base/require.h"

namespace hotline::report {

Ratio service_level(const ServiceCounts& c, int variant) {
  int64_t answered = c.answered_in + c.answered_late, abandoned = c.abandoned_in + c.abandoned_late;
  switch (variant) {
    case 1:
      return {c.answered_in + c.abandoned_in, answered + abandoned};
    case 2:
      return {c.answered_in, answered};
    case 3:
      return {c.answered_in, answered + abandoned};
    default:
      require(variant == 4);
      return {c.answered_in, answered + c.abandoned_late};
  }
}

static size_t exit_index(std::string_view name) {
  return size_t(std::find(kExits.begin(), kExits.end(), name) - kExits.begin());
}

int64_t QueueFigures::exit(const char* name) const {
  size_t index = exit_index(name);
  require(index < kExits.size());
  return exits[index];
}

bool QueueFigures::adds_up() const {
  return unknown == 0 && entered == std::accumulate(exits.begin(), exits.end(), waiting);
}

Ratio QueueFigures::abandon_rate() const { return {exit("abandoned"), entered - exit("short-abandoned")}; }

Ratio QueueFigures::raw_abandon_rate() const { return {exit("abandoned") + exit("short-abandoned"), entered}; }

std::optional<int64_t> QueueFigures::wait_percentile_ms(int percent) const {
  require(percent > 0 && percent <= 100);
  if (waits_ms.empty()) return std::nullopt;
  size_t rank = (waits_ms.size() * size_t(percent) + 99) / 100;
  return waits_ms[rank - 1];
}

void QueueFigures::add(const QueueFigures& other) {
  entered += other.entered;
  for (size_t i = 0; i < exits.size(); ++i) exits[i] += other.exits[i];
  waiting += other.waiting;
  unclosed += other.unclosed;
  unknown += other.unknown;
  service.answered_in += other.service.answered_in;
  service.answered_late += other.service.answered_late;
  service.abandoned_in += other.service.abandoned_in;
  service.abandoned_late += other.service.abandoned_late;
  wait_answered_ms += other.wait_answered_ms;
  wait_abandoned_ms += other.wait_abandoned_ms;
  connected += other.connected;
  connect_ms += other.connect_ms;
  handled += other.handled;
  talk_ms += other.talk_ms;
  wrap_ms += other.wrap_ms;
  size_t middle = waits_ms.size();
  waits_ms.insert(waits_ms.end(), other.waits_ms.begin(), other.waits_ms.end());
  std::inplace_merge(waits_ms.begin(), waits_ms.begin() + static_cast<std::ptrdiff_t>(middle), waits_ms.end());
}

static void add_answered(QueueFigures& figures, const Entry& entry, int64_t within_ms) {
  ++(entry.wait_ms <= within_ms ? figures.service.answered_in : figures.service.answered_late);
  figures.wait_answered_ms += entry.wait_ms;
  figures.waits_ms.push_back(entry.wait_ms);
  if (entry.connect_ms) {
    ++figures.connected;
    figures.connect_ms += *entry.connect_ms;
  }
  if (entry.talk_ms) {
    ++figures.handled;
    figures.talk_ms += *entry.talk_ms;
    figures.wrap_ms += entry.wrap_ms.value_or(0);
  }
}

QueueFigures queue_figures(std::span<const Entry> entries, int64_t within_ms) {
  QueueFigures figures;
  for (const auto& entry : entries) {
    ++figures.entered;
    if (entry.exit.empty()) {
      ++figures.waiting;
      if (entry.call_over) ++figures.unclosed;
      continue;
    }
    size_t index = exit_index(entry.exit);
    if (index == kExits.size()) {
      ++figures.unknown;
      continue;
    }
    ++figures.exits[index];
    if (entry.exit == "answered") add_answered(figures, entry, within_ms);
    if (entry.exit == "abandoned" || entry.exit == "short-abandoned") {
      ++(entry.wait_ms <= within_ms ? figures.service.abandoned_in : figures.service.abandoned_late);
      figures.wait_abandoned_ms += entry.wait_ms;
    }
  }
  std::sort(figures.waits_ms.begin(), figures.waits_ms.end());
  return figures;
}

}  // namespace hotline::report
