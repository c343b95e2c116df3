// SPDX-License-Identifier: GPL-2.0-or-later
// The reports of an RTP stream (RFC 3550 §6), and what they and our own books say of its quality.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>

#include "media/rtp_stream.h"

namespace hotline::media {

static constexpr int kInterval = 250;    // turns of 20 ms: 5 s (§6.2)
static constexpr int kReadEvery = 32;    // turns; the kernel says when a report came, so that it may wait
static constexpr int kReportsARead = 4;  // more than one that is honest sends in that time
static constexpr int kPublishEvery = 8;  // turns
static constexpr size_t kReportBytesMax = 1500;
static constexpr int64_t kSecond = 1000000000;

static int64_t nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * kSecond + time.tv_nsec; }

static int64_t wall_clock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}

// 0.5 to 1.5 intervals, so that reports of many streams do not come in step (§6.2).
int RtpStream::turns_to_report() {
  control_random_ = control_random_ * 1664525 + 1013904223;
  return kInterval / 2 + static_cast<int>(control_random_ >> 8) % kInterval;
}

void RtpStream::control_turn() {
  if (before_turns_ > 0) --before_turns_;
  if (polls_ % kPublishEvery == 0) {
    books_.lost = static_cast<uint32_t>(std::max<int64_t>(reception_.lost(), 0));
    books_.expected = static_cast<uint32_t>(reception_.expected_in_all());
    books_.late = static_cast<uint32_t>(jitter_.books().late);
    books_.jitter = jitter_meter_.samples();
    books_.delay = static_cast<uint32_t>(std::max(jitter_.delay(), 0));
  }
  if (!started_) return;
  if (polls_ % kReadEvery == 0 && !remote_.rtcp_mux) read_reports();
  if (--control_turns_ > 0) return;
  control_turns_ = turns_to_report();
  // Who neither spoke nor heard since the last one has nothing to say.
  if (books_.sent != sent_at_report_ || books_.received != received_at_report_) send_report(false);
}

void RtpStream::read_reports() {
  for (int i = 0; i < kReportsARead; ++i) {
    uint8_t octets[kReportBytesMax];
    sockaddr_in from{};
    socklen_t length = sizeof from;
    int socket = sockets_.rtcp.get();
    ssize_t got = ::recvfrom(socket, octets, sizeof octets, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &length);
    if (got < 0) return;
    uint32_t before = books_.reports_received;
    // Before somebody has spoken, and from another host than who speaks, reports are nobody's.
    if (latched_ && from.sin_addr.s_addr == remote_.address.sin_addr.s_addr) {
      take_report({octets, static_cast<size_t>(got)}, socket);
    }
    if (books_.reports_received != before && !control_latched_) {
      control_ = from;
      control_latched_ = true;
    }
  }
}

void RtpStream::take_report(std::span<uint8_t> datagram, int socket) {
  if (keys_ && !unlock(datagram, true)) return;
  RtcpPacket packet;
  if (!parse_rtcp(datagram, ssrc_, packet)) {
    ++books_.malformed;
    return;
  }
  timespec came{};
  int64_t now = ::ioctl(socket, SIOCGSTAMPNS, &came) == 0 ? nanoseconds(came) : wall_clock();
  ++books_.reports_received;
  if (packet.sender) {
    last_report_ = ntp_middle(packet.sender->ntp);
    last_report_came_ = now;
  }
  if (!packet.block) return;
  ++books_.far_heard;
  books_.far_lost = static_cast<uint32_t>(std::max(packet.block->lost, 0));
  books_.far_jitter = packet.block->jitter;
  if (packet.block->last_report == 0) return;
  uint32_t round = ntp_middle(ntp_time(now)) - packet.block->last_report - packet.block->since_then;
  if (round < 60u << 16) books_.round_trip = std::max(round, 1u);  // what is more comes of two clocks, not of a way
}

void RtpStream::send_report(bool bye) {
  int64_t now = wall_clock();
  RtcpPacket packet;
  packet.ssrc = ssrc_;
  packet.bye = bye;
  if (books_.sent != sent_at_report_) packet.sender = SenderInfo{ntp_time(now), timestamp_, books_.sent, sent_octets_};
  if (reception_.any() && books_.received != received_at_report_) {
    packet.block = reception_.report();
    packet.block->jitter = jitter_meter_.samples();
    if (last_report_ != 0) {
      packet.block->last_report = last_report_;
      packet.block->since_then = static_cast<uint32_t>(((now - last_report_came_) << 16) / kSecond);
    }
  }
  sent_at_report_ = books_.sent;
  received_at_report_ = books_.received;
  uint8_t octets[kRtcpBytesMax + Srtp::kTrailMax];
  size_t bytes = write_rtcp(octets, packet, {cname_.data(), cname_.size()});
  if (keys_) bytes = keys_->protect_rtcp(octets, bytes, octets);
  bool mux = remote_.rtcp_mux;
  int socket = mux ? sockets_.rtp.get() : sockets_.rtcp.get();
  ssize_t sent = mux && latched_ ? ::send(socket, octets, bytes, MSG_DONTWAIT)
                                 : ::sendto(socket, octets, bytes, MSG_DONTWAIT,
                                            reinterpret_cast<const sockaddr*>(&control_), sizeof control_);
  if (sent >= 0) ++books_.reports_sent;
}

void RtpStream::bye() {
  if (started_ && books_.sent > 0) send_report(true);
}

RtpQuality quality_of(const RtpBooks& books) {
  static constexpr double kSamplesAMs = 8;
  RtpQuality quality;
  quality.sent = books.sent;
  quality.received = books.received;
  quality.lost = books.lost;
  quality.late = books.late;
  quality.forged = books.forged + books.replayed;
  quality.jitter_ms = books.jitter / kSamplesAMs;
  quality.delay_ms = books.delay / kSamplesAMs;
  if (books.round_trip > 0) quality.round_trip_ms = books.round_trip * 1000.0 / 65536;
  if (books.far_heard > 0) {
    quality.far_lost = books.far_lost;
    quality.far_jitter_ms = books.far_jitter / kSamplesAMs;
  }
  if (books.expected > 0) {
    double missing = 100.0 * (books.lost + books.late) / books.expected;
    double one_way = quality.round_trip_ms.value_or(0) / 2 + quality.delay_ms + kPacketSamples / kSamplesAMs;
    quality.mos = mean_opinion(one_way, std::min(missing, 100.0));
  }
  return quality;
}

}  // namespace hotline::media
