// SPDX-License-Identifier: GPL-2.0-or-later
// The table drawn above LegState, as data.
#include "calls.h"

namespace hotline::ccswitchd {

namespace {

using S = LegState;
constexpr auto kNo = static_cast<S>(-1);
constexpr int kStates = 7, kEvents = 6;

// Columns: alert, answer, ringing, answered, hangup, released.
constexpr S kNext[kStates][kEvents] = {
    {S::alerting, S::answering, kNo, S::up, S::releasing, S::gone},  // offered
    {kNo, S::answering, kNo, S::up, S::releasing, S::gone},          // alerting
    {kNo, kNo, kNo, S::up, S::releasing, S::gone},                   // answering
    {kNo, kNo, S::ringing, S::up, S::releasing, S::gone},            // dialed
    {kNo, kNo, kNo, S::up, S::releasing, S::gone},                   // ringing
    {kNo, kNo, kNo, kNo, S::releasing, S::gone},                     // up
    {kNo, kNo, kNo, kNo, kNo, S::gone},                              // releasing
};
constexpr const char* kStateNames[] = {"offered", "alerting", "answering", "dialed",
                                       "ringing", "up",       "releasing", "gone"};

}  // namespace

std::optional<LegState> next_state(LegState state, LegEvent event) {
  if (state == S::gone) return std::nullopt;
  S next = kNext[static_cast<int>(state)][static_cast<int>(event)];
  return next == kNo ? std::nullopt : std::optional(next);
}

const char* name_of(LegState state) { return kStateNames[static_cast<int>(state)]; }

const char* name_of(By by) {
  switch (by) {
    case By::remote:
      return "remote";
    case By::local:
      return "local";
    case By::timeout:
      return "timeout";
    default:
      return "switch";
  }
}

}  // namespace hotline::ccswitchd
