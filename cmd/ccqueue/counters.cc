// SPDX-License-Identifier: GPL-2.0-or-later
#include "counters.h"

namespace hotline::ccqueue {

void Counters::note(const wire::Event& event) {
  bool entered = event.name == "queue.entered";
  if (!entered && event.name != "queue.exit") return;
  if (std::string day = local_date(event.time); day != day_) {
    day_ = day;
    queues_.clear();
  }
  auto& count = queues_[wire::text(event.fields, "queue")];
  std::string reason = wire::text(event.fields, "reason");
  if (entered)
    ++count.entered;
  else if (reason == "answered")
    ++count.answered;
  else if (reason == "abandoned" || reason == "short-abandoned")
    ++count.abandoned;
}

DayCount Counters::of(const std::string& queue, Utc now) const {
  auto found = queues_.find(queue);
  return found == queues_.end() || local_date(now) != day_ ? DayCount{} : found->second;
}

}  // namespace hotline::ccqueue
