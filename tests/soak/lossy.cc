// SPDX-License-Identifier: GPL-2.0-or-later
#include "lossy.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "base/require.h"
#include "base/text.h"

namespace hotline::soak {

sockaddr_in loopback(uint16_t port, const std::string& address) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  require(::inet_pton(AF_INET, address.c_str(), &at.sin_addr) == 1);
  return at;
}

Port::Port(Loop& loop, const std::string& address, uint16_t port, Take take)
    : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_in at = loopback(port, address);
  // One that the system chooses has five digits as that of any telephone here: the length of an SDP stays as it is.
  require(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  socklen_t length = sizeof at;
  require(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&at), &length) == 0);
  number_ = ntohs(at.sin_port);
  watch_ = loop.watch(fd_.get(), EPOLLIN, [this, take = std::move(take)](uint32_t) {
    char datagram[65536];
    for (int i = 0; i < 64; ++i) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      ssize_t got = ::recvfrom(fd_.get(), datagram, sizeof datagram, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 0) return;
      take({datagram, static_cast<size_t>(got)}, from);
    }
  });
}

void Port::send(std::string_view datagram, const sockaddr_in& to) {
  (void)::sendto(fd_.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

void Lossy::pass(Port& port, std::string_view datagram, const sockaddr_in& to) {
  if (std::uniform_real_distribution<>(0, 1)(random_) < weather_.loss) return;
  auto late = std::uniform_int_distribution<int64_t>(0, weather_.delay_max.count())(random_);
  uint64_t id = ++last_;
  late_[id] = loop_.after(microseconds(late), [this, id, &port, to, copy = std::string(datagram)] {
    port.send(copy, to);
    auto done = late_.extract(id);  // it holds what is running
    loop_.post([done = std::make_shared<decltype(done)>(std::move(done))] {});
  });
}

SpanWire::SpanWire(Loop& loop, Random& random, Weather weather, uint16_t near_port, uint16_t far_port, uint16_t end_a,
                   uint16_t end_b)
    : lossy_(loop, random, weather) {
  near_ = std::make_unique<Port>(loop, "127.0.0.1", near_port, [this, end_b](std::string_view datagram, const sockaddr_in&) {
    lossy_.pass(*far_, datagram, loopback(end_b));
  });
  far_ = std::make_unique<Port>(loop, "127.0.0.1", far_port, [this, end_a](std::string_view datagram, const sockaddr_in&) {
    lossy_.pass(*near_, datagram, loopback(end_a));
  });
}

PhoneWire::PhoneWire(Loop& loop, Random& random, Weather weather, uint16_t switch_port, uint16_t phone_port)
    : loop_(loop), lossy_(loop, random, weather), switch_port_(switch_port), phone_port_(phone_port) {
  // SIP itself goes through unharmed and at once: what it does without is another test's.
  to_phone_ = std::make_unique<Port>(loop, "127.0.0.1", 0, [this](std::string_view datagram, const sockaddr_in&) {
    to_switch_->send(rewritten(datagram, false), loopback(switch_port_));
  });
  to_switch_ = std::make_unique<Port>(loop, "127.0.0.2", 0, [this](std::string_view datagram, const sockaddr_in&) {
    to_phone_->send(rewritten(datagram, true), loopback(phone_port_));
  });
}

PhoneWire::Audio& PhoneWire::audio_of(const std::string& call_id) {
  static constexpr seconds kForgotten{600};
  Instant now = monotonic_now();
  std::erase_if(audio_, [&](const auto& one) { return now - one.second.used > kForgotten; });
  Audio& audio = audio_[call_id];
  audio.used = now;
  if (audio.to_phone) return audio;
  audio.to_phone = std::make_unique<Port>(loop_, "127.0.0.1", 0, [this, &audio](std::string_view rtp, const sockaddr_in&) {
    audio.used = monotonic_now();
    if (audio.at_switch) lossy_.pass(*audio.to_switch, rtp, loopback(audio.at_switch));
  });
  audio.to_switch = std::make_unique<Port>(loop_, "127.0.0.1", 0, [this, &audio](std::string_view rtp, const sockaddr_in&) {
    audio.used = monotonic_now();
    if (audio.phone) lossy_.pass(*audio.to_phone, rtp, loopback(audio.phone));
  });
  return audio;
}

std::string PhoneWire::rewritten(std::string_view message, bool from_switch) {
  std::string text(message);
  size_t body = text.find("\r\n\r\n"), line = text.find("\r\nm=audio ");
  size_t id = text.find("\r\nCall-ID:");
  if (body == text.npos || line == text.npos || id == text.npos || line < body) return text;
  std::string call_id(trim(std::string_view(text).substr(id + 10, text.find("\r\n", id + 2) - id - 10)));
  size_t at = line + 10, end = text.find(' ', at);
  auto port = parse_int(text.substr(at, end - at));
  if (!port || *port < 10000) return text;
  Audio& audio = audio_of(call_id);
  (from_switch ? audio.at_switch : audio.phone) = static_cast<uint16_t>(*port);
  uint16_t ours = from_switch ? audio.to_phone->number() : audio.to_switch->number();
  if (ours >= 10000) text.replace(at, end - at, std::to_string(ours));
  return text;
}

}  // namespace hotline::soak
