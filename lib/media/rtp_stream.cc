// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/rtp_stream.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
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
static constexpr int kTurnsOfKeysBefore = 100;     // 2 s

RtpStream::RtpStream(RtpSockets sockets, const Random& random)
    : sockets_(std::move(sockets)),
      // Below 2^15: then the far end cannot miss SRTP's first rollover (RFC 3711 §3.3.1).
      sequence_(static_cast<uint16_t>(random[1] >> 17)),
      timestamp_(random[2]),
      ssrc_(random[0]),
      control_random_(random[1]) {
  for (size_t i = 0; i < cname_.size(); ++i) cname_[i] = "0123456789abcdef"[random[2 + i / 8] >> 4 * (i % 8) & 0xF];
  said_.fill(kAlawSilence);
  packet_.fill(kAlawSilence);
  control_turns_ = turns_to_report();
}

static sockaddr* as_sockaddr(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

void RtpStream::set_remote(const RtpRemote& remote, std::unique_ptr<Srtp>& keys) {
  if (latched_) {
    sockaddr_in nobody{};
    nobody.sin_family = AF_UNSPEC;
    (void)::connect(sockets_.rtp.get(), as_sockaddr(nobody), sizeof nobody);
    latched_ = false;
  }
  bool same_keys = started_ && remote.srtp == told_.srtp;
  if (!same_keys) {
    if (keys && keys_) keys->follow(*keys_);
    std::swap(keys_, keys);
    std::swap(keys_before_, keys);
    before_turns_ = kTurnsOfKeysBefore;
  }
  // Another telephone counts its events anew; one that only refreshes its session must not have its last key heard
  // twice.
  bool another = remote.address.sin_addr.s_addr != told_.address.sin_addr.s_addr ||
                 remote.address.sin_port != told_.address.sin_port || remote.event_payload != told_.event_payload;
  if (another) events_.forget();
  remote_ = told_ = remote;
  started_ = fresh_ = true;
  control_latched_ = false;
  control_ = remote.rtcp ? *remote.rtcp : remote.address;
  if (!remote.rtcp && !remote.rtcp_mux) control_.sin_port = htons(static_cast<uint16_t>(ntohs(control_.sin_port) + 1));
}

// From here on the kernel drops what others send, and spares us a route lookup a packet.
void RtpStream::latch(const sockaddr_in& from) {
  remote_.address = from;
  latched_ = ::connect(sockets_.rtp.get(), as_sockaddr(remote_.address), sizeof remote_.address) == 0;
  if (remote_.rtcp_mux) {
    control_ = from;
  } else if (!control_latched_ && !remote_.rtcp) {
    control_ = from;
    control_.sin_port = htons(static_cast<uint16_t>(ntohs(from.sin_port) + 1));
  }
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

bool RtpStream::has_mail() const {
  uint8_t octet;
  return ::recv(sockets_.rtp.get(), &octet, 1, MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC) >= 0;
}

bool RtpStream::read_one() {
  uint8_t octets[kDatagramMax];
  sockaddr_in from{};
  socklen_t length = sizeof from;
  int socket = sockets_.rtp.get();
  ssize_t got = latched_ ? ::recv(socket, octets, sizeof octets, MSG_DONTWAIT)
                         : ::recvfrom(socket, octets, sizeof octets, MSG_DONTWAIT, as_sockaddr(from), &length);
  // ECONNREFUSED: an earlier packet of ours found nobody. What waits behind it is read at the next turn.
  if (got < 0) return false;
  if (!started_) return true;
  std::span<uint8_t> datagram(octets, static_cast<size_t>(got));
  if (remote_.rtcp_mux && looks_like_rtcp(datagram)) {
    take_report(datagram, socket);
    return true;
  }
  if (keys_ && !unlock(datagram, false)) return true;
  if (take(datagram)) {
    ++books_.received;
    if (!latched_) latch(from);
  } else {
    ++books_.malformed;
  }
  return true;
}

Srtp::Verdict RtpStream::unprotect(Srtp& keys, std::span<uint8_t>& datagram, bool rtcp) {
  size_t bytes = datagram.size();
  auto verdict = rtcp ? keys.unprotect_rtcp(datagram.data(), bytes) : keys.unprotect(datagram.data(), bytes);
  datagram = datagram.first(bytes);
  return verdict;
}

bool RtpStream::unlock(std::span<uint8_t>& datagram, bool rtcp) {
  auto verdict = unprotect(*keys_, datagram, rtcp);
  if (verdict == Srtp::Verdict::forged && keys_before_ && before_turns_ > 0) {
    verdict = unprotect(*keys_before_, datagram, rtcp);
  }
  if (verdict == Srtp::Verdict::malformed) ++books_.malformed;
  if (verdict == Srtp::Verdict::forged) ++books_.forged;
  if (verdict == Srtp::Verdict::replayed) ++books_.replayed;
  return verdict == Srtp::Verdict::good;
}

bool RtpStream::take(std::span<uint8_t> datagram) {
  RtpPacket packet;
  if (!parse_rtp(datagram, packet)) return false;
  auto payload = packet.payload;
  if (remote_.event_payload >= 0 && packet.payload_type == remote_.event_payload) {
    TelephoneEvent event;
    if (!parse_event(payload, event)) return false;
    events_.put(packet.timestamp, event);
    reception_.put(packet.ssrc, packet.sequence);
    return true;
  }
  if (packet.payload_type == kComfortNoise) {  // RFC 3389: nothing is said now, and nothing of it is missing
    uint8_t silence[kPacketSamples];
    std::memset(silence, kAlawSilence, sizeof silence);
    reception_.put(packet.ssrc, packet.sequence);
    jitter_.put(packet, silence);
    return true;
  }
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
  if (packet.ssrc != reception_.ssrc()) jitter_meter_.forget();
  reception_.put(packet.ssrc, packet.sequence);
  // When it came is asked for now and then only: the question costs a tenth of a packet.
  timespec came{};
  if ((polls_ & 7) == 0 && ::ioctl(sockets_.rtp.get(), SIOCGSTAMPNS, &came) == 0) {
    jitter_meter_.put(int64_t{came.tv_sec} * 1000000000 + came.tv_nsec, packet.timestamp);
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
  const uint8_t* octets = packet_.data();
  size_t bytes = kRtpHeadBytes + payload_bytes;
  uint8_t locked[kRtpHeadBytes + kPacketSamples + Srtp::kTrailMax];
  if (keys_) {
    bytes = keys_->protect(octets, kRtpHeadBytes, bytes, locked);
    octets = locked;
  }
  int socket = sockets_.rtp.get();
  ssize_t sent =
      latched_ ? ::send(socket, octets, bytes, MSG_DONTWAIT)
               : ::sendto(socket, octets, bytes, MSG_DONTWAIT, as_sockaddr(remote_.address), sizeof remote_.address);
  if (sent < 0) return;
  ++books_.sent;
  sent_octets_ += static_cast<uint32_t>(payload_bytes);
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

// One socket of the two. Not being free is an answer: a descriptor of none.
static Result<Fd> bind_one(sockaddr_in local, int port) {
  Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno_error("cannot open an RTP socket", errno);
  local.sin_port = htons(static_cast<uint16_t>(port));
  if (::bind(fd.get(), as_sockaddr(local), sizeof local) != 0) {
    if (errno != EADDRINUSE) return errno_error("cannot use this address for RTP", errno);
    fd.reset();
    return fd;
  }
  (void)::setsockopt(fd.get(), IPPROTO_IP, IP_TOS, &kExpedited, sizeof kExpedited);
  return fd;
}

Result<RtpSockets> bind_rtp(const std::string& address, int first, int last, int& next, sockaddr_in& local) {
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
    auto rtp = bind_one(local, port);
    if (!rtp) return rtp.error();
    if (!*rtp) continue;
    auto rtcp = bind_one(local, port + 1);
    if (!rtcp) return rtcp.error();
    if (!*rtcp) continue;
    (void)::setsockopt(rtp->get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
    local.sin_port = htons(static_cast<uint16_t>(port));
    return RtpSockets{std::move(*rtp), std::move(*rtcp)};
  }
  return Error{Errc::again, "no RTP port is free between " + std::to_string(first) + " and " + std::to_string(last)};
}

}  // namespace hotline::media
