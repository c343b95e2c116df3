// SPDX-License-Identifier: GPL-2.0-or-later
#include "trunk/channels.h"

#include <algorithm>

#include "base/require.h"

namespace hotline::trunk {

namespace {

constexpr seconds kFarRestartTold{2};

// The i-th channel, i from 1, in the order of a policy.
int in_order(Select select, int i) { return select == Select::highest ? Channels::kSlots - i : i; }

}  // namespace

const char* name_of(Why why) {
  static constexpr const char* kNames[] = {"none", "start", "command", "stuck"};
  return kNames[static_cast<int>(why)];
}

Channels::Channels(Instant now) : allowed_(now) {
  for (auto& slot : slots_) slot.since = now;
}

Channels::State Channels::state(int slot) const {
  const Slot& one = slots_[slot];
  if (one.restarting) return State::restarting;
  if (one.owner != 0) return State::busy;
  return one.blocked ? State::blocked : State::idle;
}

int Channels::busy() const {
  return static_cast<int>(
      std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.owner != 0; }));
}

int Channels::blocked() const {
  int count = 0;
  for (int slot = 1; slot < kSlots; slot++) count += state(slot) == State::blocked;
  return count;
}

int Channels::choose(Select select, uint32_t except) const {
  int best = 0;
  for (int i = 1; i < kSlots; i++) {
    int slot = in_order(select, i);
    if (select == Select::round_robin) slot = (last_chosen_ + i - 1) % (kSlots - 1) + 1;
    if (!isdn::is_channel(slot) || !idle(slot) || (except >> slot & 1) != 0) continue;
    if (select != Select::longest_idle) {
      best = slot;
      break;
    }
    if (best == 0 || slots_[slot].since < slots_[best].since) best = slot;
  }
  if (best != 0) last_chosen_ = best;
  return best;
}

void Channels::take(int slot, uint32_t owner, Instant now) {
  Slot& one = slots_[slot];
  if (one.owner == 0) one.since = now;
  one.owner = owner;
  if (one.wanted != Why::command) one.wanted = Why::none;
  one.blocked = false;
}

void Channels::give_back(int slot, uint32_t owner, Instant now) {
  Slot& one = slots_[slot];
  if (one.owner != owner) return;
  one.owner = 0;
  one.since = now;
}

void Channels::restart_all() {
  for (int slot = 1; slot < kSlots; slot++) {
    if (isdn::is_channel(slot) && idle(slot) && slots_[slot].wanted == Why::none) slots_[slot].wanted = Why::start;
  }
}

void Channels::back_off(Slot& slot, Instant now) {
  slot.blocked = true;
  slot.since = now;
  slot.wanted = slot.attempts < kBackOff.size() ? Why::stuck : Why::none;
  if (slot.wanted == Why::stuck) slot.due = std::max(now, slot.last_restart) + kBackOff[slot.attempts];
  slot.attempts++;
}

bool Channels::suspect(int number, Instant now) {
  Slot& slot = slots_[number];
  if (slot.restarting || slot.blocked) return false;
  if (slot.restarts > 0 && now - slot.last_restart > kForgiven) slot.attempts = 0;
  back_off(slot, now);
  return true;
}

void Channels::command(int number, Instant now) {
  Slot& slot = slots_[number];
  slot.wanted = Why::command;
  slot.due = now;
  slot.attempts = 0;
}

int Channels::next_restart(Select select, Instant now) {
  now = std::max(now, allowed_);
  allowance_ = std::min<double>(
      kRestartsMinute, allowance_ + std::chrono::duration<double>(now - allowed_).count() * kRestartsMinute / 60.0);
  allowed_ = now;
  if (in_flight_ != 0 || allowance_ < 1) return 0;
  for (auto why : {Why::command, Why::stuck, Why::start}) {
    for (int i = 1; i < kSlots; i++) {
      const int number = in_order(select, i);
      const Slot& slot = slots_[number];
      if (slot.wanted == why && slot.due <= now && (slot.owner == 0 || why == Why::command)) return number;
    }
  }
  return 0;
}

void Channels::begin(int number, Instant now) {
  require(in_flight_ == 0);
  Slot& slot = slots_[number];
  in_flight_ = number;
  slot.restarting = true;
  slot.last_restart = slot.since = now;
  slot.restarts++;
  allowance_ -= 1;
}

Why Channels::restarted(int number, bool acknowledged, Instant now) {
  if (in_flight_ != number || number == 0) return Why::none;
  Slot& slot = slots_[number];
  const Why why = slot.wanted;
  in_flight_ = 0;
  slot.restarting = false;
  slot.since = now;
  slot.wanted = Why::none;
  if (acknowledged) {
    slot.blocked = false;
  } else if (why == Why::start) {
    for (auto& other : slots_) {
      if (other.wanted == Why::start) other.wanted = Why::none;
    }
  } else {
    slot.attempts = std::max<size_t>(slot.attempts, 1);
    back_off(slot, now);
  }
  return why;
}

void Channels::far_restarted(int number, Instant now) {
  for (int i = 1; i < kSlots; i++) {
    if (number != 0 && i != number) continue;
    Slot& slot = slots_[i];
    slot.far_restart = now;
    if (slot.restarting) continue;  // ours crossed it
    slot.wanted = Why::none;
    slot.blocked = false;
  }
}

bool Channels::just_far_restarted(int number, Instant now) const {
  const Slot& slot = slots_[number];
  return slot.far_restart != Instant{} && now - slot.far_restart < kFarRestartTold;
}

void Channels::layer2_up(Instant now) {
  for (auto& slot : slots_) {
    if (!slot.blocked) continue;
    slot.attempts = 0;
    slot.wanted = Why::stuck;
    slot.due = now;
  }
}

}  // namespace hotline::trunk
