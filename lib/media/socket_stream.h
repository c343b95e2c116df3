// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>

#include "base/fd.h"
#include "media/g711.h"
#include "media/rtp.h"

namespace hotline::media {

/// One Unix socket to another process, a packet of 20 ms at a time (Engine::open_socket). Never blocks and never
/// allocates; the media thread calls pull() and push() once every 20 ms each. Made on the signalling thread.
class SocketStream {
 public:
  explicit SocketStream(Fd socket);

  /// Takes what has come and makes the next 20 ms of it: silence when nothing has.
  void pull();
  const uint8_t* said() const { return said_.data(); }
  /// Where the next 20 ms that the other end is to hear are gathered, and what sends them.
  uint8_t* heard() { return heard_.data(); }
  void push();

  struct Books {
    uint64_t missing = 0;  ///< packets of ours: the other end had said nothing in time
    uint64_t dropped = 0;  ///< packets of its: it said more than it was asked for
    uint64_t lost = 0;     ///< packets of ours that it did not take
  };
  const Books& books() const { return books_; }

 private:
  static constexpr size_t kWaitingMax = 8;  // packets: 160 ms
  static constexpr int kReadsMax = 32;      // a turn
  using Packet = std::array<uint8_t, kPacketSamples>;

  Fd socket_;
  Books books_;
  bool begun_ = false;
  std::array<Packet, kWaitingMax> waiting_;
  size_t first_ = 0, count_ = 0;
  Packet said_, heard_;
};

}  // namespace hotline::media
