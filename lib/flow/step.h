// SPDX-License-Identifier: GPL-2.0-or-later
// One call in a flow as a state machine. Pure: whoever drives it does what the actions say and brings the events.
//
//   phase      event          what happens
//   offered    offered        answer
//              answered       entered; to the start node, or on at the state's own node (after a controller's death)
//   playing    digit          kept for the next node that takes keys (type-ahead)
//              played         to `next`
//   prompting  digit          menu, survey: to the key's node, or `invalid` and again; collect: first digit, wait for
//   more
//              played         wait for the first key
//   waiting    digit          as in prompting
//              timer          `no_input` and again; retries used up: to on_no_input
//   collecting digit          one more; at `max` digits or the end key: enough?
//              timer          enough digits: tag and to `next`, or to confirming; else `invalid` and again
//   confirming digit          yes: tag and to `next`; no, or another: `invalid` and again
//              played         wait for the key
//              timer          `no_input` and again
//   leaving    played         what the node is for: work and working; a queue: hand over; a hangup: hang up
//   working    result         to the node for it, its tags set
//              figures        of a branch that asked: to the case that holds
//              timer          cancel; as the result "failed"
//   queued     result         entered; to the node for that result of the queue
//   (any)      gone           exit caller-gone, unless the call never entered, was handed over or ended
//              tagged         others have changed tags of the call
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

enum class Phase { offered, playing, prompting, waiting, collecting, confirming, leaving, working, queued, ended };

inline constexpr int64_t kSilentVisitsMax = 100;
inline constexpr size_t kAheadMax = 16;
inline constexpr size_t kTagMax = 1024;  ///< octets of a tag's value; what is longer is cut

struct State {
  std::string node;
  Phase phase = Phase::offered;
  int64_t attempts = 0;  ///< how often the present node has asked again
  std::string digits;    ///< collected so far
  std::string ahead;     ///< keyed before a node took them, kAheadMax at most
  int64_t silent = 0;    ///< nodes since the last key
  Tags tags;             ///< the call's; `caller` and `called` are among them
  Tags secrets;          ///< digits of secret collects: here and nowhere else
};

struct Event {
  enum class What { offered, answered, digit, played, timer, result, figures, tagged, gone } what;
  char digit = 0;           ///< digit
  std::string result = {};  ///< result: of a queue, or of work
  Tags tags = {};  ///< result: what a look-up found, `recording` and `ms` of a record; tagged: "" for one removed
};

struct Action {
  enum class What {
    answer,
    entered,    ///< report: the caller is in the flow now
    node,       ///< report: the caller is at `name`, come there by the edge labelled `text` (edges(); "1" is a key)
    tag,        ///< set `tags` on the call
    untag,      ///< remove tag `name`
    play,       ///< items, of which none is a value; barge, notice
    timer,      ///< bring a timer event after `span`, unless another timer, play or node comes first
    secret,     ///< `on`: keys are secret from now on, until one without it
    work,       ///< what node `name` is for, with `text` (its subject) and `tags` (its `with`); bring a result
    ask,        ///< bring figures, with those of `queues` in the world
    cancel,     ///< what `work` or `ask` began is of no account any more
    vote,       ///< report: survey `name`, question and answer in `tags`
    deposit,    ///< report: for mailbox `name`, recording `text`, with `tags` and `number`
    handover,   ///< to the controller of queues, with `tags`
    give_back,  ///< to the controller that lent the call, with `tags`
    hangup,     ///< with `cause`
    exit,       ///< report: the caller left at `name` for reason `text`: queue, hangup, returned, caller-gone, error
    fault,      ///< log: `text` is wrong at node `name`; the call goes on
  } what;
  std::string name, text;
  std::string number = {};  ///< deposit: the message's, which the caller is told
  Tags tags;
  Prompts prompts;
  std::set<std::string> queues;
  bool barge = false, notice = false, on = false;
  microseconds span{};
  int64_t cause = 0;
};

struct Step {
  State state;
  std::vector<Action> actions;
};

/// `flow` is linked and has passed check(): a target that is missing all the same ends the call with cause 41 and exit
/// "error". `world` is read where a branch is decided and where a date is said; `language` is what the call speaks that
/// has no tag `lang`.
Step step(const Flow& flow, State state, const Event& event, const World& world, const std::string& language);

}  // namespace hotline::flow
