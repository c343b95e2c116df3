// SPDX-License-Identifier: GPL-2.0-or-later
// The stack behind sip.h. Sofia's nta does messages, transactions and transports; what makes them calls is here:
//
//   agent.cc       start, run, and where a request outside dialogs goes
//   register.cc    REGISTER
//   invite_in.cc   a phone calls: offered -> answered -> up
//   invite_out.cc  we call a phone: calling -> up
//   dialog.cc      what both have: requests within a dialog, its end
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/loop.h"
#include "sip/guard.h"
#include "sip/registrar.h"
#include "sip/sdp.h"
#include "sip/sip.h"
#include "sip/sofia.h"
#include "sip/target.h"

namespace hotline::sip {

inline constexpr int kConnectionIdle_s = 180;
inline constexpr char kProduct[] = "Hotline";
inline constexpr char kAllow[] = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK, REGISTER";
inline constexpr char kSdpType[] = "application/sdp";

/// A dialog and its INVITE transaction.
///
///   calling   our INVITE is out           -> up (2xx), closing (hangup: CANCEL), gone (3xx-6xx)
///   offered   a phone's INVITE waits      -> answered (answer), gone (CANCEL, hangup)
///   answered  our 200 waits for its ACK   -> up (ACK), closing (hangup), gone (no ACK: BYE)
///   up        both agreed                 -> gone (BYE)
///   closing   over for those above; waits for what lets it end properly, at most kClosing
struct Dialog {
  enum class State { calling, offered, answered, up, closing };

  Dialog(Agent& owner, DialogId number) : agent(owner), id(number) {}
  ~Dialog();
  Dialog(const Dialog&) = delete;
  Dialog& operator=(const Dialog&) = delete;

  Agent& agent;
  const DialogId id;
  State state = State::calling;
  bool rang = false;
  nta_leg_t* leg = nullptr;
  nta_outgoing_t* out = nullptr;  ///< our INVITE
  nta_incoming_t* in = nullptr;   ///< theirs, the first or a later one, until its ACK
  bool offer_in_ack = false;      ///< their re-INVITE had no offer: ours is in the 200, the answer comes with the ACK
  std::string hop;                ///< where the packets go: never a name
  std::string contact;            ///< our Contact
  Local local;
  Description remote;
  Loop::Handle deadline;
};

class Agent final : public Stack {
 public:
  Agent(Loop& loop, Config config, Events& events);
  ~Agent() override;
  Result<void> open();

  void set_phones(std::vector<Phone> phones) override;
  bool registered(const std::string& phone) const override;
  Result<DialogId> invite(const Invite& invite) override;
  void ring(DialogId dialog) override;
  void answer(DialogId dialog, const std::string& local_address, uint16_t local_port) override;
  void hangup(DialogId dialog, int cause) override;
  void run() override;

 private:
  // agent.cc
  static int on_message(Agent* agent, nta_agent_t*, msg_t* msg, sip_t* sip);
  void receive(msg_t* msg, const sip_t* sip);
  void reply(msg_t* msg, int status, const char* phrase);
  /// The phone that sent this; else it has been challenged or ignored, and `msg` is gone.
  const Phone* let_in(msg_t* msg, const sip_t* sip);
  void challenge(msg_t* msg, const std::string& address, bool stale);
  std::string contact_for(const std::string& hop) const;
  void sweep();

  // register.cc
  void on_register(msg_t* msg, const sip_t* sip);
  void answer_register(nta_incoming_t* irq, const Phone& phone);

  // invite_in.cc
  void on_invite(msg_t* msg, const sip_t* sip);
  int admit(nta_incoming_t* irq, const sip_t* sip, const Phone& phone, const Source& source);
  static int on_ack_or_cancel(Dialog* dialog, nta_incoming_t* irq, const sip_t* sip);
  void on_ack(Dialog& dialog, const sip_t* sip);
  void refuse_offered(Dialog& dialog, int cause);

  // invite_out.cc
  static int on_response(Dialog* dialog, nta_outgoing_t* orq, const sip_t* sip);
  void on_accepted(Dialog& dialog, const sip_t* sip);
  void acknowledge(Dialog& dialog, const sip_t* sip);

  // dialog.cc
  static int on_request(Dialog* dialog, nta_leg_t*, nta_incoming_t* irq, const sip_t* sip);
  int on_reinvite(Dialog& dialog, nta_incoming_t* irq, const sip_t* sip);
  int on_update(Dialog& dialog, nta_incoming_t* irq, const sip_t* sip);
  int on_info(Dialog& dialog, const sip_t* sip);
  int on_bye(Dialog& dialog, const sip_t* sip);
  /// 0 when `text` was taken as the new description, else the status that refuses it.
  int take_offer(Dialog& dialog, const sip_t* sip);
  void tell_media(Dialog& dialog, const MediaAddress& before);
  Dialog& add_dialog();
  Dialog* find(DialogId id);
  void send_bye(Dialog& dialog, int cause);
  void close_later(Dialog& dialog, int cause);    ///< on_released now-ish, the dialog stays to end properly
  void end(Dialog& dialog);                       ///< the dialog is destroyed
  void end_by_remote(Dialog& dialog, int cause);  ///< and on_released said, unless it has been
  void report_released(DialogId id, int cause);

  Loop& loop_;
  Config config_;
  Events& events_;
  Registrar registrar_;
  Guard guard_;
  su_root_t* root_ = nullptr;
  nta_agent_t* nta_ = nullptr;
  su_wait_t wait_{};
  int wait_index_ = -1;
  Loop::Handle sweeper_;
  DialogId last_id_ = 0;
  std::unordered_map<DialogId, std::unique_ptr<Dialog>> dialogs_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// Cause of a Reason header "Q.850;cause=16" (RFC 3326), 0 when there is none.
int reason_cause(const sip_t* sip);
std::string reason_text(int cause);
Source source_of(msg_t* msg, const sip_t* sip);
/// The body, when it is SDP; empty when there is none. `status` is 415 when it is something else, 0 otherwise.
std::string_view sdp_of(const sip_t* sip, int& status);

}  // namespace hotline::sip
