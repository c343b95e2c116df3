// SPDX-License-Identifier: GPL-2.0-or-later
// What stands at the far end of a leg: a B channel, a SIP phone or a SIP trunk, behind one small interface, so that the rest of the
// switch does not ask which. Adapters over trunk and sip; they open and close the RTP ports of phones.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/seldom.h"
#include "calls.h"
#include "config.h"
#include "media/media.h"
#include "sip/sip.h"
#include "trunk/trunk.h"

namespace hotline::ccswitchd {

/// What happens at far ends; on the loop's thread.
class FarEvents {
 public:
  virtual ~FarEvents() = default;
  /// A call came in. `line` is "span:e1/17" or "phone:1001"; `port` hears and speaks from now on. 0: no audio can be
  /// had.
  virtual void on_offered(Far far, const std::string& from, const std::string& to, const std::string& line,
                          media::PortId port) = 0;
  virtual void on_ringing(Far far) = 0;
  virtual void on_answered(Far far) = 0;
  virtual void on_released(Far far, int cause, bool by_remote) = 0;
  virtual void on_early(Far far) = 0;             ///< it sends audio before it answers
  virtual void on_held(Far far, bool held) = 0;   ///< its user holds the call, or does no more
  /// Its user transfers it: to a number, or to the far end of another call of his. A SIP status, 202 when it begins.
  virtual int on_refer(Far far, const std::string& to, std::optional<Far> with) = 0;
  /// A call came in that is to take the place of `replaced`. False: it is refused.
  virtual bool on_replacing(Far far, const std::string& phone, Far replaced, media::PortId port) = 0;
  /// It is over, because its phone leads elsewhere; true when somebody followed. Else on_released() comes.
  virtual bool on_moved(Far far, const std::vector<std::string>& numbers) = 0;
  /// It wants to change over to T.38 for a fax: our side of it, or nothing.
  virtual std::optional<sip::T38> on_t38_offered(Far far, const sip::T38& theirs) = 0;
  virtual void on_t38(Far far, const std::optional<sip::T38>& theirs) = 0;  ///< what became of change_to_t38()
  virtual void on_info_digit(Far far, char digit, int duration_ms) = 0;
  virtual void on_span(const std::string& span, bool up, const std::string& reason) = 0;
  /// A leg that goes out runs over another channel than it began with.
  virtual void on_channel(Far far, const std::string& endpoint, media::PortId port) = 0;
  virtual void on_connected(Far far, const std::string& number) = 0;  ///< who answers; on_answered follows
  virtual void on_charged(Far far, const Json& charge) = 0;
  virtual bool on_tone(Far far) = 0;  ///< it was refused, and says why in band: true when somebody hears that
  virtual void on_line_event(const std::string& event, Json fields) = 0;  ///< of a span, not of a call
  virtual void on_registered(const std::string& phone, const std::string& contact, int expires_s) = 0;
  virtual void on_unregistered(const std::string& phone, const std::string& reason) = 0;
  virtual void on_silent(const std::string& phone) = 0;
  virtual void on_reachable(const std::string& phone, int rtt_ms) = 0;
  virtual void on_trunk(const std::string& trunk, bool up, const std::string& reason) = 0;
};

/// A leg that goes out.
struct Dialled {
  Far far;
  media::PortId port = 0;
  std::string endpoint;
};

struct Dial {
  std::string to;                 ///< a phone's id or a number, without "phone:" or "pstn:"
  std::string trunk;              ///< over that SIP trunk
  std::string where;              ///< a span or a group of spans; "": any
  isdn::Redirecting redirecting;  ///< who passed the call on, as the far end is told
  int diversions = 0;             ///< how often it was, where somebody did
  int max_forwards = 70;          ///< of SIP: less with each hop
  std::string from, display;      ///< who calls, as the far end sees it
  bool auto_answer = false;
};

/// One kind of far ends. `id` is Far::id.
class Side {
 public:
  virtual ~Side() = default;
  virtual Result<Dialled> dial(const Dial& dial) = 0;
  virtual void alert(uint32_t id) = 0;
  /// `connected`: the number that answers, where it is known and the far end can be told.
  virtual void answer(uint32_t id, const std::string& connected = "") = 0;
  virtual void hangup(uint32_t id, int cause) = 0;  ///< on_released follows, perhaps before this returns
  virtual bool early_media() const = 0;             ///< hears us before it is answered, without being asked to
  virtual bool early(uint32_t id) = 0;              ///< makes it hear us from now on; false when it cannot
  virtual void transfer_progress(uint32_t, int /*status*/) {}  ///< of on_refer(); 200 and above end it
  /// Sends keys by its own signalling; false when they are to be sent in the audio.
  virtual bool send_keys(uint32_t /*id*/, const std::string& /*keys*/) { return false; }
  /// Offers the far end to go on by T.38: on_t38() tells what it says. False where there is no such thing.
  virtual bool change_to_t38(uint32_t /*id*/, const sip::T38& /*ours*/) { return false; }
  /// Back to audio, unless the far end does it itself before `patience` is over.
  virtual void end_t38(uint32_t /*id*/, milliseconds /*patience*/) {}
};

class SpanSide : public Side, private trunk::Events {
 public:
  SpanSide(Loop& loop, media::Engine& engine, FarEvents& events)
      : events_(events), trunk_(trunk::Trunk::create(loop, engine, *this)) {}
  trunk::Trunk& trunk() { return *trunk_; }

  Result<Dialled> dial(const Dial& dial) override;
  void alert(uint32_t id) override { trunk_->alert(id); }
  void answer(uint32_t id, const std::string& connected) override { trunk_->answer(id, connected); }
  void hangup(uint32_t id, int cause) override { trunk_->hangup(id, cause); }
  bool early_media() const override { return true; }
  bool early(uint32_t id) override {
    trunk_->progress(id);
    return true;
  }

 private:
  static Far far(uint32_t id) { return {Far::Kind::span, id}; }
  void on_span(const std::string& span, bool up, const std::string& reason) override {
    events_.on_span(span, up, reason);
  }
  void on_incoming(trunk::LineId line, const std::string& from, const std::string& to, const std::string& endpoint,
                   media::PortId port) override {
    events_.on_offered(far(line), from, to, endpoint, port);
  }
  void on_ringing(trunk::LineId line) override { events_.on_ringing(far(line)); }
  void on_early(trunk::LineId line) override { events_.on_early(far(line)); }
  void on_answered(trunk::LineId line) override { events_.on_answered(far(line)); }
  void on_released(trunk::LineId line, int cause, bool by_remote) override {
    events_.on_released(far(line), cause, by_remote);
  }

  // spans.cc
  void on_span_gone(const std::string& span, const std::string& reason) override;
  void on_span_opened(const std::string& span) override;
  void on_span_lost(const std::string& span, const std::string& error) override;
  void on_alarm(const std::string& span, const std::string& alarm, bool on) override;
  void on_stuck(const std::string& span, int channel, const std::string& reason) override;
  void on_restarted(const std::string& span, int channel, bool acknowledged, const std::string& reason) override;
  void on_moved(trunk::LineId line) override;
  void on_connected(trunk::LineId line, const std::string& number) override;
  void on_charged(trunk::LineId line, const isdn::Charge& charge) override;
  bool on_tone(trunk::LineId line, int cause) override;

  FarEvents& events_;
  std::unique_ptr<trunk::Trunk> trunk_;
};

/// Phones and trunks: both are dialogs of the SIP stack.
class PhoneSide : public Side, private sip::Events {
 public:
  /// The stack is started by start(), which the events of phones need; before, every dial is `unavailable`.
  PhoneSide(Loop& loop, media::Engine& engine, FarEvents& events) : loop_(loop), engine_(engine), events_(events) {}
  Result<void> start(const sip::Config& config);
  sip::Stack* stack() { return stack_.get(); }

  Result<Dialled> dial(const Dial& dial) override;
  void alert(uint32_t id) override;
  void answer(uint32_t id, const std::string& connected) override;
  void hangup(uint32_t id, int cause) override;
  bool send_keys(uint32_t id, const std::string& keys) override { return stack_->send_keys(id, keys); }
  bool early_media() const override { return false; }
  bool early(uint32_t id) override;
  bool change_to_t38(uint32_t id, const sip::T38& ours) override;
  void end_t38(uint32_t id, milliseconds patience) override;
  void transfer_progress(uint32_t id, int status) override;

 private:
  struct Audio {
    media::PortId port = 0;
    std::string address;
    uint16_t local_port = 0;
    bool trunk = false;
    std::optional<sip::MediaAddress> offered{};  ///< where a phone that calls wants audio, once it is answered
    bool up = false, held = false;
    std::optional<sip::MediaAddress> remote{};  ///< where its audio goes
    bool t38 = false;                           ///< instead of audio, which is silent meanwhile
  };
  Far far(uint32_t id) const;
  Result<Audio> open_audio();
  void set_remote(sip::DialogId dialog, const sip::MediaAddress& remote);
  void tell_hold(sip::DialogId dialog, bool held);
  void silence(sip::DialogId dialog, bool on);

  void on_incoming(sip::DialogId dialog, const sip::Caller& caller, const std::string& to,
                   const sip::MediaAddress& remote) override;
  void on_ringing(sip::DialogId dialog) override { events_.on_ringing(far(dialog)); }
  void on_connected(sip::DialogId dialog, const std::string& number) override {
    events_.on_connected(far(dialog), number);
  }
  void on_answered(sip::DialogId dialog, const sip::MediaAddress& remote) override;
  void on_media(sip::DialogId dialog, const sip::MediaAddress& remote) override;
  int on_refer(sip::DialogId dialog, const sip::Refer& refer) override;
  bool on_replacing(sip::DialogId dialog, const std::string& phone, sip::DialogId replaced,
                    const sip::MediaAddress& remote) override;
  bool on_moved(sip::DialogId dialog, const std::vector<std::string>& numbers) override;
  std::optional<sip::T38> on_t38_offered(sip::DialogId dialog, const sip::T38& theirs) override;
  void on_t38(sip::DialogId dialog, const std::optional<sip::T38>& theirs) override;
  void on_released(sip::DialogId dialog, int cause, bool by_remote) override;
  void on_registered(const std::string& phone, const std::string& contact, int expires_s) override {
    events_.on_registered(phone, contact, expires_s);
  }
  void on_unregistered(const std::string& phone, const std::string& reason) override {
    events_.on_unregistered(phone, reason);
  }
  void on_trunk(const std::string& trunk, bool up, const std::string& reason) override {
    events_.on_trunk(trunk, up, reason);
  }
  void on_silent(const std::string& phone) override { events_.on_silent(phone); }
  void on_reachable(const std::string& phone, int rtt_ms) override { events_.on_reachable(phone, rtt_ms); }
  void on_info_digit(sip::DialogId dialog, char digit, int duration_ms) override {
    events_.on_info_digit(far(dialog), digit, duration_ms);
  }

  Loop& loop_;
  media::Engine& engine_;
  FarEvents& events_;
  Seldom no_audio_;
  std::map<sip::DialogId, Audio> audio_;
  std::map<sip::DialogId, Loop::Handle> backs_;  ///< T.38 that is to end
  std::unique_ptr<sip::Stack> stack_;
};

}  // namespace hotline::ccswitchd
