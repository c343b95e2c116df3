// SPDX-License-Identifier: GPL-2.0-or-later
// The stack behind sip.h. Sofia's nta does messages, transactions and transports; what makes them calls is here:
//
//   agent.cc       start, run, and where a request outside dialogs goes
//   register.cc    REGISTER, and what is kept of it for the next start
//   qualify.cc     OPTIONS to phones
//   requests.cc    our requests outside calls: one answer each
//   invite_in.cc   a phone calls: offered -> answered -> up
//   invite_out.cc  we call a phone: calling -> up
//   fork.cc        we call all contacts of a phone: one of them answers
//   trunk.cc       one SIP trunk: gates, registration, who it is; trunk_call.cc: our calls over it
//   dialog.cc      what both have: requests within a dialog, its end
//   reinvite.cc    offers within a dialog: theirs (hold, moved audio) and ours (T.38), and their glare
//   timers.cc      sessions that end unless they are refreshed
//   prack.cc       provisional responses that are acknowledged
//   refer.cc       a phone transfers its call
//   replaces.cc    a call that takes another one's place
//   succession.cc  two stacks that take turns on one address
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/loop.h"
#include "base/seldom.h"
#include "sip/admission.h"
#include "sip/connections.h"
#include "sip/guard.h"
#include "sip/port_relay.h"
#include "sip/registrar.h"
#include "sip/requests.h"
#include "sip/sdp.h"
#include "sip/sip.h"
#include "sip/sofia.h"
#include "sip/subscribe.h"
#include "sip/target.h"
#include "sip/trunk.h"

struct ssl_ctx_st;

namespace hotline::sip {

inline constexpr int kConnectionIdle_s = 180;
inline constexpr char kProduct[] = "Hotline";
inline constexpr char kAllow[] =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK, REGISTER, REFER, SUBSCRIBE";
inline constexpr char kSupported[] = "100rel, timer, replaces, norefersub";
inline constexpr char kSdpType[] = "application/sdp";

/// A call of ours that rings at several contacts: a dialog each, of which `call` is the one that the caller knows by its
/// id. It is always one of `branches`, which are those that still ring; who answers takes its id over.
struct Fork {
  DialogId call = 0;
  std::vector<DialogId> branches;
  bool rang = false;
  int cause = 0;  ///< the best that a branch has been refused with
};

/// A call of ours over a trunk while it is not answered: what it takes to try again elsewhere.
struct OverTrunk {
  std::vector<size_t> gates;  ///< the present one and those still to be tried
  bool authorized = false;    ///< our credentials have been sent to the present one
  Loop::Handle patience;      ///< for the first word of the present one
};

/// A dialog and its INVITE transaction.
///
///   calling   our INVITE is out           -> up (2xx), closing (hangup: CANCEL), gone (3xx-6xx)
///   offered   a phone's INVITE waits      -> answered (answer), gone (CANCEL, hangup)
///   answered  our 200 waits for its ACK   -> up (ACK), closing (hangup), gone (no ACK: BYE)
///   up        both agreed                 -> gone (BYE, a session that was not refreshed)
///   closing   over for those above; waits for what lets it end properly, at most kClosing
struct Dialog {
  enum class State { calling, offered, answered, up, closing };

  Dialog(Agent& owner, DialogId number) : agent(owner), id(number) {}
  ~Dialog();
  Dialog(const Dialog&) = delete;
  Dialog& operator=(const Dialog&) = delete;

  Agent& agent;
  DialogId id;  ///< changes hands within a fork, until it is answered
  State state = State::calling;
  bool ours = false;                 ///< we have called: the Call-ID is ours
  bool rang = false, early = false;  ///< early: a description went or came before the answer
  std::unique_ptr<Invite> asked;     ///< of our INVITE, until its answer
  std::unique_ptr<Caller> caller;    ///< of theirs, until our answer
  int invites = 0;                   ///< how often it went out
  std::shared_ptr<Fork> fork;        ///< of a call of ours to several contacts, until one has answered
  std::unique_ptr<OverTrunk> over;   ///< of a call of ours over a trunk, until its answer
  std::shared_ptr<char> seat;        ///< one of a trunk's calls
  TrunkConfig::Keys keys = TrunkConfig::Keys::rfc4733;
  std::string uri;  ///< what our INVITE asks for
  nta_leg_t* leg = nullptr;
  nta_outgoing_t* out = nullptr;  ///< our INVITE
  nta_incoming_t* in = nullptr;   ///< theirs, the first or a later one, until its ACK
  std::string phone;              ///< whose it is
  std::string call_id;
  std::string hop;      ///< where the packets go: never a name
  std::string contact;  ///< our Contact
  std::string connected{};  ///< the number that answers, for our 200
  Local local;
  Description remote;
  Loop::Handle deadline;

  /// Where offer and answer stand. Only one of them is under way at a time (RFC 3264 §4).
  enum class Offer {
    none,    ///< nothing agreed, or nothing open
    theirs,  ///< their first one waits for our answer
    ours,    ///< ours went out in a response: the answer comes with the ACK or the PRACK
  };
  Offer offer = Offer::none;
  bool agreed = false;  ///< once, reliably: what comes now is a change

  /// What the far end can do, as its last INVITE or response to one said.
  struct Able {
    bool update = false, timer = false, reliable = false;
  };
  Able able;

  /// RFC 4028.
  struct Session {
    int expires_s = 0;  ///< 0: none
    int min_s = 0;      ///< what they said was too short for them
    bool we_refresh = false;
    int failed = 0;  ///< refreshes in a row that were refused without a reason to end
    Loop::Handle due;
  };
  Session session;

  /// A request of ours within the dialog.
  enum class Again { none, refresh, fax, audio };
  Again again = Again::none;     ///< under way
  std::optional<T38> again_fax;  ///< what it offers
  Again next = Again::none;      ///< to be sent when the present one is over
  nta_outgoing_t* again_out = nullptr;
  Loop::Handle again_later;  ///< after a glare

  /// RFC 3262, as a server: what we have sent and they have not acknowledged.
  nta_reliable_t* reliable = nullptr;
  bool must_be_reliable = false;  ///< they demand it
  int waiting_status = 0;         ///< the next one, until that is acknowledged; 0 none
  bool waiting_described = false;
  bool answer_waits = false;  ///< the 200, until then
  uint32_t acknowledged = 0;  ///< as a client: the last RSeq of theirs

  /// RFC 3515: a transfer under way.
  struct Referring {
    bool on = false, silent = false;  ///< silent: they want no NOTIFY (RFC 4488)
    int count = 0;
    uint32_t id = 0;  ///< CSeq of the REFER
  };
  Referring referring;
};

/// A Replaces header taken apart (RFC 3891 §6.1), as it stands in an INVITE or, escaped, in a Refer-To.
struct ReplacesText {
  std::string call_id, to_tag, from_tag;
  bool early_only = false;
};
std::optional<ReplacesText> read_replaces(std::string_view text);

class Agent final : public Stack {
 public:
  Agent(Loop& loop, Config config, Events& events);
  ~Agent() override;
  Result<void> open();

  Result<void> renew_certificate() override;
  void set_phones(std::vector<Phone> phones) override;
  bool registered(const std::string& phone) const override { return registrar_.registered(phone); }
  bool silent(const std::string& phone) const override { return registrar_.silent(phone); }
  std::vector<Contact> contacts(const std::string& phone) const override;
  void on_admission(std::function<bool()> admit) override { admission_ = Admission(std::move(admit)); }
  Result<DialogId> invite(const Invite& invite) override;
  const Caller* caller(DialogId dialog) const override;
  void ring(DialogId dialog) override;
  void early(DialogId dialog, const std::string& local_address, uint16_t local_port) override;
  void answer(DialogId dialog, const std::string& local_address, uint16_t local_port,
              const std::string& connected = "") override;
  void refer_progress(DialogId dialog, int status) override;
  void reinvite_t38(DialogId dialog, const std::optional<T38>& local) override;
  void hangup(DialogId dialog, int cause) override;
  Result<uint16_t> yield() override;
  std::vector<std::string> call_ids() const override;
  Result<void> hand_on(uint16_t port, std::vector<std::string> call_ids) override;
  std::vector<Registration> registrations(const std::string& phone) const override;
  void adopt(const std::string& phone, const std::vector<Registration>& registrations) override;
  void run() override;

 private:
  // agent.cc
  static int on_message(Agent* agent, nta_agent_t*, msg_t* msg, sip_t* sip);
  void receive(msg_t* msg, const sip_t* sip);
  void reply(msg_t* msg, int status, const char* phrase);
  /// The phone that sent this; else it has been challenged or ignored, and `msg` is gone.
  const Phone* let_in(msg_t* msg, const sip_t* sip);
  void challenge(msg_t* msg, const std::string& address, bool stale);
  std::string contact_for(const std::string& hop, const std::string& user = "hotline") const;
  const std::string& domain() const { return config_.domain.empty() ? config_.address : config_.domain; }
  std::string own_uri() const { return "sip:hotline@" + domain(); }
  void sweep();

  // succession.cc
  bool is_of_the_other(const sip_t* sip) const;  ///< of the stack before us
  bool handed_on(msg_t* msg, const sip_t* sip);  ///< then `msg` is gone
  bool passed_over(msg_t* msg, const sip_t* sip);  ///< we have yielded: then `msg` is gone
  void close_idle_connections();

  // register.cc
  void on_register(msg_t* msg, const sip_t* sip);
  /// 0 when its contacts were taken, or the status that refuses all of them.
  int take_contacts(const Phone& phone, const sip_t* sip, const Source& source);
  void answer_register(nta_incoming_t* irq, const Phone& phone);
  void tell_contacts(const std::string& phone, const std::string& newest_before, const std::string& reason);
  void load_state();
  void save_state();

  // qualify.cc
  void qualify(Instant now);
  void settle_pulse(const std::string& phone);  ///< tells when the phone has become silent, or reachable again
  void on_pulse(const std::string& phone, uint64_t pulse, const Requests::Answer& answer);

  /// What we do of SRTP with that phone over that hop; nothing when it is required and may not be.
  std::optional<Srtp> srtp_with(const Phone& phone, const std::string& hop);

  // invite_in.cc
  void on_invite(msg_t* msg, const sip_t* sip);
  int admit(nta_incoming_t* irq, const sip_t* sip, const Caller& caller, const Phone* phone, const Trunk* trunk,
            const Source& source);
  int take_first_offer(Dialog& dialog, const sip_t* sip);
  int tell_incoming(DialogId dialog, const Caller& caller, const std::string& to, DialogId replaced);
  static int on_ack_or_cancel(Dialog* dialog, nta_incoming_t* irq, const sip_t* sip);
  void on_ack(Dialog& dialog, const sip_t* sip);
  void refuse_offered(Dialog& dialog, int cause);
  void no_agreement(Dialog& dialog, int status);

  // fork.cc
  void tell_ringing(Dialog& dialog);
  void win(Dialog& dialog);                        ///< it has answered: the id is its, the others are cancelled
  /// It was refused. True when others ring on: then the dialog is gone. Else `cause` is the best of all of them.
  bool lose(Dialog& dialog, int status, int& cause);
  void cancel_others(Dialog& dialog, int cause);
  void cancel(Dialog& dialog, int cause);  ///< without a word to those above
  void swap_ids(Dialog& a, Dialog& b);

  // agent.cc
  Result<void> open_tls();
  void on_subscribe(msg_t* msg, const sip_t* sip);
  void set_mailbox(const std::string& phone, Mailbox mailbox) override;
  void set_lamp(const std::string& name, Lamp lamp) override { subscriptions_->set_lamp(name, lamp); }
  void notify_mailbox(const std::string& phone);

  // trunk_call.cc
  void set_trunks(std::vector<TrunkConfig> trunks) override;
  std::vector<TrunkState> trunks() const override { return trunks_.states(); }
  Result<DialogId> invite_over_trunk(const Invite& invite);
  bool place_over_trunk(Dialog& dialog, const std::string& credentials);
  /// The INVITE was refused or met with silence (sip null): true when it goes on at another gate or with credentials.
  bool try_again(Dialog& dialog, int status, const sip_t* sip);
  bool send_keys(DialogId dialog, const std::string& keys) override;
  void send_next_key(DialogId dialog, std::string keys);

  // invite_out.cc
  /// What differs between an INVITE to a phone and one over a trunk.
  struct Outward {
    std::string uri, from, to;
    std::string headers{};  ///< whole lines
  };
  Result<DialogId> call(const Invite& invite, const Phone& phone, const Target& target);
  Outward to_phone(const Invite& invite, const std::string& uri) const;
  bool send_invite(Dialog& dialog, const Outward& outward);
  static int on_response(Dialog* dialog, nta_outgoing_t* orq, const sip_t* sip);
  void on_provisional(Dialog& dialog, const sip_t* sip);
  void on_accepted(Dialog& dialog, const sip_t* sip);
  void on_refused(Dialog& dialog, int status, const sip_t* sip);
  bool call_again(Dialog& dialog, const sip_t* sip);
  bool join_dialog(Dialog& dialog, const sip_t* sip);
  void send_ack(Dialog& dialog, const sip_t* sip);

  // dialog.cc
  static int on_request(Dialog* dialog, nta_leg_t*, nta_incoming_t* irq, const sip_t* sip);
  int on_info(Dialog& dialog, const sip_t* sip);
  int on_bye(Dialog& dialog, const sip_t* sip);
  /// 0 when the body was taken as the new description, else the status that refuses it.
  int take_description(Dialog& dialog, const sip_t* sip, bool answer);
  void tell_media(Dialog& dialog, const MediaAddress& before);
  void note_abilities(Dialog& dialog, const sip_t* sip);

  // reinvite.cc
  int on_reinvite(Dialog& dialog, nta_incoming_t* irq, const sip_t* sip);
  int on_update(Dialog& dialog, nta_incoming_t* irq, const sip_t* sip);
  int take_change(Dialog& dialog, const sip_t* sip);
  void send_again(Dialog& dialog, Dialog::Again what);
  static int on_again(Dialog* dialog, nta_outgoing_t* orq, const sip_t* sip);
  void again_accepted(Dialog& dialog, const sip_t* sip, bool is_invite);
  void again_refused(Dialog& dialog, int status, const sip_t* sip);
  void again_over(Dialog& dialog);
  void again_after_glare(Dialog& dialog, Dialog::Again what);

  // timers.cc
  bool session_too_short(const sip_t* sip) const;
  std::string agree_session(Dialog& dialog, const sip_t* sip);  ///< our answer's Session-Expires, "" none
  void session_answered(Dialog& dialog, const sip_t* sip);
  void arm_session(Dialog& dialog);
  void refresh(DialogId id);
  void expire(DialogId id);

  // prack.cc
  void provisional(Dialog& dialog, int status, bool described);
  static int on_prack(Dialog* dialog, nta_reliable_t* reliable, nta_incoming_t* prack, const sip_t* sip);
  int refuse_prack(nta_incoming_t* prack, int status);
  bool acknowledge_provisional(Dialog& dialog, const sip_t* sip);

  // refer.cc
  int on_refer(Dialog& dialog, nta_incoming_t* irq, const sip_t* sip);
  int read_refer(const Dialog& dialog, const sip_t* sip, Refer& refer);
  bool is_ours(const char* host, const Dialog& dialog) const;

  // replaces.cc
  /// The dialog that `text` ("call-id;to-tag=…;from-tag=…") names, or null.
  Dialog* named_by(const ReplacesText& replaces);
  /// The status that refuses it, or 0 and the dialog that it may replace.
  int may_replace(const sip_t* sip, const Phone& phone, DialogId& replaced);

  Dialog& add_dialog();
  Dialog* find(DialogId id);
  void send_bye(Dialog& dialog, int cause);
  void break_off(Dialog& dialog, int cause);      ///< BYE, and on_released as our own doing, now
  void close_later(Dialog& dialog, int cause);    ///< on_released now-ish, the dialog stays to end properly
  void end(Dialog& dialog);                       ///< the dialog is destroyed
  void end_by_remote(Dialog& dialog, int cause);  ///< and on_released said, unless it has been
  void report_released(DialogId id, int cause);

  Loop& loop_;
  Config config_;
  Events& events_;
  Registrar registrar_;
  Guard guard_;
  Admission admission_;
  Connections connections_;
  std::unique_ptr<Requests> requests_;
  Trunks trunks_;
  std::unique_ptr<Subscriptions> subscriptions_;
  uint64_t last_pulse_ = 0;
  std::set<std::string> silent_;  ///< phones that have been told to be silent
  size_t asked_ = 0;  ///< OPTIONS that wait for their answer
  bool state_loaded_ = false, state_changed_ = false;
  Instant state_saved_{};
  su_root_t* root_ = nullptr;
  nta_agent_t* nta_ = nullptr;
  ssl_ctx_st* tls_context_ = nullptr;  ///< Sofia's, of our listener
  su_wait_t wait_{};
  int wait_index_ = -1;
  Loop::Handle sweeper_;
  Seldom dialogs_full_, no_tls_;
  bool yielded_ = false;
  std::unique_ptr<PortRelay> relay_;
  std::unordered_set<std::string> relayed_call_ids_;
  DialogId last_id_ = 0;
  std::unordered_map<DialogId, std::unique_ptr<Dialog>> dialogs_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// Cause of a Reason header "Q.850;cause=16" (RFC 3326), 0 when there is none.
int reason_cause(const sip_t* sip);
std::string reason_text(int cause);
std::string release_reason(int cause);
Source source_of(msg_t* msg, const sip_t* sip);
/// An extension it requires that we do not have, or null (RFC 3261 §8.2.2.3).
const char* unsupported_by_us(const sip_t* sip);
/// What a list of option tags or methods (Supported, Allow) says of `name`.
bool lists(const msg_list_t* list, const char* name);
/// The body, when it is SDP; empty when there is none. `status` is 415 when it is something else, 0 otherwise.
std::string_view sdp_of(const sip_t* sip, int& status);

}  // namespace hotline::sip
