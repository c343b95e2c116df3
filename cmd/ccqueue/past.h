// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>

#include "acd/acd.h"
#include "counters.h"
#include "recording.h"
#include "wire/wire.h"

namespace hotline::ccqueue {

/// An agent as the last agent.state left him.
struct PastAgent {
  acd::AgentState state = acd::AgentState::logged_out;
  std::string reason, call, next_reason;
  Utc since{};
  std::optional<Utc> until;
  std::optional<acd::AgentState> next;
};

/// The last visit of a call to a queue.
struct PastVisit {
  std::string detail;               ///< of its end
  std::string queue, agent, offer;  ///< the offer is open, or was answered
  int priority = 0;
  Utc entered{}, offered_at{}, ended{};
  std::optional<Utc> seniority;
  acd::Skills needs;
  std::string resume_key;
  bool call_back = false;
  std::optional<acd::ExitReason> exit;
  bool served = false;
  bool open() const { return !exit; }
  bool talks() const { return exit == acd::ExitReason::answered && !served; }
};

/// Somebody who is to be called when it is his turn.
struct CallBack {
  std::string to, call;  ///< his number; the call that he made
  int64_t attempts = 0;
};

/// What ccqueue's own journal says: the fold that gives a new process the old one's knowledge.
class Past {
 public:
  /// No further back than this many events are read: some ten thousand calls. Who did nothing since then is logged
  /// out.
  static constexpr int64_t kEventsMax = 200000;

  Result<void> read(const std::string& journal_dir, int64_t last_number);
  void note(const wire::Event& event);

  std::map<std::string, PastAgent> agents;
  std::map<std::string, PastVisit> visits;     ///< by call
  std::map<std::string, CallBack> call_backs;  ///< by the visit that waits in the caller's stead
  std::map<std::string, int64_t> offers;       ///< the last one's number, by call, over all its visits
  Counters counters;

 private:
  static constexpr size_t kArrivalsMax = 1000;
  void note_input(const wire::Event& event);
  Inputs inputs_;
  std::map<std::string, acd::Arrival> arrivals_;  ///< what went in and has not shown as a visit yet
};

/// What the switch's journal says of calls while ccqueue was away: when they came to it and when they ended.
struct Meanwhile {
  static constexpr int64_t kEventsMax = 50000;
  void read(const std::string& journal_dir, int64_t last_number);
  std::map<std::string, Utc> handed_over, ended;
};

}  // namespace hotline::ccqueue
