// SPDX-License-Identifier: GPL-2.0-or-later
// The calls that ccivr leads: the switch's events go in, commands to the switch and events of our own come out. What is
// decided is decided by flow::step(); here is only who has which call, which play is whose, and healing.
//
// Healing: every call carries flow, flow-node and flow-version as tags. A snapshot of the switch, taken on start, after
// a gap in its events and when it refuses a command, says which calls are ours; unknown ones go on at their node, known
// ones get what was missed (an answer, the end of a play), those that are gone are dropped.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.h"
#include "flow/step.h"
#include "settings.h"
#include "wire/wire.h"

namespace hotline::ccivr {

/// What Calls needs of the world. `ask` commands ccswitchd; its callback comes later, never from within.
struct Doors {
  using Answered = std::function<void(Result<wire::Reply>)>;
  std::function<void(const std::string& verb, const wire::Json& body, Answered answered)> ask;
  std::function<void(wire::Event event)> emit;
  std::function<Loop::Handle(microseconds span, std::function<void()> due)> after;
};

class Calls {
 public:
  /// `self` is the controller's name, `queues` the one that queue nodes hand over to.
  Calls(std::string self, Doors doors) : self_(std::move(self)), doors_(std::move(doors)) {}

  /// For calls that come from now on; those under way keep their flow.
  void use(Flows flows, std::string queues);

  /// An event of ccswitchd.
  void follow(const wire::Event& event);
  /// The reply to hello: the switch's journal number. Twice beyond what was seen: events were missed without a trace.
  void greeted(int64_t number);
  /// Asks for a snapshot, once at a time.
  void heal();

  size_t size() const { return calls_.size(); }

 private:
  struct Call {
    std::string id, leg;
    std::shared_ptr<const flow::Flow> flow;
    flow::State state;
    bool ours = true;  ///< not handed over
    bool answer_asked = false;
    bool unknown_flow = false;  ///< the fault flow is played: whatever it does is an error
    int64_t born = 0;           ///< the switch's number when we first heard of it
    uint64_t handed_over = 0;   ///< our command that gave it away, counted as asked_
    int64_t play = 0;           ///< the number of what is played now, 0 while the switch has not told it
    uint64_t plays_asked = 0;
    bool playing = false;
    std::vector<int64_t> done_early;  ///< play.done that came before the reply which told the number
    Loop::Handle timer;
  };

  void offered(const wire::Event& event);
  void handed_over(const wire::Event& event);
  void play_done(Call& call, const wire::Event& event);
  /// A snapshot of many calls comes in parts, in the order of their ids, each true at a number of its own.
  struct Part {
    std::string last;  ///< id of its last call; "" in the part that reaches to the end
    int64_t number;
  };
  void ask_part(const std::string& after, uint64_t asked);
  void adopt(const wire::Json& part, const std::string& after, const std::string& last, uint64_t asked);
  bool in_snapshot(const wire::Event& event) const;
  void adopt_call(const wire::Json& one, int64_t number);
  void compare(Call& call, const wire::Json& one);
  void catch_up(Call& call, const wire::Json& leg);
  Call& make(const std::string& id, const std::string& leg, const wire::Json& tags, int64_t number);
  void change_hands(Call& call, bool ours, const std::string& result);

  void bring(Call& call, const flow::Event& event);
  void act(Call& call, const flow::Action& action);
  void play(Call& call, const flow::Action& action);
  void played(const std::string& id, uint64_t asked, const Result<wire::Reply>& reply);
  void hand_over(Call& call, const flow::Action& action);
  void report(const Call& call, const char* name, wire::Json fields);
  /// A command whose refusal means that we and the switch see this call differently.
  void command(const std::string& verb, const wire::Json& body);
  void refused(const std::string& verb, const Result<wire::Reply>& reply);

  Call* find(const std::string& id);

  std::string self_, queues_;
  Doors doors_;
  Flows flows_;
  std::map<std::string, Call> calls_;
  int64_t seen_ = 0, greeted_ = 0;
  std::vector<Part> parts_;
  uint64_t asked_ = 0;  ///< handovers and snapshots asked for, to tell which came first
  bool healing_ = false, heal_again_ = false;
};

}  // namespace hotline::ccivr
