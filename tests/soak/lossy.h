// SPDX-License-Identifier: GPL-2.0-or-later
// Bad networks for the soak: UDP relays on loopback that lose and delay datagrams, for a span and for a telephone with
// its RTP. What is lost and how late the rest comes is drawn from the run's seed.
#pragma once

#include <netinet/in.h>

#include <map>
#include <memory>
#include <random>
#include <string>

#include "base/fd.h"
#include "base/loop.h"

namespace hotline::soak {

using Random = std::mt19937_64;

struct Weather {
  double loss = 0.005;         ///< of all datagrams
  microseconds delay_max{8000};  ///< each is up to so late, and so they overtake each other
};

/// One UDP socket on loopback; what comes in goes to `take`.
class Port {
 public:
  using Take = std::function<void(std::string_view datagram, const sockaddr_in& from)>;
  Port(Loop& loop, const std::string& address, uint16_t port, Take take);
  void send(std::string_view datagram, const sockaddr_in& to);
  uint16_t number() const { return number_; }

 private:
  Fd fd_;
  uint16_t number_ = 0;
  Loop::Handle watch_;
};

sockaddr_in loopback(uint16_t port, const std::string& address = "127.0.0.1");

/// Sends later, or never.
class Lossy {
 public:
  Lossy(Loop& loop, Random& random, Weather weather) : loop_(loop), random_(random), weather_(weather) {}
  void pass(Port& port, std::string_view datagram, const sockaddr_in& to);
  void set(Weather weather) { weather_ = weather; }

 private:
  Loop& loop_;
  Random& random_;
  Weather weather_;
  uint64_t last_ = 0;
  std::map<uint64_t, Loop::Handle> late_;
};

/// The wire of a span between two UDP ports: each end sends to ours and believes it to be the other.
class SpanWire {
 public:
  SpanWire(Loop& loop, Random& random, Weather weather, uint16_t near_port, uint16_t far_port, uint16_t end_a,
           uint16_t end_b);
  void set(Weather weather) { lossy_.set(weather); }

 private:
  Lossy lossy_;
  std::unique_ptr<Port> near_, far_;
};

/// A translator between a telephone and the switch: SIP goes through as it is, but for the port of the audio, which
/// becomes one of ours, so that RTP goes through here too. The switch sees the phone at 127.0.0.2.
class PhoneWire {
 public:
  PhoneWire(Loop& loop, Random& random, Weather weather, uint16_t switch_port, uint16_t phone_port);
  void set(Weather weather) { lossy_.set(weather); }  ///< of the audio
  uint16_t phone_side() const { return to_phone_->number(); }

 private:
  struct Audio {
    std::unique_ptr<Port> to_phone, to_switch;
    uint16_t phone = 0, at_switch = 0;
    Instant used{};
  };
  std::string rewritten(std::string_view message, bool from_switch);
  Audio& audio_of(const std::string& call_id);

  Loop& loop_;
  Lossy lossy_;
  uint16_t switch_port_, phone_port_;
  std::unique_ptr<Port> to_phone_, to_switch_;
  std::map<std::string, Audio> audio_;
};

}  // namespace hotline::soak
