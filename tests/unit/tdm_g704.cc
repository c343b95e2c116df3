// SPDX-License-Identifier: GPL-2.0-or-later
#include "tdm/g704.h"

#include <doctest/doctest.h>

#include <deque>
#include <random>
#include <vector>

using namespace hotline::tdm;
using Octets = std::vector<uint8_t>;

namespace {

// A line that carries frames of random octets, cut into parts of 32 octets that begin `shift` bits late.
struct Stream {
  std::mt19937 random{5};
  Framer framer;
  bool alarm = false;
  int shift;
  std::vector<uint8_t> bits;   // not yet given
  std::deque<Octets> sent;     // the frames, as made
  explicit Stream(int shift) : shift(shift) {
    for (int i = 0; i < shift; i++) bits.push_back(static_cast<uint8_t>(random() & 1));
  }
  Octets next() {
    Octets frame(kTimeslots);
    for (auto& octet : frame) octet = static_cast<uint8_t>(random());
    frame[0] = framer.next(alarm);
    return next(frame);
  }
  Octets next(const Octets& frame) {
    sent.push_back(frame);
    for (uint8_t octet : frame) {
      for (int bit = 7; bit >= 0; bit--) bits.push_back(static_cast<uint8_t>(octet >> bit & 1));
    }
    Octets part(kTimeslots);
    for (size_t i = 0; i < 256; i++) part[i / 8] = static_cast<uint8_t>(part[i / 8] << 1 | bits[i]);
    bits.erase(bits.begin(), bits.begin() + 256);
    return part;
  }
};

Octets turn(Deframer& deframer, const Octets& part) {
  Octets frame(kTimeslots);
  deframer.turn(part.empty() ? nullptr : part.data(), frame.data());
  return frame;
}

bool is_idle(const Octets& frame) { return frame[1] == kIdleAlaw && frame[31] == kIdleAlaw && frame[16] == 0xFF; }

}  // namespace

TEST_CASE("g704: timeslot 0 is the frame alignment signal in every second frame, and the alarm in the others") {
  Framer framer;
  CHECK(framer.next(false) == 0x9B);
  CHECK(framer.next(false) == 0xDF);
  CHECK(framer.next(true) == 0x9B);
  CHECK(framer.next(true) == 0xFF);
}

TEST_CASE("g704: frames are found wherever they begin, within an octet too, and come out as they were") {
  for (int shift = 0; shift < 256; shift++) {
    CAPTURE(shift);
    Stream stream(shift);
    Deframer deframer;
    for (int i = 0; i < 12; i++) turn(deframer, stream.next());
    REQUIRE(deframer.aligned());
    // What comes out now is one of the last three.
    Octets out = turn(deframer, stream.next());
    size_t found = 0;
    for (size_t i = stream.sent.size() - 3; i < stream.sent.size(); i++) {
      if (stream.sent[i] == out) found = i;
    }
    REQUIRE(found > 0);
    for (int i = 0; i < 20; i++) {
      out = turn(deframer, stream.next());
      CHECK(out == stream.sent[++found]);
    }
    CHECK(deframer.losses() == 0);
    CHECK_FALSE(deframer.ais());
  }
}

TEST_CASE("g704: alignment is lost by three wrong signals in a row and by nothing less, and found again") {
  for (int wrong = 1; wrong <= 3; wrong++) {
    for (bool fas : {true, false}) {
      CAPTURE(wrong);
      CAPTURE(fas);
      Stream stream(0);
      Deframer deframer;
      for (int i = 0; i < 12; i++) turn(deframer, stream.next());
      for (int i = 0; i < 2 * wrong; i++) {
        Octets frame(kTimeslots, 0x55);
        frame[0] = stream.framer.next(false);
        if ((frame[0] == kFasSent) == fas) frame[0] = fas ? 0x9A : 0x9F;
        turn(deframer, stream.next(frame));
      }
      Octets after = turn(deframer, stream.next());
      CHECK(deframer.losses() == (wrong == 3 ? 1 : 0));
      CHECK(is_idle(after) == (wrong == 3));
      for (int i = 0; i < 6; i++) turn(deframer, stream.next());
      CHECK(deframer.aligned());
    }
  }
}

TEST_CASE("g704: a timeslot that looks like the frame alignment signal in every frame is not taken for it") {
  Stream stream(0);
  Deframer deframer;
  for (int i = 0; i < 12; i++) {
    Octets frame(kTimeslots, kFas);
    frame[0] = stream.framer.next(false);
    turn(deframer, stream.next(frame));
  }
  REQUIRE(deframer.aligned());
  CHECK(deframer.signalling_octet() == 16);
  Octets frame(kTimeslots, kFas);
  frame[0] = stream.framer.next(false);
  CHECK((turn(deframer, stream.next(frame))[0] & 0x9B) == 0x9B);
}

TEST_CASE("g704: what is missing is idle, and costs neither alignment nor alarm") {
  Stream stream(77);
  stream.alarm = true;
  Deframer deframer;
  for (int i = 0; i < 20; i++) turn(deframer, stream.next());
  CHECK(deframer.remote_alarm());
  for (int i = 0; i < 7; i++) {
    stream.next();
    CHECK(is_idle(turn(deframer, {})));
  }
  Octets first = turn(deframer, stream.next());
  CHECK(is_idle(first));  // a part of it was in what is missing
  Octets out = turn(deframer, stream.next());
  CHECK((out == stream.sent[stream.sent.size() - 2] || out == stream.sent[stream.sent.size() - 3]));
  CHECK(deframer.aligned());
  CHECK(deframer.remote_alarm());
  CHECK_FALSE(deframer.ais());
  CHECK(deframer.losses() == 0);
}

TEST_CASE("g704: the remote alarm is believed after three frames that say it, and taken back likewise") {
  Stream stream(0);
  Deframer deframer;
  for (int i = 0; i < 12; i++) turn(deframer, stream.next());
  for (int round = 0; round < 2; round++) {
    stream.alarm = round == 0;
    for (int i = 0; i < 4; i++) turn(deframer, stream.next());
    CHECK(deframer.remote_alarm() == !stream.alarm);
    for (int i = 0; i < 4; i++) turn(deframer, stream.next());
    CHECK(deframer.remote_alarm() == stream.alarm);
  }
}

TEST_CASE("g704: all ones is an alarm indication, with two zeros in a double frame too, with three not") {
  Stream stream(0);
  Deframer deframer;
  for (int i = 0; i < 12; i++) turn(deframer, stream.next());
  for (int zeros : {0, 2, 3}) {
    CAPTURE(zeros);
    Octets ones(kTimeslots, 0xFF), some = ones;
    some[4] = static_cast<uint8_t>(zeros == 0 ? 0xFF : zeros == 2 ? 0xE7 : 0xC7);
    for (int i = 0; i < 20; i++) turn(deframer, i % 2 == 0 ? ones : some);
    CHECK_FALSE(deframer.aligned());
    CHECK(deframer.ais() == (zeros < 3));
    for (int i = 0; i < 12; i++) turn(deframer, stream.next());
    CHECK(deframer.aligned());
    CHECK_FALSE(deframer.ais());
  }
}
