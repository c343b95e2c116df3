// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <vector>

#include "tdm/ces_packet.h"
#include "tdm/jitter_buffer.h"
#include "tdm/span.h"

using namespace hotline::tdm;
using Octets = std::vector<uint8_t>;

namespace {

constexpr int kFrames = 40;

// A packet whose every octet tells its sequence number; timeslot 16 too.
Octets payload(uint16_t sequence) { return Octets(kFrames * kCesSlots, static_cast<uint8_t>(sequence % 200)); }

struct Line {
  JitterBuffer buffer;
  explicit Line(int target = 2) : buffer(kFrames, kCesSlots, 15, target) {}

  void put(int sequence) { buffer.put(static_cast<uint16_t>(sequence), payload(static_cast<uint16_t>(sequence))); }
  // The number that the next packet's worth of frames tells, or -1 when it is idle.
  int take() {
    int first = -2;
    buffer.take(kFrames, [&](const uint8_t* octets, int) {
      if (first == -2) first = octets ? octets[0] : -1;
    });
    return first;
  }
  std::vector<int> take(int count) {
    std::vector<int> got;
    for (int i = 0; i < count; i++) got.push_back(take());
    return got;
  }
};

using Ints = std::vector<int>;

}  // namespace

TEST_CASE("jitter buffer: playing begins when the target depth is there, and order is kept") {
  Line line(2);
  CHECK(line.take() == -1);
  line.put(10);
  CHECK(line.take() == -1);
  line.put(11);
  CHECK(line.take(2) == Ints{10, 11});
  CHECK(line.buffer.counts().lost == 0);
}

TEST_CASE("jitter buffer: packets that changed places play in order") {
  Line line(3);
  for (int n : {12, 10, 11, 14, 13}) line.put(n);
  CHECK(line.take(5) == Ints{10, 11, 12, 13, 14});
  CHECK(line.buffer.counts().late == 0);
  CHECK(line.buffer.counts().lost == 0);
}

TEST_CASE("jitter buffer: a missing packet is one packet of idle, counted lost; coming later it is late") {
  Line line(2);
  for (int n : {1, 2, 4, 5}) line.put(n);
  CHECK(line.take(3) == Ints{1, 2, -1});
  CHECK(line.buffer.counts().lost == 1);
  line.put(3);
  CHECK(line.buffer.counts().late == 1);
  CHECK(line.take(2) == Ints{4, 5});
}

TEST_CASE("jitter buffer: a packet that comes twice is counted and plays once") {
  Line line(2);
  for (int n : {1, 1, 2, 2, 3}) line.put(n);
  CHECK(line.take(4) == Ints{1, 2, 3, -1});
  CHECK(line.buffer.counts().duplicate == 2);
}

TEST_CASE("jitter buffer: when it runs dry it waits, and loses nothing of what a stalled sender brings") {
  Line line(1);
  line.put(1);
  CHECK(line.take(4) == Ints{1, -1, -1, -1});
  CHECK(line.buffer.counts().underrun == 3);
  for (int n : {2, 3, 4}) line.put(n);
  CHECK(line.take(3) == Ints{2, 3, 4});
  CHECK(line.buffer.counts().lost == 0);
  CHECK(line.buffer.counts().late == 0);
}

TEST_CASE("jitter buffer: before anybody has sent there is no underrun") {
  Line line(1);
  line.take(1000);
  CHECK(line.buffer.counts().underrun == 0);
}

TEST_CASE("jitter buffer: the sequence number wraps") {
  Line line(2);
  for (int n = 65530; n < 65546; n++) line.put(n % 65536);
  CHECK(line.take(8) == Ints{65530 % 200, 65531 % 200, 65532 % 200, 65533 % 200, 65534 % 200, 65535 % 200, 0, 1});
  CHECK(line.buffer.counts().lost == 0);
}

TEST_CASE("jitter buffer: a sender that starts anew is followed at once, wherever its numbers begin") {
  for (int anew : {0, 900, 1021, 1130, 3000, 20000, 40000, 65535}) {
    CAPTURE(anew);
    Line line(2);
    int played = -1;
    for (int n = 1000; n < 1020; n++) {
      line.put(n);
      line.take();
    }
    int waited = 0;  // packets until one of the new sequence is heard: well under half a second
    for (int n = anew; waited < 100; n++, waited++) {
      line.put(n % 65536);
      played = line.take();
      if (played >= 0 && (n % 65536 % 200 - played + 200) % 200 <= 4) break;
    }
    CHECK(waited < 30);
  }
}

TEST_CASE("jitter buffer: after a silence any number is the next") {
  Line line(1);
  line.put(500);
  line.take(30);
  line.put(490);
  CHECK(line.take() == 490 % 200);
  CHECK(line.buffer.counts().late == 0);
}

TEST_CASE("jitter buffer: one stray number far away changes nothing") {
  Line line(2);
  for (int n : {1, 2, 9000, 3, 4}) line.put(n);
  CHECK(line.take(4) == Ints{1, 2, 3, 4});
}

TEST_CASE("jitter buffer: delay that has piled up is given back in slips, down to the target") {
  Line line(2);
  int n = 0;
  for (; n < 14; n++) line.put(n);  // a burst after a stall: 60 ms too much
  for (int i = 0; i < 4000; i++) {
    line.take();
    line.put(n++);
  }
  CHECK(line.buffer.counts().overrun >= 8);
  CHECK(line.buffer.counts().underrun == 0);
  CHECK(line.buffer.counts().lost == 0);
  int depth = 0;
  while (line.take() >= 0) depth++;
  CHECK(depth <= 5);
}

TEST_CASE("jitter buffer: a great excess is given back at once") {
  Line line(2);
  int n = 0;
  for (; n < 60; n++) line.put(n);
  for (int i = 0; i < 100; i++) {
    line.take();
    line.put(n++);
  }
  CHECK(line.buffer.counts().overrun >= 50);
}

TEST_CASE("jitter buffer: the reader's own stall, made up for in a burst, costs nothing") {
  Line line(2);
  int n = 0;
  auto tick = [&] {
    line.put(n++);
    line.take();
  };
  for (int i = 0; i < 100; i++) tick();
  for (int i = 0; i < 60; i++) line.put(n++);
  for (int i = 0; i < 60; i++) line.take();
  for (int i = 0; i < 100; i++) tick();
  CHECK(line.buffer.counts().overrun == 0);
  CHECK(line.buffer.counts().underrun == 0);
  CHECK(line.buffer.counts().lost == 0);
}

TEST_CASE("jitter buffer: a packet marked invalid plays as idle and is not lost") {
  Line line(1);
  line.buffer.put(1, {});
  line.put(2);
  CHECK(line.take(2) == Ints{-1, 2});
  CHECK(line.buffer.counts().lost == 0);
}

TEST_CASE("jitter buffer: every size of packet gives every frame once, in order, whatever is taken at a time") {
  for (int packet : {8, 16, 24, 32, 40}) {
    for (int tick : {8, 40, 48, 160}) {
      CAPTURE(packet);
      CAPTURE(tick);
      JitterBuffer buffer(packet, 1, 0, (2 * std::max(packet, tick) + packet - 1) / packet);
      uint16_t sequence = 65000;
      uint8_t next_in = 0, next_out = 0;
      bool begun = false;
      for (int in = 0, out = 0; out < 8000; out += tick) {
        for (; in < out + tick; in += packet) {
          Octets octets(static_cast<size_t>(packet));
          for (auto& octet : octets) octet = next_in++;
          buffer.put(sequence++, octets);
        }
        buffer.take(tick, [&](const uint8_t* octets, int count) {
          for (int i = 0; octets && i < count; i++) CHECK(octets[i] == next_out++);
          begun = begun || octets;
          CHECK((octets || !begun));
        });
      }
      CHECK(begun);
      CHECK(buffer.counts().lost == 0);
      CHECK(buffer.counts().underrun == 0);
    }
  }
}

TEST_CASE("control word: what is no packet of ours is refused") {
  Octets good(kCesControlWord + 8 * kCesSlots, 0x55);
  write_ces_headers(good.data(), {0x1234, false, true, false}, false, 0, 0);
  auto packet = parse_ces(good, {8});
  REQUIRE(packet);
  CHECK(packet->sequence == 0x1234);
  CHECK(packet->remote_alarm);
  CHECK_FALSE(packet->local_alarm);
  CHECK(packet->payload.size() == 8 * kCesSlots);

  CHECK_FALSE(parse_ces(good, {40}));  // another size of packet
  CHECK_FALSE(parse_ces(good, {8, kCesSlots, true}));    // no RTP header
  CHECK_FALSE(parse_ces(std::span(good).first(good.size() - 1), {8}));
  CHECK_FALSE(parse_ces(std::span(good).first(3), {8}));
  CHECK_FALSE(parse_ces({}, {8}));
  for (auto [at, bits] : {std::pair{0, 0x10}, {1, 0x40}, {1, 0x80}, {1, 0x01}}) {
    Octets bad = good;
    bad[at] |= static_cast<uint8_t>(bits);
    CHECK_FALSE(parse_ces(bad, {8}));
  }
}

TEST_CASE("control word: with L set the payload may be missing, and LEN says so") {
  Octets bare{0x08, 4, 0, 7};
  auto packet = parse_ces(bare, {40});
  REQUIRE(packet);
  CHECK(packet->local_alarm);
  CHECK(packet->payload.empty());
  bare[1] = 0;
  CHECK_FALSE(parse_ces(bare, {40}));  // LEN of so short a packet may not be 0
  bare = {0x00, 4, 0, 7};
  CHECK_FALSE(parse_ces(bare, {40}));  // without L it may not be missing
}

TEST_CASE("control word: with the RTP header both numbers agree and the frames are the clock") {
  Octets packet(kCesRtpHeader + kCesControlWord + 40 * kCesSlots);
  CHECK(write_ces_headers(packet.data(), {7}, true, 280, 0xAABBCCDD) == kCesRtpHeader + kCesControlWord);
  CHECK(packet[0] == 0x80);
  CHECK(packet[3] == 7);
  CHECK(packet[6] == 1);
  CHECK(packet[7] == 280 - 256);
  CHECK(parse_ces(packet, {40, kCesSlots, true})->sequence == 7);
  CHECK_FALSE(parse_ces(packet, {40}));
}

TEST_CASE("control word: of the M bits a remote defect is understood; the rest of them is reserved or not for us") {
  Octets packet(kCesControlWord + 40 * kCesSlots);
  write_ces_headers(packet.data(), {1, false, false, true}, false, 0, 0);
  CHECK(packet[0] == 0x02);
  CHECK(parse_ces(packet, {40})->remote_defect);
  for (uint8_t bits : {0x01, 0x03, 0x09, 0x0A, 0x0B}) {
    packet[0] = bits;
    CHECK_FALSE(parse_ces(packet, {40}));
  }
  write_ces_headers(packet.data(), {1, true, true, true}, false, 0, 0);
  CHECK(packet[0] == 0x0C);  // beside L the M bits are 00
  CHECK(parse_ces(packet, {40})->local_alarm);
}

TEST_CASE("control word: SAToP has thirty-two octets in a frame and does not look at the M bits") {
  const CesFormat satop{8, kTimeslots};
  Octets packet(kCesControlWord + 8 * kTimeslots);
  packet[0] = 0x07;
  auto parsed = parse_ces(packet, satop);
  REQUIRE(parsed);
  CHECK(parsed->remote_alarm);
  CHECK_FALSE(parsed->remote_defect);
  CHECK(parsed->payload.size() == 256);
  CHECK_FALSE(parse_ces(packet, {8}));
}
