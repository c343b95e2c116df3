// SPDX-License-Identifier: GPL-2.0-or-later
// What the tests of pseudowires share: ports, peers made by hand, blocks.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/fd.h"
#include "tdm/pseudowire.h"

namespace hotline::tdm {

using Octets = std::vector<uint8_t>;

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// A UDP socket of a stranger, or of a peer made by hand; and how we find ports that nobody has.
struct Stranger {
  Fd fd{socket(AF_INET, SOCK_DGRAM, 0)};
  int port = 0;
  Stranger() {
    auto address = loopback(0);
    REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  void send(int to, const Octets& datagram) {
    auto address = loopback(to);
    sendto(fd.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
};

inline int free_port() { return Stranger().port; }
inline std::string at(int port) { return "127.0.0.1:" + std::to_string(port); }

/// Two ends of a pseudowire, of either kind.
struct TwoEnds {
  using Open = Result<std::unique_ptr<Span>>(const PseudowireConfig&);
  Open* opener;
  int a_port = free_port(), b_port = free_port();
  int packet, jitter;
  bool rtp;
  std::unique_ptr<Span> a, b;
  TwoEnds(Open* opener, int packet_frames, int jitter_ms, bool rtp_header)
      : opener(opener),
        packet(packet_frames),
        jitter(jitter_ms),
        rtp(rtp_header),
        a(open(a_port, b_port)),
        b(open(b_port, a_port)) {}
  std::unique_ptr<Span> open(int local, int remote) {
    auto span = opener({"e1", at(local), at(remote), packet, jitter, rtp});
    REQUIRE_MESSAGE(span, (span ? "" : span.error().text));
    return std::move(*span);
  }
};

inline Octets random_block(int frames, std::mt19937& random) {
  Octets block(static_cast<size_t>(frames) * kTimeslots);
  for (auto& octet : block) octet = static_cast<uint8_t>(random());
  return block;
}

// The B and D channels of many blocks, one after the other, timeslot 0 left out.
inline void append(Octets& stream, const Octets& block) {
  for (size_t i = 0; i < block.size(); i++) {
    if (i % kTimeslots != 0) stream.push_back(block[i]);
  }
}

inline bool contains(const Octets& in, const Octets& what) {
  return std::search(in.begin(), in.end(), what.begin(), what.end()) != in.end();
}

}  // namespace hotline::tdm
