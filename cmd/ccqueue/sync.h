// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "bus/bus.h"
#include "conf/instance.h"

namespace hotline::ccqueue {

/// The line to ccswitchd: says hello each second, follows its events in order without a gap, and asks for a snapshot on
/// start, after a gap and after either side was away.
///
///     lost ──hello answered──→ syncing ──snapshot──→ live
///       ↑────no answer──────────┴──────────────────────┘      gap, switch.started: live → syncing
class Sync {
 public:
  struct Ears {
    /// All there is, true once the events of `since` that are later than its parts are added to it.
    std::function<void(const wire::Json& snapshot, const std::vector<wire::Event>& since)> snapshot;
    std::function<void(const wire::Event&)> event;  ///< each later event, once
    std::function<void()> lost;                     ///< the switch does not answer
  };
  Sync(Loop& loop, const conf::Instance& instance, Ears ears);

  /// A command to the switch; as bus::Asker::ask.
  void ask(const std::string& verb, const wire::Json& body, bus::Asker::Answered answered);
  /// Something happened that the events did not tell: look again.
  void resync();
  bool live() const { return state_ == State::live; }
  int64_t number() const { return number_; }

 private:
  enum class State { lost, syncing, live };
  void hello();
  void greeted(const Result<wire::Reply>& reply);
  void ask_part(const std::string& after);
  void taken(const Result<wire::Reply>& reply);
  bool covered() const;
  bool later_than_its_part(const wire::Event& event) const;
  void settle();
  void heard(const wire::Event& event);
  void lose();

  Ears ears_;
  std::unique_ptr<bus::Asker> asker_;
  std::unique_ptr<bus::Follower> follower_;
  Loop::Handle hello_;
  State state_ = State::lost;
  int64_t number_ = -1;  ///< of the last event that is in what we know
  int64_t behind_ = -1;  ///< number_ when the last hello showed that events are missing
  int64_t snapshots_ = 0;
  /// A long snapshot comes in parts, each true at a number of its own: the calls up to `last`, true at `n`.
  struct Part {
    std::string last;
    int64_t n;
  };
  std::vector<Part> parts_;
  wire::Json merged_;
  bool complete_ = false, late_ = false;  ///< all parts are there; a hello ago already
  bool greeting_ = false;
  std::deque<wire::Event> early_;  ///< heard while a snapshot was on its way
};

}  // namespace hotline::ccqueue
