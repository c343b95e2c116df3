// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "base/fd.h"
#include "base/result.h"
#include "media/jitter.h"
#include "media/media.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "media/srtp.h"
#include "media/telephone_event.h"

namespace hotline::media {

/// A number that the media thread counts and any thread reads.
class Counter {
 public:
  operator uint32_t() const { return value_.load(std::memory_order_relaxed); }
  Counter& operator=(uint32_t value) {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }
  void operator++() { *this = *this + 1; }

 private:
  std::atomic<uint32_t> value_{0};
};

/// Books of one RTP stream. The first ones only grow; the others are as of the last fifth of a second.
struct RtpBooks {
  Counter received, sent;
  Counter malformed;                                  ///< no RTP, or of a payload type that was not agreed
  Counter forged, replayed;                           ///< SRTP that failed its test, or came twice
  Counter reports_sent, reports_received, far_heard;  ///< RTCP; far_heard: of these, with a block about us
  Counter lost, expected, late, jitter, delay;        ///< jitter and delay in samples
  Counter far_lost, far_jitter, round_trip;           ///< as the far end tells; round_trip in 1/65536 s, 0: unknown
};

RtpQuality quality_of(const RtpBooks& books);

/// The sockets of a port: RTP on an even port, RTCP on the next one.
struct RtpSockets {
  Fd rtp, rtcp;
};

/// One RTP stream each way with its jitter buffer, its keys and its reports (RTCP, every 5 s). Packets of 20 ms; what
/// comes may be cut otherwise.
///
/// The media thread calls pull() and push() once every 20 ms each. Made on the signalling thread.
class RtpStream {
 public:
  using Random = std::array<uint32_t, 4>;  ///< RFC 3550 §5.1 wants all beginnings random
  RtpStream(RtpSockets sockets, const Random& random);

  /// `keys` are those of `remote.srtp`, ready made. What is needed no more is left there, for its maker to free. Under
  /// new keys what is still on its way under those before is understood for two seconds.
  void set_remote(const RtpRemote& remote, std::unique_ptr<Srtp>& keys);
  bool has_events() const { return remote_.event_payload >= 0; }

  /// Takes what has come and makes the next 20 ms of it. `catching_up`: the tick is late, so that more than one packet
  /// is waiting by our own fault; then only as many are taken as there is room for. `on_key(pressed, key,
  /// duration_ms)`.
  template <typename F>
  void pull(bool catching_up, F on_key) {
    read_socket(catching_up);
    control_turn();
    jitter_.pull(said_.data());
    events_.tick();
    while (auto change = events_.take()) on_key(*change);
  }
  const uint8_t* said() const { return said_.data(); }

  /// Where the next 20 ms that the far end is to hear are gathered, and what sends them. `fresh`: another source than
  /// before. Keys are sent as telephone events instead of the audio.
  uint8_t* heard() { return packet_.data() + kRtpHeadBytes; }
  void push(bool fresh);
  KeyQueue& keys() { return sender_.keys; }

  /// RTCP's BYE, when there was anything to end.
  void bye();

  /// Something waits to be read. One system call.
  bool has_mail() const;
  int socket() const { return sockets_.rtp.get(); }
  const RtpBooks& books() const { return books_; }
  const JitterBuffer& jitter() const { return jitter_; }

 private:
  static constexpr int kReadsMax = 64;
  void read_socket(bool catching_up);
  bool read_one();
  bool take(std::span<uint8_t> datagram);
  bool unlock(std::span<uint8_t>& datagram, bool rtcp);
  Srtp::Verdict unprotect(Srtp& keys, std::span<uint8_t>& datagram, bool rtcp);
  void latch(const sockaddr_in& from);
  void send(size_t payload_bytes, int payload_type, uint32_t timestamp, bool marker);

  // RTCP: rtp_control.cc.
  void control_turn();
  void read_reports();
  void take_report(std::span<uint8_t> datagram, int socket);
  void send_report(bool bye);
  int turns_to_report();

  RtpSockets sockets_;
  RtpRemote remote_, told_;  // where we send; what set_remote() said
  bool started_ = false, latched_ = false, fresh_ = true;
  uint8_t polls_ = 0;
  uint16_t sequence_ = 0;
  uint32_t timestamp_, ssrc_;
  std::unique_ptr<Srtp> keys_, keys_before_;
  int before_turns_ = 0;  // how long the keys before are still tried
  ReceptionBook reception_;
  JitterMeter jitter_meter_;
  JitterBuffer jitter_;
  EventReceiver events_;
  EventSender sender_;
  RtpBooks books_;

  sockaddr_in control_{};  // where reports go
  bool control_latched_ = false;
  int control_turns_ = 0;  // until the next report
  uint32_t control_random_;
  uint32_t sent_octets_ = 0, sent_at_report_ = 0, received_at_report_ = 0;
  uint32_t last_report_ = 0;      // of the far end, the middle of its NTP time
  int64_t last_report_came_ = 0;  // wall clock, ns
  std::array<char, 16> cname_;

  std::array<uint8_t, kPacketSamples> said_;
  std::array<uint8_t, kRtpHeadBytes + kPacketSamples> packet_;
};

/// Binds non-blocking UDP sockets to the first even port of the range, from `next` on round and round, that is free
/// with the one above it; `next` is moved behind them. `again` when none is free.
Result<RtpSockets> bind_rtp(const std::string& address, int first, int last, int& next, sockaddr_in& local);

}  // namespace hotline::media
