// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>

#include "tdm/span.h"

namespace hotline::tdm {

// Timeslot 0 of an E1, ITU-T G.704 (10/98) §2.3.2: it carries the frame alignment signal in every second frame and in
// the others, which bit 2 tells apart, the remote alarm.
//
//     FAS      Si 0 0 1 1 0 1 1
//     no FAS   Si 1 A Sa4 … Sa8
//
// Si and Sa are sent as ones and not looked at. CRC-4 multiframes are neither sent nor looked for; an end that does so
// finds that we do not (ITU-T G.706 (04/91) annex B).
inline constexpr uint8_t kFas = 0x1B, kFasMask = 0x7F, kFasSent = 0x9B;
inline constexpr uint8_t kNoFasBit = 0x40, kRemoteAlarmBit = 0x20, kNoFasSent = 0xDF;

/// Makes timeslot 0.
class Framer {
 public:
  /// The octet for the next frame.
  uint8_t next(bool remote_alarm) {
    fas_ = !fas_;
    return fas_ ? kFasSent : remote_alarm ? kNoFasSent | kRemoteAlarmBit : kNoFasSent;
  }

 private:
  bool fas_ = false;
};

/// Finds the frames in a stream of octets that begins anywhere, within an octet too.
///
///     searching ──FAS, bit 2 in the next frame, FAS in the one after it (G.706 §4.1.2)──► aligned
///         ▲                                                                                 │
///         └── three FAS, or three times bit 2, wrong in a row (G.706 §4.1.1) ───────────────┘
///
/// What is known to be missing (a lost packet) is stepped over: the frames after it are where they must be, so alignment
/// and alarms stay as they were. Pure; nothing is allocated.
class Deframer {
 public:
  /// Takes 32 octets of the stream, or null for 32 that are missing, and gives one frame of 32 octets: idle while there
  /// is no alignment. Frames come out at most one frame late.
  void turn(const uint8_t* octets, uint8_t* frame);

  bool aligned() const { return aligned_; }
  /// A bit, after three in a row that agree.
  bool remote_alarm() const { return remote_alarm_; }
  /// All ones: two zeros or fewer in each of two double frames, until two have more or frames are found (ITU-T G.775
  /// (10/98) §5.2).
  bool ais() const { return ais_; }
  uint64_t losses() const { return losses_; }  ///< how often alignment was lost
  /// Where in a frame's worth of octets the signalling timeslot stands, when it fills an octet; else timeslot 16's place.
  int signalling_octet() const { return offset_ % 8 == 0 ? (offset_ / 8 + kSignallingSlot) % kTimeslots : kSignallingSlot; }

 private:
  static constexpr int kParts = 4;  // of 32 octets each, the newest last

  uint8_t octet_at(int bit) const;
  void search();
  void check(uint8_t first);
  void count_zeros(const uint8_t* octets);
  void lose();

  std::array<uint8_t, kParts * kTimeslots + 1> window_{};  // one more, which is never used, so that shifts may look at it
  std::array<bool, kParts> there_{};
  int offset_ = 0;  // bits from an octet that is a multiple of 32 of the window to where a frame begins
  bool aligned_ = false, fas_next_ = true;
  int fas_wrong_ = 0, bit_wrong_ = 0;
  bool remote_alarm_ = false;
  int remote_changed_ = 0;
  bool ais_ = false;
  int frames_counted_ = 0, zeros_ = 0, ais_changed_ = 0;
  uint64_t losses_ = 0;
};

}  // namespace hotline::tdm
