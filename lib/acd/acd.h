// SPDX-License-Identifier: GPL-2.0-or-later
// Room acd: who gets the call. Knows queues, callers waiting in them, agents and offers, and decides: the most urgent
// and then the longest waiting caller, over all queues, goes to the agent who has been ready longest. Refuses to know
// clocks, sockets, files, phones and audio: events come in with the moment they are judged at, decisions go out as
// actions, and the same events give the same actions byte for byte. Live, in tests and in simulation it is this code.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "acd/action.h"
#include "acd/rules.h"
#include "acd/states.h"
#include "base/result.h"
#include "base/time.h"

namespace hotline::acd {

/// An agent as he is now.
struct Agent {
  AgentRule rule;
  AgentState state = AgentState::logged_out;
  Utc since{};               ///< of this state
  std::optional<Utc> until;  ///< end of wrap-up, or of a pause that ends by itself
  std::string reason, call, offer;
  std::optional<AgentState> next;  ///< paused or logged-out, once the present call is over
  std::string next_reason;
  Utc idle_since{};        ///< his place among the ready; an offer that ended without his fault keeps it
  int misses = 0;          ///< in a row
  bool reachable = false;  ///< his phone is registered
  bool leaving = false;    ///< no longer in the configuration; goes when his call is over
};

/// A caller between queue.entered and the end of the talk.
struct Entry {
  std::string call, queue;
  EntryState state = EntryState::waiting;
  int priority = 0;
  Utc entered{};             ///< t0
  int64_t offers = 0;        ///< made so far; numbers them
  std::string agent, offer;  ///< while offered, connecting or talking
  Utc offered_at{}, answered_at{}, connected_at{};
  std::set<std::string> tried;  ///< agents who missed it since all had been tried
};

/// Somebody who comes into a queue.
struct Arrival {
  std::string call, queue;
  std::optional<int> priority;  ///< default: the queue's
  Utc entered{};                ///< t0: usually now, earlier for one who was waiting before a restart
  int64_t offers = 0;           ///< number of the last offer made to him before
};

/// The number in an offer's name, "<call>-o3"; 0 when it is no such name.
int64_t offer_number(const std::string& offer);

/// The machine. Every event is a member function that takes `now`, which never runs backwards, and appends what follows
/// to `out`. Each costs O(log n) in callers and agents, and O(q) in queues.
///
/// Keeps, after each event (outside of suspend()):
///   - an entry that came ends exactly once (Exit), and every Offer ends once: Missed, or Exit answered;
///   - an agent has one open offer or one talk at most;
///   - no ready agent and waiting caller share a queue.
class Core {
 public:
  explicit Core(Rules rules, Utc now = Utc{});

  /// Takes over a new configuration: what is equal stays untouched. Callers of a queue that is gone leave as failed;
  /// agents who are gone end their talk first.
  void configure(Rules rules, Utc now, Actions& out);

  // ---- agents. A refusal is an Error `no` whose text says why; `unknown_agent` tells one kind from the other.
  bool known_agent(const std::string& agent) const { return agents_.count(agent) > 0; }
  Result<void> login(const std::string& agent, Utc now, Actions& out);
  Result<void> logout(const std::string& agent, Utc now, Actions& out);
  /// Ends wrap-up or pause; takes back a wish to pause during a talk.
  Result<void> ready(const std::string& agent, Utc now, Actions& out);
  /// At once when ready or paused already; otherwise when the present call and its wrap-up are over.
  Result<void> pause(const std::string& agent, const std::string& reason, Utc now, Actions& out);
  /// A phone's registration came or went, or is as it was: may be repeated.
  void phone(const std::string& phone, bool registered, Utc now, Actions& out);

  // ---- calls
  /// Error `no` for an unknown queue or a call that is here already; nothing was written then.
  Result<void> enter(const Arrival& arrival, Utc now, Actions& out);
  /// The offered leg was answered. False when that offer is not open: release the leg.
  bool answered(const std::string& offer, Utc now, Actions& out);
  /// What Connect asked for is done, or cannot be done: then the caller waits again.
  void connected(const std::string& call, Utc now, Actions& out);
  void connect_failed(const std::string& call, Utc now, Actions& out);
  /// An open offer ended before the talk. Nothing happens when it is not open.
  void missed(const std::string& offer, MissReason reason, Utc now, Actions& out);
  /// The call is over: abandoned before the talk, served after it. Nothing happens when it is not known.
  void call_over(const std::string& call, Utc now, Actions& out);
  /// The caller is taken out of the queue for another reason; not during the talk.
  void leave(const std::string& call, ExitReason reason, Utc now, Actions& out);

  /// Whatever is due: ring time-outs, ends of wrap-up and pauses, longest waits.
  void tick(Utc now, Actions& out);
  std::optional<Utc> next_due() const;

  // ---- after a restart. Between suspend() and resume() nothing is offered.
  void suspend() { suspended_ = true; }
  void resume(Utc now, Actions& out);
  bool suspended() const { return suspended_; }
  /// Sets a resting state (logged-out, ready, wrap-up, paused) as the journal has it.
  void restore_agent(const std::string& agent, AgentState state, const std::string& reason, Utc since,
                     std::optional<Utc> until);
  /// What the agent wished to be after his call.
  void restore_wish(const std::string& agent, std::optional<AgentState> next, const std::string& reason);
  /// An offer that rings already. False when its caller or agent is not free for it: release the leg.
  bool adopt_offer(const std::string& call, const std::string& agent, const std::string& offer, Utc at, Actions& out);
  /// A talk that goes on already, of a caller who waits as far as we know: he was answered at `at`. False when he does
  /// not, or the agent is unknown or taken.
  bool adopt_talk(const std::string& call, const std::string& agent, const std::string& offer, Utc at, Actions& out);

  // ---- what there is
  const std::map<std::string, Agent>& agents() const { return agents_; }
  const std::map<std::string, Entry>& entries() const { return entries_; }
  const Rules& rules() const { return rules_; }
  const Agent* agent(const std::string& id) const;
  const Entry* entry(const std::string& call) const;
  const QueueRule* queue_rule(const std::string& queue) const;
  int64_t waiting(const std::string& queue) const;
  int64_t idle(const std::string& queue) const;
  /// The wait of the longest-waiting of a queue; 0 when nobody waits.
  milliseconds longest_wait(const std::string& queue, Utc now) const;

 private:
  using Place = std::tuple<int, Utc, std::string>;  // -priority, entered, call: the order of service
  using IdlePlace = std::pair<Utc, std::string>;
  enum class Due { ring, wait, agent };
  using DueKey = std::tuple<Utc, Due, std::string>;
  struct Queue {
    QueueRule rule;
    std::set<Place> waiting;
    std::set<IdlePlace> idle;
    int64_t by_priority[kPriorityMax + 1] = {};
  };
  struct Pair {
    Place place;
    std::string queue, agent;
  };

  // agents.cc
  Result<Agent*> find_agent(const std::string& id);
  void step(Agent& agent, AgentEvent event, const std::string& reason, std::optional<Utc> until, Utc now, Actions& out);
  void changed(const Agent& agent, AgentState was, Actions& out) const;
  void become_free(Agent& agent, const std::string& reason, Utc now, Actions& out);
  void rest(Agent& agent, const std::string& reason, Utc now, Actions& out);
  void wrap_up(Agent& agent, const Queue* queue, Utc now, Actions& out);
  void wish(Agent& agent, std::optional<AgentState> next, const std::string& reason, Actions& out);

  // calls.cc
  Entry* open_offer(const std::string& offer);
  void end_offer(Entry& entry, MissReason reason, Utc now, Actions& out);
  void penalize(Agent& agent, MissReason reason, Utc now, Actions& out);
  void exit(Entry& entry, ExitReason reason, Utc now, Actions& out);
  void finish_talk(Entry& entry, Utc now, Actions& out);
  void drop_agent_if_leaving(const std::string& id);

  // dispatch.cc
  Queue* find_queue(const std::string& name);
  void line_up(Entry& entry, Utc now);
  void take_out(Entry& entry);
  void enlist(const Agent& agent);
  void strike_off(const Agent& agent);
  void arm(Due what, const std::string& who, std::optional<Utc> at);
  std::optional<Pair> fresh_pair(const std::string& name, Queue& queue) const;
  std::optional<Pair> best_pair();
  void offer(const Pair& pair, Utc now, Actions& out);
  void dispatch(Utc now, Actions& out);

  // rules.cc
  void apply_queues(Utc now, Actions& out);
  void apply_agents(Utc now, Actions& out);

  Rules rules_;
  std::map<std::string, Queue> queues_;
  std::map<std::string, Agent> agents_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> phone_agent_, offer_call_;
  std::set<DueKey> due_;
  std::map<std::pair<Due, std::string>, Utc> due_at_;
  bool suspended_ = false;
};

}  // namespace hotline::acd
