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
  uint64_t misaligned = 0;  ///< frame alignment lost (ITU-T G.706), where timeslot 0 is ours to read

  // Alarms as they are now. Which of them lasts long enough to be told to somebody is the listener's to decide.
  bool receiving = false;     ///< frames have come within the last 100 ms; false is the alarm "loss"
  bool ais = false;           ///< what comes is no signal but the word that there is none (ITU-T G.775 §5.2, L bit)
  bool remote_alarm = false;  ///< the far end says that it receives nothing from us (RDI: A bit, M bits; R bit)
  const char* trouble = "";   ///< why nothing is received, where the back end knows more than that; never freed

  /// Calls can be carried.
  bool usable() const { return receiving && !ais; }
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
  /// From the next send() on tells the far end that what we send is no signal, until it is taken back. Between ticks,
  /// on the media thread. A back end whose line cannot say it sends idle.
  virtual void send_ais(bool on) { (void)on; }
  /// Any thread.
  virtual SpanStats stats() const = 0;
};

}  // namespace hotline::tdm
