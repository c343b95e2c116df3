// SPDX-License-Identifier: GPL-2.0-or-later
// A span in memory, tones to speak into it, ears to hear what comes out, and an engine that is stepped by hand.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/loop.h"
#include "media/engine.h"
#include "media/g711.h"
#include "media/rtcp.h"
#include "media/rtp.h"

namespace hotline::media::test {

using Octets = std::vector<uint8_t>;

/// `samples` of a sine with -10 dBm0.
inline Octets sine(double hertz, size_t samples, size_t from = 0, double amplitude = 7104) {
  Octets octets(samples);
  for (size_t i = 0; i < samples; ++i) {
    double at = static_cast<double>(from + i);
    octets[i] = alaw_encode(static_cast<int16_t>(std::lround(amplitude * std::sin(2 * M_PI * hertz * at / 8000))));
  }
  return octets;
}

/// Level of one frequency, in dB of a sine with -10 dBm0: 0 is that sine. Goertzel over all octets.
inline double level(const uint8_t* alaw, size_t samples, double hertz) {
  double real = 0, imaginary = 0;
  for (size_t i = 0; i < samples; ++i) {
    double angle = 2 * M_PI * hertz * static_cast<double>(i) / 8000;
    real += kAlawToLinear[alaw[i]] * std::cos(angle);
    imaginary += kAlawToLinear[alaw[i]] * std::sin(angle);
  }
  double amplitude = 2 * std::hypot(real, imaginary) / static_cast<double>(samples);
  return 20 * std::log10(std::max(amplitude, 1e-3) / 7104);
}
inline double level(const Octets& alaw, double hertz, size_t from = 0, size_t samples = SIZE_MAX) {
  return level(alaw.data() + from, std::min(samples, alaw.size() - from), hertz);
}

/// Everything is silence.
inline bool silent(const Octets& alaw, size_t from = 0) {
  for (size_t i = from; i < alaw.size(); ++i) {
    if (alaw_loudness(alaw[i]) != 0) return false;
  }
  return true;
}

class FakeSpan : public tdm::Span {
 public:
  const std::string& name() const override { return name_; }
  void receive(std::span<uint8_t> block) override {
    for (size_t frame = 0; frame < block.size() / 32; ++frame) {
      for (size_t slot = 0; slot < 32; ++slot) {
        auto& line = say[slot];
        bool some = at_[slot] < line.size();
        block[frame * 32 + slot] = some ? line[at_[slot]++] : slot == 16 ? 0xFF : tdm::kIdleAlaw;
      }
    }
  }
  void send(std::span<const uint8_t> block) override {
    for (size_t i = 0; i < block.size(); ++i) heard[i % 32].push_back(block[i]);
  }
  tdm::SpanStats stats() const override { return books; }
  void forget() {
    for (auto& slot : heard) slot.clear();
  }

  std::array<Octets, 32> say, heard;
  tdm::SpanStats books;

 private:
  std::array<size_t, 32> at_{};
  std::string name_ = "fake";
};

/// Octets that wait in a socket, as the kernel counts them.
inline uint32_t waiting(int socket) {
  uint32_t memory[9] = {};
  socklen_t length = sizeof memory;
  require(::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory, &length) == 0);
  return memory[0];
}

/// Loopback delivers at once, but for a busy machine, which may do it later in a thread of the kernel's. Tests whose
/// ticks take no time would be over by then: so they wait, for a moment at most, as some packets never come.
template <typename F>
inline void wait_until(F so) {
  for (int i = 0; i < 200 && !so(); ++i) ::usleep(1000);
}

/// A telephone at the other end of an RTP port: sends what it is told, keeps what it gets.
class FakePhone {
 public:
  FakePhone() {
    // RTCP has the port above, so that no report goes to a stranger.
    for (int i = 0; i < 1000; ++i) {
      address = {};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      socket_ = bound(address);
      control_address = address;
      control_address.sin_port = htons(static_cast<uint16_t>(ntohs(address.sin_port) + 1));
      control_ = bound(control_address);
      if (socket_ && control_) return;
    }
    require(false && "two ports");
  }
  static Fd bound(sockaddr_in& where) {
    Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    socklen_t length = sizeof where;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&where), length) != 0) return Fd();
    require(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&where), &length) == 0);
    return fd;
  }

  void send_raw(const sockaddr_in& to, const Octets& datagram) {
    require(::sendto(socket_.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                     sizeof to) == static_cast<ssize_t>(datagram.size()));
  }
  void send(const sockaddr_in& to, const RtpPacket& head, const Octets& payload) {
    Octets datagram(kRtpHeadBytes);
    write_rtp_head(datagram.data(), head);
    datagram.insert(datagram.end(), payload.begin(), payload.end());
    if (lock) datagram = lock(datagram);
    send_raw(to, datagram);
  }
  /// From the RTCP port to the one above `to`.
  void report(sockaddr_in to, const Octets& datagram) {
    to.sin_port = htons(static_cast<uint16_t>(ntohs(to.sin_port) + 1));
    require(::sendto(control_.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                     sizeof to) == static_cast<ssize_t>(datagram.size()));
  }
  /// The reports that have come; waits a moment for the first `expected`.
  std::vector<Octets> reports(size_t expected = 0) {
    std::vector<Octets> got;
    wait_until([&] {
      uint8_t datagram[2048];
      for (ssize_t size; (size = ::recv(control_.get(), datagram, sizeof datagram, 0)) >= 0;) {
        got.emplace_back(datagram, datagram + size);
      }
      return got.size() >= expected;
    });
    return got;
  }
  /// Sends the next 20 ms.
  void say(const sockaddr_in& to, const Octets& audio) {
    send(to, next, audio);
    ++next.sequence;
    next.timestamp += static_cast<uint32_t>(audio.size());
  }

  struct Got {
    RtpPacket head;
    Octets payload;
  };
  /// Takes what has come and appends the audio to `heard`.
  std::vector<Got> take(size_t expected = 0) {
    std::vector<Got> got;
    wait_until([&] {
      take_some(got);
      return got.size() >= expected;
    });
    return got;
  }
  void take_some(std::vector<Got>& got) {
    uint8_t datagram[2048];
    for (ssize_t size; (size = ::recv(socket_.get(), datagram, sizeof datagram, 0)) >= 0;) {
      Octets plain(datagram, datagram + size);
      if (looks_like_rtcp(plain)) {
        shared_reports.push_back(plain);
        continue;
      }
      if (unlock) plain = unlock(plain);
      Got one;
      require(parse_rtp(plain, one.head));
      one.payload.assign(one.head.payload.begin(), one.head.payload.end());
      if (one.head.payload_type == kPcma) heard.insert(heard.end(), one.payload.begin(), one.payload.end());
      got.push_back(std::move(one));
    }
  }

  RtpPacket next = [] {
    RtpPacket head;
    head.payload_type = kPcma;
    head.sequence = 1000;
    head.timestamp = 4000000000u;  // wraps within minutes
    head.ssrc = 0x1234;
    return head;
  }();
  Octets heard;
  std::vector<Octets> shared_reports;  ///< RTCP that came to the RTP port
  sockaddr_in address{}, control_address{};
  std::function<Octets(Octets)> lock, unlock;  ///< SRTP

 private:
  Fd socket_, control_;
};

/// An engine without threads, and all that it reported.
struct Bench {
  explicit Bench(EngineConfig config = {}, size_t queue_commands = 8192)
      : engine(
            loop, with_ports(std::move(config)), [this](const Report& report) { reports.push_back(report); },
            queue_commands) {
    auto made = std::make_unique<FakeSpan>();
    span = made.get();
    span_id = engine.add_span(std::move(made));
    engine.step(0);
  }
  static EngineConfig with_ports(EngineConfig config) {
    // A range of this process's own, so that tests can run side by side.
    config.rtp_port_first = 32000 + static_cast<int>(::getpid() % 200) * 100;
    config.rtp_port_last = config.rtp_port_first + 98;
    return config;
  }
  void ms(int milliseconds) { engine.step(milliseconds * 8 / engine.core().tick_frames()); }

  template <typename T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const auto& report : reports) {
      if (auto* one = std::get_if<T>(&report)) found.push_back(*one);
    }
    return found;
  }

  Loop loop;
  std::vector<Report> reports;
  EngineImpl engine;
  FakeSpan* span = nullptr;
  SpanId span_id = 0;
};

inline SoundPtr sound(Octets octets) { return std::make_shared<const Sound>(Sound{std::move(octets)}); }

struct TempDir {
  TempDir() {
    char name[] = "/tmp/hotline-media-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TempDir() { (void)!std::system(("rm -rf '" + path + "'").c_str()); }
  std::string path;
};

}  // namespace hotline::media::test
