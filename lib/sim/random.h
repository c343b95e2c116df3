// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "base/time.h"

namespace hotline::sim {

/// Random numbers that are the same on every machine and with every library: xoshiro256** (Blackman and Vigna 2018),
/// seeded by splitmix64. One seed is one day.
class Random {
 public:
  explicit Random(uint64_t seed);
  uint64_t next();
  /// In [0, 1).
  double uniform();
  double exponential(double mean);
  /// Log-normal with that mean and coefficient of variation; the mean itself when `variation` is 0. What handling times
  /// of real centres look like.
  double lognormal(double mean, double variation);

 private:
  double normal();
  uint64_t state_[4];
};

microseconds in_microseconds(double seconds);

}  // namespace hotline::sim
