// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/agent.h"

#include <algorithm>

namespace hotline::report {

void AgentTime::add(const StateSpan& span, int64_t begin_us, int64_t end_us) {
  int64_t within = std::min(span.to_us, end_us) - std::max(span.from_us, begin_us);
  if (within <= 0) return;
  if (span.state == "ready") ready_us += within;
  if (span.state == "offered") ringing_us += within;
  if (span.state == "talking") talking_us += within;
  if (span.state == "wrap-up") wrap_up_us += within;
  if (span.state == "paused") paused_us += within;
}

void AgentTime::add(const AgentTime& other) {
  ready_us += other.ready_us;
  ringing_us += other.ringing_us;
  talking_us += other.talking_us;
  wrap_up_us += other.wrap_up_us;
  paused_us += other.paused_us;
}

std::map<std::string, AgentTime> agent_times(std::span<const StateSpan> spans, int64_t begin_us, int64_t end_us) {
  std::map<std::string, AgentTime> times;
  for (const auto& span : spans) times[span.agent].add(span, begin_us, end_us);
  return times;
}

AgentTime total_time(std::span<const StateSpan> spans, int64_t begin_us, int64_t end_us) {
  AgentTime time;
  for (const auto& span : spans) time.add(span, begin_us, end_us);
  return time;
}

}  // namespace hotline::report
