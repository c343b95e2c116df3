// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <memory>
#include <span>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "base/time.h"
#include "tdm/ces_packet.h"
#include "tdm/jitter_buffer.h"
#include "tdm/span.h"
#include "tdm/told.h"

namespace hotline::tdm {

/// How a pseudowire is reached; CESoPSN and SAToP alike.
struct PseudowireConfig {
  std::string name;
  std::string local, remote;  ///< "127.0.0.1:20000": IPv4 and port
  int packet_frames = 40;     ///< 8, 16, 24, 32 or 40: 1 to 5 ms, what fits into an Ethernet frame; both ends alike
  int jitter_ms = 10;         ///< depth of the jitter buffer, 1 to 200
  bool rtp_header = false;    ///< both ends alike
};

/// What CESoPSN and SAToP have in common: frames in packets over UDP, control word, sequence, jitter buffer, books.
/// One thread, but for tell(). Never blocks, never allocates after it was opened.
///
/// Datagrams from elsewhere than `remote` are counted as malformed and ignored. The R bit is sent while nothing has come
/// for 100 ms. The last three packets of a wire that is closed have the L bit, so that the far end need not find out.
class Pseudowire {
 public:
  /// `bad_data` for what is no IPv4 address with a port.
  static Result<sockaddr_in> parse_address(const std::string& text);
  /// `slots`: octets of a frame that travel, kCesSlots or kTimeslots. `bad_data` for an address that is none and for
  /// sizes out of range, `io` with the remedy when the port is taken.
  static Result<std::unique_ptr<Pseudowire>> open(const PseudowireConfig& config, int slots);
  Pseudowire(const PseudowireConfig& config, const CesFormat& format, Fd fd, const sockaddr_in& remote);
  ~Pseudowire();

  const std::string& name() const { return config_.name; }

  /// Takes what has come, and gives the next `frames` frames to `sink(octets, count)`, octets null where there are none.
  template <typename Sink>
  void receive(int frames, Sink&& sink) {
    read_all();
    buffer_.take(frames, sink);
    publish();
  }
  /// Which octet of a frame is the signalling timeslot's, for the choice of a moment to slip.
  void watch_octet(int at) { buffer_.watch_octet(at); }
  /// Where the next frame to be sent goes, `slots` octets, to be filled before the next call; then flush().
  uint8_t* next_frame();
  void flush();

  /// What the packets that are begun from now on say, the R bit aside.
  void say(bool local_alarm, bool remote_defect) {
    head_.local_alarm = local_alarm;
    head_.remote_defect = remote_defect;
  }

  bool receiving() const { return receiving_; }
  bool local_alarm() const { return local_alarm_; }  ///< L, in the last packet
  /// Any thread. `ais` is the L bit, `remote_alarm` R or M.
  SpanStats tell() const;

 private:
  static constexpr int kBatch = 16;  // packets a system call
  static constexpr int kFramesMax = 40;
  static constexpr size_t kPacketMax = kCesRtpHeader + kCesControlWord + size_t{kFramesMax} * kTimeslots;

  void read_all();
  bool read_batch(Instant now);
  void close_packet();
  void send_queued();
  void publish();

  const PseudowireConfig config_;
  const CesFormat format_;
  Fd fd_;
  sockaddr_in remote_;
  JitterBuffer buffer_;
  Instant last_packet_{};
  bool ever_ = false;

  std::array<std::array<uint8_t, kPacketMax>, kBatch> in_;
  std::array<std::array<uint8_t, kPacketMax>, kBatch> out_;
  std::array<iovec, kBatch> in_parts_, out_parts_;
  std::array<mmsghdr, kBatch> in_headers_, out_headers_;
  std::array<sockaddr_in, kBatch> in_from_;
  int out_count_ = 0;   // packets that are whole; the next one is in the making
  int out_frames_ = 0;  // frames of that one
  size_t out_octets_ = 0;
  CesHead head_;
  uint32_t timestamp_ = 0, ssrc_;

  Counter received_, sent_, lost_, late_, duplicate_, underrun_, overrun_, malformed_;
  Told<bool> receiving_, local_alarm_, remote_alarm_;
};

}  // namespace hotline::tdm
