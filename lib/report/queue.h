// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "report/figures.h"

namespace hotline::report {

/// How an entry can leave a queue; each exactly one (ccwire(7), queue.exit).
inline constexpr std::array<const char*, 9> kExits = {"answered",  "abandoned", "short-abandoned",
                                                      "key-exit",  "timed-out", "overflowed",
                                                      "call-back", "withdrawn", "failed"};

/// One stay of a call in a queue. t0 entry, t1 ring, t2 agent answered, t3 agent's number heard.
struct Entry {
  std::string call, queue;
  std::string agent;                            ///< who answered
  std::string exit;                             ///< one of kExits; "" while it waits
  int64_t entered_us = 0;                       ///< t0
  int64_t wait_ms = 0;                          ///< t2−t0 when answered, else until it left
  std::optional<int64_t> connect_ms{};          ///< t3−t0
  std::optional<int64_t> talk_ms{}, wrap_ms{};  ///< of an answered one that is over
  bool call_over = false;                       ///< the call has ended, whatever the queue says
};

/// Answered and abandoned, within the threshold T or later. Short abandons are abandons here.
struct ServiceCounts {
  int64_t answered_in = 0, answered_late = 0, abandoned_in = 0, abandoned_late = 0;
  bool operator==(const ServiceCounts&) const = default;
};
/// The four service levels that the trade knows; a report names the one it means.
///   F1 (ans≤T + aban≤T) / (ans + aban)    F2 ans≤T / ans
///   F3 ans≤T / (ans + aban)               F4 ans≤T / (ans + aban>T), the default
Ratio service_level(const ServiceCounts& counts, int variant);

/// What is said of a queue, or of several together, over a span.
struct QueueFigures {
  int64_t entered = 0;
  std::array<int64_t, kExits.size()> exits{};
  int64_t waiting = 0;   ///< no exit yet
  int64_t unclosed = 0;  ///< of these, such whose call is over: their exit was never told
  int64_t unknown = 0;   ///< an exit that is none of kExits: a fault
  ServiceCounts service;
  int64_t wait_answered_ms = 0, wait_abandoned_ms = 0;
  int64_t connected = 0, connect_ms = 0;  ///< those that heard the agent's number, and t3−t0
  int64_t handled = 0, talk_ms = 0, wrap_ms = 0;
  std::vector<int64_t> waits_ms;  ///< of the answered, sorted

  int64_t exit(const char* name) const;
  /// Entered = Σ exits + still waiting.
  bool adds_up() const;
  Ratio answer_rate() const { return {exit("answered"), entered}; }
  /// Abandons against all entries but the short ones, which did not give us a chance.
  Ratio abandon_rate() const;
  Ratio raw_abandon_rate() const;
  /// ASA: Σ wait of answered / answered; rings included, abandoned left out.
  Ratio asa_ms() const { return {wait_answered_ms, exit("answered")}; }
  Ratio time_to_abandon_ms() const { return {wait_abandoned_ms, exit("abandoned") + exit("short-abandoned")}; }
  Ratio connect_mean_ms() const { return {connect_ms, connected}; }
  /// AHT: (talk + wrap-up) / handled.
  Ratio aht_ms() const { return {talk_ms + wrap_ms, handled}; }
  /// Both together: sums, and the waits of both.
  void add(const QueueFigures& other);
  /// Nearest rank: the smallest wait that so many percent of the answered did not exceed; nothing answered: nothing.
  std::optional<int64_t> wait_percentile_ms(int percent) const;
};
QueueFigures queue_figures(std::span<const Entry> entries, int64_t within_ms);

}  // namespace hotline::report
