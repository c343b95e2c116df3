// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/satop.h"

#include "tdm/ces_packet.h"
#include "tdm/g704.h"
#include "tdm_ends.h"

using namespace hotline;
using namespace hotline::tdm;

namespace {

struct Ends : TwoEnds {
  explicit Ends(int packet_frames = 40, int jitter_ms = 10, bool rtp_header = false)
      : TwoEnds(open_satop, packet_frames, jitter_ms, rtp_header) {}
  Octets turn(uint8_t a_says = 0x55, uint8_t b_says = 0x66) {
    Octets in(40 * kTimeslots);
    a->send(Octets(in.size(), a_says));
    b->receive(in);
    b->send(Octets(in.size(), b_says));
    Octets other(in.size());
    a->receive(other);
    return in;
  }
};

// A gateway made by hand, whose octets begin anywhere.
struct Gateway {
  Stranger socket;
  int port = free_port();
  std::unique_ptr<Span> span;
  Framer framer;
  bool remote_alarm = false;
  Octets line;
  uint16_t sequence = 100;
  explicit Gateway(int shift) : line(static_cast<size_t>(shift), 0xD5) {
    auto opened = open_satop({"e1", at(port), at(socket.port), 8, 4});
    REQUIRE(opened);
    span = std::move(*opened);
  }
  void frame(uint8_t octet) {
    line.push_back(framer.next(remote_alarm));
    line.insert(line.end(), kTimeslots - 1, octet);
  }
  void packet(const Octets& payload) {
    Octets packet(kCesControlWord);
    write_ces_headers(packet.data(), {sequence++}, false, 0, 0);
    packet.insert(packet.end(), payload.begin(), payload.end());
    socket.send(port, packet);
  }
  Octets ms(uint8_t octet) {
    for (int i = 0; i < 8; i++) frame(octet);
    packet({line.begin(), line.begin() + 256});
    line.erase(line.begin(), line.begin() + 256);
    return take();
  }
  Octets take() {
    Octets in(8 * kTimeslots);
    span->receive(in);
    return in;
  }
};

}  // namespace

TEST_CASE("satop: thirty-one timeslots arrive bit-exact, whatever the packet, the tick of either end, RTP or not") {
  struct Case {
    int packet, tick_a, tick_b;
    bool rtp;
  };
  for (auto [packet, tick_a, tick_b, rtp] :
       {Case{40, 40, 40, false}, {8, 40, 8, true}, {24, 40, 40, false}, {32, 8, 40, false}}) {
    CAPTURE(packet);
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
    // The first frames pass while alignment is found.
    CHECK(contains(got, {sent.begin() + 40 * 31, sent.begin() + 9000 * 31}));
    auto stats = ends.b->stats();
    CHECK(stats.receiving);
    CHECK_FALSE(stats.ais);
    CHECK(stats.lost == 0);
    CHECK(stats.misaligned == 0);
  }
}

TEST_CASE("satop: a gateway whose octets begin anywhere in a frame is understood") {
  for (int shift : {0, 1, 13, 16, 31}) {
    CAPTURE(shift);
    Gateway gateway(shift);
    for (int i = 0; i < 20; i++) gateway.ms(0x42);
    const Octets in = gateway.ms(0x42);
    CHECK(std::count(in.begin(), in.end(), 0x42) == 8 * 31);
    CHECK(in[1] == 0x42);
    CHECK(gateway.span->stats().usable());
  }
}

TEST_CASE("satop: loss, alarm indication and remote alarm are told apart, raised and cleared") {
  Gateway gateway(5);
  CHECK_FALSE(gateway.span->stats().receiving);
  for (int i = 0; i < 20; i++) gateway.ms(0x42);
  CHECK(gateway.span->stats().usable());
  CHECK_FALSE(gateway.span->stats().remote_alarm);

  gateway.remote_alarm = true;
  for (int i = 0; i < 20; i++) gateway.ms(0x42);
  CHECK(gateway.span->stats().usable());
  CHECK(gateway.span->stats().remote_alarm);
  gateway.remote_alarm = false;
  for (int i = 0; i < 20; i++) gateway.ms(0x42);
  CHECK_FALSE(gateway.span->stats().remote_alarm);

  Octets in;
  for (int i = 0; i < 20; i++) {
    gateway.packet(Octets(256, 0xFF));
    in = gateway.take();
  }
  CHECK(gateway.span->stats().ais);
  CHECK(gateway.span->stats().receiving);
  CHECK(in[1] == kIdleAlaw);
  for (int i = 0; i < 20; i++) gateway.ms(0x42);
  CHECK(gateway.span->stats().usable());
  CHECK(gateway.span->stats().misaligned == 1);

  // Octets without frames: an alarm after a tenth of a second, not before.
  for (int i = 0; i < 90; i++) {
    gateway.packet(Octets(256, 0x42));
    gateway.take();
  }
  CHECK(gateway.span->stats().receiving);
  for (int i = 0; i < 40; i++) {
    gateway.packet(Octets(256, 0x42));
    gateway.take();
  }
  CHECK_FALSE(gateway.span->stats().receiving);
  CHECK(std::string(gateway.span->stats().trouble).find("no frame alignment") != std::string::npos);
  for (int i = 0; i < 20; i++) gateway.ms(0x42);
  CHECK(gateway.span->stats().usable());
}

TEST_CASE("satop: both ends see each other's alarms") {
  Ends ends;
  for (int i = 0; i < 6; i++) ends.turn();
  CHECK(ends.a->stats().usable());
  CHECK(ends.b->stats().usable());
  CHECK_FALSE(ends.a->stats().remote_alarm);
  ends.a->send_ais(true);
  for (int i = 0; i < 6; i++) ends.turn();
  CHECK(ends.b->stats().ais);
  CHECK(ends.a->stats().remote_alarm);
  CHECK_FALSE(ends.b->stats().remote_alarm);
  ends.a->send_ais(false);
  for (int i = 0; i < 6; i++) ends.turn();
  CHECK(ends.b->stats().usable());
  CHECK_FALSE(ends.a->stats().remote_alarm);
  CHECK(ends.turn(0x31)[1] == 0x55);
}

TEST_CASE("satop: lost and swapped packets cost what they carried and not the alignment") {
  Gateway gateway(9);
  for (int i = 0; i < 20; i++) gateway.ms(0x42);
  int missing = 0;
  for (int i = 0; i < 200; i++) {
    for (int f = 0; f < 8; f++) gateway.frame(0x42);
    const Octets payload(gateway.line.begin(), gateway.line.begin() + 256);
    gateway.line.erase(gateway.line.begin(), gateway.line.begin() + 256);
    if (i % 10 == 3) {
      gateway.sequence++;  // lost
    } else {
      gateway.packet(payload);
    }
    const Octets in = gateway.take();
    for (int f = 0; f < 8; f++) {
      const uint8_t octet = in[static_cast<size_t>(f) * kTimeslots + 1];
      CHECK((octet == 0x42 || octet == kIdleAlaw));
      missing += octet == kIdleAlaw;
    }
  }
  CHECK(gateway.span->stats().lost >= 19);
  CHECK(missing >= 19 * 8);
  CHECK(missing <= 20 * 9);
  CHECK(gateway.span->stats().misaligned == 0);
  CHECK(gateway.span->stats().usable());
}

TEST_CASE("satop: an address or a size that cannot be is refused, and packets of CESoPSN are strangers") {
  CHECK_FALSE(open_satop({"e1", "here", "127.0.0.1:9"}));
  CHECK_FALSE(open_satop({"e1", at(free_port()), "127.0.0.1:9", 48}));
  Gateway gateway(0);
  Octets packet(kCesControlWord + 8 * kCesSlots);
  gateway.socket.send(gateway.port, packet);
  gateway.take();
  CHECK(gateway.span->stats().malformed == 1);
}
