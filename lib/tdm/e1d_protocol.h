// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace hotline::tdm {

/// A message of osmo-e1d's control socket (SOCK_SEQPACKET; one message a packet), as its include/osmocom/e1d/proto.h of
/// version 1 has it:
///
///     0  magic: e1, version 01 (a 16-bit number 0x01e1 in the host's order, as is the next)
///     2  length of the whole
///     4  type: 00-3f a command, 40-7f an event, 80-bf the answer to command type-80, c0-ff an error
///     5  interface, 6 line, 7 timeslot; ff where there is none, timeslot fe for the superchannel of timeslots 1-31
///     8  what belongs to the type
struct E1dMessage {
  uint8_t type = 0;
  uint8_t interface = 0xFF, line = 0xFF, slot = 0xFF;
  std::span<const uint8_t> body;
};
inline constexpr size_t kE1dHead = 8, kE1dMessageMax = 4096;
inline constexpr size_t kE1dFrameMax = 264;  ///< longest frame of an HDLC timeslot
inline constexpr uint8_t kE1dLineConfig = 0x03, kE1dOpen = 0x04;
inline constexpr uint8_t kE1dAnswer = 0x80, kE1dError = 0xC0, kE1dKind = 0xC0, kE1dEvent = 0x40;
inline constexpr uint8_t kE1dLosOn = 0x40, kE1dAisOn = 0x42, kE1dRaiOn = 0x44, kE1dLofOn = 0x46;  ///< one more: off
inline constexpr uint8_t kE1dChannelized = 0x20, kE1dSuperchannel = 0x21;
inline constexpr uint8_t kE1dRaw = 0x10, kE1dHdlc = 0x11;
inline constexpr uint8_t kE1dWholeLine = 0xFE;

/// Nullopt when it is none of version 1. `body` points into the octets.
std::optional<E1dMessage> parse_e1d(std::span<const uint8_t> octets);
/// Writes a message; returns its length. `out` has room for head and body.
size_t write_e1d(uint8_t* out, const E1dMessage& message);

/// The conversation by which a line is opened: its mode is set, then its timeslots are opened one after the other, each
/// of them answered with a descriptor. Also keeps the alarms that events tell. Pure.
class E1dConversation {
 public:
  /// `superchannel`: timeslots 1 to 31 in one stream; else one stream for each and frames for timeslot 16.
  E1dConversation(int interface, int line, bool superchannel, int packet_frames)
      : interface_(static_cast<uint8_t>(interface)),
        line_(static_cast<uint8_t>(line)),
        superchannel_(superchannel),
        packet_frames_(packet_frames) {}

  void begin();
  /// The request that is to be sent now; nothing while an answer is waited for and when all is open.
  std::optional<size_t> request(std::span<uint8_t, kE1dMessageMax> out);

  enum class Took {
    heard,    ///< an event, of this line or another
    agreed,   ///< the line's mode is as we asked for
    opened,   ///< slot() is open, its descriptor came with the message
    refused,  ///< no such line, or no such timeslot or taken by somebody
    nonsense  ///< no message, or none that may come now: the conversation is over
  };
  /// Takes a message. `descriptor`: one came with it.
  Took take(std::span<const uint8_t> message, bool descriptor);

  int slot() const { return slot_; }  ///< the one that was opened or refused last; 0: the line itself
  bool done() const { return step_ > steps(); }

  bool los() const { return los_; }
  bool lof() const { return lof_; }
  bool ais() const { return ais_; }
  bool rai() const { return rai_; }

 private:
  // Step 0 sets the mode, the others open a timeslot each, 16 first.
  int steps() const { return superchannel_ ? 1 : 31; }
  int slot_of(int step) const { return superchannel_ ? kE1dWholeLine : step == 1 ? 16 : step <= 16 ? step - 1 : step; }

  const uint8_t interface_, line_;
  const bool superchannel_;
  const int packet_frames_;
  int step_ = 0, slot_ = 0;
  bool asked_ = false;
  bool los_ = false, lof_ = false, ais_ = false, rai_ = false;
};

}  // namespace hotline::tdm
