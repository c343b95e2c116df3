// SPDX-License-Identifier: GPL-2.0-or-later
// RTP: packets as they lie in datagrams, and ports that speak it with a telephone on a real socket.
#include <doctest/doctest.h>

#include "media_fake.h"
#include "media_rtp_bench.h"

using namespace hotline;
using namespace hotline::media;
using namespace hotline::media::test;

TEST_CASE("an RTP head is read as RFC 3550 draws it") {
  Octets datagram = {0x80, 0x88, 0x12, 0x34, 0x00, 0x00, 0x00, 0xA0, 0xDE, 0xAD, 0xBE, 0xEF, 1, 2, 3};
  RtpPacket packet;
  REQUIRE(parse_rtp(datagram, packet));
  CHECK(packet.marker);
  CHECK(packet.payload_type == 8);
  CHECK(packet.sequence == 0x1234);
  CHECK(packet.timestamp == 160);
  CHECK(packet.ssrc == 0xDEADBEEF);
  CHECK(Octets(packet.payload.begin(), packet.payload.end()) == Octets{1, 2, 3});
  uint8_t again[kRtpHeadBytes];
  write_rtp_head(again, packet);
  CHECK(std::equal(again, again + kRtpHeadBytes, datagram.begin()));
}

TEST_CASE("CSRCs, an extension and padding are stepped over") {
  Octets datagram(12);
  datagram[0] = 0x80 | 0x20 | 0x10 | 2;
  datagram.insert(datagram.end(), 8, 0xCC);                         // two CSRCs
  datagram.insert(datagram.end(), {0xBE, 0xDE, 0, 1, 9, 9, 9, 9});  // one word of extension
  datagram.insert(datagram.end(), {7, 7, 0, 0, 3});                 // two of payload, three of padding
  RtpPacket packet;
  REQUIRE(parse_rtp(datagram, packet));
  CHECK(Octets(packet.payload.begin(), packet.payload.end()) == Octets{7, 7});
}

TEST_CASE("what is no RTP, or lies about its lengths, is refused") {
  RtpPacket packet;
  auto refused = [&](Octets datagram) { return !parse_rtp(datagram, packet); };
  Octets whole(12, 0);
  whole[0] = 0x80;
  CHECK_FALSE(refused(whole));
  CHECK(refused({}));
  CHECK(refused(Octets(whole.begin(), whole.end() - 1)));
  auto with = [&](size_t at, uint8_t value) {
    auto copy = whole;
    copy[at] = value;
    return copy;
  };
  CHECK(refused(with(0, 0x40)));  // version 1
  CHECK(refused(with(0, 0x8F)));  // 15 CSRCs that are not there
  CHECK(refused(with(0, 0x90)));  // an extension that is not there
  CHECK(refused(with(0, 0xA0)));  // no padding where some is claimed
  auto padded = with(0, 0xA0);
  padded.insert(padded.end(), {1, 2, 0});
  CHECK(refused(padded));  // padding of none
  padded.back() = 4;
  CHECK(refused(padded));  // padding longer than all
}

TEST_CASE("nothing is sent to a phone before its address is known") {
  RtpBench bench;
  for (int i = 0; i < 10; ++i) bench.turn(sine(500, 160));
  CHECK(bench.packets.empty());
  CHECK(silent(bench.span->heard[1]));
}

TEST_CASE("phone and channel hear each other, 40 ms after they speak, octet for octet") {
  RtpBench bench;
  bench.connect();
  auto said = sine(500, 8000);
  bench.span->say[1] = sine(1400, 8000);
  for (size_t i = 0; i < 50; ++i)
    bench.turn({said.begin() + static_cast<long>(i * 160), said.begin() + static_cast<long>(i * 160 + 160)});
  const auto& heard = bench.span->heard[1];
  auto first = std::find_if(heard.begin(), heard.end(), [](uint8_t octet) { return octet != kAlawSilence; });
  auto delay = first - heard.begin();
  CHECK(delay >= 320);
  CHECK(delay <= 320 + 160 + 8);
  CHECK(std::equal(first, heard.end(),
                   std::find_if(said.begin(), said.end(), [](uint8_t o) { return o != kAlawSilence; })));
  CHECK(bench.phone.heard.size() >= 49 * 160);
  CHECK(level(bench.phone.heard, 1400, 320) > -0.5);
  CHECK(level(bench.phone.heard, 500, 320) < -40);
}

TEST_CASE("every phone's packets are read in the tick in which they come, whenever that is") {
  Bench bench;
  for (int i = 0; i < 8; ++i) {
    FakePhone phone;
    sockaddr_in local{};
    auto channel = bench.engine.open_channel(bench.span_id, i + 1), rtp = bench.engine.open_rtp(local).value();
    RtpRemote remote;
    remote.address = phone.address;
    bench.engine.bridge(channel, rtp, {});
    bench.engine.set_remote(rtp, remote);
    bench.ms(5 * i);
    bench.span->forget();
    for (int packet = 0; packet < 10; ++packet) {
      int socket = bench.engine.find(rtp)->rtp->socket();
      uint32_t before = waiting(socket);
      phone.say(local, sine(500, 160, static_cast<size_t>(packet) * 160 + 4));
      wait_until([&] { return waiting(socket) > before; });
      bench.ms(20);
    }
    const auto& heard = bench.span->heard[static_cast<size_t>(i + 1)];
    auto first = std::find_if(heard.begin(), heard.end(), [](uint8_t octet) { return alaw_loudness(octet) > 8; });
    CHECK(first - heard.begin() == 320);  // the jitter buffer's 40 ms and no more
    bench.engine.close(rtp);
    bench.engine.close(channel);
  }
}

TEST_CASE("packets to a phone are numbered one by one, 160 samples apart, marked where the source changes") {
  RtpBench bench;
  bench.connect();
  for (int i = 0; i < 10; ++i) bench.turn();
  bench.engine.play(bench.rtp, {{nullptr, static_cast<int>(Tone::dial), 800}}, false, false);
  for (int i = 0; i < 20; ++i) bench.turn();
  REQUIRE(bench.packets.size() >= 29);
  CHECK(bench.packets[0].head.marker);
  int marked = 0;
  for (size_t i = 1; i < bench.packets.size(); ++i) {
    const auto& one = bench.packets[i].head;
    CHECK(one.sequence == static_cast<uint16_t>(bench.packets[i - 1].head.sequence + 1));
    CHECK(one.timestamp == bench.packets[i - 1].head.timestamp + 160);
    CHECK(one.ssrc == bench.packets[0].head.ssrc);
    marked += one.marker;
  }
  CHECK(marked == 2);  // the tone, and the partner again
}

TEST_CASE("a phone that nobody speaks to gets silence, so that it does not hang up") {
  RtpBench bench;
  bench.engine.close(bench.channel);
  bench.connect();
  for (int i = 0; i < 50; ++i) bench.turn();
  CHECK(bench.packets.size() >= 49);
  CHECK(silent(bench.phone.heard));
}

TEST_CASE("nothing is sent while the phone holds, and time goes on for it") {
  RtpBench bench;
  bench.connect();
  for (int i = 0; i < 5; ++i) bench.turn();
  auto before = bench.packets.back().head;
  bench.packets.clear();
  bench.remote.send = false;
  bench.connect();
  for (int i = 0; i < 10; ++i) bench.turn();
  CHECK(bench.packets.empty());
  bench.remote.send = true;
  bench.connect();
  for (int i = 0; i < 5; ++i) bench.turn();
  REQUIRE_FALSE(bench.packets.empty());
  CHECK(bench.packets[0].head.marker);
  CHECK(bench.packets[0].head.timestamp == before.timestamp + 11 * 160);
  CHECK(bench.packets[0].head.sequence == static_cast<uint16_t>(before.sequence + 1));
}

TEST_CASE("the first who speaks is latched, and a later one is neither heard nor answered") {
  RtpBench bench;
  bench.remote.address.sin_port = htons(9);  // SDP told a private address: nobody is there
  bench.connect();
  FakePhone stranger;
  stranger.next.ssrc = 0x666;
  for (int i = 0; i < 20; ++i) {
    bench.turn(sine(500, 160, static_cast<size_t>(i) * 160));
    stranger.say(bench.local, sine(1400, 160, static_cast<size_t>(i) * 160));
  }
  CHECK(bench.packets.size() >= 18);
  CHECK(stranger.take().empty());
  CHECK(level(bench.span->heard[1], 500, 480) > -0.5);
  CHECK(level(bench.span->heard[1], 1400, 480) < -40);

  // Once for each set_remote: now the stranger may be the one.
  bench.connect();
  for (int i = 0; i < 10; ++i) {
    stranger.say(bench.local, sine(1400, 160, static_cast<size_t>(i) * 160));
    bench.ms(20);
  }
  CHECK(stranger.take().size() >= 8);
}

TEST_CASE("mu-law is transcoded both ways") {
  RtpBench bench;
  bench.remote.alaw_payload = kPcmu;
  bench.connect();
  bench.phone.next.payload_type = kPcmu;
  bench.span->say[1] = sine(1400, 8000);
  for (size_t i = 0; i < 50; ++i) {
    auto audio = sine(500, 160, i * 160);
    for (auto& octet : audio) octet = kAlawToUlaw[octet];
    bench.turn(audio);
  }
  CHECK(level(bench.span->heard[1], 500, 480) == doctest::Approx(0).epsilon(0.1));
  Octets heard;
  for (const auto& packet : bench.packets) {
    CHECK(packet.head.payload_type == kPcmu);
    for (uint8_t octet : packet.payload) heard.push_back(kUlawToAlaw[octet]);
  }
  CHECK(level(heard, 1400, 320) == doctest::Approx(0).epsilon(0.1));
}

TEST_CASE("garbage on an RTP port is not heard, and no address is latched for it") {
  RtpBench bench;
  bench.connect();
  FakePhone vandal;
  uint32_t seed = 1;
  for (int i = 0; i < 200; ++i) {
    Octets datagram(static_cast<size_t>(i));
    for (auto& octet : datagram) octet = static_cast<uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
    if (datagram.size() > 1) {
      datagram[0] = static_cast<uint8_t>(datagram[0] & 0x3F);  // never version 2
    }
    vandal.send_raw(bench.local, datagram);
    if (i % 10 == 0) bench.turn();
  }
  vandal.take();
  for (int i = 0; i < 20; ++i) bench.turn(sine(500, 160, static_cast<size_t>(i) * 160));
  CHECK(vandal.take().empty());
  CHECK(level(bench.span->heard[1], 500, bench.span->heard[1].size() - 2400) > -0.5);
}

TEST_CASE("a burst after a stall of ours is played whole while we catch up") {
  RtpBench bench;
  bench.connect();
  auto said = sine(500, 32000);
  size_t at = 0;
  auto say = [&] {
    bench.say({said.begin() + static_cast<long>(at), said.begin() + static_cast<long>(at + 160)});
    at += 160;
  };
  for (int i = 0; i < 20; ++i, bench.ms(20)) say();
  for (int i = 0; i < 40; ++i) say();  // 800 ms in which we did not run
  bench.engine.step(160, true);
  for (int i = 0; i < 20; ++i, bench.ms(20)) say();
  const auto& heard = bench.span->heard[1];
  auto first = std::find_if(heard.begin(), heard.end(), [](uint8_t octet) { return octet != kAlawSilence; });
  CHECK(std::equal(first, heard.end(), said.begin() + 1));
}

static void send_event(RtpBench& bench, uint32_t timestamp, int event, int duration, bool end) {
  RtpPacket head = bench.phone.next;
  ++bench.phone.next.sequence;
  head.payload_type = 101;
  head.timestamp = timestamp;
  Octets payload(kEventBytes);
  write_event(payload.data(), {event, end, 10, duration});
  bench.arrive([&] { bench.phone.send(bench.local, head, payload); });
}

TEST_CASE("telephone events are told once each, and sent on to the channel as a tone") {
  RtpBench bench;
  bench.connect(101);
  for (int i = 0; i < 5; ++i) bench.turn(Octets(160, kAlawSilence));
  uint32_t began = bench.phone.next.timestamp;
  for (int duration = 160; duration <= 800; duration += 160) {
    send_event(bench, began, 5, duration, false);
    bench.turn();
  }
  CHECK(bench.all<Digit>().empty());
  for (int copy = 0; copy < 3; ++copy) send_event(bench, began, 5, 960, true);
  for (int i = 0; i < 20; ++i) bench.turn();
  auto digits = bench.all<Digit>();
  REQUIRE(digits.size() == 1);
  CHECK(digits[0].port == bench.rtp);
  CHECK(digits[0].digit == '5');
  CHECK(digits[0].by == DigitBy::rfc4733);
  CHECK(digits[0].duration_ms == 120);
  const auto& heard = bench.span->heard[1];
  auto tone = std::find_if(heard.begin(), heard.end(), [](uint8_t o) { return alaw_loudness(o) > 16; }) - heard.begin();
  CHECK(level(heard, 770, static_cast<size_t>(tone), 780) > -3);
  CHECK(level(heard, 1336, static_cast<size_t>(tone), 780) > -3);
}

TEST_CASE("a refreshed session repeats no key, and another telephone's first key is heard whatever its clock says") {
  RtpBench bench;
  bench.connect(101);
  send_event(bench, 500000, 5, 800, true);
  bench.turn();
  bench.connect(101);
  send_event(bench, 500000, 5, 800, true);
  bench.turn();
  CHECK(bench.all<Digit>().size() == 1);
  FakePhone other;
  bench.remote.address = other.address;
  bench.connect(101);
  std::swap(bench.phone, other);
  send_event(bench, 499000, 6, 800, true);
  bench.turn();
  REQUIRE(bench.all<Digit>().size() == 2);
  CHECK(bench.all<Digit>()[1].digit == '6');
}

TEST_CASE("digits sent to a phone with events are events: one marker, growing durations, three ends") {
  RtpBench bench;
  bench.connect(101);
  for (int i = 0; i < 5; ++i) bench.turn();
  bench.packets.clear();
  bench.engine.send_digits(bench.rtp, "4#");
  for (int i = 0; i < 30; ++i) bench.turn();
  std::vector<TelephoneEvent> events;
  std::vector<uint32_t> begins;
  for (size_t i = 0; i < bench.packets.size(); ++i) {
    const auto& packet = bench.packets[i];
    if (i > 0) CHECK(packet.head.sequence == static_cast<uint16_t>(bench.packets[i - 1].head.sequence + 1));
    if (packet.head.payload_type != 101) continue;
    TelephoneEvent event;
    REQUIRE(parse_event(packet.payload, event));
    CHECK(packet.head.marker == (event.duration == 160));
    events.push_back(event);
    begins.push_back(packet.head.timestamp);
  }
  REQUIRE(events.size() == 14);
  for (size_t i = 0; i < 14; ++i) {
    CHECK(events[i].event == (i < 7 ? 4 : 11));
    CHECK(events[i].duration == std::min<int>(static_cast<int>(i % 7 + 1) * 160, 800));
    CHECK(events[i].end == (i % 7 >= 4));
    CHECK(begins[i] == begins[i / 7 * 7]);
  }
  CHECK(begins[7] == begins[0] + 1600);
}

TEST_CASE("keys in the audio of a phone without events are detected; of one with events they are not") {
  for (int events : {-1, 101}) {
    RtpBench bench;
    bench.engine.unbridge(bench.channel, bench.rtp);
    bench.connect(events);
    for (int i = 0; i < 5; ++i) bench.turn({key_tone('9') + i * 160, key_tone('9') + i * 160 + 160});
    for (int i = 0; i < 10; ++i) bench.turn(Octets(160, kAlawSilence));
    CHECK(bench.all<Digit>().size() == (events < 0 ? 1 : 0));
  }
}

TEST_CASE("when all ports of the range are taken the answer is 'again', until one is closed") {
  Bench bench;
  std::vector<PortId> ports;
  sockaddr_in local{};
  std::set<uint16_t> numbers;
  for (;;) {
    auto port = bench.engine.open_rtp(local);
    if (!port) {
      CHECK(port.error().code == Errc::again);
      break;
    }
    CHECK(ntohs(local.sin_port) % 2 == 0);
    CHECK(numbers.insert(local.sin_port).second);
    ports.push_back(*port);
    REQUIRE(ports.size() <= 50);
  }
  bench.engine.close(ports[0]);
  bench.engine.step(1);
  CHECK(bench.engine.open_rtp(local));
}
