// SPDX-License-Identifier: GPL-2.0-or-later
// ccswitchd's signalling plane put together: far ends and the media plane below, the table of calls in the middle,
// commands and events above. Decides nothing but what ccwire(7) says must happen by itself. One thread, the loop's.
//
//     switch.cc        what far ends and the media plane tell
//     actions.cc       release, bridge, record: what commands and time both do
//     upkeep.cc        what happens by itself as time goes by: time-outs, lost controllers, fallback, drain
//     commands.cc      the table of verbs; commands_leg.cc, commands_call.cc, snapshot.cc: a function a verb
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "calls.h"
#include "config.h"
#include "controllers.h"
#include "endpoints.h"
#include "fields.h"
#include "media/media.h"
#include "service/service.h"

namespace hotline::ccswitchd {

class Direct;

class Switch : private FarEvents {
 public:
  Switch(service::Service& service, Config config, Sounds sounds);
  ~Switch() override;

  /// Starts the media plane, the spans and SIP. `unavailable` with the remedy when a port is taken.
  Result<void> start();
  /// What drives the loop: SIP's, when there is SIP.
  void run();

  /// A command of ccwire(7).
  wire::Reply command(const std::string& verb, const Json& body);
  /// Swaps in a configuration that has been checked; says what changed and what needs a restart.
  std::string reload(Config config, Sounds sounds);
  void drain();

 private:
  friend class Direct;

  // switch.cc
  void on_offered(Far far, const std::string& from, const std::string& to, const std::string& line,
                  media::PortId port) override;
  void on_ringing(Far far) override;
  void on_answered(Far far) override;
  void on_released(Far far, int cause, bool by_remote) override;
  void on_info_digit(Far far, char digit, int duration_ms) override;
  void on_span(const std::string& span, bool up, const std::string& reason) override;
  void on_registered(const std::string& phone, const std::string& contact, int expires_s) override;
  void on_unregistered(const std::string& phone, const std::string& reason) override;
  void on_report(const media::Report& report);
  void told(const media::PlayDone& done);
  void told(const media::AnnounceDone& done);
  void told(const media::Digit& digit);
  void told(const media::RecordDone& done);
  Destination route(Far::Kind kind, const std::string& line, const std::string& to) const;
  void emit(wire::Event event);
  void say(const std::string& name, Json fields);

  // actions.cc
  Side& side(const Leg& leg);
  void release(Leg& leg, int cause, By by);
  void release_all(Call& call, int cause, By by);
  void end_bridge(Bridge& bridge, const std::string& reason);
  void start_recording(Bridge& bridge);
  void stop_recording(Bridge& bridge);
  void refresh_base(Leg& leg);
  void assign(Call& call);  ///< after its controller changed: music when it is lost
  std::string about(const Call& call, const Bridge& bridge, const std::string& segment) const;

  // upkeep.cc
  void upkeep();
  void end_timeouts();
  void end_idle();
  void lose(const std::string& controller);
  void find_again(const std::string& controller);
  void fall_back();
  void watch_media();
  void finish_drain();

  // commands.cc
  using Command = wire::Reply (Switch::*)(Fields&);
  static const std::map<std::string, Command>& verbs();
  Call* needed_call(Fields& fields);
  Leg* needed_leg(Fields& fields);
  Leg* leg_in(Fields& fields, const std::string& id);
  /// The items of a play or an announcement, all looked up; refused when one is missing or malformed.
  std::vector<media::PlayItem> items(Fields& fields, const char* key, const Call& call);

  // commands_leg.cc
  wire::Reply alert(Fields& fields);
  wire::Reply answer(Fields& fields);
  wire::Reply hangup(Fields& fields);
  wire::Reply play(Fields& fields);
  wire::Reply stop(Fields& fields);
  wire::Reply hear(Fields& fields);
  wire::Reply digits(Fields& fields);

  // commands_call.cc
  wire::Reply dial(Fields& fields);
  wire::Reply dial_out(Fields& fields, Call& call, const std::string& to);
  wire::Reply bridge(Fields& fields);
  wire::Reply unbridge(Fields& fields);
  wire::Reply record(Fields& fields);
  wire::Reply tag(Fields& fields);
  wire::Reply handover(Fields& fields);

  // snapshot.cc
  wire::Reply snapshot(Fields& fields);
  wire::Reply list_calls(Fields& fields);
  wire::Reply list_spans(Fields& fields);
  wire::Reply list_phones(Fields& fields);
  wire::Reply list_ports(Fields& fields);
  wire::Reply hello(Fields& fields);
  Json call_json(const Call& call) const;
  Json leg_json(const Call& call, const Leg& leg) const;
  Json quality_json(uint32_t port) const;  // null where there is no RTP
  void add_calls(Fields& fields, Json& body) const;  ///< "calls" after the one of field `after`, and "more"
  Json spans_json() const;
  Json phones_json() const;

  struct Registration {
    std::string contact;
    Utc expires{};
  };

  service::Service& service_;
  Config config_;
  Sounds sounds_;
  std::string spool_dir_;
  Calls calls_;
  Controllers controllers_;
  std::map<std::string, Registration> registrations_;
  std::unique_ptr<Direct> direct_;
  std::unique_ptr<media::Engine> engine_;
  std::unique_ptr<SpanSide> spans_;
  std::unique_ptr<PhoneSide> phones_;
  Loop::Handle upkeep_;
  std::optional<Instant> drain_until_;
  bool draining_ = false, drain_done_ = false;
  media::Engine::Trouble trouble_;
};

/// The events that stand for the switch itself.
wire::Event own_event(const std::string& name, Json fields);

}  // namespace hotline::ccswitchd
