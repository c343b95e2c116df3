// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "acd/acd.h"
#include "acd/input.h"
#include "config.h"
#include "counters.h"
#include "past.h"
#include "recording.h"
#include "service/service.h"
#include "speech/speech.h"
#include "sync.h"
#include "view.h"

namespace hotline::ccqueue {

/// Us, as a call's controller.
inline constexpr std::string_view kName = "ccqueue";

/// The ends of a visit after which the caller goes back to his menu.
bool given_back(acd::ExitReason reason);

/// The daemon: turns what the switch tells into events of acd::Core, and its decisions into commands and events.
/// Its state is the core's; what the core must know after our death is in our journal and on the calls as tags.
class Mind {
 public:
  Mind(service::Service& service, Settings settings);
  /// Takes up where the journal ends, then calls the switch.
  Result<void> start();
  wire::Reply obey(const std::string& verb, const wire::Json& body);
  std::string reconfigure(Settings settings);

 private:
  using Json = wire::Json;

  // mind.cc: what the switch tells
  void on_event(const wire::Event& event);
  void on_call(const wire::Event& event);
  void on_leg(const wire::Event& event, const std::optional<Leg>& was);
  void on_lost();
  void arrive(const std::string& call, Utc entered, acd::Actions& out);
  void leg_dialed(const Leg& leg);
  void leg_answered(const Leg& leg, acd::Actions& out);
  void leg_released(const Leg& leg, const wire::Event& event, acd::Actions& out);
  void forget(const std::string& call);
  void tick();
  void arm();
  Utc moment(Utc time);
  /// All that enters the core enters here and is written down, so that it can be fed again: `replay`, `why`. False
  /// when the core refuses; refusal_ says why.
  bool feed(acd::Input input, acd::Actions& out);
  void feed_phone(const std::string& phone, Utc now, acd::Actions& out);
  void write_down();
  void checkpoint(Utc now);

  // adopt.cc: after a restart, a gap, or the switch's restart
  void restore(const Past& past);
  void restore_visit(const std::string& call, const PastVisit& visit, Utc now);
  void on_snapshot(const Json& snapshot, const std::vector<wire::Event>& since);
  void drop_vanished(acd::Actions& out);
  void adopt_call(const Call& call, acd::Actions& out);
  bool ended_before(const Call& call);
  void adopt_agent_leg(const Call& call, const Leg& leg, acd::Actions& out);
  void check_talk(const Call& call, acd::Actions& out);
  const Meanwhile& meanwhile();

  // perform.cc: what the core decided
  void perform(const acd::Actions& actions);
  void command(const acd::Action& action);
  void tell(const acd::Action& action);
  void dial(const acd::Offer& offer);
  void cancel(const std::string& call, const std::string& offer);
  void settle(const acd::Entered& entered);
  void hand_back(const std::string& call, acd::ExitReason reason, const std::string& detail);
  void hear_music(const Call& call, const std::string& queue);
  void tell_offered(const std::string& call, const std::string& queue, const std::string& agent,
                    const std::string& offer, const std::string& leg);
  void emit(const std::string& name, const std::string& call, Json fields);
  void order(const std::string& verb, Json body);

  // waiting.cc: what a caller brings along, hears and may do while he waits
  acd::Arrival arrival_of(const Call& call, Utc entered);
  void announce(const acd::Tell& tell);
  void key_pressed(const wire::Event& event, acd::Actions& out);
  void farewell(const std::string& call);
  speech::Language language(const Call& call) const;

  // calling_back.cc: those who hung up and wait on
  wire::Reply promise(const Json& body);
  bool promise(const std::string& call, acd::Actions& out);
  void call_customer(const std::string& visit);
  void not_reached(const std::string& visit, const std::string& why, acd::Actions& out);
  void adopt_called(const Call& call, acd::Actions& out);
  void drop_uncalled(acd::Actions& out);
  std::string visit_of(const std::string& call) const;
  const Call* call_of(const std::string& visit) const;

  // watchdog.cc
  void watch();

  // joining.cc: from the agent's answer to the bridge
  void join(const std::string& call);
  void bridge(const std::string& call, bool record);
  void join_failed(const std::string& call, const std::string& why);
  void notice_over(const std::string& call, const std::string& reason);

  // replies.cc: what others ask
  wire::Reply no_agent(const std::string& agent) const;
  wire::Reply no_queue(const std::string& queue) const;
  wire::Reply agent_command(const std::string& verb, const Json& body);
  wire::Reply agent_order(const std::string& verb, const Json& body);
  wire::Reply caller_order(const std::string& verb, const Json& body);
  wire::Reply resync();
  wire::Reply snapshot() const;
  Json queues_json(const std::string& only) const;
  Json agents_json(const std::string& queue) const;
  Json entries_json() const;

  service::Service& service_;
  Settings settings_;
  Utc now_;
  acd::Core core_;
  std::vector<acd::Input> inputs_;            ///< fed and not yet written down
  std::optional<std::chrono::sys_days> day_;  ///< UTC, of the file that can be read from its start or checkpoint on
  std::string refusal_;
  View view_;
  Counters counters_;
  std::unique_ptr<Sync> sync_;
  Past past_;                              ///< kept until the first snapshot
  std::optional<Meanwhile> meanwhile_;     ///< read when first needed
  std::map<std::string, int64_t> offers_;  ///< the last one's number: no name is used twice
  std::set<std::string> dialing_;          ///< offers whose dial has no reply yet
  std::set<std::string> told_;             ///< open offers that queue.offered has told
  struct Joining {
    int64_t play = 0;  ///< the notice; 0 until its number is known
    bool bridging = false;
  };
  std::map<std::string, CallBack> call_backs_;   ///< by visit
  std::map<std::string, std::string> visit_of_;  ///< of calls that call somebody back
  std::map<std::string, int64_t> farewells_;     ///< plays after which the caller is released, by call
  std::set<std::string> mute_;                   ///< queues whose announcements lack a prompt: said once
  std::vector<std::string> overlooked_;          ///< seen by the last watch
  Loop::Handle watch_;
  std::map<std::string, Joining> joining_;  ///< calls between answer and bridge
  Loop::Handle timer_;
  std::optional<Utc> armed_;
};

}  // namespace hotline::ccqueue
