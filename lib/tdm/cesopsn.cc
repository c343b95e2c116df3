// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/cesopsn.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <random>
#include <vector>

#include "base/fd.h"
#include "base/text.h"
#include "base/time.h"
#include "tdm/ces_packet.h"
#include "tdm/jitter_buffer.h"

namespace hotline::tdm {

namespace {

constexpr int kBatch = 16;               // packets a system call
constexpr int kReadsMax = 64;            // batches a tick: a flood cannot hold the media thread
constexpr int kReceiveBuffer = 1 << 20;  // keeps what comes while this machine stalls
constexpr milliseconds kReceivingFor{100};
constexpr int kFramesMax = 40;
constexpr size_t kPacketMax = kCesRtpHeader + kCesControlWord + size_t{kFramesMax} * kCesSlots;

Result<sockaddr_in> parse_address(const std::string& text) {
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

Result<Fd> open_socket(const sockaddr_in& local, const CesopsnConfig& config) {
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

// Counters that the media thread alone writes and anybody may read.
class Counter {
 public:
  void add(uint64_t n = 1) { set(value_.load(std::memory_order_relaxed) + n); }
  void set(uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Cesopsn : public Span {
 public:
  Cesopsn(const CesopsnConfig& config, Fd fd, const sockaddr_in& remote)
      : config_(config),
        fd_(std::move(fd)),
        remote_(remote),
        payload_octets_(static_cast<size_t>(config.packet_frames) * kCesSlots),
        buffer_(config.packet_frames, (config.jitter_ms * 8 + config.packet_frames - 1) / config.packet_frames) {
    std::random_device random;  // as RTP has it: a restart shows by its numbers
    sequence_ = static_cast<uint16_t>(random());
    ssrc_ = random();
    for (int i = 0; i < kBatch; i++) {
      in_parts_[i] = {in_[i].data(), in_[i].size()};
      out_parts_[i] = {out_[i].data(), out_[i].size()};
      out_headers_[i] = {};
      out_headers_[i].msg_hdr.msg_iov = &out_parts_[i];
      out_headers_[i].msg_hdr.msg_iovlen = 1;
      out_headers_[i].msg_hdr.msg_name = &remote_;
      out_headers_[i].msg_hdr.msg_namelen = sizeof remote_;
    }
  }

  const std::string& name() const override { return config_.name; }

  void receive(std::span<uint8_t> block) override {
    const Instant now = monotonic_now();
    for (int reads = 0; reads < kReadsMax && !buffer_.full(); reads++) {
      if (!read_batch(now)) break;
    }
    receiving_.store(ever_ && now - last_packet_ < kReceivingFor, std::memory_order_relaxed);
    if (!receiving_.load(std::memory_order_relaxed)) remote_alarm_.store(false, std::memory_order_relaxed);
    buffer_.take(block);
    publish(buffer_.counts());
  }

  void send(std::span<const uint8_t> block) override {
    for (size_t at = 0; at < block.size(); at += kTimeslots) {
      uint8_t* packet = out_[out_count_].data();
      if (out_frames_ == 0) {
        out_header_ = write_ces_headers(packet, sequence_, !receiving_.load(std::memory_order_relaxed),
                                        config_.rtp_header, timestamp_, ssrc_);
      }
      std::memcpy(packet + out_header_ + static_cast<size_t>(out_frames_) * kCesSlots, &block[at + 1], kCesSlots);
      if (++out_frames_ < config_.packet_frames) continue;
      out_parts_[out_count_].iov_len = out_header_ + payload_octets_;
      out_frames_ = 0;
      sequence_++;
      timestamp_ += config_.packet_frames;
      if (++out_count_ == kBatch) flush();
    }
    flush();
  }

  SpanStats stats() const override {
    return {.received = received_.get(),
            .sent = sent_.get(),
            .lost = lost_.get(),
            .late = late_.get(),
            .duplicate = duplicate_.get(),
            .underrun = underrun_.get(),
            .overrun = overrun_.get(),
            .malformed = malformed_.get(),
            .receiving = receiving_.load(std::memory_order_relaxed),
            .remote_alarm = remote_alarm_.load(std::memory_order_relaxed)};
  }

 private:
  // Reads one batch; false when the socket has no more.
  bool read_batch(Instant now) {
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
      auto packet = ours ? parse_ces({in_[i].data(), in_headers_[i].msg_len}, config_.packet_frames, config_.rtp_header)
                         : std::nullopt;
      if (!packet) {
        malformed_.add();
        continue;
      }
      received_.add();
      last_packet_ = now;
      ever_ = true;
      remote_alarm_.store(packet->remote_alarm, std::memory_order_relaxed);
      buffer_.put(packet->sequence, packet->local_alarm ? std::span<const uint8_t>() : packet->payload);
    }
    return count == kBatch;
  }

  // What the kernel does not take is lost, as on any line: an E1 cannot wait.
  void flush() {
    int done = 0;
    while (done < out_count_) {
      const int count = sendmmsg(fd_.get(), &out_headers_[done], out_count_ - done, MSG_DONTWAIT);
      if (count > 0) sent_.add(count);
      done += count > 0 ? count : 1;
    }
    if (out_frames_ > 0 && out_count_ > 0) out_[0] = out_[out_count_];  // the packet in the making goes on in front
    out_count_ = 0;
  }

  void publish(const JitterBuffer::Counts& counts) {
    lost_.set(counts.lost);
    late_.set(counts.late);
    duplicate_.set(counts.duplicate);
    underrun_.set(counts.underrun);
    overrun_.set(counts.overrun);
  }

  const CesopsnConfig config_;
  Fd fd_;
  sockaddr_in remote_;
  const size_t payload_octets_;
  JitterBuffer buffer_;
  Instant last_packet_{};
  bool ever_ = false;

  std::array<std::array<uint8_t, kPacketMax>, kBatch> in_;
  std::array<std::array<uint8_t, kPacketMax>, kBatch + 1> out_;
  std::array<iovec, kBatch> in_parts_, out_parts_;
  std::array<mmsghdr, kBatch> in_headers_, out_headers_;
  std::array<sockaddr_in, kBatch> in_from_;
  int out_count_ = 0, out_frames_ = 0;
  size_t out_header_ = 0;
  uint16_t sequence_;
  uint32_t timestamp_ = 0, ssrc_;

  Counter received_, sent_, lost_, late_, duplicate_, underrun_, overrun_, malformed_;
  std::atomic<bool> receiving_{false}, remote_alarm_{false};
};

}  // namespace

Result<std::unique_ptr<Span>> open_cesopsn(const CesopsnConfig& config) {
  const std::string what = "span '" + config.name + "'";
  auto local = parse_address(config.local);
  if (!local) return local.error().within(what);
  auto remote = parse_address(config.remote);
  if (!remote) return remote.error().within(what);
  if (config.packet_frames != 8 && config.packet_frames != 40) {
    return Error{Errc::bad_data, what + ": a packet has 8 frames (1 ms) or 40 (5 ms)"};
  }
  if (config.jitter_ms < 1 || config.jitter_ms > 200) {
    return Error{Errc::bad_data, what + ": the jitter buffer holds 1 to 200 ms"};
  }
  auto fd = open_socket(*local, config);
  if (!fd) return fd.error();
  return std::unique_ptr<Span>(std::make_unique<Cesopsn>(config, std::move(*fd), *remote));
}

}  // namespace hotline::tdm
