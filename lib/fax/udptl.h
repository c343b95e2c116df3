// SPDX-License-Identifier: GPL-2.0-or-later
// UDPTL, the datagrams that carry T.38 over UDP (ITU-T T.38 (11/2015) §9.1, ASN.1 in aligned PER). Sends with redundancy:
// each datagram repeats the packets before it. Reads redundancy; of a datagram with parity (FEC) only what it carries
// itself. Pure.
//
//     0  sequence number, 16 bits
//     2  the packet (IFP): length, octets
//        one bit: 0 redundancy, 1 FEC, padded to an octet
//        redundancy: how many, then each a packet, the newest first
//
// A length is one octet up to 127, two up to 16383 (0x80 | high, low).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace hotline::fax {

inline constexpr size_t kDatagramMax = 1472;  ///< octets that fit an Ethernet frame

class UdptlSender {
 public:
  /// `repeats`: how many packets before it each datagram has, as far as `datagram_max` octets allow.
  explicit UdptlSender(int repeats = 3, size_t datagram_max = kDatagramMax);
  /// The next datagram; empty when the packet is longer than `datagram_max` allows.
  std::vector<uint8_t> next(std::span<const uint8_t> packet);

 private:
  size_t repeats_, datagram_max_;
  uint16_t number_ = 0;
  std::vector<std::vector<uint8_t>> before_;  // the newest first
};

class UdptlReceiver {
 public:
  using Packet = std::function<void(std::span<const uint8_t> packet, uint16_t number)>;
  /// Gives every packet that has not been given yet, in order. False for what is no datagram; nothing is given then.
  bool take(std::span<const uint8_t> datagram, const Packet& packet);
  uint64_t recovered() const { return recovered_; }  ///< that only a repetition brought
  uint64_t lost() const { return lost_; }

 private:
  bool begun_ = false;
  uint16_t next_ = 0;
  uint64_t recovered_ = 0, lost_ = 0;
};

}  // namespace hotline::fax
