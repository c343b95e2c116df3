// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/fd.h"
#include "media/graph.h"
#include "media/media.h"
#include "media/rtp.h"

namespace hotline::media {

/// One bridge on its way to a program: 20 ms of two channels a packet, into a Unix socket (Engine::listen). The media
/// thread adds and sends; what the other end does not take at once is lost and counted, so that it can never hold up
/// anything.
class Tap : public Note {
 public:
  Tap(TapId id, PortId target, Fd socket);

  /// One tick of audio. False when the other end has gone.
  bool add(const uint8_t* left, const uint8_t* right, int samples);
  TapDone done() const { return {id, samples_, gap_samples_, reason}; }

  const TapId id;
  const PortId target_id;
  Port* target = nullptr;
  size_t index = 0;  ///< in the core's list
  const char* reason = "gone";

 private:
  bool send();

  Fd socket_;
  std::array<uint8_t, 2 * kPacketSamples> packet_{};
  size_t filled_ = 0;
  int64_t samples_ = 0, gap_samples_ = 0;
};

}  // namespace hotline::media
