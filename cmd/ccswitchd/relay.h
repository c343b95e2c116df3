// SPDX-License-Identifier: GPL-2.0-or-later
// The side of the ccswitchd that took over: what the one before it still holds, and how to speak to it. See yielded.h.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/loop.h"
#include "bus/bus.h"
#include "link.h"
#include "wire/wire.h"

namespace hotline::ccswitchd {

class Relay {
 public:
  struct Hooks {
    std::function<void(wire::Event event, int64_t number)> event;
    std::function<void(const std::string& span)> span_free;
    /// The other is gone: `done` when it had ended its last call, else it died. Then this Relay is to be destroyed, but
    /// not from within.
    std::function<void(bool done)> gone;
  };
  using Later = bus::Server::Later;

  /// Takes over from the one that has yielded and listens at `path`; `unavailable` when there is none. Waits up to
  /// `patience` for its estate. `seen`: its last event that is in the journal.
  static Result<std::unique_ptr<Relay>> take_over(const std::string& path, int64_t seen, milliseconds patience);

  /// What it held when we took over:
  ///
  ///     {"pid":…,"version":…,"calls":[ID,…],"spans":["e1",…],"lost_events":0,
  ///      "sip":{"port":…,"call_ids":[…]},
  ///      "phones":[{"phone":…,"contact":…,"at":[{"uri":…,"hop":…,"left_ms":…},…]},…]}
  const wire::Json& estate() const { return estate_; }

  /// From now on what it says is heard.
  void start(Loop& loop, Hooks hooks);

  const std::set<std::string>& calls() const { return calls_; }
  bool holds_span(const std::string& span) const { return spans_.contains(span); }

  /// Which of the calls that a command's body names (as call, leg, bridge, anywhere in it) are its calls, and whether
  /// others are named beside them.
  struct Named {
    bool theirs = false, others = false;
  };
  Named named(const wire::Json& body) const;

  /// Asks it; `later` is called once: `unavailable` when it is gone or silent for 3 s.
  void ask(const std::string& verb, const wire::Json& body, Later later);
  void tell(const wire::Json& message);

 private:
  Relay(Fd fd, wire::Json estate);
  void hear(const wire::Json& message);
  void closed();
  void give_up();

  struct Open {
    Later later;
    Instant asked;
  };
  static constexpr size_t kOpenMax = 10'000;
  Fd fd_;
  wire::Json estate_;
  Hooks hooks_;
  std::set<std::string> calls_, spans_;
  std::set<std::string> ever_;  ///< calls it has had: a leg keeps its name when its call is merged into another
  std::unique_ptr<Link> link_;
  std::map<int64_t, Open> open_;
  int64_t last_ask_ = 0;
  bool done_ = false;
  Loop::Handle sweep_;
};

// What both answer together. `ours` and `theirs` are pages of calls in the order of their ids, as the replies to
// `calls`; the joint page ends where the first that has `more` ends, or at `bytes_max`.
void merge_calls(wire::Json& ours, const wire::Json& theirs, size_t bytes_max);
/// A span that both list is theirs.
void merge_spans(wire::Json& ours, const wire::Json& theirs, const std::function<bool(const std::string&)>& is_theirs);
/// `busy` adds up; all else is ours.
void merge_phones(wire::Json& ours, const wire::Json& theirs);
void merge_ports(wire::Json& ours, const wire::Json& theirs);

}  // namespace hotline::ccswitchd
