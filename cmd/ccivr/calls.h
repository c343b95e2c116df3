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
#include "works.h"

namespace hotline::ccivr {

/// The string members of an object.
flow::Tags tags_of(const wire::Json& object);

class Calls {
 public:
  /// `self` is the controller's name, `queues` the one that queue nodes hand over to.
  Calls(std::string self, Doors doors) : self_(std::move(self)), doors_(std::move(doors)) {}

  /// For calls that come from now on; those under way keep their flow. `older` brings a version that is not in use any
  /// more, for a call that began with it before we were killed; null when nobody has it.
  using Older = std::function<std::shared_ptr<const flow::Flow>(const std::string& name, const std::string& version)>;
  void use(Flows flows, std::string queues, std::string language = "zh-CN", Older older = {});

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
    std::string lender;         ///< the controller that wants it back, "" when nobody does
    int64_t born = 0;           ///< the switch's number when we first heard of it
    uint64_t handed_over = 0;   ///< our command that gave it away, counted as asked_
    int64_t play = 0;           ///< the number of what is played now, 0 while the switch has not told it
    uint64_t plays_asked = 0;
    bool playing = false;
    std::vector<int64_t> done_early;  ///< play.done that came before the reply which told the number
    Loop::Handle timer;
    std::shared_ptr<Work> work;                   ///< what the node has others do
    uint64_t works = 0;                           ///< begun so far: a result of an older one is of no account
    std::set<std::string> kept;                   ///< recordings that nobody has left in a mailbox yet
    std::vector<std::shared_ptr<void>> speaking;  ///< texts that are being spoken for the next play
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
  bool resume_transfer(Call& call, const wire::Json& one);
  Call& make(const std::string& id, const std::string& leg, const flow::Tags& tags, int64_t number);
  void begin_anew(const wire::Event& event, const Call& old);
  void change_hands(Call& call, bool ours, const std::string& result);

  void bring(Call& call, const flow::Event& event);
  void act(Call& call, const flow::Action& action);
  void begin_work(Call& call, const flow::Action& action);
  Order order_of(const Call& call, const flow::Action& action) const;
  Work::Done done_of(const Call& call);
  void ask_queues(Call& call, const flow::Action& action);
  void give_back(Call& call, const flow::Action& action);
  void deposit(Call& call, const flow::Action& action);
  void play(Call& call, const flow::Action& action);
  void speak(Call& call, const flow::Action& action);
  void send_play(Call& call, const flow::Action& action);
  void secret_keys(Call& call);
  void let_go(Call& call);
  void played(const std::string& id, uint64_t asked, const Result<wire::Reply>& reply);
  void hand_over(Call& call, const flow::Action& action);
  void report(const Call& call, const char* name, wire::Json fields);
  /// A command whose refusal means that we and the switch see this call differently.
  void command(const std::string& verb, const wire::Json& body);
  void refused(const std::string& verb, const Result<wire::Reply>& reply);

  Call* find(const std::string& id);

  std::string self_, queues_, language_ = "zh-CN";
  Older older_;
  std::map<std::string, flow::QueueFigures> figures_;  ///< for the step that is being taken, else empty
  Doors doors_;
  Flows flows_;
  std::map<std::string, Call> calls_;
  int64_t seen_ = 0, greeted_ = 0;
  std::vector<Part> parts_;
  uint64_t asked_ = 0;  ///< handovers and snapshots asked for, to tell which came first
  bool healing_ = false, heal_again_ = false;
};

}  // namespace hotline::ccivr
