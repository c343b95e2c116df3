// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "media/rtp.h"

namespace hotline::media {

/// Samples put in their place by RTP timestamp and taken out at an even pace, 20 ms at a time.
///
/// How it works: a ring of samples with a bit for each that is there. The first packet is played kTarget samples after
/// it came. What is missing when its turn comes is concealed: the last 20 ms once more, then softer, then silence. The
/// delay is moved by whole packets: up when packets come too late in a row, down or up when over five seconds the
/// buffer was never emptier, or never fuller, than it should be, which is what two clocks do that drift.
///
///     empty --packet--> running --another SSRC, or two packets in a row far from here--> running, anew
class JitterBuffer {
 public:
  static constexpr int kTarget = 320;     ///< 40 ms
  static constexpr int kDelayMax = 1600;  ///< 200 ms

  struct Books {
    uint64_t late = 0, duplicate = 0, lost = 0;      ///< packets, packets, 20 ms blocks concealed while others came
    uint64_t resync = 0, dropped = 0, inserted = 0;  ///< fresh starts; blocks left out and put in for the clock's sake
  };

  void put(const RtpPacket& packet, std::span<const uint8_t> alaw);
  void pull(uint8_t* out);  ///< kPacketSamples of A-law
  void clear();

  /// Samples between what is played next and the newest that came.
  int depth() const { return running_ ? static_cast<int32_t>(newest_ - play_) : 0; }
  /// What lies between a packet that came without delay and its turn.
  int delay() const { return running_ ? target_ : 0; }
  /// As much is there, before a pull, as should be.
  bool plenty() const { return depth() >= target_ + kPacketSamples; }
  const Books& books() const { return books_; }

 private:
  // Twelve packets; whole packets that come in step never wrap within one.
  static constexpr int kRing = 12 * kPacketSamples;
  void start(const RtpPacket& packet);
  void store(uint32_t timestamp, std::span<const uint8_t> alaw);
  bool take(uint32_t timestamp, uint8_t* out);
  void conceal(uint8_t* out);
  void forget(int samples);
  void keep_pace();
  size_t place(uint32_t timestamp) const { return static_cast<size_t>((timestamp - origin_) % kRing); }

  bool running_ = false;
  uint32_t ssrc_ = 0, origin_ = 0, play_ = 0, newest_ = 0, odd_ = 0;
  int odd_run_ = 0, late_run_ = 0, target_ = kTarget;
  int missing_ = 0;  // blocks concealed in a row
  int lead_ = 0;     // blocks of silence still to come before the first packet's turn
  int pulls_ = 0, shallowest_ = 0, deepest_ = 0;
  Books books_;
  std::array<uint8_t, kRing / 8> there_{};
  std::array<uint8_t, kRing> ring_{};
  std::array<uint8_t, kPacketSamples> last_{};
};

}  // namespace hotline::media
