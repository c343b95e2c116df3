// SPDX-License-Identifier: GPL-2.0-or-later
// Erlang's formulae. Traffic is offered load in erlang: arrivals per second × seconds each one is handled.
#pragma once

#include <cstdint>

namespace hotline::report {

/// Erlang B: the share of calls that find all `servers` busy and are gone (ITU-T E.520).
/// B(0) = 1, B(n) = A·B(n−1) / (n + A·B(n−1)).
double erlang_b(int64_t servers, double traffic);

/// The load at which `servers` block the share `blocking` of it, by halving; 0 < blocking < 1.
double offered_at(int64_t servers, double blocking);

/// Erlang C: the share of calls that must wait when nobody leaves. 1 when traffic ≥ servers: the queue grows for ever.
/// C = N·B / (N − A·(1−B)).
double erlang_c(int64_t servers, double traffic);

/// Share of calls answered within `within_s`: 1 − C·exp(−(N−A)·T/AHT); 0 when the queue grows for ever.
double erlang_c_service_level(int64_t servers, double traffic, double aht_s, double within_s);

/// Mean wait of all calls in seconds: C·AHT/(N−A); infinite when the queue grows for ever.
double erlang_c_asa_s(int64_t servers, double traffic, double aht_s);

/// Erlang A (M/M/N+M): callers leave after an exponential patience. Mandelbaum and Zeltyn 2004.
struct ErlangA {
  double wait_share = 0;     ///< must wait
  double abandon_share = 0;  ///< leave: mean wait ÷ patience
  double mean_wait_s = 0;    ///< of all, served or not
};
ErlangA erlang_a(int64_t servers, double traffic, double aht_s, double patience_s);

}  // namespace hotline::report
