// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/pseudowire.h"

#include <arpa/inet.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "base/text.h"

namespace hotline::tdm {

namespace {

constexpr int kReadsMax = 64;            // batches a tick: a flood cannot hold the media thread
constexpr int kReceiveBuffer = 1 << 20;  // keeps what comes while this machine stalls
constexpr milliseconds kReceivingFor{100};
constexpr int kFarewells = 3;

Result<Fd> open_socket(const sockaddr_in& local, const PseudowireConfig& config) {
  const std::string what = "cannot open '" + config.local + "' for span '" + config.name + "'";
  Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno_error(what, errno);
  // Beyond net.core.rmem_max only the privileged may go; the rest get what there is.
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) != 0) {
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  }
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    Error error = errno_error(what, errno);
    if (errno == EADDRINUSE) error.text += "; 'ss -lunp' shows who has it: end that program or choose another port";
    if (errno == EADDRNOTAVAIL) error.text += "; 'ip address' shows the addresses of this machine";
    return error;
  }
  return fd;
}

}  // namespace

Result<sockaddr_in> Pseudowire::parse_address(const std::string& text) {
  const size_t colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon != std::string::npos && inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) == 1) {
    auto port = parse_int(std::string_view(text).substr(colon + 1));
    if (port && *port >= 1 && *port <= 65535) {
      address.sin_port = htons(static_cast<uint16_t>(*port));
      return address;
    }
  }
  return Error{Errc::bad_data, "'" + text + "' is no address with port such as '127.0.0.1:20000'"};
}

Result<std::unique_ptr<Pseudowire>> Pseudowire::open(const PseudowireConfig& config, int slots) {
  const std::string what = "span '" + config.name + "'";
  auto local = parse_address(config.local);
  if (!local) return local.error().within(what);
  auto remote = parse_address(config.remote);
  if (!remote) return remote.error().within(what);
  if (config.packet_frames < 8 || config.packet_frames > kFramesMax || config.packet_frames % 8 != 0) {
    return Error{Errc::bad_data, what + ": a packet has 8, 16, 24, 32 or 40 frames (1 to 5 ms)"};
  }
  if (config.jitter_ms < 1 || config.jitter_ms > 200) {
    return Error{Errc::bad_data, what + ": the jitter buffer holds 1 to 200 ms"};
  }
  auto fd = open_socket(*local, config);
  if (!fd) return fd.error();
  const CesFormat format{config.packet_frames, slots, config.rtp_header};
  return std::make_unique<Pseudowire>(config, format, std::move(*fd), *remote);
}

Pseudowire::Pseudowire(const PseudowireConfig& config, const CesFormat& format, Fd fd, const sockaddr_in& remote)
    : config_(config),
      format_(format),
      fd_(std::move(fd)),
      remote_(remote),
      buffer_(format.frames, format.slots, format.slots == kTimeslots ? kSignallingSlot : kSignallingSlot - 1,
              (config.jitter_ms * 8 + format.frames - 1) / format.frames) {
  std::random_device random;  // as RTP has it: a restart shows by its numbers
  head_.sequence = static_cast<uint16_t>(random());
  ssrc_ = random();
  for (int i = 0; i < kBatch; i++) {
    in_parts_[i] = {in_[i].data(), in_[i].size()};
    out_parts_[i] = {out_[i].data(), 0};
    out_headers_[i] = {};
    out_headers_[i].msg_hdr.msg_iov = &out_parts_[i];
    out_headers_[i].msg_hdr.msg_iovlen = 1;
    out_headers_[i].msg_hdr.msg_name = &remote_;
    out_headers_[i].msg_hdr.msg_namelen = sizeof remote_;
  }
}

Pseudowire::~Pseudowire() {
  if (!ever_) return;  // nobody has been there
  out_frames_ = 0;
  head_.local_alarm = true;
  for (int i = 0; i < kFarewells * format_.frames; i++) {
    std::memset(next_frame(), 0xFF, static_cast<size_t>(format_.slots));
  }
  flush();
}

void Pseudowire::read_all() {
  const Instant now = monotonic_now();
  for (int reads = 0; reads < kReadsMax && !buffer_.full(); reads++) {
    if (!read_batch(now)) break;
  }
  receiving_ = ever_ && now - last_packet_ < kReceivingFor;
  if (!receiving_) {
    local_alarm_ = false;
    remote_alarm_ = false;
  }
}

// Reads one batch; false when the socket has no more.
bool Pseudowire::read_batch(Instant now) {
  for (int i = 0; i < kBatch; i++) {
    in_headers_[i] = {};
    in_headers_[i].msg_hdr.msg_iov = &in_parts_[i];
    in_headers_[i].msg_hdr.msg_iovlen = 1;
    in_headers_[i].msg_hdr.msg_name = &in_from_[i];
    in_headers_[i].msg_hdr.msg_namelen = sizeof in_from_[i];
  }
  const int count = recvmmsg(fd_.get(), in_headers_.data(), kBatch, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < count; i++) {
    const bool ours = in_from_[i].sin_addr.s_addr == remote_.sin_addr.s_addr &&
                      in_from_[i].sin_port == remote_.sin_port && (in_headers_[i].msg_hdr.msg_flags & MSG_TRUNC) == 0;
    auto packet = ours ? parse_ces({in_[i].data(), in_headers_[i].msg_len}, format_) : std::nullopt;
    if (!packet) {
      malformed_.add();
      continue;
    }
    received_.add();
    last_packet_ = now;
    ever_ = true;
    local_alarm_ = packet->local_alarm;
    remote_alarm_ = packet->remote_alarm || packet->remote_defect;
    buffer_.put(packet->sequence, packet->local_alarm ? std::span<const uint8_t>() : packet->payload);
  }
  return count == kBatch;
}

uint8_t* Pseudowire::next_frame() {
  if (out_frames_ == format_.frames) close_packet();
  uint8_t* packet = out_[out_count_].data();
  if (out_frames_ == 0) {
    head_.remote_alarm = !receiving_;
    out_octets_ = write_ces_headers(packet, head_, config_.rtp_header, timestamp_, ssrc_);
  }
  uint8_t* frame = packet + out_octets_;
  out_octets_ += static_cast<size_t>(format_.slots);
  out_frames_++;
  return frame;
}

void Pseudowire::close_packet() {
  out_parts_[out_count_++].iov_len = out_octets_;
  out_frames_ = 0;
  head_.sequence++;
  timestamp_ += static_cast<uint32_t>(format_.frames);
  if (out_count_ == kBatch) send_queued();
}

void Pseudowire::flush() {
  if (out_frames_ == format_.frames) close_packet();
  if (out_count_ == 0) return;
  const int making = out_count_;
  send_queued();
  if (out_frames_ > 0) std::memcpy(out_[0].data(), out_[making].data(), out_octets_);  // it goes on in front
}

// What the kernel does not take is lost, as on any line: an E1 cannot wait.
void Pseudowire::send_queued() {
  for (int done = 0; done < out_count_;) {
    const int count = sendmmsg(fd_.get(), &out_headers_[done], static_cast<unsigned>(out_count_ - done), MSG_DONTWAIT);
    if (count > 0) sent_.add(static_cast<uint64_t>(count));
    done += count > 0 ? count : 1;
  }
  out_count_ = 0;
}

void Pseudowire::publish() {
  const JitterBuffer::Counts& counts = buffer_.counts();
  lost_ = counts.lost;
  late_ = counts.late;
  duplicate_ = counts.duplicate;
  underrun_ = counts.underrun;
  overrun_ = counts.overrun;
}

SpanStats Pseudowire::tell() const {
  SpanStats stats;
  stats.received = received_;
  stats.sent = sent_;
  stats.lost = lost_;
  stats.late = late_;
  stats.duplicate = duplicate_;
  stats.underrun = underrun_;
  stats.overrun = overrun_;
  stats.malformed = malformed_;
  stats.receiving = receiving_;
  stats.ais = local_alarm_;
  stats.remote_alarm = remote_alarm_;
  if (!receiving_) stats.trouble = ever_ ? "no packets come any more" : "no packets have come yet";
  return stats;
}

}  // namespace hotline::tdm
