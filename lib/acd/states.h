// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hotline::acd {

/// What an agent is doing, exactly one of these; the names on the wire are those of agent.state, ccwire(7).
enum class AgentState { logged_out, ready, offered, talking, wrap_up, paused };

/// What moves an agent from one state to another. `adopt`: after a restart the switch shows him in a talk already.
enum class AgentEvent { login, logout, ready, pause, offer, answer, wrap_up, adopt };

struct AgentStep {
  AgentState from;
  AgentEvent event;
  AgentState to;
};

/// The whole machine. What is not in the table is refused. `pause` and `logout` during an offer's answer or a talk are
/// not steps but wishes (Agent::next), carried out when the agent would become free.
inline constexpr AgentStep kAgentSteps[] = {
    {AgentState::logged_out, AgentEvent::login, AgentState::ready},
    {AgentState::logged_out, AgentEvent::pause, AgentState::paused},       // logged in, but his phone is not registered
    {AgentState::logged_out, AgentEvent::logout, AgentState::logged_out},  // another reason: the phone has gone too
    {AgentState::logged_out, AgentEvent::adopt, AgentState::talking},
    {AgentState::ready, AgentEvent::logout, AgentState::logged_out},
    {AgentState::ready, AgentEvent::pause, AgentState::paused},
    {AgentState::ready, AgentEvent::offer, AgentState::offered},
    {AgentState::ready, AgentEvent::adopt, AgentState::talking},
    {AgentState::offered, AgentEvent::answer, AgentState::talking},
    {AgentState::offered, AgentEvent::ready, AgentState::ready},   // the offer ended, he may have another
    {AgentState::offered, AgentEvent::pause, AgentState::paused},  // missed too often, unreachable, rejected
    {AgentState::offered, AgentEvent::logout, AgentState::logged_out},
    {AgentState::offered, AgentEvent::adopt, AgentState::talking},
    {AgentState::talking, AgentEvent::wrap_up, AgentState::wrap_up},
    {AgentState::talking, AgentEvent::ready, AgentState::ready},  // queues without wrap-up
    {AgentState::talking, AgentEvent::pause, AgentState::paused},
    {AgentState::talking, AgentEvent::logout, AgentState::logged_out},
    {AgentState::wrap_up, AgentEvent::ready, AgentState::ready},
    {AgentState::wrap_up, AgentEvent::pause, AgentState::paused},
    {AgentState::wrap_up, AgentEvent::logout, AgentState::logged_out},
    {AgentState::wrap_up, AgentEvent::adopt, AgentState::talking},
    {AgentState::paused, AgentEvent::ready, AgentState::ready},
    {AgentState::paused, AgentEvent::pause, AgentState::paused},  // for another reason
    {AgentState::paused, AgentEvent::logout, AgentState::logged_out},
    {AgentState::paused, AgentEvent::adopt, AgentState::talking},
};
std::optional<AgentState> next_state(AgentState from, AgentEvent event);

/// Where a caller is between queue.entered and the end of the talk.
///
///     waiting ─offer→ offered ─answer→ connecting ─connect→ talking ─leave→ (gone)
///        ↑───miss───────┴───────miss───────┘
///
/// queue.exit is due on `connect` (answered) and on `leave` from the first three states.
enum class EntryState { waiting, offered, connecting, talking };
enum class EntryEvent { offer, miss, answer, connect, leave };

struct EntryStep {
  EntryState from;
  EntryEvent event;
  std::optional<EntryState> to;  ///< nullopt: the entry is over
};
inline constexpr EntryStep kEntrySteps[] = {
    {EntryState::waiting, EntryEvent::offer, EntryState::offered},
    {EntryState::waiting, EntryEvent::leave, std::nullopt},
    {EntryState::offered, EntryEvent::miss, EntryState::waiting},
    {EntryState::offered, EntryEvent::answer, EntryState::connecting},
    {EntryState::offered, EntryEvent::leave, std::nullopt},
    {EntryState::connecting, EntryEvent::miss, EntryState::waiting},
    {EntryState::connecting, EntryEvent::connect, EntryState::talking},
    {EntryState::connecting, EntryEvent::leave, std::nullopt},
    {EntryState::talking, EntryEvent::leave, std::nullopt},
};
bool allowed(EntryState from, EntryEvent event);

/// How an entry ended: exactly one for each. The names are those of queue.exit, ccwire(7).
enum class ExitReason {
  answered,
  abandoned,
  short_abandoned,
  key_exit,
  timed_out,
  overflowed,
  call_back,
  withdrawn,
  failed,
};

/// How an offer ended without a talk; `elsewhere`: another of those who rang was quicker. The names are those of
/// queue.missed, ccwire(7).
enum class MissReason { timeout, busy, rejected, unreachable, caller_gone, withdrawn, lost, elsewhere };

std::string_view name(AgentState state);
std::string_view name(EntryState state);
std::string_view name(ExitReason reason);
std::string_view name(MissReason reason);
std::optional<AgentState> agent_state(std::string_view name);
std::optional<EntryState> entry_state(std::string_view name);
std::optional<ExitReason> exit_reason(std::string_view name);
std::optional<MissReason> miss_reason(std::string_view name);

}  // namespace hotline::acd
