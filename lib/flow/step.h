// SPDX-License-Identifier: GPL-2.0-or-later
// One call in a flow as a state machine. Pure: whoever drives it does what the actions say and brings the events.
//
//   phase      event          what happens
//   offered    offered        answer
//              answered       entered; to the start node, or on at the state's own node (after a controller's death)
//   playing    digit          kept for the next node that takes keys (type-ahead)
//              played         to `next`
//   prompting  digit          menu: to the key's node, or `invalid` and again; collect: first digit, wait for more
//              played         wait for the first key
//   waiting    digit          as in prompting
//              timer          `no_input` and again; retries used up: to on_no_input
//   collecting digit          one more; at `max` digits or the end key: tag and to `next`
//              timer          enough digits: tag and to `next`; else `invalid` and again
//   leaving    played         a queue: hand over; a hangup: hang up
//   queued     queue-result   entered; to the node for that result
//   (any)      gone           exit caller-gone, unless the call never entered, was handed over or ended
//
// Arriving at a node reports it, tags the call with it, and plays its prompts (phase playing, prompting or leaving).
// Any other event in a phase is without effect. A caller who passes kSilentVisitsMax nodes without a key is hung up on
// with cause 41: what check() cannot see is bounded here.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "flow/flow.h"

namespace hotline::flow {

enum class Phase { offered, playing, prompting, waiting, collecting, leaving, queued, ended };

inline constexpr int64_t kSilentVisitsMax = 100;
inline constexpr size_t kAheadMax = 16;

struct State {
  std::string node;
  Phase phase = Phase::offered;
  int64_t attempts = 0;  ///< how often the present node has asked again
  std::string digits;    ///< collected so far
  std::string ahead;     ///< keyed before a node took them, kAheadMax at most
  int64_t silent = 0;    ///< nodes since the last key
};

struct Event {
  enum class What { offered, answered, digit, played, timer, queue_result, gone } what;
  char digit = 0;           ///< digit
  std::string result = {};  ///< queue_result
};

struct Action {
  enum class What {
    answer,
    entered,   ///< report: the caller is in the flow now
    node,      ///< report: the caller is at `name`, come there by the edge labelled `text` (edges(); "1" is a key)
    tag,       ///< set `tags` on the call
    untag,     ///< remove tag `name`
    play,      ///< prompts, barge, notice
    timer,     ///< bring a timer event after `span`, unless another timer, play or node comes first
    handover,  ///< to the controller of queues, with `tags`
    hangup,    ///< with `cause`
    exit,      ///< report: the caller left at `name` for reason `text`: queue, hangup, caller-gone, error
  } what;
  std::string name, text;
  std::map<std::string, std::string> tags;
  Prompts prompts;
  bool barge = false, notice = false;
  microseconds span{};
  int64_t cause = 0;
};

struct Step {
  State state;
  std::vector<Action> actions;
};

/// `flow` has passed check(): a target that is missing all the same ends the call with cause 41 and exit "error".
Step step(const Flow& flow, State state, const Event& event);

}  // namespace hotline::flow
