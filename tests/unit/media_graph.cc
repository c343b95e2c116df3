// SPDX-License-Identifier: GPL-2.0-or-later
// Who hears whom: mixes, holds, spies, sockets.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <random>

#include "media_fake.h"

using namespace hotline;
using namespace hotline::media;
using namespace hotline::media::test;

namespace {

/// Channels 1 to 8, each with a tone of its own.
struct Party : Bench {
  explicit Party(EngineConfig config = {}) : Bench(std::move(config)) {
    for (int slot = 1; slot <= 8; ++slot) port[slot] = engine.open_channel(span_id, slot);
  }
  static double hertz(int slot) { return 300.0 + 200 * slot; }
  void talk(std::initializer_list<int> slots, size_t samples = 16000, double amplitude = 3000) {
    for (int slot : slots) span->say[static_cast<size_t>(slot)] = sine(hertz(slot), samples, 0, amplitude);
  }
  /// Which of the others' tones a slot heard since the last forget(), as "234".
  std::string hears(int slot, size_t from = 0) const {
    const auto& heard = span->heard[static_cast<size_t>(slot)];
    std::string text;
    for (int other = 1; other <= 8; ++other)
      if (level(heard, hertz(other), from) > -20) text += static_cast<char>('0' + other);
    return text;
  }
  const Octets& heard(int slot) const { return span->heard[static_cast<size_t>(slot)]; }
  PortId port[9] = {};
};

Octets noise(size_t samples, uint32_t seed) {
  std::mt19937 random(seed);
  Octets octets(samples);
  for (auto& octet : octets) octet = static_cast<uint8_t>(random());
  return octets;
}

int16_t linear(uint8_t octet) { return kAlawToLinear[octet]; }

}  // namespace

TEST_CASE("in a bridge of three everybody hears the sum of the others and not himself") {
  Party party;
  party.talk({1, 2, 3});
  party.engine.bridge({party.port[1], party.port[2], party.port[3]}, {});
  party.ms(500);
  CHECK(party.hears(1) == "23");
  CHECK(party.hears(2) == "13");
  CHECK(party.hears(3) == "12");
  // The sum is that of linear values, coded to the nearest.
  for (size_t i = 0; i < party.heard(1).size(); ++i) {
    int sum = linear(party.span->say[2][i]) + linear(party.span->say[3][i]);
    CHECK(std::abs(linear(party.heard(1)[i]) - sum) <= std::max(16, std::abs(sum) / 32 + 16));
  }
}

TEST_CASE("in a bridge of eight everybody hears seven; a ninth finds no room") {
  Party party;
  party.talk({1, 2, 3, 4, 5, 6, 7, 8}, 16000, 2000);
  std::vector<PortId> all(party.port + 1, party.port + 9);
  party.engine.bridge(all, {});
  PortId ninth = party.engine.open_channel(party.span_id, 9);
  party.engine.join(party.port[1], ninth);
  party.ms(500);
  for (int slot = 1; slot <= 8; ++slot) {
    std::string others = "12345678";
    others.erase(static_cast<size_t>(slot - 1), 1);
    CHECK(party.hears(slot) == others);
  }
  CHECK(silent(party.heard(9)));
}

TEST_CASE("a mix that is too loud stays at the end of the range and does not turn over") {
  Party party;
  party.talk({1, 2, 3, 4}, 8000, 32000);
  for (int slot : {2, 3, 4}) party.span->say[static_cast<size_t>(slot)] = party.span->say[1];
  party.engine.bridge({party.port[1], party.port[2], party.port[3], party.port[4]}, {});
  party.ms(100);
  for (size_t i = 0; i < party.heard(1).size(); ++i) {
    int one = linear(party.span->say[1][i]), heard = linear(party.heard(1)[i]);
    if (std::abs(one) >= 16) CHECK((one > 0) == (heard > 0));
    if (std::abs(one) > 12000) CHECK(std::abs(heard) >= 31000);
  }
}

TEST_CASE("one talker among silent ones is heard as he speaks, code for code but for the sign of the smallest") {
  Party party;
  party.span->say[2] = noise(8000, 7);
  party.engine.bridge({party.port[1], party.port[2], party.port[3]}, {});
  party.ms(1000);
  for (size_t i = 0; i < 8000; ++i) {
    uint8_t said = party.span->say[2][i];
    CHECK(party.heard(1)[i] == (said == 0x55 ? 0xD5 : said));
  }
}

TEST_CASE("a bridge of two is a copy; a third joins and leaves without a gap or a click for them") {
  Party party;
  party.talk({1, 2});
  party.engine.bridge(party.port[1], party.port[2], {});
  party.ms(250);
  party.engine.join(party.port[2], party.port[3]);
  party.ms(500);
  party.engine.leave(party.port[3]);
  party.ms(250);
  for (int slot : {1, 2}) {
    const auto &heard = party.heard(slot), &said = party.span->say[static_cast<size_t>(3 - slot)];
    REQUIRE(heard.size() == 8000);
    for (size_t i = 0; i < 8000; ++i) CHECK(heard[i] == (i >= 2000 && i < 6000 && said[i] == 0x55 ? 0xD5 : said[i]));
  }
  CHECK(party.hears(3) == "12");
  Octets after(party.heard(3).end() - 2000, party.heard(3).end());
  CHECK(silent(after));
}

TEST_CASE("whoever closes leaves the others talking, the last but one ends the bridge") {
  Party party;
  party.talk({1, 2, 3, 4});
  party.engine.bridge({party.port[1], party.port[2], party.port[3], party.port[4]}, {});
  party.ms(100);
  party.engine.close(party.port[1]);
  party.span->forget();
  party.ms(100);
  CHECK(party.hears(2) == "34");
  party.engine.bridge(party.port[2], party.port[5], {});  // it leaves the mix for another bridge
  party.span->forget();
  party.ms(100);
  CHECK(party.hears(3) == "4");
  CHECK(party.heard(3) == Octets(party.span->say[4].begin() + 1600, party.span->say[4].begin() + 2400));
  CHECK(party.hears(2) == "");
  party.engine.close(party.port[4]);
  party.span->forget();
  party.ms(100);
  CHECK(silent(party.heard(3)));
}

TEST_CASE("an announcement is heard by all of a bridge and survives who asked for it") {
  Party party;
  party.talk({1, 2, 3});
  party.engine.bridge({party.port[1], party.port[2], party.port[3]}, {{sound(sine(2500, 8000)), -1, 0}});
  party.ms(200);
  party.engine.leave(party.port[1]);
  party.ms(1000);
  for (int slot : {1, 2, 3}) CHECK(level(party.heard(slot), 2500, 0, 1600) > -0.5);
  CHECK(level(party.heard(2), 2500, 1600, 6400) > -0.5);
  CHECK(party.hears(2, 8000) == "3");
  auto done = party.all<AnnounceDone>();
  REQUIRE(done.size() == 1);
  CHECK(done[0].reason == PlayEnd::end);
  CHECK(done[0].a == party.port[2]);
  CHECK(done[0].b == party.port[3]);
}

TEST_CASE("the partner of a held port hears music that goes on where it left, the held one hears silence") {
  EngineConfig config;
  config.music = sound(sine(2500, 32000));
  Party party(config);
  party.talk({1, 2, 3});
  party.engine.bridge(party.port[1], party.port[2], {});
  party.engine.hold(party.port[2], true);
  party.ms(500);
  CHECK(level(party.heard(1), 2500) > -0.5);
  CHECK(party.hears(1) == "");
  CHECK(silent(party.heard(2)));
  party.engine.hold(party.port[2], false);
  party.span->forget();
  party.ms(100);
  CHECK(party.hears(1) == "2");
  party.engine.join(party.port[1], party.port[3]);  // of three the others go on talking
  party.engine.hold(party.port[2], true);
  party.span->forget();
  party.ms(100);
  CHECK(party.hears(1) == "3");
  CHECK(party.hears(3) == "1");
  CHECK(silent(party.heard(2)));
  party.engine.leave(party.port[3]);
  party.span->forget();
  party.ms(10);
  CHECK(party.heard(1) == Octets(config.music->alaw.begin() + 4000, config.music->alaw.begin() + 4080));
}

TEST_CASE("a listening spy hears all who talk with its target, and nobody hears any of it: not one octet differs") {
  Octets with[2][4], without[2][4];
  for (bool spied : {true, false}) {
    auto& run = spied ? with : without;
    for (bool three : {false, true}) {
      TempDir dir;
      Party party;
      party.talk({1, 2, 3});
      party.span->say[8] = noise(16000, 1);  // a supervisor who shouts
      std::vector<PortId> ports(party.port + 1, party.port + (three ? 4 : 3));
      party.engine.bridge(ports, {});
      party.engine.record({ports[0], ports[1], dir.path + "/one.wav", "{}"});
      if (spied) party.engine.spy(party.port[8], party.port[2], SpyMode::listen, false);
      party.ms(1000);
      if (spied) CHECK(party.hears(8) == (three ? "123" : "12"));
      for (int slot : {1, 2, 3}) run[three][slot - 1] = party.heard(slot);
      party.engine.stop_recording(dir.path + "/one.wav");
      party.ms(5);
      auto file = read_file(dir.path + "/one.wav").value();
      run[three][3] = Octets(file.begin() + kSpoolHeadBytes, file.end());
    }
  }
  for (bool three : {false, true})
    for (int i = 0; i < 4; ++i) CHECK(with[three][i] == without[three][i]);
}

TEST_CASE("a whisper is heard by the target alone, a barge by all; the mode changes while they talk") {
  Party party;
  party.talk({1, 2, 3, 8}, 64000);
  party.engine.bridge({party.port[1], party.port[2], party.port[3]}, {});
  auto after = [&](SpyMode mode) {
    party.engine.spy(party.port[8], party.port[2], mode, false);
    party.span->forget();
    party.ms(200);
    return party.hears(1) + " " + party.hears(2) + " " + party.hears(3) + " " + party.hears(8);
  };
  CHECK(after(SpyMode::listen) == "23 13 12 123");
  CHECK(after(SpyMode::whisper) == "23 138 12 123");
  CHECK(after(SpyMode::barge) == "238 138 128 123");
  CHECK(after(SpyMode::listen) == "23 13 12 123");
  party.engine.unspy(party.port[8]);
  party.span->forget();
  party.ms(200);
  CHECK(party.hears(2) == "13");
  CHECK(silent(party.heard(8)));
}

TEST_CASE("a spy follows its target into another bridge and ends with it") {
  Party party;
  party.talk({1, 2, 3, 8}, 64000);
  party.engine.bridge(party.port[1], party.port[2], {});
  party.engine.spy(party.port[8], party.port[2], SpyMode::barge, false);
  party.ms(100);
  party.engine.bridge(party.port[2], party.port[3], {});
  party.span->forget();
  party.ms(200);
  CHECK(party.hears(8) == "23");
  CHECK(party.hears(3) == "28");
  CHECK(party.hears(1) == "");
  party.engine.unbridge(party.port[2], party.port[3]);
  party.span->forget();
  party.ms(200);
  CHECK(party.hears(8) == "2");
  CHECK(party.hears(2) == "");
  party.engine.close(party.port[2]);
  party.span->forget();
  party.ms(200);
  CHECK(silent(party.heard(8)));
  party.engine.bridge(party.port[1], party.port[3], {});  // the spy is free again, and heard by nobody
  party.span->forget();
  party.ms(200);
  CHECK(party.hears(1) == "3");
}

TEST_CASE("what may not spy does not: who is in a bridge, who is spied on, the fifth, and nobody spies on a spy") {
  Party party;
  party.talk({1, 2, 3, 4, 5, 6, 7, 8}, 64000, 2000);
  party.engine.bridge(party.port[1], party.port[2], {});
  party.engine.bridge(party.port[7], party.port[8], {});
  party.engine.spy(party.port[7], party.port[1], SpyMode::barge, false);
  party.engine.spy(party.port[1], party.port[1], SpyMode::barge, false);
  for (int spy : {3, 4, 5, 6}) party.engine.spy(party.port[spy], party.port[1], SpyMode::listen, false);
  PortId ninth = party.engine.open_channel(party.span_id, 9);
  party.engine.spy(ninth, party.port[1], SpyMode::listen, false);
  PortId tenth = party.engine.open_channel(party.span_id, 10);
  party.engine.spy(tenth, party.port[3], SpyMode::listen, false);
  party.ms(200);
  CHECK(party.hears(1) == "2");
  CHECK(party.hears(7) == "8");
  for (int spy : {3, 4, 5, 6}) CHECK(party.hears(spy) == "12");
  CHECK(silent(party.heard(9)));
  CHECK(silent(party.heard(10)));
  party.engine.bridge(party.port[3], party.port[4], {});  // a spy who is joined with somebody spies no more
  party.span->forget();
  party.ms(200);
  CHECK(party.hears(3) == "4");
  CHECK(party.hears(1) == "2");
}

TEST_CASE("with a beep all who are spied on hear a short tone every fifteen seconds, over what they hear") {
  Party party;
  party.talk({1, 2}, 16 * 8000);
  party.engine.bridge(party.port[1], party.port[2], {});
  party.engine.spy(party.port[8], party.port[2], SpyMode::listen, true);
  party.ms(16000);
  for (int slot : {1, 2}) {
    const auto& heard = party.heard(slot);
    CHECK(level(heard, 1000, 0, 1600) > -1);
    CHECK(level(heard, party.hertz(3 - slot), 0, 1600) > -10);  // it does not hide who talks
    CHECK(level(heard, 1000, 1640, 100000) < -40);
    CHECK(level(heard, 1000, 15 * 8000, 1600) > -1);
  }
  CHECK(level(party.heard(8), 1000, 0, 1600) < -30);
}

TEST_CASE("a recording of a bridge goes on while they join and leave: left the first, right the sum of the others") {
  TempDir dir;
  std::string path = dir.path + "/one.wav";
  Party party;
  party.talk({1, 2, 3, 7, 8}, 64000);
  party.engine.bridge(party.port[1], party.port[2], {});
  party.engine.record({party.port[1], party.port[2], path, "{}"});
  party.ms(250);
  party.engine.join(party.port[1], party.port[3]);
  party.ms(250);
  party.engine.spy(party.port[8], party.port[2], SpyMode::barge, false);    // is heard
  party.engine.spy(party.port[7], party.port[2], SpyMode::whisper, false);  // is not
  party.ms(250);
  party.engine.close(party.port[1]);
  party.ms(250);
  party.engine.leave(party.port[2]);
  party.ms(5);
  auto done = party.all<RecordDone>();
  REQUIRE(done.size() == 1);
  CHECK(done[0].reason == "gone");
  CHECK(done[0].samples == 8000);
  auto file = read_file(path).value();
  auto hears = [&](size_t channel, size_t quarter) {
    Octets octets;
    for (size_t i = 0; i < 2000; ++i)
      octets.push_back(static_cast<uint8_t>(file[kSpoolHeadBytes + (quarter * 2000 + i) * 2 + channel]));
    std::string text;
    for (int slot = 1; slot <= 8; ++slot)
      if (level(octets, Party::hertz(slot)) > -20) text += static_cast<char>('0' + slot);
    return text;
  };
  CHECK(hears(0, 0) + " " + hears(1, 0) == "1 2");
  CHECK(hears(0, 1) + " " + hears(1, 1) == "1 23");
  CHECK(hears(0, 2) + " " + hears(1, 2) == "1 238");
  CHECK(hears(0, 3) + " " + hears(1, 3) == " 238");
}

TEST_CASE("a key of one is passed to all others of its bridge, each in its own way, but to no spy") {
  Party party;
  FakePhone phone;
  sockaddr_in local{};
  PortId rtp = party.engine.open_rtp(local).value();
  RtpRemote remote;
  remote.address = phone.address;
  remote.event_payload = 101;
  party.engine.set_remote(rtp, remote);
  party.engine.bridge({party.port[1], party.port[2], rtp}, {});
  party.engine.spy(party.port[8], rtp, SpyMode::barge, false);
  party.ms(20);
  RtpPacket head = phone.next;
  head.payload_type = 101;
  head.marker = true;
  for (uint16_t i = 0; i < 5; ++i) {
    Octets event(kEventBytes);
    write_event(event.data(), {.event = 5, .end = i >= 2, .duration = 800});
    head.sequence = static_cast<uint16_t>(1000 + i);
    phone.send(local, head, event);
    head.marker = false;
  }
  party.ms(400);
  for (int slot : {1, 2}) {
    std::string keys;
    KeyDetector detector;
    for (size_t at = 0; at + 40 <= party.heard(slot).size(); at += 40)
      detector.listen(party.heard(slot).data() + at, 40, [&](const KeyDetector::Change& change) {
        if (change.pressed) keys += change.key;
      });
    CHECK(keys == "5");
  }
  CHECK(level(party.heard(8), 770) < -40);
}

TEST_CASE("a socket is sent 20 ms after 20 ms of what its port hears, and says what it sends back") {
  Party party;
  party.talk({1});
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
  Fd far(ends[1]);
  PortId fax = party.engine.open_socket(Fd(ends[0]));
  REQUIRE(fax != 0);
  party.engine.bridge(party.port[1], fax, {});
  party.engine.step(0);
  Octets heard, answers = sine(900, 64000);
  size_t said = 0;
  for (int i = 0; i < 200; ++i) {  // a second; after each packet it answers with one
    party.engine.step(1);
    uint8_t packet[400];
    for (ssize_t got; (got = ::recv(far.get(), packet, sizeof packet, 0)) > 0;) {
      CHECK(got == 160);
      heard.insert(heard.end(), packet, packet + got);
      REQUIRE(::send(far.get(), answers.data() + said, 160, 0) == 160);
      said += 160;
    }
  }
  REQUIRE(heard.size() == 8000);
  auto begin = std::find_if(heard.begin(), heard.end(), [](uint8_t octet) { return octet != kAlawSilence; });
  size_t late = static_cast<size_t>(begin - heard.begin());
  CHECK(late < 320);
  CHECK(level(heard, Party::hertz(1), 320, 7600) > -8);
  CHECK(level(party.heard(1), 900, 640, 7200) > -0.5);
  // It says more than it was asked for: the oldest of what waits is dropped.
  for (int i = 0; i < 30; ++i) (void)::send(far.get(), answers.data(), 160, 0);
  party.ms(40);
  CHECK(party.engine.find(fax)->socket->books().dropped >= 20);
  // It has gone: silence, and nobody waits.
  far.reset();
  party.ms(400);
  party.span->forget();
  party.ms(200);
  CHECK(silent(party.heard(1)));
  CHECK(party.engine.find(fax)->socket->books().lost >= 10);
  party.engine.close(fax);
  party.ms(5);
}

TEST_CASE("a gain is heard at the other end, and 0 dB is the octets as they came") {
  Party party;
  party.talk({1, 2}, 64000);
  party.engine.bridge(party.port[1], party.port[2], {});
  auto levels = [&](int says, int hears) {
    party.engine.set_gain(party.port[1], says, hears);
    party.span->forget();
    party.ms(200);
    return std::pair(level(party.heard(2), Party::hertz(1)), level(party.heard(1), Party::hertz(2)));
  };
  auto [plain_says, plain_hears] = levels(0, 0);
  CHECK(party.heard(2) == Octets(party.span->say[1].begin(), party.span->say[1].begin() + 1600));
  for (int db : {-20, -6, 6}) {
    auto [says, hears] = levels(db, -db / 2);
    CHECK(says - plain_says == doctest::Approx(db).epsilon(0.1));
    CHECK(hears - plain_hears == doctest::Approx(-db / 2).epsilon(0.1));
  }
  levels(0, 0);
  CHECK(party.heard(1) == Octets(party.span->say[2].begin() + 6400, party.span->say[2].begin() + 8000));
}

TEST_CASE("a gain leaves silence silent, never turns over, and does not hide keys") {
  Party party;
  party.engine.bridge(party.port[1], party.port[2], {});
  party.engine.set_gain(party.port[1], 20, 0);
  party.ms(100);
  CHECK(silent(party.heard(2)));
  party.span->say[1] = sine(500, 800, 0, 20000);
  Octets before = party.span->say[1];
  party.span->forget();
  party.ms(100);
  for (size_t i = 0; i < 800; ++i) {
    if (std::abs(linear(before[i])) > 100) CHECK((linear(before[i]) > 0) == (linear(party.heard(2)[i]) > 0));
  }
  party.engine.detect_in_bridge(party.port[1], true);
  party.engine.set_gain(party.port[1], -20, 0);
  auto& say = party.span->say[1];
  say.insert(say.end(), key_tone('7'), key_tone('7') + kKeySamples);
  party.ms(300);
  REQUIRE(party.all<Digit>().size() == 1);
  CHECK(party.all<Digit>()[0].digit == '7');
}

TEST_CASE("a port has the music that it was given, where it left, and another from its beginning") {
  EngineConfig config;
  config.music = sound(sine(2500, 32000));
  Party party(config);
  auto folk = sound(noise(32000, 3)), jazz = sound(noise(32000, 4));
  auto next = [&](SoundPtr music) {
    party.engine.set_base(party.port[1], Base::music, music);
    party.span->forget();
    party.ms(20);
    return party.heard(1);
  };
  auto part = [](const SoundPtr& music, size_t from) {
    return Octets(music->alaw.begin() + static_cast<long>(from), music->alaw.begin() + static_cast<long>(from) + 160);
  };
  CHECK(next(nullptr) == part(config.music, 0));
  CHECK(next(folk) == part(folk, 0));
  party.engine.set_base(party.port[1], Base::silence);
  party.ms(20);
  CHECK(next(folk) == part(folk, 160));
  CHECK(next(jazz) == part(jazz, 0));
  CHECK(next(nullptr) == part(config.music, 0));
}

TEST_CASE("a beep is heard over the talk and is over soon") {
  Party party;
  party.talk({1, 2}, 64000);
  party.engine.bridge(party.port[1], party.port[2], {});
  party.engine.beep(party.port[1], Tone::waiting);
  party.ms(1000);
  CHECK(level(party.heard(1), 450, 0, 3200) > -0.6);
  CHECK(level(party.heard(1), Party::hertz(2), 0, 3200) > -8);
  CHECK(level(party.heard(1), 450, 3200, 4800) < -40);
  CHECK(level(party.heard(2), 450) < -40);
}

static std::string channel_of(const Octets& frames, size_t channel) {
  Octets octets;
  for (size_t i = channel; i < frames.size(); i += 2) octets.push_back(frames[i]);
  std::string text;
  for (int slot = 1; slot <= 8; ++slot)
    if (level(octets, Party::hertz(slot)) > -20) text += static_cast<char>('0' + slot);
  return text;
}

struct Listener {
  Listener() {
    int ends[2];
    require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
    ours = Fd(ends[0]);
    far = Fd(ends[1]);
  }
  Octets take() {
    Octets frames;
    uint8_t packet[1000];
    for (ssize_t got; (got = ::recv(far.get(), packet, sizeof packet, 0)) > 0;) {
      CHECK(got == 320);
      frames.insert(frames.end(), packet, packet + got);
    }
    return frames;
  }
  Fd ours, far;
};

TEST_CASE("a stream has the first port left and the others right, follows its target, and ends with it") {
  Party party;
  party.talk({1, 2, 3, 4}, 64000);
  party.engine.bridge({party.port[1], party.port[2], party.port[3]}, {});
  Listener listener;
  TapId tap = party.engine.listen(party.port[2], std::move(listener.ours));
  REQUIRE(tap != 0);
  party.ms(200);
  auto frames = listener.take();
  CHECK(frames.size() == 3200);
  CHECK(channel_of(frames, 0) == "1");
  CHECK(channel_of(frames, 1) == "23");
  party.engine.bridge(party.port[4], party.port[2], {});
  party.engine.step(0);
  party.ms(200);
  frames = listener.take();
  CHECK(channel_of(frames, 0) == "4");
  CHECK(channel_of(frames, 1) == "2");
  party.engine.close(party.port[2]);
  party.ms(5);
  auto done = party.all<TapDone>();
  REQUIRE(done.size() == 1);
  CHECK(done[0].tap == tap);
  CHECK(done[0].reason == "gone");
  CHECK(done[0].samples == 3200);
  CHECK(done[0].gap_samples == 0);
}

TEST_CASE("a reader who does not read loses frames, counted; one who goes ends his stream; a stop is a stop") {
  Party party;
  party.talk({1, 2}, 64000);
  party.engine.bridge(party.port[1], party.port[2], {});
  Listener slow, gone, stopped;
  TapId first = party.engine.listen(party.port[1], std::move(slow.ours));
  party.engine.listen(party.port[1], std::move(gone.ours));
  TapId third = party.engine.listen(party.port[1], std::move(stopped.ours));
  gone.far.reset();
  party.ms(100);
  REQUIRE(party.all<TapDone>().size() == 1);
  CHECK(party.all<TapDone>()[0].reason == "closed");
  party.engine.stop_listening(third);
  party.ms(10000);
  REQUIRE(party.all<TapDone>().size() == 2);
  CHECK(party.all<TapDone>()[1].reason == "stop");
  CHECK(party.heard(1).size() == 80800);
  party.engine.stop_listening(first);
  party.engine.stop_listening(first);
  party.ms(5);
  REQUIRE(party.all<TapDone>().size() == 3);
  auto done = party.all<TapDone>()[2];
  CHECK(done.gap_samples > 8000);
  CHECK(done.samples + done.gap_samples > 80000);
  CHECK(party.engine.listen(4711, Fd(::dup(0))) == 0);
}
