// SPDX-License-Identifier: GPL-2.0-or-later
// The callers of a recorded day, to be served by others: what ccqueue replay --agents plays.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acd/input.h"
#include "simulate.h"

namespace hotline::ccqueue {

/// Somebody who came, and what is known of him: how long he waited and how it ended, over all queues that he went
/// through until then.
struct PastCaller {
  acd::Arrival arrival;
  Utc at{};
  milliseconds waited{0};
  bool gave_up = false;  ///< after `waited`; else he would have waited longer
  std::optional<milliseconds> talk, wrap_up;
};

/// Listens to a recording: what went in and what was decided.
class PastDay {
 public:
  void hear(const acd::Input& input);
  void hear(const acd::Action& action, Utc at);
  void close(Utc at);

  const std::vector<PastCaller>& callers() const { return callers_; }
  const Book& book() const { return book_; }
  /// The last configuration.
  const acd::Rules& rules() const { return rules_; }
  /// When agents were there, and when they paused by their own or a supervisor's will.
  Plan plan() const;
  /// Abandons per second waited in that queue, or in all when nobody gave up in it; 0 when nobody did at all.
  double impatience(const std::string& queue) const;
  std::vector<milliseconds> talks(const std::string& queue) const;

 private:
  struct Presence {
    std::optional<Utc> there, resting;
  };
  PastCaller* caller(const std::string& call);
  void changed(const acd::AgentChanged& changed, Utc at);
  void begin(const acd::Saved& saved, Utc at);

  acd::Rules rules_;
  Book book_;
  std::vector<PastCaller> callers_;
  std::map<std::string, size_t> open_;              // by call, until his talk and its wrap-up are over
  std::map<std::string, std::string> called_back_;  // the call-back's call, and who it is
  std::map<std::string, size_t> writing_;           // by agent, whose wrap-up it is
  std::map<std::string, Presence> presence_;
  std::map<std::string, Utc> writing_since_;
  std::vector<sim::Shift> shifts_, rests_;
  int64_t rings_ = 0, missed_ = 0;
  std::vector<double> ring_s_;
};

/// Those of [begin, end) as they would be with other agents: patience that was not seen the end of goes on as it is
/// likely to, talks that never were are drawn from those that were.
sim::Callers callers(const PastDay& day, Utc begin, Utc end, uint64_t seed);

/// ccqueue replay --agents: what was, and what would have been.
struct WhatIf {
  std::string journal_dir;
  std::optional<Utc> since, until;  ///< default: the days of the first and of the last caller
  RunOptions options;
};
int what_if(const WhatIf& question, cli::Listing& list);

}  // namespace hotline::ccqueue
