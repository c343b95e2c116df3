// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace hotline::tdm {

/// Longest frame without FCS that is taken or sent. N201 allows 260 octets of information and 4 of address and control
/// (ITU-T Q.921 (09/97) §5.9.3); the rest is for peers who do not count.
inline constexpr size_t kFrameBytesMax = 400;

/// Books of one HDLC channel; every field only grows.
struct HdlcStats {
  uint64_t frames_received = 0;
  uint64_t frames_sent = 0;
  uint64_t bad_fcs = 0;
  uint64_t bad_length = 0;  ///< shorter than 2 octets or longer than kFrameBytesMax
  uint64_t aborts = 0;      ///< seven ones or more in a row: also what a dead line looks like
  uint64_t refused = 0;     ///< frames given to send() that were too long, or found the queue full
};

/// HDLC of one 64 kbit/s timeslot (ITU-T Q.921 §2): bit stuffing, flags, 16-bit FCS. Octets are in line order, most
/// significant bit first, as they stand in a Span's block; frames are without FCS.
///
///     line.receive(octets);           // on_frame(frame) for each whole frame with a right FCS
///     if (!line.send(frame)) …        // full: try again after the next transmit()
///     line.transmit(octets);          // fills them: the queued frames, and flags while there are none
///
/// One thread; after the constructor nothing is allocated and nothing blocks. A frame may be spread over any number of
/// calls. on_frame may call send().
class Hdlc {
 public:
  using OnFrame = std::function<void(std::span<const uint8_t> frame)>;
  /// `queue_frames`: how many frames may wait for their turn; at 64 kbit/s a SETUP takes about 6 ms.
  explicit Hdlc(OnFrame on_frame, size_t queue_frames = 256);
  ~Hdlc();
  Hdlc(const Hdlc&) = delete;
  Hdlc& operator=(const Hdlc&) = delete;

  void receive(std::span<const uint8_t> octets);
  bool send(std::span<const uint8_t> frame);
  void transmit(std::span<uint8_t> octets);

  /// Frames that wait, the one being sent included.
  size_t waiting() const;
  HdlcStats stats() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace hotline::tdm
