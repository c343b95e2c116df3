// SPDX-License-Identifier: GPL-2.0-or-later
// Room sip: SIP (RFC 3261, through Sofia-SIP) and SDP (RFC 4566, 3264): registrar, digest, dialogs. Refuses to know what a
// call, a queue or an agent is; RTP is media's. Only room that includes Sofia's headers.
//
// Nothing here asks DNS: a contact whose host is a name is refused (400), packets go to where a phone's came from, and
// trunks have addresses. Nothing is kept for a stranger but a counter.
//
// Of a dialog it does by itself: session timers (RFC 4028), reliable provisional responses (RFC 3262), re-INVITE and
// UPDATE (RFC 3311) with their glare, the progress of a REFER as NOTIFYs (RFC 3515). What a transfer or a Replaces
// (RFC 3891) means is decided above.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/causes.h"
#include "base/loop.h"
#include "base/result.h"

namespace hotline::sip {

using DialogId = uint32_t;  ///< never reused within a process; 0 is none

enum class Transport { udp, tcp, tls };

/// What SDES agrees on (RFC 4568 §6.1, §6.2): a suite, and for each way a master key of 16 octets and its salt of 14.
/// Secrets: they stand in no log.
enum class SrtpSuite : uint8_t { aes_cm_128_hmac_sha1_80, aes_cm_128_hmac_sha1_32 };
inline constexpr size_t kSrtpKeyBytes = 30;
using SrtpKey = std::array<uint8_t, kSrtpKeyBytes>;
struct SrtpKeys {
  SrtpSuite suite = SrtpSuite::aes_cm_128_hmac_sha1_80;
  SrtpKey send{}, receive{};
  bool operator==(const SrtpKeys&) const = default;
};

/// Whether a phone's audio is encrypted. `optional`: we offer it, and take what the phone offers.
enum class Srtp { off, optional, required };

/// Where audio goes, from an SDP that was checked: PCMA or PCMU, 20 ms.
struct MediaAddress {
  std::string address;     ///< dotted IPv4
  uint16_t port = 0;       ///< 0: not known yet, the far end has left the offer to us
  int alaw_payload = 8;    ///< 8 PCMA, 0 PCMU
  int event_payload = -1;  ///< telephone-event, RFC 4733; -1 none
  bool send = true;        ///< the far end wants to hear us; false: it holds
  std::optional<SrtpKeys> srtp;
  bool rtcp_mux = false;     ///< RFC 5761
  std::string rtcp_address;  ///< RFC 3605; "": the same
  uint16_t rtcp_port = 0;    ///< 0: the one above
  bool operator==(const MediaAddress&) const = default;
};

/// One side of a fax by T.38 over UDPTL: the attributes of ITU-T T.38 (11/2015) Annex D.2.3.
struct T38 {
  enum class Correction { none, redundancy, fec };
  std::string address;  ///< dotted IPv4
  uint16_t port = 0;
  int version = 0, max_bit_rate = 14400;
  int max_buffer = 0, max_datagram = 0;  ///< octets; 0: not said
  bool local_tcf = false;                ///< rate management: localTCF, else transferredTCF
  bool fill_bit_removal = false, transcoding_mmr = false, transcoding_jbig = false;
  Correction error_correction = Correction::none;
};

struct Phone {
  std::string id;      ///< user part and digest user name
  std::string secret;  ///< never logged
  std::string name;    ///< display name
  Srtp srtp = Srtp::off;
  std::string pickup_group{};  ///< who may take over a ringing call of whom: those of one group; "": nobody
};

/// Where a phone is, as far as it has told us.
struct Contact {
  std::string uri;
  int expires_s = 0;     ///< from now
  bool silent = false;   ///< it leaves our OPTIONS unanswered
  int rtt_ms = -1;       ///< -1: never asked
};

/// Messages that wait for a phone's owner (RFC 3842).
struct Mailbox {
  int fresh = 0, old = 0;
  bool operator==(const Mailbox&) const = default;
};

/// What a lamp shows of a phone, or of anything that has a name.
enum class Lamp { idle, calling, ringing, busy };

/// A SIP trunk: a provider, a gateway of analogue lines, another exchange. Who calls in over it is known by where the
/// packets come from, never by what they say.
struct TrunkConfig {
  struct Gate {
    std::string address;  ///< dotted IPv4
    uint16_t port = 5060;
    bool operator==(const Gate&) const = default;
  };
  enum class Keys { rfc4733, inband, info };  ///< how keys are sent
  enum class From { from, pai, rpid };        ///< where the caller's number stands: From, RFC 3325, Remote-Party-ID
  std::string name;
  std::vector<Gate> gates;            ///< in order of liking; calls come in from these addresses and ports
  std::vector<std::string> networks;  ///< "192.0.2.0/24": calls come in from there too, from any port
  Transport transport = Transport::udp;
  bool enroll = false;        ///< register there; its calls may then come to the contact that we registered
  std::string user, secret;   ///< sent to who challenges, and to nobody else
  std::string domain;         ///< host of From and To; the gate's address unless given
  std::string number;         ///< what was called, when a call comes to our registered contact and says no more
  seconds expires{600};
  std::vector<int> payloads = {8, 0};  ///< PCMA 8, PCMU 0, in order of liking
  Keys keys = Keys::rfc4733;
  From from = From::from;
  int calls_max = 1000;
  milliseconds qualify{30000};  ///< OPTIONS to every gate so often; 0: never, and a gate is good until it fails
  Srtp srtp = Srtp::off;
  std::string tls_name;         ///< a name that the gate's certificate must have, "": any that our authorities signed
  bool operator==(const TrunkConfig&) const = default;
};

struct TrunkState {
  std::string name;
  bool up = false;
  std::string reason;  ///< why it is down
  std::string gate;    ///< "192.0.2.1:5060", the one that is used
  int calls = 0, calls_max = 0;
  bool enrolled = false;
  int expires_s = 0;  ///< of our registration, from now
  int rtt_ms = -1;
};

struct Config {
  std::string address = "127.0.0.1";
  uint16_t port = 5060;
  std::string domain;          ///< realm; default: the address
  struct Tls {
    std::string address;      ///< "": as the others
    uint16_t port = 0;        ///< 0: no TLS
    std::string certificate;  ///< PEM: ours, then those between it and its authority
    std::string key;          ///< PEM, without a password
    std::string authorities;  ///< PEM: who may sign the certificate of a gate that we call; "": the system's
    bool verify = true;       ///< a gate's certificate must be signed by one of them
    std::string folder;       ///< ours alone; Sofia reads certificate and key there
    bool operator==(const Tls&) const = default;
  } tls;
  int connections_max = 2000, connections_address_max = 100;  ///< TCP and TLS, of all and of one address
  int expires_min_s = 30, expires_max_s = 3600;
  int dialogs_max = 4000;
  bool shared = false;  ///< another stack of ours has the port and has yielded: the port is not probed
  bool sha256 = false;  ///< challenge with SHA-256 (RFC 8760) besides MD5; off, as old phones stumble over two challenges

  /// RFC 4028: how long a session lives without a refresh, and the least that we let a phone ask for. A phone that knows
  /// no timers is asked by us at half of it. 0: no timers.
  int session_expires_s = 600, session_expires_min_s = 90;
  bool srtp_without_tls = false;  ///< keys may travel in the clear

  /// How often each contact is sent OPTIONS, which keeps the way through a translation open as well; 0: never.
  milliseconds qualify{0};
  milliseconds qualify_timeout{4000};  ///< a contact that has not answered by then is silent
  /// File that keeps contacts for the next start; "": none. Contacts over TCP and TLS are not in it: their connection
  /// ends with us, and the phone notices.
  std::string state_file;
};

/// Who passed a call on before it came here.
struct Diversion {
  std::string number;  ///< the last who did; "": withheld
  std::string reason;  ///< unknown, busy, no-answer, deflection, out-of-order, by-user, unconditional; "": nobody did
  int count = 0;       ///< how often it was passed on, as far as is told
  bool operator==(const Diversion&) const = default;
};

/// Who calls us.
struct Caller {
  std::string line;    ///< "phone:1001" of an authenticated phone, "trunk:NAME"
  std::string number;  ///< as the far end is to see it; empty when it is withheld
  std::string name;
  Diversion diverted{};    ///< of a trunk: what a phone says of it is not believed
  int max_forwards = 70;   ///< through so many hops it may go on (RFC 3261 §8.1.1.6)
};

/// A phone wants its call to lead elsewhere (REFER, RFC 3515).
struct Refer {
  std::string to;         ///< the number or phone it names
  DialogId replaces = 0;  ///< attended: the phone's other dialog, whose far end is to be joined with this one's
};

/// What happens; on the loop's thread.
class Events {
 public:
  virtual ~Events() = default;
  /// An authenticated phone or a trunk calls `to`. The stack has answered 100. Answer with ring(), answer() or hangup(). Without an
  /// offer of the phone's `remote` has port 0; on_media() brings it after our answer.
  virtual void on_incoming(DialogId dialog, const Caller& caller, const std::string& to, const MediaAddress& remote) = 0;
  virtual void on_ringing(DialogId dialog) = 0;
  virtual void on_answered(DialogId dialog, const MediaAddress& remote) = 0;
  /// Who answers, as a trunk says it (P-Asserted-Identity, RFC 3325); on_answered follows.
  virtual void on_connected(DialogId, const std::string& /*number*/) {}
  /// A re-INVITE or UPDATE changed where audio goes, or holds; it has been accepted. Before on_answered(): the far end
  /// sends audio before it answers.
  virtual void on_media(DialogId dialog, const MediaAddress& remote) = 0;

  /// The phone asks to transfer its call. 202: it will be told by refer_progress(); else what refuses it.
  virtual int on_refer(DialogId, const Refer&) { return 403; }
  /// An authenticated phone's call is to take the place of `replaced` (RFC 3891): one of that phone's own, or one that
  /// rings at a phone of its pickup group. As on_incoming(), but whereto is known. False: it may not be now.
  virtual bool on_replacing(DialogId, const std::string& /*phone*/, DialogId /*replaced*/, const MediaAddress&) {
    return false;
  }
  /// The far end of our call says where else to try (3xx). The dialog is over and its id gone, with no on_released().
  /// False: nobody follows; then on_released() comes with the cause.
  virtual bool on_moved(DialogId, const std::vector<std::string>& /*numbers*/) { return false; }
  /// The far end wants to send or receive a fax by T.38. Our side of it, or nothing: then it is refused (488).
  virtual std::optional<T38> on_t38_offered(DialogId, const T38&) { return std::nullopt; }
  /// What became of reinvite_t38(): the far end's side, or nothing when it did not want to; then the audio goes on.
  virtual void on_t38(DialogId, const std::optional<T38>&) {}
  /// The dialog is over and its id gone; `cause` is Q.850 (from Reason, RFC 3326, or mapped from the status, RFC 3398).
  virtual void on_released(DialogId dialog, int cause, bool by_remote) = 0;
  /// The phone came, or its newest contact is another one.
  virtual void on_registered(const std::string& phone, const std::string& contact, int expires_s) = 0;
  /// It has no contact any more.
  virtual void on_unregistered(const std::string& phone, const std::string& reason) = 0;
  /// None of its contacts answers OPTIONS; or one does again, after `rtt_ms`.
  virtual void on_silent(const std::string& phone) = 0;
  virtual void on_reachable(const std::string& phone, int rtt_ms) = 0;
  /// Said once at the beginning, when it is known, and at every change.
  virtual void on_trunk(const std::string& trunk, bool up, const std::string& reason) = 0;
  /// A key sent as SIP INFO (application/dtmf-relay), for phones that know nothing else.
  virtual void on_info_digit(DialogId dialog, char digit, int duration_ms) = 0;
};

struct Invite {
  std::string phone;        ///< must be registered
  std::string from, display;  ///< who calls, as the phone shows it
  std::string local_address;
  uint16_t local_port = 0;  ///< our RTP
  bool auto_answer = false; ///< Call-Info answer-after=0 and Alert-Info, RFC 5373 Answer-Mode
  Diversion diverted{};     ///< who passed it on, as far as the far end may know
  int max_forwards = 70;    ///< less with each hop (RFC 7332): 0 goes nowhere
  std::string trunk{}, number{};  ///< instead of a phone: over that trunk to that number
};

/// Where a phone is, as one stack tells it to the next.
struct Registration {
  std::string phone;  ///< its id
  std::string uri;    ///< its contact
  std::string hop;    ///< where the packets go: sip:address:port;transport=…
  int64_t left_ms = 0;
};

/// The stack. One thread, the loop's. It owns Sofia's root and drives the loop from it: the program calls run().
class Stack {
 public:
  /// Binds UDP and TCP on address:port. `io` with the remedy when the port is taken.
  static Result<std::unique_ptr<Stack>> start(Loop& loop, Config config, Events& events);
  virtual ~Stack() = default;

  /// Reads certificate and key again, under the names that the configuration had: who connects from now on is shown them.
  /// Nothing changes when they cannot be had.
  virtual Result<void> renew_certificate() = 0;

  /// Replaces the phones that may register. One that is gone is unregistered; calls stay.
  virtual void set_phones(std::vector<Phone> phones) = 0;
  virtual bool registered(const std::string& phone) const = 0;
  virtual bool silent(const std::string& phone) const = 0;
  virtual std::vector<Contact> contacts(const std::string& phone) const = 0;  ///< the newest first

  /// Asked once a call, before its INVITE is challenged: false refuses it with 503 and Retry-After, at the least cost
  /// there is. Without it all come in.
  virtual void on_admission(std::function<bool()> admit) = 0;

  /// Replaces the trunks; one that is gone is signed off, its calls stay.
  virtual void set_trunks(std::vector<TrunkConfig> trunks) = 0;
  virtual std::vector<TrunkState> trunks() const = 0;

  /// Tells the phone of its messages: where it has subscribed to them, else by a NOTIFY that it has not asked for, now and
  /// when it registers anew.
  virtual void set_mailbox(const std::string& phone, Mailbox mailbox) = 0;
  /// Tells those who have subscribed to the name. Every phone has a lamp; any other name has one from its first call.
  virtual void set_lamp(const std::string& name, Lamp lamp) = 0;

  /// Calls all contacts of the phone at once; the first that answers has the call, the others are cancelled. It stays
  /// one dialog for the caller. `unavailable` when the phone is not registered or the trunk is down, `again` when dialogs_max is reached
  /// or the trunk's calls_max. A trunk's gates are tried in their order, the next one after a 503 or four seconds of
  /// silence.
  virtual Result<DialogId> invite(const Invite& invite) = 0;
  /// Who calls, of a call that came in, until it is answered; null for others.
  virtual const Caller* caller(DialogId dialog) const = 0;
  virtual void ring(DialogId dialog) = 0;
  /// 183 with our description: the phone that calls hears us before it is answered. Nothing when it does already.
  virtual void early(DialogId dialog, const std::string& local_address, uint16_t local_port) = 0;
  /// `connected`: the number that answers, asserted to who calls; "" where it is the one that was called.
  virtual void answer(DialogId dialog, const std::string& local_address, uint16_t local_port,
                      const std::string& connected = "") = 0;
  /// Sends keys by INFO where the dialog's trunk wants that; false when they are media's to send.
  virtual bool send_keys(DialogId dialog, const std::string& keys) = 0;
  /// CANCEL, BYE or a final status, whichever the state asks for; on_released follows (by_remote false).
  virtual void hangup(DialogId dialog, int cause) = 0;

  /// How far a transfer that on_refer() took has come, as a SIP status; 200 and above end it. Unknown ids are nothing.
  virtual void refer_progress(DialogId dialog, int status) = 0;
  /// Asks an answered call to change over to T.38, or without `local` back to audio. on_t38() or on_media() follows.
  virtual void reinvite_t38(DialogId dialog, const std::optional<T38>& local) = 0;

  // Taking turns on one address (succession.cc): one stack yields and keeps its dialogs to their end, the next takes
  // everything else and hands on what belongs to them.

  /// Takes nothing new from now on: no registration, no call but one that replaces a call of ours. Ends listening for
  /// connections; those without a dialog are closed. Keeps the UDP port to send from. Returns the loopback port on which
  /// it takes what is handed on to it.
  virtual Result<uint16_t> yield() = 0;
  /// The dialogs that are not over, by Call-ID.
  virtual std::vector<std::string> call_ids() const = 0;
  /// Hands on what is of no dialog of ours, or of these Call-IDs, to the stack behind that port; 0: no more.
  virtual Result<void> hand_on(uint16_t port, std::vector<std::string> call_ids) = 0;
  /// Where the phone is, the newest first, as far as a stack that did not register it can reach it: on UDP.
  virtual std::vector<Registration> registrations(const std::string& phone) const = 0;
  /// Takes over where a phone is, without an event. Unknown phones are passed over.
  virtual void adopt(const std::string& phone, const std::vector<Registration>& registrations) = 0;

  /// Runs until the loop is stopped, then unbinds.
  virtual void run() = 0;
};

}  // namespace hotline::sip
