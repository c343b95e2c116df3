// SPDX-License-Identifier: GPL-2.0-or-later
#include "acd/states.h"

#include "acd/rules.h"

namespace hotline::acd {

namespace {

constexpr std::string_view kAgentNames[] = {"logged-out", "ready", "offered", "talking", "wrap-up", "paused"};
constexpr std::string_view kEntryNames[] = {"waiting", "offered", "connecting", "talking"};
constexpr std::string_view kExitNames[] = {"answered",   "abandoned", "short-abandoned", "key-exit", "timed-out",
                                           "overflowed", "call-back", "withdrawn",       "failed"};
constexpr std::string_view kMissNames[] = {"timeout",     "busy",      "rejected", "unreachable",
                                           "caller-gone", "withdrawn", "lost",     "elsewhere"};

constexpr std::string_view kStrategyNames[] = {"longest-idle", "fewest-calls", "round-robin", "skill-first",
                                               "ring-all"};

template <typename Enum>
std::optional<Enum> find(std::span<const std::string_view> names, std::string_view name) {
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::optional<AgentState> next_state(AgentState from, AgentEvent event) {
  for (const auto& step : kAgentSteps)
    if (step.from == from && step.event == event) return step.to;
  return std::nullopt;
}

bool allowed(EntryState from, EntryEvent event) {
  for (const auto& step : kEntrySteps)
    if (step.from == from && step.event == event) return true;
  return false;
}

std::string_view name(AgentState state) { return kAgentNames[static_cast<size_t>(state)]; }
std::string_view name(EntryState state) { return kEntryNames[static_cast<size_t>(state)]; }
std::string_view name(ExitReason reason) { return kExitNames[static_cast<size_t>(reason)]; }
std::string_view name(MissReason reason) { return kMissNames[static_cast<size_t>(reason)]; }
std::optional<AgentState> agent_state(std::string_view name) { return find<AgentState>(kAgentNames, name); }
std::optional<EntryState> entry_state(std::string_view name) { return find<EntryState>(kEntryNames, name); }
std::optional<ExitReason> exit_reason(std::string_view name) { return find<ExitReason>(kExitNames, name); }
std::optional<MissReason> miss_reason(std::string_view name) { return find<MissReason>(kMissNames, name); }
std::string_view name(Strategy strategy) { return kStrategyNames[static_cast<size_t>(strategy)]; }
std::optional<Strategy> strategy(std::string_view name) { return find<Strategy>(kStrategyNames, name); }

}  // namespace hotline::acd
