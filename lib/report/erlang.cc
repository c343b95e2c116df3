// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/erlang.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/require.h"

namespace hotline::report {

double erlang_b(int64_t servers, double traffic) {
  require(servers >= 0 && traffic >= 0);
  double blocking = 1;
  for (int64_t n = 1; n <= servers; ++n) blocking = traffic * blocking / (double(n) + traffic * blocking);
  return blocking;
}

double offered_at(int64_t servers, double blocking) {
  require(servers > 0 && blocking > 0 && blocking < 1);
  // Blocking grows with the load, and at servers/(1−blocking) it is at least `blocking`: what is carried is ≤ servers.
  double low = 0, high = double(servers) / (1 - blocking);
  for (int i = 0; i < 100; ++i) {
    double middle = (low + high) / 2;
    (erlang_b(servers, middle) < blocking ? low : high) = middle;
  }
  return low;
}

double erlang_c(int64_t servers, double traffic) {
  if (traffic >= double(servers)) return 1;
  double blocking = erlang_b(servers, traffic);
  return double(servers) * blocking / (double(servers) - traffic * (1 - blocking));
}

double erlang_c_service_level(int64_t servers, double traffic, double aht_s, double within_s) {
  require(aht_s > 0);
  if (traffic >= double(servers)) return 0;
  return 1 - erlang_c(servers, traffic) * std::exp(-(double(servers) - traffic) * within_s / aht_s);
}

double erlang_c_asa_s(int64_t servers, double traffic, double aht_s) {
  if (traffic >= double(servers)) return std::numeric_limits<double>::infinity();
  return erlang_c(servers, traffic) * aht_s / (double(servers) - traffic);
}

ErlangA erlang_a(int64_t servers, double traffic, double aht_s, double patience_s) {
  require(servers > 0 && traffic > 0 && aht_s > 0 && patience_s > 0);
  // Birth and death: state k calls present, in arrival λ, out min(k,N)·μ + (k−N)⁺·θ. Weights relative to state 0,
  // rescaled as they grow; the tail ends where it no longer counts. Rates are in units of μ.
  const double theta = aht_s / patience_s;
  double weight = 1, total = 1, waiting = 0, queue = 0;
  for (int64_t k = 1;; ++k) {
    weight *= traffic / (double(std::min(k, servers)) + double(std::max<int64_t>(k - servers, 0)) * theta);
    total += weight;
    if (k >= servers) {
      waiting += weight;
      queue += weight * double(k - servers);
      if (weight * double(k) < total * 1e-15) break;
    }
    if (total > 1e200) {
      weight /= total;
      waiting /= total;
      queue /= total;
      total = 1;
    }
  }
  ErlangA result;
  result.wait_share = waiting / total;
  result.mean_wait_s = queue / total / traffic * aht_s;  // Little: λ·W = Lq
  result.abandon_share = result.mean_wait_s / patience_s;
  return result;
}

}  // namespace hotline::report
