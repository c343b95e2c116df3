// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/rtcp.h"

#include <algorithm>
#include <cstring>

namespace hotline::media {

enum Type : uint8_t { kSenderReport = 200, kReceiverReport = 201, kDescription = 202, kBye = 203 };
static constexpr size_t kHead = 8, kSenderBytes = 20, kBlockBytes = 24;
static constexpr uint8_t kCname = 1;
static constexpr int32_t kLostMax = 0x7FFFFF, kLostMin = -0x800000;

static uint32_t big(const uint8_t* at, size_t octets = 4) {
  uint32_t value = 0;
  for (size_t i = 0; i < octets; ++i) value = value << 8 | at[i];
  return value;
}

static uint8_t* put(uint8_t* at, uint32_t value, size_t octets = 4) {
  for (size_t i = octets; i-- > 0; value >>= 8) at[i] = static_cast<uint8_t>(value);
  return at + octets;
}

static ReportBlock read_block(const uint8_t* at) {
  ReportBlock block;
  block.ssrc = big(at);
  block.fraction_lost = at[4];
  block.lost = static_cast<int32_t>(big(at + 5, 3) << 8) >> 8;
  block.highest = big(at + 8);
  block.jitter = big(at + 12);
  block.last_report = big(at + 16);
  block.since_then = big(at + 20);
  return block;
}

static uint8_t* write_block(uint8_t* at, const ReportBlock& block) {
  at = put(at, block.ssrc);
  *at++ = block.fraction_lost;
  at = put(at, static_cast<uint32_t>(std::clamp(block.lost, kLostMin, kLostMax)), 3);
  for (uint32_t value : {block.highest, block.jitter, block.last_report, block.since_then}) at = put(at, value);
  return at;
}

// A report's body; false when it is shorter than it says.
static bool read_report(std::span<const uint8_t> one, uint32_t ours, RtcpPacket& packet) {
  bool sender = one[1] == kSenderReport;
  size_t blocks = one[0] & 0x1F, at = kHead + (sender ? kSenderBytes : 0);
  if (one.size() < at + blocks * kBlockBytes) return false;
  packet.ssrc = big(one.data() + 4);
  if (sender) {
    const uint8_t* info = one.data() + kHead;
    packet.sender =
        SenderInfo{uint64_t{big(info)} << 32 | big(info + 4), big(info + 8), big(info + 12), big(info + 16)};
  }
  for (; blocks > 0; --blocks, at += kBlockBytes) {
    if (big(one.data() + at) == ours) packet.block = read_block(one.data() + at);
  }
  return true;
}

bool parse_rtcp(std::span<const uint8_t> datagram, uint32_t ours, RtcpPacket& packet) {
  packet = {};
  bool first = true;
  for (auto rest = datagram; !rest.empty(); first = false) {
    if (rest.size() < 4 || rest[0] >> 6 != 2) return false;
    size_t bytes = 4 * (size_t{big(rest.data() + 2, 2)} + 1);
    if (bytes > rest.size()) return false;
    auto one = rest.first(bytes);
    rest = rest.subspan(bytes);
    uint8_t type = one[1];
    bool report = type == kSenderReport || type == kReceiverReport;
    if (first && (!report || (one[0] & 0x20))) return false;
    if ((one[0] & 0x20) && !rest.empty()) return false;  // only the last may be padded
    if (report && (bytes < kHead || !read_report(one, ours, packet))) return false;
    if (type == kBye) packet.bye = true;
  }
  return !first;
}

size_t write_rtcp(uint8_t* out, const RtcpPacket& packet, std::string_view cname) {
  uint8_t* at = out;
  size_t bytes = kHead + (packet.sender ? kSenderBytes : 0) + (packet.block ? kBlockBytes : 0);
  *at++ = static_cast<uint8_t>(0x80 | (packet.block ? 1 : 0));
  *at++ = packet.sender ? kSenderReport : kReceiverReport;
  at = put(at, static_cast<uint32_t>(bytes / 4 - 1), 2);
  at = put(at, packet.ssrc);
  if (packet.sender) {
    at = put(at, static_cast<uint32_t>(packet.sender->ntp >> 32));
    at = put(at, static_cast<uint32_t>(packet.sender->ntp));
    for (uint32_t value : {packet.sender->timestamp, packet.sender->packets, packet.sender->octets})
      at = put(at, value);
  }
  if (packet.block) at = write_block(at, *packet.block);
  cname = cname.substr(0, kCnameMax);
  size_t chunk = (4 + 2 + cname.size() + 1 + 3) / 4 * 4;  // ends with at least one zero octet (§6.5)
  *at++ = 0x81;
  *at++ = kDescription;
  at = put(at, static_cast<uint32_t>(chunk / 4), 2);
  std::memset(at, 0, chunk);
  put(at, packet.ssrc);
  at[4] = kCname;
  at[5] = static_cast<uint8_t>(cname.size());
  std::memcpy(at + 6, cname.data(), cname.size());
  at += chunk;
  if (packet.bye) {
    *at++ = 0x81;
    *at++ = kBye;
    at = put(at, 1, 2);
    at = put(at, packet.ssrc);
  }
  return static_cast<size_t>(at - out);
}

void ReceptionBook::start(uint32_t ssrc, uint16_t sequence) {
  int64_t lost = this->lost(), expected = expected_in_all();
  *this = {};
  any_ = true;
  ssrc_ = ssrc;
  base_ = highest_ = sequence;
  received_ = 1;
  lost_before_ = lost;
  expected_before_ = expected;
}

ReportBlock ReceptionBook::report() {
  ReportBlock block;
  block.ssrc = ssrc_;
  block.highest = highest_;
  block.lost =
      static_cast<int32_t>(std::clamp<int64_t>(static_cast<int64_t>(expected()) - received_, kLostMin, kLostMax));
  int64_t due = int64_t{expected()} - told_expected_, missing = due - (received_ - told_received_);
  if (due > 0 && missing > 0) block.fraction_lost = static_cast<uint8_t>(std::min<int64_t>(missing * 256 / due, 255));
  told_expected_ = expected();
  told_received_ = received_;
  return block;
}

double mean_opinion(double one_way_ms, double lost_percent) {
  static constexpr double kBest = 93.2, kRobustness = 25.1;
  double delay = 0.024 * one_way_ms + (one_way_ms > 177.3 ? 0.11 * (one_way_ms - 177.3) : 0);
  double loss = 95 * lost_percent / (lost_percent + kRobustness);
  double rating = std::clamp(kBest - delay - loss, 0.0, 100.0);
  double score = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6;
  return std::clamp(score, 1.0, 4.5);
}

}  // namespace hotline::media
