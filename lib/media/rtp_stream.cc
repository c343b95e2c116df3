// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/rtp_stream.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "media/g711.h"

namespace hotline::media {

static constexpr size_t kDatagramMax = 1500;
static constexpr size_t kPayloadMax = 960;         // 120 ms, more than any telephone sends at once
static constexpr int kReceiveBuffer = 128 * 1024;  // about 150 packets, as the kernel counts them: 3 s
static constexpr int kExpedited = 46 << 2;         // DSCP EF (RFC 3246) for voice

RtpStream::RtpStream(Fd socket, uint32_t random_ssrc, uint32_t random_start)
    : socket_(std::move(socket)),
      sequence_(static_cast<uint16_t>(random_start >> 16)),
      timestamp_(random_start),
      ssrc_(random_ssrc) {
  said_.fill(kAlawSilence);
  packet_.fill(kAlawSilence);
}

static sockaddr* as_sockaddr(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

void RtpStream::set_remote(const RtpRemote& remote) {
  if (latched_) {
    sockaddr_in nobody{};
    nobody.sin_family = AF_UNSPEC;
    (void)::connect(socket_.get(), as_sockaddr(nobody), sizeof nobody);
    latched_ = false;
  }
  // Another telephone counts its events anew; one that only refreshes its session must not have its last key heard
  // twice.
  bool another = remote.address.sin_addr.s_addr != told_.address.sin_addr.s_addr ||
                 remote.address.sin_port != told_.address.sin_port || remote.event_payload != told_.event_payload;
  if (another) events_.forget();
  remote_ = told_ = remote;
  started_ = fresh_ = true;
}

// From here on the kernel drops what others send, and spares us a route lookup a packet.
void RtpStream::latch(const sockaddr_in& from) {
  remote_.address = from;
  latched_ = ::connect(socket_.get(), as_sockaddr(remote_.address), sizeof remote_.address) == 0;
}

void RtpStream::read_socket(bool catching_up) {
  int most = kReadsMax;
  if (catching_up) most = std::max(1, (JitterBuffer::kDelayMax - jitter_.depth()) / kPacketSamples);
  // One read a turn is the rule; a second one, to find nothing, would cost half as much again. So the socket is read
  // empty only while packets are missing, and now and then, so that none stay behind.
  bool empty_it = (++polls_ & 7) == 0;
  for (int i = 0; i < most; ++i) {
    if (!read_one()) return;
    if (!empty_it && jitter_.plenty()) return;
  }
}

bool RtpStream::read_one() {
  uint8_t datagram[kDatagramMax];
  sockaddr_in from{};
  socklen_t length = sizeof from;
  ssize_t got = latched_
                    ? ::recv(socket_.get(), datagram, sizeof datagram, MSG_DONTWAIT)
                    : ::recvfrom(socket_.get(), datagram, sizeof datagram, MSG_DONTWAIT, as_sockaddr(from), &length);
  // ECONNREFUSED: an earlier packet of ours found nobody. What waits behind it is read at the next turn.
  if (got < 0) return false;
  if (!started_) return true;
  if (take({datagram, static_cast<size_t>(got)})) {
    ++books_.received;
    if (!latched_) latch(from);
  } else {
    ++books_.malformed;
  }
  return true;
}

bool RtpStream::take(std::span<const uint8_t> datagram) {
  RtpPacket packet;
  if (!parse_rtp(datagram, packet)) return false;
  auto payload = packet.payload;
  if (remote_.event_payload >= 0 && packet.payload_type == remote_.event_payload) {
    TelephoneEvent event;
    if (!parse_event(payload, event)) return false;
    events_.put(packet.timestamp, event);
    return true;
  }
  if (packet.payload_type == kComfortNoise) return true;
  if (payload.empty() || payload.size() > kPayloadMax) return false;
  if (packet.payload_type == kPcma) {
    jitter_.put(packet, payload);
  } else if (packet.payload_type == kPcmu) {
    uint8_t alaw[kPayloadMax];
    std::transform(payload.begin(), payload.end(), alaw, [](uint8_t octet) { return kUlawToAlaw[octet]; });
    jitter_.put(packet, {alaw, payload.size()});
  } else {
    return false;
  }
  return true;
}

void RtpStream::send(size_t payload_bytes, int payload_type, uint32_t timestamp, bool marker) {
  RtpPacket head;
  head.payload_type = payload_type;
  head.marker = marker;
  head.sequence = sequence_++;
  head.timestamp = timestamp;
  head.ssrc = ssrc_;
  write_rtp_head(packet_.data(), head);
  size_t bytes = kRtpHeadBytes + payload_bytes;
  ssize_t sent = latched_ ? ::send(socket_.get(), packet_.data(), bytes, MSG_DONTWAIT)
                          : ::sendto(socket_.get(), packet_.data(), bytes, MSG_DONTWAIT, as_sockaddr(remote_.address),
                                     sizeof remote_.address);
  if (sent >= 0) ++books_.sent;
}

void RtpStream::push(bool fresh) {
  uint32_t now = timestamp_;
  timestamp_ += kPacketSamples;  // goes on while nothing is sent: it is a clock
  if (!started_ || !remote_.send) {
    fresh_ = true;
    return;
  }
  if (auto step = sender_.step()) {
    write_event(heard(), step->event);
    for (int copy = 0; copy < step->copies; ++copy) {
      send(kEventBytes, remote_.event_payload, now - static_cast<uint32_t>(step->age), step->marker);
    }
    fresh_ = true;
    return;
  }
  if (remote_.alaw_payload == kPcmu) {
    std::transform(heard(), heard() + kPacketSamples, heard(), [](uint8_t octet) { return kAlawToUlaw[octet]; });
  }
  send(kPacketSamples, remote_.alaw_payload, now, fresh || fresh_);
  fresh_ = false;
}

Result<Fd> bind_rtp(const std::string& address, int first, int last, int& next, sockaddr_in& local) {
  local = {};
  local.sin_family = AF_INET;
  if (::inet_pton(AF_INET, address.c_str(), &local.sin_addr) != 1) {
    return Error{Errc::config, "'" + address + "' is no IPv4 address"};
  }
  first += first & 1;
  int ports = (last - first) / 2 + 1;
  for (int i = 0; i < ports; ++i) {
    int port = next;
    if (port < first || port > last) port = first;
    next = port + 2;
    Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return errno_error("cannot open an RTP socket", errno);
    local.sin_port = htons(static_cast<uint16_t>(port));
    if (::bind(fd.get(), as_sockaddr(local), sizeof local) == 0) {
      (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
      (void)::setsockopt(fd.get(), IPPROTO_IP, IP_TOS, &kExpedited, sizeof kExpedited);
      return fd;
    }
    if (errno != EADDRINUSE) return errno_error("cannot use '" + address + "' for RTP", errno);
  }
  return Error{Errc::again, "no RTP port is free between " + std::to_string(first) + " and " + std::to_string(last)};
}

}  // namespace hotline::media
