// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "tdm/hdlc.h"

using hotline::tdm::Hdlc;
using hotline::tdm::kFrameBytesMax;
using Octets = std::vector<uint8_t>;

namespace {

// A line whose far end keeps what it got.
struct Ends {
  std::vector<Octets> got;
  Hdlc near{[](auto) {}};
  Hdlc far{[this](std::span<const uint8_t> frame) { got.emplace_back(frame.begin(), frame.end()); }};

  void run(int octets, int at_a_time = 40, double errors = 0, unsigned seed = 1) {
    std::mt19937 random(seed);
    Octets line(at_a_time);
    for (int done = 0; done < octets; done += at_a_time) {
      near.transmit(line);
      for (auto& octet : line) {
        if (errors > 0 && std::uniform_real_distribution<>()(random) < errors) octet ^= 1u << (random() % 8);
      }
      far.receive(line);
    }
  }
};

Octets pattern(size_t length, uint8_t first = 0) {
  Octets frame(length);
  for (size_t i = 0; i < length; i++) frame[i] = static_cast<uint8_t>(first + i);
  return frame;
}

}  // namespace

TEST_CASE("hdlc: frames of every length come out as they went in, one after the other") {
  Ends ends;
  std::vector<Octets> sent;
  for (size_t length : {2u, 3u, 4u, 60u, 264u, 400u}) sent.push_back(pattern(length, static_cast<uint8_t>(length)));
  sent.push_back(Octets(100, 0xFF));  // needs the most stuffing
  sent.push_back(Octets(100, 0x7E));  // flags as data
  for (const auto& frame : sent) REQUIRE(ends.near.send(frame));
  ends.run(2000);
  CHECK(ends.got == sent);
  CHECK(ends.near.waiting() == 0);
  CHECK(ends.near.stats().frames_sent == sent.size());
  CHECK(ends.far.stats().frames_received == sent.size());
}

TEST_CASE("hdlc: an idle line carries flags and nothing is received from it") {
  Hdlc line([](auto) { FAIL("a frame out of nothing"); });
  Octets octets(64);
  line.transmit(octets);
  CHECK(octets == Octets(64, 0x7E));
  line.receive(octets);
}

TEST_CASE("hdlc: a frame sent after a silence goes out at once") {
  Ends ends;
  ends.run(800);
  REQUIRE(ends.near.send(pattern(30)));
  ends.run(40, 8);
  CHECK(ends.got.size() == 1);
}

TEST_CASE("hdlc: blocks of 8 octets and of 1 do as well as those of 40") {
  for (int size : {1, 8, 13, 40}) {
    Ends ends;
    REQUIRE(ends.near.send(pattern(70)));
    REQUIRE(ends.near.send(pattern(9)));
    ends.run(200, size);
    CHECK(ends.got == std::vector<Octets>{pattern(70), pattern(9)});
  }
}

TEST_CASE("hdlc: a frame with a wrong FCS is counted and not delivered") {
  Ends ends;
  Octets line(60);
  REQUIRE(ends.near.send(pattern(30)));
  ends.near.transmit(line);
  line[20] ^= 0x10;
  ends.far.receive(line);
  CHECK(ends.got.empty());
  CHECK(ends.far.stats().bad_fcs + ends.far.stats().aborts + ends.far.stats().bad_length > 0);
}

TEST_CASE("hdlc: through a noisy line only true frames come, and the line recovers") {
  Ends ends;
  std::vector<Octets> sent;
  for (int i = 0; i < 200; i++) {
    sent.push_back(pattern(50, static_cast<uint8_t>(i)));
    REQUIRE(ends.near.send(sent.back()));
  }
  ends.run(14000, 40, 0.002);
  CHECK(ends.got.size() > 150);
  CHECK(ends.got.size() < 200);
  size_t next = 0;
  for (const auto& frame : ends.got) {
    while (next < sent.size() && sent[next] != frame) next++;
    CHECK(next < sent.size());
  }
}

TEST_CASE("hdlc: a dead line (all ones) is an abort, not a frame") {
  Hdlc line([](auto) { FAIL("a frame out of a dead line"); });
  line.receive(Octets(8000, 0xFF));
  CHECK(line.stats().frames_received == 0);
}

TEST_CASE("hdlc: an underrun in the middle of a frame, filled with ones, does not harm it") {
  Ends ends;
  REQUIRE(ends.near.send(pattern(60)));
  ends.run(30, 10);
  ends.far.receive(Octets(40, 0xFF));
  ends.run(60, 10);
  CHECK(ends.got == std::vector<Octets>{pattern(60)});
}

TEST_CASE("hdlc: refuses a frame that is empty, too long, or finds the queue full") {
  Hdlc line([](auto) {}, 2);
  CHECK_FALSE(line.send({}));
  CHECK_FALSE(line.send(Octets(kFrameBytesMax + 1)));
  CHECK(line.send(pattern(10)));
  CHECK(line.send(pattern(10)));
  CHECK_FALSE(line.send(pattern(10)));
  CHECK(line.stats().refused == 3);
  Octets out(40);
  line.transmit(out);
  CHECK(line.send(pattern(10)));
}
