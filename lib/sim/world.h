// SPDX-License-Identifier: GPL-2.0-or-later
// Room sim: a day of callers and agents in an instant of ours: the clock, the callers, the phones and the agents'
// hands, around the very acd::Core that runs live. Knows when callers come, how long they wait and talk. Refuses to
// know the real clock, files, sockets and what is reported of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "acd/acd.h"
#include "sim/random.h"

namespace hotline::sim {

/// Who never gives up.
inline constexpr microseconds kEndless = std::chrono::hours(24 * 365);

/// A caller as he is before we know what the queue does with him.
struct Caller {
  std::string call;
  Utc at{};
  std::string queue;
  std::optional<int> priority;
  acd::Skills needs;
  microseconds patience = kEndless;  ///< gives up after that, unless he talks
  microseconds talk{0};
  /// What his agent takes to write up; the queue's wrap_up ends it sooner. nullopt: all of the queue's.
  std::optional<microseconds> wrap_up;
};

/// Callers in the order of their time; nullopt: no more.
using Callers = std::function<std::optional<Caller>()>;

/// What agents do when their phone rings.
struct Hands {
  microseconds answer_after{0};
  double answers = 1;           ///< this share of rings; the others ring until they time out
  double answer_variation = 0;  ///< coefficient of variation of answer_after, log-normal
  microseconds back_after{0};   ///< who was paused for missing too many is ready again then; 0: never
};

/// When an agent is there.
struct Shift {
  std::string agent;
  Utc from{}, to{};
};

class World {
 public:
  /// Hears every action with its moment.
  using Ear = std::function<void(const acd::Action&, Utc)>;

  World(acd::Rules rules, Utc start, Hands hands, uint64_t seed, Ear ear = {});

  /// Agents come and go; one without a shift is never there. Who is in a talk when his shift ends finishes it.
  void staff(const std::vector<Shift>& shifts);
  /// Pauses within them; in a talk: after it and its wrap-up.
  void breaks(const std::vector<Shift>& breaks);
  /// Plays until no caller waits or talks and none comes any more; with `stop` until then, shifts and all.
  void run(const Callers& callers, std::optional<Utc> stop = {});

  acd::Core& core() { return core_; }
  Utc now() const { return now_; }
  int64_t callers() const { return callers_; }

 private:
  enum class What : uint8_t { on, off, rest, rested, answer, gives_up, talk_over, written, back };
  struct Event {
    Utc at;
    uint64_t number;  // the order of making decides where the time does not
    What what;
    std::string who;
    Utc since{};  // of the state that `written` and `back` end: when it is another one, they are void
    bool operator>(const Event& other) const { return at != other.at ? at > other.at : number > other.number; }
  };
  struct Live {
    microseconds talk{0};
    std::optional<microseconds> wrap_up;
  };

  void later(Utc at, What what, std::string who, Utc since = {}) {
    events_.push({at, ++number_, what, std::move(who), since});
  }
  void happen(const Event& event);
  void come(const std::string& agent);
  void end_break(const std::string& agent);
  void end_state(const Event& event, acd::AgentState state);
  void hear(const acd::Action& action);
  void hear_agent(const acd::AgentChanged& changed);
  void arrive(Caller caller);
  void heard();

  acd::Core core_;
  Utc now_;
  Hands hands_;
  Random random_;
  Ear ear_;
  acd::Actions out_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::unordered_map<std::string, Live> live_;
  std::optional<microseconds> wrap_up_;  // of the talk that ended in the action before
  uint64_t number_ = 0;
  int64_t callers_ = 0;
};

}  // namespace hotline::sim
