// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "media/concealer.h"
#include "media/rtp.h"

namespace hotline::media {

/// Samples put in their place by RTP timestamp and taken out at an even pace, 20 ms at a time.
///
/// How it works: a ring of samples with a bit for each that is there. What came without delay waits `delay()` before
/// its turn. That is moved to `target()`: what all but one of two hundred packets of the last ten to twenty seconds
/// needed, 20 to 200 ms. A sender whose clock drifts from ours needs no more care: it is the delay that drifts.
///
///   - The delay grows at once when all that was to come comes too late: nothing is thrown away. Otherwise by a block
///   of
///     silence, or one that is made up.
///   - It shrinks by 20 ms in silence; where somebody speaks on and on by a pitch period, cross-faded.
///
///     empty --packet--> running --another SSRC, or two packets in a row far from here--> running, anew
class JitterBuffer {
 public:
  static constexpr int kDelayStart = 320, kDelayMin = 160;  ///< 40 ms, 20 ms
  static constexpr int kDelayMax = 1600;                    ///< 200 ms

  struct Books {
    uint64_t late = 0, duplicate = 0, lost = 0;  ///< packets, packets, 20 ms blocks concealed while others came
    uint64_t resync = 0;                         ///< fresh starts
    uint64_t shorter = 0, longer = 0;            ///< times that the delay was changed
  };

  void put(const RtpPacket& packet, std::span<const uint8_t> alaw);
  void pull(uint8_t* out);  ///< kPacketSamples of A-law
  void clear();

  /// Samples between what is played next and the end of the newest that came.
  int depth() const { return running_ ? static_cast<int32_t>(newest_ - play_) : 0; }
  int delay() const { return running_ ? static_cast<int32_t>(now_ - play_ - fastest()) - kPacketSamples : 0; }
  int target() const { return target_; }
  /// As much is there, before a pull, as without any delay would be.
  bool plenty() const { return depth() >= delay() + kPacketSamples; }
  const Books& books() const { return books_; }

 private:
  static constexpr int kRing = 12 * kPacketSamples;
  static constexpr size_t kDelays = kDelayMax / kPacketSamples + 1;
  void start(const RtpPacket& packet, int samples);
  void store(uint32_t timestamp, std::span<const uint8_t> alaw);
  void wait_for(const RtpPacket& packet);
  void observe(uint32_t timestamp, int samples);
  void shift_delays(bool up);
  void choose_target();
  uint32_t fastest() const;
  bool there(uint32_t timestamp, int samples) const;
  bool silent(uint32_t timestamp) const;
  void copy(uint32_t timestamp, uint8_t* out, int samples) const;
  bool take(uint8_t* out);
  bool shorten(uint8_t* out);
  bool squeeze(uint8_t* out);
  bool lengthen(uint8_t* out);
  void forget(int samples);
  size_t place(uint32_t timestamp) const { return static_cast<size_t>((timestamp - origin_) % kRing); }

  bool running_ = false;
  uint32_t ssrc_ = 0, origin_ = 0, play_ = 0, newest_ = 0, odd_ = 0;
  uint32_t now_ = 0;  // samples pulled: our clock
  int odd_run_ = 0, target_ = kDelayStart;
  int lead_ = 0;  // blocks of silence still to come before the first packet's turn

  // How long packets were on their way, by our clock less the timestamp of their end, is known but for a constant: the
  // least of this window and the one before stands for no delay.
  uint32_t fastest_now_ = 0, fastest_before_ = 0;
  bool any_now_ = false;
  int window_ = 0;
  // How many packets needed how much delay, in 20 ms, beside what `reference_` stands for.
  std::array<uint16_t, kDelays> delays_{};
  uint32_t reference_ = 0;
  int observed_ = 0;
  int calm_ = 0, waited_ = 0;  // pulls since the delay last grew; since it should have changed

  Concealer concealer_;
  Books books_;
  std::array<uint8_t, kRing / 8> there_{};
  std::array<uint8_t, kRing> ring_{};
};

}  // namespace hotline::media
