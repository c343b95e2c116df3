// SPDX-License-Identifier: GPL-2.0-or-later
// Room acd: who gets the call. Knows queues, callers waiting in them, agents and offers, and decides: the most urgent
// and then the longest waiting caller, over all queues, goes to the fit agent whom his queue's strategy names. Refuses
// to know clocks, sockets, files, phones and audio: events come in with the moment they are judged at, decisions go out
// as actions, and the same events give the same actions byte for byte. Live, in tests, in replay and in simulation it
// is this code.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "acd/action.h"
#include "acd/estimate.h"
#include "acd/line.h"
#include "acd/rules.h"
#include "acd/saved.h"
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
  Utc idle_since{};                  ///< his place among the ready; an offer that ended without his fault keeps it
  int misses = 0;                    ///< in a row
  int64_t calls = 0;                 ///< answered since he logged in
  bool reachable = false;            ///< his phone is registered
  bool dnd = false;                  ///< his phone does not want to be disturbed
  bool leaving = false;              ///< no longer in the configuration; goes when his call is over
  std::optional<Utc> wrap_up_limit;  ///< how far wrap-up may be extended

 private:
  friend class Core;
  std::vector<Line*> lines_;                  // those he is fit for
  std::map<std::string, int64_t> last_rung_;  // by queue with round robin, in the order of offers
};

/// A telephone that rings for a caller.
struct OpenOffer {
  std::string agent, offer;
  Utc at{};
};

/// A caller between queue.entered and the end of the talk.
struct Entry {
  std::string call, queue;
  EntryState state = EntryState::waiting;
  int priority = 0;
  Utc entered{};                ///< t0
  Utc seniority{};              ///< what his place counts from: t0, or that of the visit whose place he has
  int64_t offers = 0;           ///< made so far; numbers them
  std::string agent, offer;     ///< while offered (the first of `open`), connecting or talking
  std::vector<OpenOffer> open;  ///< while offered; more than one where all are rung
  Utc offered_at{}, answered_at{}, connected_at{};
  std::set<std::string> tried;                      ///< agents who missed it since all had been tried
  Skills needs;                                     ///< his own, besides the queue's
  std::string preferred;                            ///< the agent he waits for alone at first
  std::string resume_key;                           ///< by which he is known when he calls again
  size_t widened = 0;                               ///< steps of the queue's `widen` that are taken
  int hops = 0;                                     ///< queues that he overflowed from
  bool call_back = false;                           ///< nobody is on the line: he is called when it is his turn
  bool queued = false;                              ///< there was nobody for him when he came
  std::optional<Utc> parked_until;                  ///< not before then (a call-back that did not reach him)
  std::optional<milliseconds> expected, told_wait;  ///< when he came; when he was last told
  int64_t told_position = 0;
  bool rings(const std::string& offer) const;

 private:
  friend class Core;
  Line* line_ = nullptr;
  Place place_;
};

/// Somebody who comes into a queue.
struct Arrival {
  std::string call, queue;
  std::optional<int> priority;  ///< default: the queue's
  Utc entered{};                ///< t0: usually now, earlier for one who was waiting before a restart
  int64_t offers = 0;           ///< number of the last offer made to him before
  Skills needs{};               ///< besides the queue's
  std::string preferred{};      ///< an agent's id
  std::string resume_key{};     ///< what proves that he is the one who gave up before; "": no proof
  std::optional<Utc> seniority{};
  bool call_back = false;
};

/// The number in an offer's name, "<call>-o3"; 0 when it is no such name.
int64_t offer_number(const std::string& offer);

/// Why an agent was or was not rung for a caller.
struct Considered {
  std::string agent;
  bool chosen = false;
  std::string verdict;  ///< "rung: ready longest", "in a talk", "needs complaint 2, has 1", …
};
/// A decision with all that it rested on.
struct Decision {
  Utc at{};
  std::string call, queue, agent, offer;
  int64_t position = 0;  ///< in the queue
  milliseconds waited{0};
  std::vector<Considered> agents;
  std::vector<std::string> passed;  ///< callers ahead of him who were not for this agent, with the reason
};

/// The machine. Every event is a member function that takes `now`, which never runs backwards, and appends what follows
/// to `out`. Each costs O(log n) in callers and agents, and O(l) in the lines that an agent is fit for.
///
/// Keeps, after each event (outside of suspend()):
///   - an entry that came ends exactly once (Exit), and every Offer ends once: Missed, or Exit answered;
///   - an agent has one open offer or one talk at most;
///   - no ready agent and waiting caller are fit for each other (but for the reserve of an outbound queue);
///   - who waits is overtaken only by those whom priority_step allows to.
class Core {
 public:
  explicit Core(Rules rules, Utc now = Utc{});
  /// Goes on as the core did of which that was taken: the same events give the same actions from both. What is saved
  /// must be of one core; what is not (an offer to an agent whom it does not have) is a bug when it is found.
  explicit Core(const Saved& from);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// Takes over a new configuration: what is equal stays untouched. Callers of a queue that is gone leave as failed;
  /// agents who are gone end their talk first.
  void configure(Rules rules, Utc now, Actions& out);

  // ---- agents. A refusal is an Error `no` whose text says why; `unknown_agent` tells one kind from the other.
  bool known_agent(const std::string& agent) const { return agents_.count(agent) > 0; }
  Result<void> login(const std::string& agent, Utc now, Actions& out);
  /// After the talk when he is in one. `reason` is "logout" or begins with "forced".
  Result<void> logout(const std::string& agent, Utc now, Actions& out, const std::string& reason = "logout");
  /// Ends wrap-up or pause; takes back a wish to pause during a talk.
  Result<void> ready(const std::string& agent, Utc now, Actions& out);
  /// At once when ready or paused already; otherwise when the present call and its wrap-up are over.
  Result<void> pause(const std::string& agent, const std::string& reason, Utc now, Actions& out);
  /// Wrap-up ends that much later, but not beyond the queue's wrap_up_max.
  Result<void> extend_wrap_up(const std::string& agent, microseconds more, Utc now, Actions& out);
  /// A phone's registration came or went, or is as it was: may be repeated.
  void phone(const std::string& phone, bool registered, Utc now, Actions& out);
  /// A phone does not want to be disturbed, or does again: its agent is paused as "dnd", after a call that he has, and
  /// ready when it is over. Who is paused for another reason stays so. May be repeated.
  void dnd(const std::string& phone, bool on, Utc now, Actions& out);

  // ---- calls
  /// Error `no` for an unknown queue, a call that is here already or more needs than there can be; nothing was written
  /// then.
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
  /// He hangs up and keeps his place: his visit ends as call-back, and `as` waits in his stead. Error `no` when he does
  /// not wait.
  Result<void> call_back(const std::string& call, const std::string& as, Utc now, Actions& out);
  /// A call-back that did not reach him waits until then; the agent who was rung for it is free. Error `no` when `call`
  /// is no call-back, or talks.
  Result<void> postpone(const std::string& call, Utc until, Utc now, Actions& out);
  /// A supervisor's: into another queue with his place, and to another priority. Not during the talk.
  Result<void> move(const std::string& call, const std::string& queue, Utc now, Actions& out);
  Result<void> prioritize(const std::string& call, int priority, Utc now, Actions& out);

  /// Whatever is due: ring time-outs, ends of wrap-up and pauses, longest waits, widenings, what is to be told.
  void tick(Utc now, Actions& out);
  std::optional<Utc> next_due() const;

  // ---- after a restart. Between suspend() and resume() nothing is offered.
  void suspend() { suspended_ = true; }
  void resume(Utc now, Actions& out);
  bool suspended() const { return suspended_; }
  /// Sets a resting state (logged-out, ready, wrap-up, paused) as the journal has it.
  void restore_agent(const std::string& agent, AgentState state, const std::string& reason, Utc since,
                     std::optional<Utc> until, int64_t calls = 0);
  /// What the agent wished to be after his call.
  void restore_wish(const std::string& agent, std::optional<AgentState> next, const std::string& reason);
  /// An offer that rings already. False when its caller or agent is not free for it: release the leg.
  bool adopt_offer(const std::string& call, const std::string& agent, const std::string& offer, Utc at, Actions& out);
  /// A talk that goes on already, of a caller who waits as far as we know: he was answered at `at`. False when he does
  /// not, or the agent is unknown or taken.
  bool adopt_talk(const std::string& call, const std::string& agent, const std::string& offer, Utc at, Actions& out);

  // ---- what there is
  /// All of it. Linear in callers and agents.
  Saved saved() const;
  const std::map<std::string, Agent>& agents() const { return agents_; }
  const std::map<std::string, Entry>& entries() const { return entries_; }
  const Rules& rules() const { return rules_; }
  const Agent* agent(const std::string& id) const;
  const Entry* entry(const std::string& call) const;
  /// The entry for whom that offer is open; null when it is over.
  const Entry* entry_of_offer(const std::string& offer) const;
  const QueueRule* queue_rule(const std::string& queue) const;
  int64_t waiting(const std::string& queue) const;
  int64_t idle(const std::string& queue) const;
  int64_t staffed(const std::string& queue) const;  ///< agents who are there, whatever they do
  /// The wait of the longest-waiting of a queue; 0 when nobody waits.
  milliseconds longest_wait(const std::string& queue, Utc now) const;
  /// 1 is the next of his queue; 0 when he does not wait.
  int64_t position(const std::string& call) const;
  /// The wait of one who would come to the end of that queue now, or of that caller from now on.
  std::optional<milliseconds> expected_wait(const std::string& queue) const;
  std::optional<milliseconds> expected_wait_of(const std::string& call) const;
  /// The callers who would be rung for if nothing kept them back, each "call@agent": empty, or the core has a bug.
  std::vector<std::string> overlooked() const;

  // ---- why
  /// Each agent with the reason why he is or is not rung for that caller now; empty when the caller is not known.
  std::vector<Considered> consider(const std::string& call, Utc now) const;
  /// Called for each offer, before anything of it is done. Costs O(agents): for `why`, not for the live queue.
  using Observer = std::function<void(const Decision&)>;
  void observe(Observer observer) { observer_ = std::move(observer); }

 private:
  enum class Due { ring, wait, prefer, widen, park, tell, empty, agent };
  using DueKey = std::tuple<Utc, Due, std::string>;
  struct Queue {
    QueueRule rule;
    Places waiting;
    std::set<std::pair<Utc, std::string>> ages;  ///< by t0
    int64_t idle = 0, staffed = 0;
    int64_t rung = 0;  ///< offers so far, numbers them for round robin
    Estimator estimator;
  };
  struct Pair {
    Line* line = nullptr;
    Place place;
    std::string agent;
  };
  struct Gone {
    Utc seniority{}, until{};
    int priority = 0;
  };

  // agents.cc
  Result<Agent*> find_agent(const std::string& id);
  void step(Agent& agent, AgentEvent event, const std::string& reason, std::optional<Utc> until, Utc now, Actions& out);
  void changed(const Agent& agent, AgentState was, Actions& out) const;
  void become_free(Agent& agent, const std::string& reason, Utc now, Actions& out);
  void rest(Agent& agent, const std::string& reason, Utc now, Actions& out);
  void appear(Agent& agent, AgentEvent event, const std::string& reason, Utc now, Actions& out);
  void wrap_up(Agent& agent, const Queue* queue, Utc now, Actions& out);
  void wish(Agent& agent, std::optional<AgentState> next, const std::string& reason, Actions& out);
  void drop_agent_if_leaving(const std::string& id);

  // calls.cc
  Entry* open_offer(const std::string& offer);
  void ring(Entry& entry, Agent& agent, Utc now, Actions& out);
  void end_offer(Entry& entry, std::string offer, MissReason reason, Utc now, Actions& out);
  void end_offers(Entry& entry, MissReason reason, Utc now, Actions& out);
  void penalize(Agent& agent, MissReason reason, Utc now, Actions& out);
  void exit(Entry& entry, ExitReason reason, const std::string& detail, Utc now, Actions& out, std::string to = "");
  void finish_talk(Entry& entry, Utc now, Actions& out);
  void remember(const Entry& entry, const Queue& queue, Utc now);
  void tell(Entry& entry, Utc now, Actions& out);
  void admit(Entry entry, Utc now, Actions& out);
  std::string refusal(const Queue& queue, const Entry& entry) const;
  void recall(Entry& entry, const QueueRule& rule, Utc now);

  // lines.cc
  Queue* find_queue(const std::string& name);
  const Queue* find_queue(const std::string& name) const;
  Place place_of(const Entry& entry) const;
  static IdlePlace place_in(const Line& line, const Agent& agent);
  Line* line_for(const Queue& queue, int tier, const Skills& needs, const std::string& only);
  Line* line_of(const Entry& entry);
  void line_up(Entry& entry, Utc now);
  void take_out(Entry& entry, Utc now);
  void change_line(Entry& entry, Line* line);
  void widen(Entry& entry, Utc now);
  void enlist(Agent& agent);
  void strike_off(Agent& agent);
  void count(const Agent& agent, int sign);
  void presence_changed(const Agent& agent, Utc now);
  void recount(Utc now);
  void heat(Line& line);
  void make_room();
  void drop_private(Line* line);
  void arm(Due what, const std::string& who, std::optional<Utc> at);
  void due(Due what, const std::string& who, Utc now, Actions& out);

  // dispatch.cc
  std::optional<Pair> fresh_pair(Line& line) const;
  std::optional<Pair> best_pair();
  void offer(const Pair& pair, Utc now, Actions& out);
  void ring_with_the_others(Utc now, Actions& out);
  void empty_queue(const std::string& name, Utc now, Actions& out);
  void dispatch(Utc now, Actions& out);

  // saved.cc
  Saved::Queue saved(const Queue& queue) const;
  Saved::Agent saved(const Agent& agent) const;
  Saved::Entry saved(const Entry& entry) const;
  void restore(const Saved::Queue& from);
  void restore(const Saved::Agent& from);
  void restore(const Saved::Entry& from);

  // why.cc
  std::string verdict(const Agent& agent, const Entry& entry, const Queue& queue, Utc now) const;
  Decision explain(const Pair& pair, Utc now) const;

  // rules.cc
  void apply_queues(Utc now, Actions& out);
  void apply_agents(Utc now, Actions& out);

  Rules rules_;
  std::map<std::string, Queue> queues_;
  std::map<std::string, Agent> agents_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::unique_ptr<Line>> lines_;  // by what they are for
  std::vector<Line*> hot_;
  std::map<std::string, std::string> phone_agent_, offer_call_;
  std::set<std::string> ringing_all_;  // calls for whom all are rung
  std::map<std::string, Gone> gone_;
  std::deque<std::string> gone_order_;
  std::set<DueKey> due_;
  std::map<std::pair<Due, std::string>, Utc> due_at_;
  Observer observer_;
  bool suspended_ = false;
};

}  // namespace hotline::acd
