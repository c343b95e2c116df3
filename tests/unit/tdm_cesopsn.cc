// SPDX-License-Identifier: GPL-2.0-or-later
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
#include "tdm/cesopsn.h"

using namespace hotline;
using namespace hotline::tdm;
using Octets = std::vector<uint8_t>;

namespace {

sockaddr_in loopback(int port) {
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

int free_port() { return Stranger().port; }
std::string at(int port) { return "127.0.0.1:" + std::to_string(port); }

struct Ends {
  int a_port = free_port(), b_port = free_port();
  int packet, jitter;
  bool rtp;
  std::unique_ptr<Span> a, b;
  explicit Ends(int packet_frames = 40, int jitter_ms = 10, bool rtp_header = false)
      : packet(packet_frames), jitter(jitter_ms), rtp(rtp_header), a(open(a_port, b_port)), b(open(b_port, a_port)) {}
  std::unique_ptr<Span> open(int local, int remote) {
    auto span = open_cesopsn({"e1", at(local), at(remote), packet, jitter, rtp});
    REQUIRE_MESSAGE(span, (span ? "" : span.error().text));
    return std::move(*span);
  }
};

Octets random_block(int frames, std::mt19937& random) {
  Octets block(static_cast<size_t>(frames) * kTimeslots);
  for (auto& octet : block) octet = static_cast<uint8_t>(random());
  return block;
}

// The B and D channels of many blocks, one after the other, timeslot 0 left out.
void append(Octets& stream, const Octets& block) {
  for (size_t i = 0; i < block.size(); i++) {
    if (i % kTimeslots != 0) stream.push_back(block[i]);
  }
}

bool contains(const Octets& in, const Octets& what) {
  return std::search(in.begin(), in.end(), what.begin(), what.end()) != in.end();
}

}  // namespace

TEST_CASE("cesopsn: thirty-one timeslots arrive bit-exact, whatever the packet, the tick of either end, RTP or not") {
  struct Case {
    int packet, tick_a, tick_b;
    bool rtp;
  };
  for (auto [packet, tick_a, tick_b, rtp] : {Case{40, 40, 40, false},
                                             {8, 8, 8, false},
                                             {8, 40, 40, false},
                                             {40, 8, 8, false},
                                             {40, 8, 40, false},
                                             {8, 40, 8, true},
                                             {40, 40, 40, true},
                                             {40, 48, 48, false}}) {
    CAPTURE(packet);
    CAPTURE(tick_a);
    CAPTURE(tick_b);
    Ends ends(packet, 10, rtp);
    std::mt19937 random(7);
    Octets sent, got;
    for (int frames = 0, b_frames = 0; frames < 9600; frames += tick_a) {
      Octets block = random_block(tick_a, random);
      append(sent, block);
      ends.a->send(block);
      for (; b_frames + tick_b <= frames + tick_a; b_frames += tick_b) {
        Octets in(static_cast<size_t>(tick_b) * kTimeslots);
        ends.b->receive(in);
        append(got, in);
      }
    }
    sent.resize(9000 * 31);
    CHECK(contains(got, sent));
    auto stats = ends.b->stats();
    CHECK(stats.lost == 0);
    CHECK(stats.malformed == 0);
    CHECK(stats.overrun == 0);
    CHECK(stats.received == static_cast<uint64_t>(9600 / packet));
    CHECK(ends.a->stats().sent == stats.received);
  }
}

TEST_CASE("cesopsn: the R bit tells the far end that nothing comes from it") {
  Ends ends;
  Octets block(40 * kTimeslots, 0x55);
  for (int i = 0; i < 3; i++) {
    ends.a->send(block);
    ends.b->receive(block);
    ends.a->receive(block);
  }
  CHECK(ends.b->stats().receiving);
  CHECK(ends.b->stats().remote_alarm);  // a has heard nothing
  CHECK_FALSE(ends.a->stats().receiving);
  ends.b->send(block);
  ends.a->receive(block);
  ends.a->send(block);
  ends.b->receive(block);
  CHECK(ends.a->stats().receiving);
  CHECK_FALSE(ends.a->stats().remote_alarm);
  CHECK_FALSE(ends.b->stats().remote_alarm);
}

TEST_CASE("cesopsn: an end that was killed and started again is heard within a tenth of a second of packets") {
  for (int turn = 0; turn < 10; turn++) {
    Ends ends;
    Octets block(40 * kTimeslots, 0x11), in(block.size());
    for (int i = 0; i < 30; i++) {
      ends.a->send(block);
      ends.b->receive(in);
    }
    CHECK(in[1] == 0x11);
    ends.a.reset();
    ends.a = ends.open(ends.a_port, ends.b_port);
    std::fill(block.begin(), block.end(), 0x22);
    int packets = 0;
    for (; packets < 40 && in[1] != 0x22; packets++) {
      ends.a->send(block);
      ends.b->receive(in);
    }
    CHECK(packets <= 20);
  }
}

TEST_CASE("cesopsn: garbage and packets of strangers are counted and change nothing") {
  Ends ends;
  Stranger stranger;
  std::mt19937 random(3);
  Octets sent, got;
  uint64_t garbage = 0;
  for (int i = 0; i < 100; i++) {
    Octets block = random_block(40, random);
    append(sent, block);
    ends.a->send(block);
    Octets packet(4 + 40 * 31, 0xEE);  // well formed but from elsewhere
    packet[0] = packet[1] = 0;
    stranger.send(ends.b_port, packet);
    stranger.send(ends.b_port, Octets(random() % 1400, 0xEE));
    stranger.send(ends.b_port, {});
    garbage += 3;
    Octets in(40 * kTimeslots);
    ends.b->receive(in);
    append(got, in);
  }
  sent.resize(95 * 40 * 31);
  CHECK(contains(got, sent));
  CHECK(ends.b->stats().malformed == garbage);
  CHECK(ends.b->stats().received == 100);
}

TEST_CASE("cesopsn: garbage from the right address is refused too") {
  Stranger peer;
  const int port = free_port();
  auto span = open_cesopsn({"e1", at(port), at(peer.port)});
  REQUIRE(span);
  peer.send(port, {1, 2, 3});
  peer.send(port, Octets(1500, 0));
  peer.send(port, Octets(4 + 8 * 31, 0));
  Octets in(40 * kTimeslots);
  (*span)->receive(in);
  CHECK((*span)->stats().malformed == 3);
  CHECK_FALSE((*span)->stats().receiving);
}

TEST_CASE("cesopsn: a port in use, a bad address and a bad packet size are said with place and remedy") {
  Stranger other;
  auto taken = open_cesopsn({"e1", at(other.port), "127.0.0.1:9"});
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == Errc::io);
  CHECK(taken.error().text.find("cannot open '" + at(other.port) + "' for span 'e1': ") == 0);
  CHECK(taken.error().text.find("ss -lunp") != std::string::npos);
  for (const char* bad : {"", "localhost", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "::1:5"}) {
    auto span = open_cesopsn({"e1", bad, "127.0.0.1:9"});
    REQUIRE_FALSE(span);
    CHECK(span.error().code == Errc::bad_data);
  }
  CHECK_FALSE(open_cesopsn({"e1", at(free_port()), "127.0.0.1:9", 64}));
  CHECK_FALSE(open_cesopsn({"e1", at(free_port()), "127.0.0.1:9", 40, 0}));
}
