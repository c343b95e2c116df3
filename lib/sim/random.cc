// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim/random.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace hotline::sim {

Random::Random(uint64_t seed) {
  for (auto& word : state_) {
    uint64_t z = seed += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    word = z ^ (z >> 31);
  }
}

uint64_t Random::next() {
  uint64_t result = std::rotl(state_[1] * 5, 7) * 9, t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

double Random::exponential(double mean) { return -mean * std::log1p(-uniform()); }

/// Box and Muller 1958; the second of the pair is not kept, so that each draw costs two numbers, always.
double Random::normal() {
  double radius = std::sqrt(-2 * std::log1p(-uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

double Random::lognormal(double mean, double variation) {
  if (variation <= 0) return mean;
  double variance = std::log1p(variation * variation);
  return mean * std::exp(std::sqrt(variance) * normal() - variance / 2);
}

microseconds in_microseconds(double seconds) {
  constexpr double kMax = 1e9;  // thirty years: what never ends, ends then
  return microseconds(static_cast<int64_t>(std::min(seconds, kMax) * 1e6));
}

}  // namespace hotline::sim
