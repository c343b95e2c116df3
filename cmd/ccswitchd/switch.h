// SPDX-License-Identifier: GPL-2.0-or-later
// ccswitchd's signalling plane put together: far ends and the media plane below, the table of calls in the middle,
// commands and events above. Decides nothing but what ccwire(7) says must happen by itself. One thread, the loop's.
//
//     switch.cc        what far ends and the media plane tell
//     actions.cc       release, bridge, record: what commands and time both do
//     arrivals.cc      where a call that comes in goes
//     reach.cc         a leg that goes out: ways, failover, forwards
//     upkeep.cc        what happens by itself as time goes by: time-outs, lost controllers, fallback, drain
//     sip_lines.cc     what becomes of phones and SIP trunks as such: registrations, gates
//     transfer.cc      calls that are handed on, or taken over
//     succession.cc    taking over from a ccswitchd that yields, and yielding to the next
//     faxes.cc         faxes, each in a process of its own
//     file_plays.cc    plays that wait for their files
//     commands.cc      the table of verbs; commands_*.cc, snapshot.cc: a function a verb
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include "base/seldom.h"
#include "calls.h"
#include "config.h"
#include "controllers.h"
#include "endpoints.h"
#include "fields.h"
#include "keeper.h"
#include "lamps.h"
#include "mailboxes.h"
#include "media/media.h"
#include "overload.h"
#include "reach.h"
#include "recovery.h"
#include "relay.h"
#include "route_program.h"
#include "service/service.h"
#include "yielded.h"

namespace hotline::ccswitchd {

class Direct;
class Faxes;
class FilePlays;
class Transfers;
struct FileItem;
struct PlayWish;

/// A call that has come in and has no destination yet.
struct Arrival {
  Far far;
  std::string from, to, line;
  media::PortId port = 0;
};

class Switch : private FarEvents {
 public:
  Switch(service::Service& service, Config config, Sounds sounds);
  ~Switch() override;

  /// Starts the media plane, the spans and SIP. `unavailable` with the remedy when a port is taken.
  Result<void> start();
  /// What drives the loop: SIP's, when there is SIP.
  void run();

  /// A command of ccwire(7) about what this process has.
  wire::Reply command(const std::string& verb, const Json& body);
  /// Those too that answer later.
  std::optional<wire::Reply> command(const std::string& verb, const Json& body, Relay::Later later);
  /// The same as the instance's one ccswitchd: what another process still has is asked there; then nullopt now and the
  /// reply later.
  std::optional<wire::Reply> obey(const std::string& verb, const Json& body, Relay::Later later);
  /// Before start(): that one still has calls, `theirs` in the journal, and `held` of what is ours otherwise.
  void take_over(std::unique_ptr<Relay> held, Remains theirs);
  /// What lets the supervisor start the next ccswitchd although this process goes on.
  void on_leave_supervisor(std::function<void()> leave) { leave_supervisor_ = std::move(leave); }
  /// The one before has ended: all open calls began with us.
  void on_alone(std::function<void()> alone) { on_alone_ = std::move(alone); }
  /// Swaps in a configuration that has been checked; says what changed and what needs a restart.
  std::string reload(Config config, Sounds sounds);
  void drain();
  /// A lamp that is no phone's, as "night": phones may subscribe to it from now on.
  void set_lamp(const std::string& name, bool on);
  /// Before files of state are read again: what was commanded is in them.
  void settle() { keeper_->settle(); }

 private:
  friend class Direct;
  friend class Faxes;
  friend class FilePlays;
  friend class RingGroups;
  friend class Transfers;

  // switch.cc
  void on_offered(Far far, const std::string& from, const std::string& to, const std::string& line,
                  media::PortId port) override;
  void on_ringing(Far far) override;
  void on_answered(Far far) override;
  void on_early(Far far) override;
  void on_held(Far far, bool held) override;
  int on_refer(Far far, const std::string& to, std::optional<Far> with) override;
  bool on_replacing(Far far, const std::string& phone, Far replaced, media::PortId port) override;
  bool on_moved(Far far, const std::vector<std::string>& numbers) override;
  void on_released(Far far, int cause, bool by_remote) override;
  std::optional<sip::T38> on_t38_offered(Far far, const sip::T38& theirs) override;
  void on_t38(Far far, const std::optional<sip::T38>& theirs) override;
  void on_info_digit(Far far, char digit, int duration_ms) override;
  void on_span(const std::string& span, bool up, const std::string& reason) override;
  // spans.cc
  void on_channel(Far far, const std::string& endpoint, media::PortId port) override;
  void on_connected(Far far, const std::string& number) override;
  void on_charged(Far far, const Json& charge) override;
  bool on_tone(Far far) override;
  void on_line_event(const std::string& event, Json fields) override;
  void note_setup(Call& call, Far far);
  std::string reload_spans(const Config& config);
  // switch.cc
  void on_registered(const std::string& phone, const std::string& contact, int expires_s) override;
  void on_unregistered(const std::string& phone, const std::string& reason) override;
  void on_silent(const std::string& phone) override;
  void on_reachable(const std::string& phone, int rtt_ms) override;
  void on_trunk(const std::string& trunk, bool up, const std::string& reason) override;
  void tell_waiting(const Leg& leg);
  void on_report(const media::Report& report);
  void told(const media::PlayDone& done);
  void told(const media::AnnounceDone& done);
  void told(const media::Digit& digit);
  void tell_key(Leg& leg, char key, int duration_ms, const char* by);
  void told(const media::FarEndGone& gone);
  void told(const media::RecordDone& done);
  void emit(wire::Event event);
  void say(const std::string& name, Json fields);

  // actions.cc
  Side& side(const Leg& leg);
  void release(Leg& leg, int cause, By by);
  void watch_far_end(const Leg& leg);
  void release_all(Call& call, int cause, By by);
  void end_bridge(Bridge& bridge, const std::string& reason);
  void leave_bridge(Leg& leg, const std::string& reason);  ///< a bridge with one leg left ends
  void start_recording(Bridge& bridge);
  void stop_recording(Bridge& bridge);
  void refresh_base(Leg& leg);
  void assign(Call& call);  ///< after its controller changed: music when it is lost
  std::string about(const Call& call, const std::vector<std::string>& legs, const std::string& bridge,
                    const std::string& segment) const;

  // arrivals.cc
  void arrive(Arrival arrival);
  void admit(const Arrival& arrival, route::Destination where, int refusal = 0, By by = By::the_switch);
  int blocked(const Arrival& arrival) const;
  route::Question question(const Arrival& arrival) const;
  Destination whereto(const std::string& line, const std::string& to) const;
  void program_says(Far far, const std::optional<ProgramAnswer>& answer);
  std::optional<route::Destination> by_program(const ProgramAnswer& answer, const route::Question& asked);
  bool can_dial(const std::string& to) const;
  bool gave_up_asking(Far far, int cause);
  bool pick_up(const Arrival& arrival, const std::string& of);
  Leg* ringing_for(const std::string& phone, const std::string& of);
  bool obey_code(const std::string& phone, const std::string& code, const std::string& argument);
  void start_program();

  // reach.cc
  std::variant<Dialled, NotReached> try_reach(Reach& reach);
  std::optional<NotReached> aim(Reach& reach, const std::string& to);
  std::optional<NotReached> forward(Reach& reach, const route::Hop& hop);
  Result<Dialled> dial_by(const Reach& reach, const route::Via* via);
  bool reach_on(Leg& leg, int& cause, bool gone);
  void move_leg(Leg& leg, const Dialled& dialled);
  void tell_hops(const Leg& leg, Reach& reach);
  Instant deadline_of(const Reach& reach) const;
  bool is_registered(const std::string& phone) const;

  // upkeep.cc
  void upkeep();
  void end_timeouts();
  void end_idle();
  void lose(const std::string& controller);
  bool has_to_do(const std::string& controller) const;  ///< it has calls, or is to get some
  void find_again(const std::string& controller);
  void fall_back();
  void watch_media();
  void watch_load();
  void finish_drain();
  std::string renew_certificate();

  // succession.cc
  wire::Reply yield(Fields& fields);
  void let_go();
  Json estate() const;
  void hand_over_empty_spans();
  void finish_yielded();
  void phone_told(const Json& message);
  void tell_phone(const std::string& phone);
  void open_span(const std::string& name);
  void expect_phones();
  void adopt_phones();
  void relay_gone(bool done);
  void joined(const std::string& verb, const Json& body, Relay::Later later);
  /// The cause with which a new call is refused now, or 0. `weighed`: a phone's call has been let in already.
  int refusal(bool weighed = false);
  size_t calls_up() const;
  bool full() const;
  void tell_calls();

  // commands.cc
  using Command = wire::Reply (Switch::*)(Fields&);
  static const std::map<std::string, Command>& verbs();
  Call* needed_call(Fields& fields);
  Leg* needed_leg(Fields& fields);
  Leg* leg_in(Fields& fields, const std::string& id);
  /// The items of a play or an announcement, all looked up; refused when one is missing or malformed. Files, which are for
  /// who gives a list of them, have no sound yet.
  std::vector<media::PlayItem> items(Fields& fields, const char* key, const Call& call,
                                     std::vector<FileItem>* files = nullptr);

  // commands_leg.cc
  wire::Reply alert(Fields& fields);
  wire::Reply answer(Fields& fields);
  wire::Reply hangup(Fields& fields);
  wire::Reply play(Fields& fields);
  std::optional<wire::Reply> play_later(const Json& body, Relay::Later later);
  std::optional<PlayWish> wish_to_play(Fields& fields);
  std::optional<wire::Reply> cannot_hear(const Leg& leg);
  wire::Reply begin_play(PlayWish wish);
  wire::Reply stop(Fields& fields);
  wire::Reply digits(Fields& fields);
  wire::Reply secret(Fields& fields);
  wire::Reply keys(Fields& fields);

  // commands_call.cc
  wire::Reply dial(Fields& fields);
  wire::Reply dial_out(Fields& fields, Call& call, const std::string& to);
  wire::Reply tag(Fields& fields);
  wire::Reply handover(Fields& fields);

  // commands_fax.cc
  std::optional<wire::Reply> fax(const std::string& verb, const Json& body, Relay::Later later);
  wire::Reply fax_stop(Fields& fields);
  wire::Reply fax_detect(Fields& fields);
  bool may_fax(Fields& fields, const Leg& leg);

  // commands_mix.cc
  wire::Reply bridge(Fields& fields);
  wire::Reply join(Fields& fields);
  wire::Reply leave(Fields& fields);
  wire::Reply unbridge(Fields& fields);
  wire::Reply record(Fields& fields);
  std::vector<Leg*> legs_to_bridge(Fields& fields);
  Bridge* needed_bridge(Fields& fields);
  bool must_be_up(Fields& fields, const Leg& leg) const;

  // commands_spy.cc
  wire::Reply spy(Fields& fields);
  wire::Reply unspy(Fields& fields);
  wire::Reply listen(Fields& fields);
  bool may_hear(Fields& fields, const Leg& target);
  void end_spy(Leg& leg, const std::string& reason);  ///< what it does as a spy
  void end_ears(Leg& leg);                            ///< of a leg that goes: its own, and those at it
  void told(const media::TapDone& done);
  /// Ears at a leg that is about to be another one of the same port: taken off its name, and put on the new one.
  struct Ears {
    std::vector<std::pair<std::string, Spy>> spies;  ///< by leg
    std::vector<std::pair<uint32_t, Spy>> listeners;
  };
  Ears lift_ears(Leg& leg);
  void put_ears(const Ears& ears, const Leg& leg);

  // commands_sound.cc
  wire::Reply hear(Fields& fields);
  wire::Reply beep(Fields& fields);
  wire::Reply gain(Fields& fields);
  wire::Reply record_leg(Fields& fields);
  media::SoundPtr music_of(const Leg& leg) const;
  // commands_span.cc
  wire::Reply list_channels(Fields& fields);
  wire::Reply restart_channel(Fields& fields);

  // commands_transfer.cc
  wire::Reply hold(Fields& fields);
  wire::Reply resume(Fields& fields);
  wire::Reply transfer(Fields& fields);
  void set_held(Leg& leg, bool by_phone, bool on);
  void join_early(Leg& waiting, Leg& ringing);

  // commands_route.cc
  wire::Reply route(Fields& fields);
  wire::Reply night(Fields& fields);
  wire::Reply blacklist(Fields& fields);
  wire::Reply blacklist_add(Fields& fields);
  wire::Reply blacklist_remove(Fields& fields);
  wire::Reply forward_phone(Fields& fields);
  bool tend_night(const std::string& by);  ///< true when it changed
  void set_night(route::NightMode mode, const std::string& by);
  void prune_blacklist();
  void blacklist_changed(const route::Blocked& one, const char* action);
  void set_forward(const std::string& phone, const route::Forward& forward, const std::string& by);
  void tell_forward(const std::string& phone, const std::string& by);
  Result<std::string> forward_target(const std::string& phone, const std::string& text) const;
  Json forward_json(const std::string& phone) const;
  Json night_json() const;
  std::string state_file(const std::string& name) const { return config_.var_dir + "/" + name; }
  void read_state();
  std::string adopt_plan(const Config& was);

  // snapshot.cc
  wire::Reply snapshot(Fields& fields);
  wire::Reply list_calls(Fields& fields);
  wire::Reply list_spans(Fields& fields);
  wire::Reply list_phones(Fields& fields);
  wire::Reply list_ports(Fields& fields);
  wire::Reply list_trunks(Fields& fields);
  wire::Reply mwi(Fields& fields);
  wire::Reply hello(Fields& fields);
  Json call_json(const Call& call) const;
  Json leg_json(const Call& call, const Leg& leg) const;
  Json quality_json(uint32_t port) const;  // null where there is no RTP
  void add_calls(Fields& fields, Json& body) const;  ///< "calls" after the one of field `after`, and "more"
  Json spans_json() const;
  Json phones_json() const;
  Json trunks_json() const;
  void configure_sip();  ///< gives the stack the phones and trunks of the configuration

  service::Service& service_;
  Config config_;
  Sounds sounds_;
  std::string spool_dir_;
  Calls calls_;
  Controllers controllers_{[this](const std::string& name) { return has_to_do(name); }};
  Lamps lamps_;
  Mailboxes mailboxes_;
  std::unique_ptr<Keeper> keeper_;
  std::unique_ptr<RouteProgram> program_;
  std::map<Far, Arrival> asking_;          ///< calls that the program is asked about
  std::map<std::string, Reach> reaches_;   ///< by leg, until it is answered or gone
  route::Blacklist blacklist_;
  route::Forwards forwards_;
  route::NightMode night_mode_ = route::NightMode::automatic;
  bool night_ = false, night_commanded_ = false;
  bool program_alarm_ = false;
  std::unique_ptr<Direct> direct_;
  std::unique_ptr<Transfers> transfers_;
  std::unique_ptr<Faxes> faxes_;
  std::unique_ptr<FilePlays> file_plays_;
  std::unique_ptr<media::Engine> engine_;
  std::unique_ptr<SpanSide> spans_;
  std::unique_ptr<PhoneSide> phones_;
  Loop::Handle upkeep_;
  std::optional<Instant> drain_until_;
  bool draining_ = false, drain_done_ = false;
  media::Engine::Trouble trouble_, trouble_before_;
  Seldom media_trouble_, calls_full_, answer_useless_;
  Overload overload_;
  ThreadMeter signalling_;
  microseconds media_cpu_{};
  Instant load_at_{};
  std::unique_ptr<Relay> relay_;      ///< we are the face of one that has yielded
  Remains theirs_;                    ///< its calls, as the journal knows them
  std::unique_ptr<Yielded> yielded_;  ///< we have yielded
  size_t face_calls_ = 0;             ///< then: calls of the one that took over
  size_t told_calls_ = 0;             ///< and the number of ours that we told the one before
  bool let_go_ = false;
  uint16_t yielded_sip_port_ = 0;
  std::map<std::string, std::string> phones_before_;  ///< contacts that followers know already
  std::map<std::string, Loop::Handle> spans_again_;
  std::function<void()> on_alone_;
  Instant takes_calls_until_{}, ends_at_{};  ///< when yielded
  std::optional<Instant> told_all_by_;
  std::function<void()> leave_supervisor_;
};

/// The events that stand for the switch itself.
wire::Event own_event(const std::string& name, Json fields);

}  // namespace hotline::ccswitchd
