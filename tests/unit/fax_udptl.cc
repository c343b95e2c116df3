// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "fax/udptl.h"

using namespace hotline::fax;

namespace {

using Octets = std::vector<uint8_t>;

Octets packet(const std::string& text) { return Octets(text.begin(), text.end()); }

/// What comes out of these datagrams: "0:a 1:b".
std::string taken(UdptlReceiver& receiver, const std::vector<Octets>& datagrams) {
  std::string text;
  for (const auto& datagram : datagrams)
    receiver.take(datagram, [&](std::span<const uint8_t> one, uint16_t number) {
      text += (text.empty() ? "" : " ") + std::to_string(number) + ":" + std::string(one.begin(), one.end());
    });
  return text;
}

}  // namespace

TEST_CASE("a datagram is a number, the packet, and those before it") {
  UdptlSender sender(2);
  CHECK(sender.next(packet("a")) == Octets{0, 0, 1, 'a', 0, 0});
  CHECK(sender.next(packet("bc")) == Octets{0, 1, 2, 'b', 'c', 0, 1, 1, 'a'});
  CHECK(sender.next(packet("d")) == Octets{0, 2, 1, 'd', 0, 2, 2, 'b', 'c', 1, 'a'});
  CHECK(sender.next(packet("e")) == Octets{0, 3, 1, 'e', 0, 2, 1, 'd', 2, 'b', 'c'});
}

TEST_CASE("a packet of 128 octets and more has a length of two") {
  UdptlSender sender(0);
  auto datagram = sender.next(Octets(300, 7));
  REQUIRE(datagram.size() == 2 + 2 + 300 + 2);
  CHECK(datagram[2] == 0x81);
  CHECK(datagram[3] == 0x2C);
  UdptlReceiver receiver;
  size_t octets = 0;
  CHECK(receiver.take(datagram, [&](std::span<const uint8_t> one, uint16_t) { octets = one.size(); }));
  CHECK(octets == 300);
}

TEST_CASE("repetitions give way to the bound of a datagram, and a packet beyond it is none") {
  UdptlSender sender(3, 100);
  for (int i = 0; i < 4; ++i) CHECK(sender.next(Octets(40, 1)).size() <= 100);
  CHECK(sender.next(Octets(200, 1)).empty());
}

TEST_CASE("two datagrams in a row may be lost, and every packet comes once and in order") {
  UdptlSender sender(3);
  std::vector<Octets> all;
  for (const char* text : {"a", "b", "c", "d", "e", "f", "g"}) all.push_back(sender.next(packet(text)));
  UdptlReceiver receiver;
  CHECK(taken(receiver, {all[1], all[1], all[4], all[0], all[5]}) == "0:a 1:b 2:c 3:d 4:e 5:f");
  CHECK(receiver.recovered() == 3);
  CHECK(receiver.lost() == 0);
}

TEST_CASE("what no repetition brings is counted as lost, and the numbers go round") {
  UdptlSender sender(0);
  UdptlReceiver receiver;
  for (int i = 0; i < 65536; ++i) {
    auto datagram = sender.next(packet("x"));
    if (i < 10 || i > 65530 || i % 100 == 0) taken(receiver, {datagram});
  }
  uint64_t lost = receiver.lost();
  CHECK(lost > 60000);
  CHECK(taken(receiver, {sender.next(packet("y"))}) == "0:y");
  CHECK(receiver.lost() == lost);
}

TEST_CASE("what is no datagram gives nothing, and one with parity what it carries itself") {
  UdptlReceiver receiver;
  for (const Octets& bad : {Octets{}, Octets{0, 0, 1}, Octets{0, 0, 9, 'a', 0, 0}, Octets{0, 0, 1, 'a'},
                            Octets{0, 0, 1, 'a', 0, 1}, Octets{0, 0, 1, 'a', 0, 1, 5, 'b'}, Octets{0, 0, 0xC1, 'a', 0, 0},
                            Octets{0, 0, 1, 'a', 0, 0x7F}})
    CHECK_FALSE(receiver.take(bad, [](std::span<const uint8_t>, uint16_t) { CHECK(false); }));
  CHECK(taken(receiver, {Octets{0, 5, 1, 'a', 0x80, 1, 3, 1, 1, 'z'}}) == "5:a");
}
