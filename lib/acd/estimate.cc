// SPDX-License-Identifier: GPL-2.0-or-later
#include "acd/estimate.h"

#include <algorithm>
#include <cmath>

namespace hotline::acd {

static double in_seconds(milliseconds span) { return std::chrono::duration<double>(span).count(); }

Estimator::Estimator(const Saved::Queue& from)
    : at_(from.measured),
      agents_(from.staffed),
      waiting_(from.waiting),
      answers_(from.answers),
      agent_seconds_(from.agent_seconds),
      abandons_(from.abandons),
      waited_seconds_(from.waited_seconds) {}

void Estimator::save(Saved::Queue& to) const {
  to.measured = at_;
  to.staffed = agents_;
  to.waiting = waiting_;
  to.answers = answers_;
  to.agent_seconds = agent_seconds_;
  to.abandons = abandons_;
  to.waited_seconds = waited_seconds_;
}

void Estimator::advance(Utc now) {
  if (waiting_ > 0 && now > at_)
    agent_seconds_ += static_cast<double>(agents_) * std::chrono::duration<double>(now - at_).count();
  at_ = std::max(at_, now);
}

void Estimator::staffed(int64_t agents, Utc now) {
  if (agents == agents_) return;
  advance(now);
  agents_ = agents;
}

void Estimator::waiting(int64_t callers, Utc now) {
  // Only the first and the last one change what is measured.
  if ((callers > 0) != (waiting_ > 0)) advance(now);
  waiting_ = callers;
}

void Estimator::forget() {
  constexpr double kKept = 1 - 1 / kMemory;
  answers_ *= kKept;
  agent_seconds_ *= kKept;
  abandons_ *= kKept;
  waited_seconds_ *= kKept;
}

void Estimator::answered(milliseconds wait) {
  forget();
  answers_ += 1;
  waited_seconds_ += in_seconds(wait);
}

void Estimator::abandoned(milliseconds wait) {
  abandons_ += 1;
  waited_seconds_ += in_seconds(wait);
}

std::optional<milliseconds> Estimator::expected(int64_t place) const {
  if (agents_ <= 0) return std::nullopt;
  if (place <= 0) return milliseconds(0);
  double prior_s = std::chrono::duration<double>(kPrior).count();
  double rate = (answers_ + kPriorWeight) / (agent_seconds_ + kPriorWeight * prior_s) * static_cast<double>(agents_);
  double theta = waited_seconds_ > 0 ? abandons_ / waited_seconds_ : 0;
  double sum = 0;
  int64_t exact = std::min<int64_t>(place, 32);
  for (int64_t i = 0; i < exact; ++i) sum += 1 / (rate + static_cast<double>(i) * theta);
  // The rest by the integral of the same terms, from half a place before the first of them.
  double from = static_cast<double>(exact) - 0.5, to = static_cast<double>(place) - 0.5;
  if (place > exact)
    sum += theta > 0 ? std::log((rate + to * theta) / (rate + from * theta)) / theta : (to - from) / rate;
  return milliseconds(static_cast<int64_t>(std::min(sum, 86400.0) * 1000));
}

}  // namespace hotline::acd
