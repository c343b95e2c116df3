// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "acd/saved.h"
#include "base/time.h"

namespace hotline::acd {

/// How long a caller at place k of a queue will wait.
///
/// The model is that of Erlang A (M/M/N+M) seen from inside the queue: while callers wait, one of them is served at the
/// rate μ of all agents together, and each of those before us gives up at the rate θ. Place k has to see k of them go:
///
///     E[wait] = Σ 1/(μ + (i−1)·θ), i = 1 … k
///
/// μ is measured, not computed from a mean handling time: answers of waiting callers per second and agent while
/// somebody waits, times the agents who are there now. So agents shared with other queues, ring times and wrap-up are
/// in it by themselves. θ is the censored estimate: abandons per second waited (Mandelbaum and Zeltyn 2005). Both
/// forget at the pace of events: the last kMemory answers or so count. Before anything was measured an agent is taken
/// to need kPrior a call.
class Estimator {
 public:
  static constexpr double kMemory = 32;
  static constexpr double kPriorWeight = 4;
  static constexpr seconds kPrior{180};

  Estimator() = default;
  /// As it was when it was saved; the fields of a queue that are its own are read and written.
  explicit Estimator(const Saved::Queue& from);
  void save(Saved::Queue& to) const;

  /// How many agents could serve the queue, and how many callers wait in it, from now on.
  void staffed(int64_t agents, Utc now);
  void waiting(int64_t callers, Utc now);
  /// Somebody who had waited was answered, or gave up.
  void answered(milliseconds wait);
  void abandoned(milliseconds wait);

  /// nullopt while no agent is there.
  std::optional<milliseconds> expected(int64_t place) const;
  int64_t staffed() const { return agents_; }

 private:
  void advance(Utc now);
  void forget();
  Utc at_{};
  int64_t agents_ = 0, waiting_ = 0;
  double answers_ = 0, agent_seconds_ = 0;  ///< while somebody waited
  double abandons_ = 0, waited_seconds_ = 0;
};

}  // namespace hotline::acd
