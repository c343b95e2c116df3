// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "media/jitter.h"
#include "media/telephone_event.h"
#include "media_fake.h"

using namespace hotline::media;
using namespace hotline::media::test;

// A sender whose every packet is full of its own number, so that one sees which is played.
struct Sender {
  JitterBuffer buffer;
  uint32_t base = 0xFFFFFF00, ssrc = 7;

  void put(int number, int samples = 160, bool marker = false) {
    RtpPacket packet;
    packet.ssrc = ssrc;
    packet.marker = marker;
    packet.sequence = static_cast<uint16_t>(number);
    packet.timestamp = base + static_cast<uint32_t>(number * samples);
    Octets audio(static_cast<size_t>(samples), loud(number));
    buffer.put(packet, audio);
  }
  static uint8_t loud(int number) { return static_cast<uint8_t>((0x80 | (64 + number % 60)) ^ 0x55); }
  /// The number that is played, by its second half, as the first may be faded in; -1 for silence, -2 for something
  /// else.
  int pull() {
    uint8_t out[160];
    buffer.pull(out);
    for (uint8_t octet : std::span(out).subspan(80)) {
      if (octet != out[80]) return -2;
    }
    if (out[80] == kAlawSilence) return -1;
    int number = (out[80] ^ 0x55 ^ 0x80) - 64;
    return number >= 0 && number < 60 ? number : -2;
  }
};

TEST_CASE("the first packet is played 40 ms after it came, the others in their order") {
  Sender sender;
  CHECK(sender.pull() == -1);
  std::vector<int> played;
  for (int i = 0; i < 10; ++i) {
    sender.put(i);
    played.push_back(sender.pull());
  }
  CHECK(played == std::vector<int>{-1, -1, 0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(sender.buffer.depth() == 320);
  CHECK(sender.buffer.books().lost == 0);
}

TEST_CASE("packets that overtake each other within 40 ms are played in order; a second copy changes nothing") {
  Sender sender;
  sender.put(0);
  CHECK(sender.pull() == -1);
  sender.put(2);
  sender.put(1);
  sender.put(1);
  CHECK(sender.pull() == -1);
  sender.put(4);
  CHECK(sender.pull() == 0);
  sender.put(3);
  CHECK(sender.pull() == 1);
  CHECK(sender.pull() == 2);
  CHECK(sender.pull() == 3);
  CHECK(sender.pull() == 4);
  CHECK(sender.buffer.books().duplicate == 1);
  CHECK(sender.buffer.books().lost == 0);
}

TEST_CASE("what comes after its turn is dropped and counted") {
  Sender sender;
  for (int i = 0; i < 5; ++i) {
    if (i != 2) sender.put(i);
    sender.pull();
  }
  sender.put(2);  // its turn was in the last pull
  CHECK(sender.buffer.books().late == 1);
  CHECK(sender.pull() == 3);
}

TEST_CASE("when every packet is late the delay grows until none is") {
  Sender sender;
  int heard = 0;
  sender.put(0);
  for (int i = 0; i < 100; ++i) {
    if (i >= 4) sender.put(i - 3);
    heard += sender.pull() >= 0;
  }
  CHECK(heard > 85);
  CHECK(sender.buffer.books().late <= 6);
}

TEST_CASE("a new SSRC starts anew at once") {
  Sender sender;
  for (int i = 0; i < 5; ++i) {
    sender.put(i);
    sender.pull();
  }
  sender.ssrc = 8;
  sender.base += 123456789;
  std::vector<int> played;
  for (int i = 10; i < 15; ++i) {
    sender.put(i);
    played.push_back(sender.pull());
  }
  played.erase(played.begin(), played.begin() + 2);  // the end of the old one, made up
  CHECK(played == std::vector<int>{10, 11, 12});
  CHECK(sender.buffer.books().resync == 1);
}

TEST_CASE("one stray timestamp is nothing, two in a row or a marked one are a jump") {
  Sender sender;
  for (int i = 0; i < 5; ++i) {
    sender.put(i);
    sender.pull();
  }
  auto base = sender.base;
  sender.base = base + 1000000;
  sender.put(5);
  CHECK(sender.pull() == 3);
  sender.base = base;
  sender.put(6);
  CHECK(sender.buffer.books().resync == 0);
  CHECK(sender.pull() == 4);
  sender.base = base - 1000000;
  sender.put(7);
  sender.put(8);
  CHECK(sender.buffer.books().resync == 1);
  sender.base = base + 5000000;
  sender.put(9, 160, true);
  CHECK(sender.buffer.books().resync == 2);
}

TEST_CASE("packets of 10, 30 and 60 ms are played as well") {
  for (int samples : {80, 240, 480}) {
    Sender sender;
    int number = 0, octets = 0, good = 0;
    uint8_t out[160];
    for (int i = 0; i < 120; ++i) {
      for (; octets <= i * 160; octets += samples) sender.put(number++, samples);
      sender.buffer.pull(out);
      good += i > 10 && alaw_loudness(out[0]) >= 64 && alaw_loudness(out[159]) >= 64;
    }
    CHECK(good == 109);
    CHECK(sender.buffer.books().lost == 0);
  }
}

TEST_CASE("a sender that falls silent and comes back is heard again") {
  Sender sender;
  for (int i = 0; i < 5; ++i) {
    sender.put(i);
    sender.pull();
  }
  for (int i = 0; i < 1000; ++i) sender.pull();
  std::vector<int> played;
  for (int i = 5; i < 10; ++i) {
    sender.put(i);
    played.push_back(sender.pull());
  }
  CHECK(played == std::vector<int>{-1, -1, 5, 6, 7});
}

TEST_CASE("the buffer survives any packets in any order, and its depth stays bounded") {
  JitterBuffer buffer;
  uint32_t seed = 42;
  auto random = [&seed](uint32_t below) { return ((seed = seed * 1664525 + 1013904223) >> 8) % below; };
  Octets audio(960, 0x2A);
  uint8_t out[160];
  for (int i = 0; i < 100000; ++i) {
    RtpPacket packet;
    packet.ssrc = random(100) == 0;
    packet.marker = random(10) == 0;
    packet.timestamp = random(20) == 0 ? seed : static_cast<uint32_t>(i * 80) + random(3000);
    buffer.put(packet, {audio.data(), 1 + random(960)});
    if (i % 2) buffer.pull(out);
    REQUIRE(buffer.depth() <= JitterBuffer::kDelayMax + 960);
  }
}

static std::string changes(EventReceiver& receiver) {
  std::string text;
  while (auto change = receiver.take()) {
    text += change->pressed ? '+' : '-';
    text += change->key;
    if (!change->pressed) text += std::to_string(change->duration_ms);
  }
  return text;
}

TEST_CASE("the example of RFC 4733 section 2.5.1: a key's packets, its end three times") {
  EventReceiver receiver;
  receiver.put(11200, {1, false, 10, 400});
  CHECK(changes(receiver) == "+1");
  receiver.put(11200, {1, false, 10, 800});
  receiver.put(11200, {1, true, 10, 1200});
  receiver.put(11200, {1, true, 10, 1200});
  receiver.put(11200, {1, true, 10, 1200});
  CHECK(changes(receiver) == "-1150");
  receiver.put(11200, {1, false, 10, 800});  // a straggler
  CHECK(changes(receiver).empty());
}

TEST_CASE("the same key twice is two keys, by their timestamps") {
  EventReceiver receiver;
  receiver.put(1000, {1, true, 10, 800});
  receiver.put(3000, {1, true, 10, 800});
  CHECK(changes(receiver) == "+1-1100+1-1100");
}

TEST_CASE("a key whose ends are all lost ends by the next key, or after 100 ms without news") {
  EventReceiver receiver;
  receiver.put(1000, {2, false, 10, 640});
  receiver.put(4000, {3, false, 10, 160});
  CHECK(changes(receiver) == "+2-280+3");
  for (int i = 0; i < 5; ++i) receiver.tick();
  CHECK(changes(receiver).empty());
  receiver.tick();
  CHECK(changes(receiver) == "-320");
}

TEST_CASE("a key held for more than eight seconds is one key in several segments") {
  EventReceiver receiver;
  receiver.put(1000, {4, false, 10, 0xFFFF});
  receiver.put(1000 + 0xFFFF, {4, false, 10, 800});
  receiver.put(1000 + 0xFFFF, {4, true, 10, 1600});
  CHECK(changes(receiver) == "+4-4" + std::to_string((0xFFFF + 1600) / 8));
}

TEST_CASE("events that are no keys, and octets that are no event, are nothing") {
  EventReceiver receiver;
  receiver.put(1000, {16, true, 10, 800});  // flash
  CHECK(changes(receiver).empty());
  TelephoneEvent event;
  CHECK_FALSE(parse_event(Octets{1, 2, 3}, event));
}
