// SPDX-License-Identifier: GPL-2.0-or-later
// Room sip: SIP (RFC 3261, through Sofia-SIP) and SDP (RFC 4566, 3264): registrar, digest, dialogs. Refuses to know what a
// call, a queue or an agent is; RTP is media's. Only room that includes Sofia's headers.
//
// Nothing here asks DNS: a contact whose host is a name is refused (400), and packets go to where a phone's came from.
// Nothing is kept for a stranger but a counter.
//
// Of a dialog it does by itself: session timers (RFC 4028), reliable provisional responses (RFC 3262), re-INVITE and
// UPDATE (RFC 3311) with their glare, the progress of a REFER as NOTIFYs (RFC 3515). What a transfer or a Replaces
// (RFC 3891) means is decided above.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/causes.h"
#include "base/loop.h"
#include "base/result.h"

namespace hotline::sip {

using DialogId = uint32_t;  ///< never reused within a process; 0 is none

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

struct Config {
  std::string address = "127.0.0.1";
  uint16_t port = 5060;
  std::string domain;          ///< realm; default: the address
  int expires_min_s = 30, expires_max_s = 3600;
  int dialogs_max = 4000;
  bool sha256 = false;  ///< challenge with SHA-256 (RFC 8760) besides MD5; off, as old phones stumble over two challenges

  /// RFC 4028: how long a session lives without a refresh, and the least that we let a phone ask for. A phone that knows
  /// no timers is asked by us at half of it. 0: no timers.
  int session_expires_s = 600, session_expires_min_s = 90;
  bool srtp_without_tls = false;  ///< keys may travel in the clear
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
  /// An authenticated phone calls `to`. The stack has answered 100. Answer with ring(), answer() or hangup(). Without an
  /// offer of the phone's `remote` has port 0; on_media() brings it after our answer.
  virtual void on_incoming(DialogId dialog, const std::string& phone, const std::string& to, const MediaAddress& remote) = 0;
  virtual void on_ringing(DialogId dialog) = 0;
  virtual void on_answered(DialogId dialog, const MediaAddress& remote) = 0;
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
  std::string diversion{};  ///< for whom the call was, when it was diverted (RFC 5806)
};

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
  /// 183 with our description: the phone that calls hears us before it is answered. Nothing when it does already.
  virtual void early(DialogId dialog, const std::string& local_address, uint16_t local_port) = 0;
  virtual void answer(DialogId dialog, const std::string& local_address, uint16_t local_port) = 0;
  /// CANCEL, BYE or a final status, whichever the state asks for; on_released follows (by_remote false).
  virtual void hangup(DialogId dialog, int cause) = 0;

  /// How far a transfer that on_refer() took has come, as a SIP status; 200 and above end it. Unknown ids are nothing.
  virtual void refer_progress(DialogId dialog, int status) = 0;
  /// Asks an answered call to change over to T.38, or without `local` back to audio. on_t38() or on_media() follows.
  virtual void reinvite_t38(DialogId dialog, const std::optional<T38>& local) = 0;

  /// Runs until the loop is stopped, then unbinds.
  virtual void run() = 0;
};

}  // namespace hotline::sip
