// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "acd/acd.h"

namespace hotline::acd {

/// One event of the core as a value: what a journal keeps, so that the core can be fed with it again. The same inputs
/// in the same order give the same actions; nothing else enters a decision.
struct Input {
  enum class Op {
    configure,       ///< rules; flag: of a new core, which knows nothing else
    login,           ///< who: agent
    logout,          ///< who: agent, text: reason
    ready,           ///< who: agent
    pause,           ///< who: agent, text: reason
    extend_wrap_up,  ///< who: agent, span
    phone,           ///< who: phone, flag: registered
    dnd,             ///< who: phone, flag: does not want to be disturbed
    enter,           ///< arrival
    answered,        ///< who: offer
    connected,       ///< who: call
    connect_failed,  ///< who: call
    missed,          ///< who: offer, text: reason
    call_over,       ///< who: call
    leave,           ///< who: call, text: reason
    call_back,       ///< who: call, other: the call-back's
    postpone,        ///< who: call, time: until
    move,            ///< who: call, other: queue
    prioritize,      ///< who: call, number: priority
    tick,
    suspend,
    resume,
    restore_agent,  ///< who: agent, text: state, other: reason, time: since, until, number: calls
    restore_wish,   ///< who: agent, text: state or "", other: reason
    adopt_offer,    ///< who: call, other: agent, text: offer, time: at
    adopt_talk,     ///< who: call, other: agent, text: offer, time: at
    checkpoint,     ///< saved: what the core knew at this place; it changes nothing
  };
  Op op = Op::tick;
  Utc now{};
  std::string who{}, other{}, text{};
  int64_t number = 0;
  microseconds span{0};
  bool flag = false;
  std::optional<Utc> time{}, until{};
  std::optional<Arrival> arrival{};
  std::optional<Rules> rules{};
  std::shared_ptr<const Saved> saved{};
  bool known = false;  ///< what follows from it was written down before, by a core that is gone
};

std::string_view name(Input::Op op);
std::optional<Input::Op> input_op(std::string_view name);

/// Feeds the core with it; one that begins a new core is taken as a new configuration of this one, and a checkpoint
/// tells it nothing. Error `no` where the core refuses or says false; `bad_data` for an input that lacks what its op
/// needs. Either way the core is as it was after the same input live.
Result<void> apply(Core& core, const Input& input, Actions& out);

}  // namespace hotline::acd
