// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "media/rtp.h"

namespace hotline::media {

/// What one side says of what it hears from the other (RFC 3550 §6.4.1).
struct ReportBlock {
  uint32_t ssrc = 0;
  uint8_t fraction_lost = 0;                 ///< of 256, since the report before
  int32_t lost = 0;                          ///< 24 bits with sign: more may come than was sent
  uint32_t highest = 0;                      ///< sequence number, with its wraps
  uint32_t jitter = 0;                       ///< samples
  uint32_t last_report = 0, since_then = 0;  ///< LSR and DLSR, in 1/65536 s
};

struct SenderInfo {
  uint64_t ntp = 0;
  uint32_t timestamp = 0, packets = 0, octets = 0;
};

/// A compound packet as far as it concerns us.
struct RtcpPacket {
  uint32_t ssrc = 0;
  std::optional<SenderInfo> sender;
  std::optional<ReportBlock> block;  ///< when parsed: the one about `ours`
  bool bye = false;
};

/// False for what is no compound packet of RFC 3550 (appendix A.2), or lies about its lengths.
bool parse_rtcp(std::span<const uint8_t> datagram, uint32_t ours, RtcpPacket& packet);

/// Writes a sender report, or a receiver report when there is no `sender`, with its block, then the CNAME (§6.5.1),
/// then BYE if asked. Returns the size, at most kRtcpBytesMax.
inline constexpr size_t kRtcpBytesMax = 128, kCnameMax = 32;
size_t write_rtcp(uint8_t* out, const RtcpPacket& packet, std::string_view cname);

/// RFC 5761 §4: whether what came to a shared port is RTCP.
inline bool looks_like_rtcp(std::span<const uint8_t> datagram) {
  return datagram.size() >= 8 && datagram[1] >= 192 && datagram[1] <= 223;
}

/// Wall clock nanoseconds as an NTP timestamp (§4), and its middle 32 bits.
constexpr uint64_t ntp_time(int64_t ns) {
  auto whole = static_cast<uint64_t>(ns / 1000000000), rest = static_cast<uint64_t>(ns % 1000000000);
  return (whole + 2208988800u) << 32 | (rest << 32) / 1000000000;
}
constexpr uint32_t ntp_middle(uint64_t ntp) { return static_cast<uint32_t>(ntp >> 16); }

/// What has come of a stream and what has not: RFC 3550 appendix A.1 and A.3. A new SSRC counts anew; what was lost
/// before stays lost.
class ReceptionBook {
 public:
  void put(uint32_t ssrc, uint16_t sequence) {
    if (ssrc != ssrc_ || !any_) return start(ssrc, sequence);
    auto ahead = static_cast<uint16_t>(sequence - static_cast<uint16_t>(highest_));
    if (ahead < 0x8000 ? ahead > kJumpMax : ahead < 0x10000 - kJumpMax) return start(ssrc, sequence);
    if (ahead < 0x8000) highest_ += ahead;
    ++received_;
  }
  bool any() const { return any_; }
  uint32_t ssrc() const { return ssrc_; }
  int64_t lost() const { return lost_before_ + (any_ ? static_cast<int64_t>(expected()) - received_ : 0); }
  int64_t expected_in_all() const { return expected_before_ + (any_ ? expected() : 0); }
  /// The numbers of a block, and the beginning of the next interval.
  ReportBlock report();

 private:
  static constexpr int kJumpMax = 3000;  // a minute; beyond it the sender has begun anew
  void start(uint32_t ssrc, uint16_t sequence);
  uint32_t expected() const { return highest_ - base_ + 1; }

  bool any_ = false;
  uint32_t ssrc_ = 0, base_ = 0, highest_ = 0;
  int64_t received_ = 0, lost_before_ = 0, expected_before_ = 0;
  uint32_t told_expected_ = 0;
  int64_t told_received_ = 0;
};

/// Interarrival jitter, RFC 3550 §6.4.1 and A.8, from packets that need not follow each other: if delays are
/// independent, the difference between any two says the same.
class JitterMeter {
 public:
  void put(int64_t arrived_ns, uint32_t timestamp) {
    auto transit = static_cast<uint32_t>(arrived_ns / 125000) - timestamp;
    if (any_) {
      auto difference = static_cast<int32_t>(transit - transit_);
      int64_t size = difference < 0 ? -int64_t{difference} : difference;
      if (size <= kSensible) jitter_ += (static_cast<int32_t>(size) * 16 - jitter_) / 16;
    }
    any_ = true;
    transit_ = transit;
  }
  void forget() { any_ = false; }
  uint32_t samples() const { return static_cast<uint32_t>(jitter_) / 16; }

 private:
  static constexpr int64_t kSensible = 10 * 8000;  // what is more is another clock and no delay
  bool any_ = false;
  uint32_t transit_ = 0;
  int32_t jitter_ = 0;  // in 1/16 of a sample
};

/// Mean opinion score of a conversation (ITU-T G.107 with its defaults, G.711 with concealment: Ie 0, Bpl 25.1 of G.113
/// appendix I; the delay's part after Cole and Rosenbluth): 1 bad to 4.4 as good as a telephone can be.
double mean_opinion(double one_way_ms, double lost_percent);

}  // namespace hotline::media
