// SPDX-License-Identifier: GPL-2.0-or-later
// Room sip: SIP (RFC 3261, through Sofia-SIP) and SDP (RFC 4566, 3264): registrar, digest, dialogs. Refuses to know what a
// call, a queue or an agent is; RTP is media's. Only room that includes Sofia's headers.
//
// Nothing here asks DNS: a contact whose host is a name is refused (400), and packets go to where a phone's came from. An
// INVITE must bring its offer (488 without); a later one need not. Nothing is kept for a stranger but a counter.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/result.h"

namespace hotline::sip {

using DialogId = uint32_t;  ///< never reused within a process; 0 is none

/// Where audio goes, from an SDP that was checked: PCMA or PCMU, 20 ms.
struct MediaAddress {
  std::string address;       ///< dotted IPv4
  uint16_t port = 0;
  int alaw_payload = 8;      ///< 8 PCMA, 0 PCMU
  int event_payload = -1;    ///< telephone-event, RFC 4733; -1 none
  bool send = true;          ///< the far end wants to hear us (not on hold)
};

struct Phone {
  std::string id;      ///< user part and digest user name
  std::string secret;  ///< never logged
  std::string name;    ///< display name
};

struct Config {
  std::string address = "127.0.0.1";
  uint16_t port = 5060;
  std::string domain;          ///< realm; default: the address
  int expires_min_s = 30, expires_max_s = 3600;
  int dialogs_max = 4000;
  bool sha256 = false;  ///< challenge with SHA-256 (RFC 8760) besides MD5; off, as old phones stumble over two challenges
};

/// What happens; on the loop's thread.
class Events {
 public:
  virtual ~Events() = default;
  /// An authenticated phone calls `to`. The stack has answered 100. Answer with ring(), answer() or hangup().
  virtual void on_incoming(DialogId dialog, const std::string& phone, const std::string& to, const MediaAddress& remote) = 0;
  virtual void on_ringing(DialogId dialog) = 0;
  virtual void on_answered(DialogId dialog, const MediaAddress& remote) = 0;
  /// A re-INVITE or UPDATE changed where audio goes, or holds; it has been accepted.
  virtual void on_media(DialogId dialog, const MediaAddress& remote) = 0;
  /// The dialog is over and its id gone; `cause` is Q.850 (from Reason, RFC 3326, or mapped from the status, RFC 3398).
  virtual void on_released(DialogId dialog, int cause, bool by_remote) = 0;
  virtual void on_registered(const std::string& phone, const std::string& contact, int expires_s) = 0;
  virtual void on_unregistered(const std::string& phone, const std::string& reason) = 0;
  /// A key sent as SIP INFO (application/dtmf-relay), for phones that know nothing else.
  virtual void on_info_digit(DialogId dialog, char digit, int duration_ms) = 0;
};

struct Invite {
  std::string phone;        ///< must be registered
  std::string from, display;  ///< who calls, as the phone shows it
  std::string local_address;
  uint16_t local_port = 0;  ///< our RTP
  bool auto_answer = false; ///< Call-Info answer-after=0 and Alert-Info, RFC 5373 Answer-Mode
};

/// Q.850 cause of a SIP final status and back (RFC 3398 §7.2.4.1, §8.2.6.1).
int cause_of_status(int status);
int status_of_cause(int cause);

/// The stack. One thread, the loop's. It owns Sofia's root and drives the loop from it: the program calls run().
class Stack {
 public:
  /// Binds UDP and TCP on address:port. `io` with the remedy when the port is taken.
  static Result<std::unique_ptr<Stack>> start(Loop& loop, Config config, Events& events);
  virtual ~Stack() = default;

  /// Replaces the phones that may register. One that is gone is unregistered; calls stay.
  virtual void set_phones(std::vector<Phone> phones) = 0;
  virtual bool registered(const std::string& phone) const = 0;

  /// `unavailable` when the phone is not registered, `again` when dialogs_max is reached.
  virtual Result<DialogId> invite(const Invite& invite) = 0;
  virtual void ring(DialogId dialog) = 0;
  virtual void answer(DialogId dialog, const std::string& local_address, uint16_t local_port) = 0;
  /// CANCEL, BYE or a final status, whichever the state asks for; on_released follows (by_remote false).
  virtual void hangup(DialogId dialog, int cause) = 0;

  /// Runs until the loop is stopped, then unbinds.
  virtual void run() = 0;
};

}  // namespace hotline::sip
