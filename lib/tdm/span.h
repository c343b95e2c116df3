// SPDX-License-Identifier: GPL-2.0-or-later
// Room tdm: E1 lines as 32 timeslots of 8,000 octets a second (ITU-T G.704), whatever carries them. Knows framing,
// jitter buffers, HDLC on a timeslot (ITU-T Q.921 §2). Refuses to know what a call, a signal or a sound is.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace hotline::tdm {

inline constexpr int kTimeslots = 32;
inline constexpr int kSignallingSlot = 16;
/// What an idle B channel carries: A-law silence (ITU-T G.711, code for 0 with even bits inverted).
inline constexpr uint8_t kIdleAlaw = 0xD5;

/// Books of a span since it was opened; every field only grows. Read from any thread.
struct SpanStats {
  uint64_t received = 0;   ///< packets taken
  uint64_t sent = 0;
  uint64_t lost = 0;       ///< sequence numbers that never came in time to be played
  uint64_t late = 0;       ///< came after their turn
  uint64_t duplicate = 0;
  uint64_t underrun = 0;   ///< blocks played as idle because nothing was there
  uint64_t overrun = 0;    ///< blocks dropped because the jitter buffer was full (a slip)
  uint64_t malformed = 0;  ///< datagrams that are no packet of ours
  bool receiving = false;  ///< packets have come within the last 100 ms
  bool remote_alarm = false;  ///< R bit: the far end receives nothing from us
};

/// One E1 line, the seam behind which CESoPSN, osmo-e1d and DAHDI stand.
///
/// The media thread calls receive() and then send(), once a tick, with the same number of frames, a multiple of 8.
/// A block is frames one after the other, each of 32 octets, timeslot 0 first. Never blocks, never allocates.
class Span {
 public:
  virtual ~Span() = default;
  virtual const std::string& name() const = 0;
  /// Fills `block` (frames × 32 octets) with what came, kIdleAlaw in B channels and 0xFF (HDLC idle) in timeslot 16
  /// where nothing did.
  virtual void receive(std::span<uint8_t> block) = 0;
  virtual void send(std::span<const uint8_t> block) = 0;
  /// Any thread.
  virtual SpanStats stats() const = 0;
};

}  // namespace hotline::tdm
