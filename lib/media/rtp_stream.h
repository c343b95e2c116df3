// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>

#include "base/fd.h"
#include "base/result.h"
#include "media/jitter.h"
#include "media/media.h"
#include "media/rtp.h"
#include "media/telephone_event.h"

namespace hotline::media {

/// Books of one RTP stream; every field only grows.
struct RtpBooks {
  uint64_t received = 0, sent = 0;
  uint64_t malformed = 0;  ///< no RTP, or of a payload type that was not agreed
};

/// One RTP socket with its jitter buffer and its way out. Packets of 20 ms; what comes may be cut otherwise.
///
/// The media thread calls pull() and push() once every 20 ms each. Made on the signalling thread.
class RtpStream {
 public:
  RtpStream(Fd socket, uint32_t random_ssrc, uint32_t random_start);

  void set_remote(const RtpRemote& remote);
  bool has_events() const { return remote_.event_payload >= 0; }

  /// Takes what has come and makes the next 20 ms of it. `catching_up`: the tick is late, so that more than one packet
  /// is waiting by our own fault; then only as many are taken as there is room for. `on_key(pressed, key,
  /// duration_ms)`.
  template <typename F>
  void pull(bool catching_up, F on_key) {
    read_socket(catching_up);
    jitter_.pull(said_.data());
    events_.tick();
    while (auto change = events_.take()) on_key(*change);
  }
  const uint8_t* said() const { return said_.data(); }

  /// Where the next 20 ms that the far end is to hear are gathered, and what sends them. `fresh`: another source than
  /// before. Keys are sent as telephone events instead of the audio.
  uint8_t* heard() { return packet_.data() + kRtpHeadBytes; }
  void push(bool fresh);
  bool add_keys(std::string_view keys) { return sender_.add(keys); }

  int socket() const { return socket_.get(); }
  const RtpBooks& books() const { return books_; }
  const JitterBuffer& jitter() const { return jitter_; }
  int phase = 0;     ///< which tick of its 20 ms is its first
  size_t index = 0;  ///< in the core's list of its phase

 private:
  static constexpr int kReadsMax = 64;
  void read_socket(bool catching_up);
  bool read_one();
  bool take(std::span<const uint8_t> datagram);
  void latch(const sockaddr_in& from);
  void send(size_t payload_bytes, int payload_type, uint32_t timestamp, bool marker);

  Fd socket_;
  RtpRemote remote_, told_;  // where we send; what set_remote() said
  bool started_ = false, latched_ = false, fresh_ = true;
  uint8_t polls_ = 0;
  uint16_t sequence_ = 0;
  uint32_t timestamp_, ssrc_;
  JitterBuffer jitter_;
  EventReceiver events_;
  EventSender sender_;
  RtpBooks books_;
  std::array<uint8_t, kPacketSamples> said_;
  std::array<uint8_t, kRtpHeadBytes + kPacketSamples> packet_;
};

/// Binds a non-blocking UDP socket to the first free even port of the range from `next` on, round and round; `next` is
/// moved behind it. `again` when none is free.
Result<Fd> bind_rtp(const std::string& address, int first, int last, int& next, sockaddr_in& local);

}  // namespace hotline::media
