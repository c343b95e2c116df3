// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/cesopsn.h"

#include "tdm_ends.h"

using namespace hotline;
using namespace hotline::tdm;

namespace {

struct Ends : TwoEnds {
  explicit Ends(int packet_frames = 40, int jitter_ms = 10, bool rtp_header = false)
      : TwoEnds(open_cesopsn, packet_frames, jitter_ms, rtp_header) {}
};

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
                                             {40, 48, 48, false},
                                             {16, 40, 40, false},
                                             {24, 40, 8, true},
                                             {32, 8, 40, false}}) {
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
    CHECK_FALSE(stats.ais);
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

TEST_CASE("cesopsn: an end that says it has no signal is alarm at the other, which says by M that it receives nothing") {
  Ends ends;
  Octets block(40 * kTimeslots, 0x55), in(block.size());
  auto turn = [&] {
    ends.a->send(block);
    ends.b->receive(in);
    ends.b->send(block);
    ends.a->receive(block);
    std::fill(block.begin(), block.end(), 0x55);
  };
  for (int i = 0; i < 4; i++) turn();
  CHECK(in[1] == 0x55);
  CHECK(ends.b->stats().usable());
  ends.a->send_ais(true);
  for (int i = 0; i < 4; i++) turn();
  CHECK(ends.b->stats().ais);
  CHECK(ends.b->stats().receiving);
  CHECK_FALSE(ends.b->stats().usable());
  CHECK(in[1] == kIdleAlaw);  // and never what it carries
  CHECK(in[kSignallingSlot] == 0xFF);
  CHECK(ends.a->stats().remote_alarm);
  CHECK_FALSE(ends.a->stats().ais);
  CHECK(ends.b->stats().lost == 0);
  ends.a->send_ais(false);
  for (int i = 0; i < 4; i++) turn();
  CHECK(ends.b->stats().usable());
  CHECK_FALSE(ends.a->stats().remote_alarm);
  CHECK(in[1] == 0x55);
}

TEST_CASE("cesopsn: an end that is closed says so with its last packets") {
  Ends ends;
  Octets block(40 * kTimeslots, 0x55);
  for (int i = 0; i < 4; i++) {
    ends.b->send(block);
    ends.a->receive(block);
    ends.a->send(block);
    ends.b->receive(block);
  }
  CHECK_FALSE(ends.b->stats().ais);
  ends.a.reset();
  ends.b->receive(block);
  CHECK(ends.b->stats().ais);
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
  for (int frames : {0, 4, 12, 48, 64, -8}) CHECK_FALSE(open_cesopsn({"e1", at(free_port()), "127.0.0.1:9", frames}));
  CHECK_FALSE(open_cesopsn({"e1", at(free_port()), "127.0.0.1:9", 40, 0}));
}
