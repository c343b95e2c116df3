// SPDX-License-Identifier: GPL-2.0-or-later
// The thirty channels of a span: which is free, which is taken next, which must be restarted and when. Pure: told the
// time, private to this room.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/time.h"
#include "trunk/rules.h"

namespace hotline::trunk {

/// Why a channel is restarted.
enum class Why { none, start, command, stuck };
const char* name_of(Why why);

/// A channel is
///
///     idle ── take() ──► busy ── give_back() ──► idle
///      │ suspect()                                ▲
///      ▼                                          │
///     blocked ── next_restart(), begin() ──► restarting ── restarted(true)
///        ▲                                        │
///        └──── restarted(false), and back-off ────┘
///
/// One restart at a time, and kRestartsMinute in a minute: a far end that answers none of them is not flooded. A
/// channel that has to be restarted again waits longer each time, kBackOff, and after the last of these it stays
/// blocked until layer 2 comes up anew or somebody asks for it.
class Channels {
 public:
  static constexpr int kSlots = 32;
  static constexpr std::array<seconds, 6> kBackOff{seconds(0),  seconds(10),  seconds(30),
                                                   seconds(90), seconds(270), seconds(600)};
  static constexpr seconds kForgiven{600};  ///< a channel that was well for so long begins with the shortest again
  static constexpr int kRestartsMinute = 60;

  enum class State { idle, busy, restarting, blocked };

  explicit Channels(Instant now);

  State state(int slot) const;
  bool idle(int slot) const { return state(slot) == State::idle; }
  uint32_t owner(int slot) const { return slots_[slot].owner; }
  Instant since(int slot) const { return slots_[slot].since; }
  int restarts(int slot) const { return slots_[slot].restarts; }
  int busy() const;
  int blocked() const;

  /// The channel for the next call of ours; 0: none. `except`: a bit for each that will not do.
  int choose(Select select, uint32_t except = 0) const;
  /// Whoever has it. The far end may take what is blocked: then it is well there.
  void take(int slot, uint32_t owner, Instant now);
  void give_back(int slot, uint32_t owner, Instant now);

  /// All idle channels are to be restarted, as at the start of a span; those that are used first need it no more.
  void restart_all();
  /// False when it is being restarted already, or waits for that.
  bool suspect(int slot, Instant now);
  void command(int slot, Instant now);
  /// The next to be restarted, or 0. A busy one has to wait, unless somebody asked for it.
  int next_restart(Select select, Instant now);
  void begin(int slot, Instant now);  ///< its RESTART has been sent
  /// Why it was restarted. When the far end did not even acknowledge the first of restart_all(), the rest is spared.
  Why restarted(int slot, bool acknowledged, Instant now);
  void far_restarted(int slot, Instant now);  ///< the far end did it: 0 all
  /// Whether that was within the last two seconds: then a refusal of the channel says nothing.
  bool just_far_restarted(int slot, Instant now) const;
  /// Layer 2 is up anew: what is blocked is tried again, from the beginning.
  void layer2_up(Instant now);

 private:
  struct Slot {
    uint32_t owner = 0;
    Instant since{};
    Why wanted = Why::none;
    bool blocked = false, restarting = false;
    Instant due{}, last_restart{}, far_restart{};
    size_t attempts = 0;
    int restarts = 0;
  };
  void back_off(Slot& slot, Instant now);

  std::array<Slot, kSlots> slots_;
  mutable int last_chosen_ = 0;
  int in_flight_ = 0;
  double allowance_ = kRestartsMinute;
  Instant allowed_{};
};

}  // namespace hotline::trunk
