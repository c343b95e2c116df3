// SPDX-License-Identifier: GPL-2.0-or-later
// What ports hear: bases, plays, bridges, announcements, keys.
#include <doctest/doctest.h>

#include "media_fake.h"

using namespace hotline;
using namespace hotline::media;
using namespace hotline::media::test;

static const PlayItem kSecondOf1000{sound(sine(1000, 8000)), -1, 0};

TEST_CASE("a port that nobody speaks to hears silence, and an idle channel carries idle") {
  Bench bench;
  bench.engine.open_channel(bench.span_id, 1);
  bench.ms(100);
  CHECK(bench.span->heard[1].size() == 800);
  CHECK(silent(bench.span->heard[1]));
  CHECK(silent(bench.span->heard[31]));
}

TEST_CASE("a tone spoken into one end of a bridge is heard at the other, octet for octet") {
  Bench bench;
  PortId a = bench.engine.open_channel(bench.span_id, 1), b = bench.engine.open_channel(bench.span_id, 31);
  bench.engine.bridge(a, b, {});
  bench.span->say[1] = sine(500, 8000);
  bench.span->say[31] = sine(1400, 8000);
  bench.ms(1000);
  CHECK(bench.span->heard[31] == bench.span->say[1]);
  CHECK(bench.span->heard[1] == bench.span->say[31]);
}

TEST_CASE("music is never heard under a person, and goes on where it left") {
  EngineConfig config;
  Octets music(32000);
  for (size_t i = 0; i < music.size(); ++i) music[i] = static_cast<uint8_t>(i / 40);
  config.music = sound(music);
  Bench bench(config);
  PortId a = bench.engine.open_channel(bench.span_id, 1), b = bench.engine.open_channel(bench.span_id, 2);
  bench.engine.set_base(a, Base::music);
  bench.ms(50);
  CHECK(bench.span->heard[1].back() == 9);
  bench.engine.bridge(a, b, {});
  bench.span->forget();
  bench.span->say[2] = sine(700, 800);
  bench.ms(100);
  CHECK(bench.span->heard[1] == bench.span->say[2]);
  bench.engine.close(b);
  bench.span->forget();
  bench.ms(5);
  CHECK(bench.span->heard[1] == Octets(40, 10));
  bench.ms(4000);
  CHECK(bench.span->heard[1].back() == 10);  // once round
}

TEST_CASE("a play is heard before the partner and ends exactly once") {
  Bench bench;
  PortId a = bench.engine.open_channel(bench.span_id, 1), b = bench.engine.open_channel(bench.span_id, 2);
  bench.engine.bridge(a, b, {});
  PlayId play = bench.engine.play(a, {kSecondOf1000, {nullptr, -1, 20}}, false, false);
  bench.span->say[2] = sine(500, 16000);
  bench.ms(2000);
  const auto& heard = bench.span->heard[1];
  CHECK(level(heard, 1000, 0, 8000) == doctest::Approx(0).epsilon(0.1));
  CHECK(level(heard, 500, 0, 8000) < -40);
  CHECK(level(heard, 500, 8020) == doctest::Approx(0).epsilon(0.1));  // in the middle of a tick
  CHECK(level(heard, 1000, 8020) < -40);
  auto done = bench.all<PlayDone>();
  REQUIRE(done.size() == 1);
  CHECK(done[0].port == a);
  CHECK(done[0].play == play);
  CHECK(done[0].reason == PlayEnd::end);
  CHECK(done[0].samples == 8020);
}

TEST_CASE("every way of ending a play is told by its name, once") {
  Bench bench;
  PortId a = bench.engine.open_channel(bench.span_id, 1);
  bench.engine.play(a, {kSecondOf1000}, true, false);
  bench.ms(1500);
  bench.engine.play(a, {kSecondOf1000}, false, false);
  bench.ms(10);
  bench.engine.stop(a);
  bench.engine.stop(a);
  bench.engine.play(a, {}, true, false);
  bench.ms(10);
  bench.engine.play(a, {kSecondOf1000}, false, false);
  bench.engine.close(a);
  bench.engine.play(a, {kSecondOf1000}, false, false);
  bench.engine.play(4711, {kSecondOf1000}, false, false);
  bench.ms(10);
  std::vector<PlayEnd> reasons;
  for (const auto& done : bench.all<PlayDone>()) reasons.push_back(done.reason);
  using enum PlayEnd;
  // The last two were told first to be gone: they never went through the queue.
  CHECK(reasons.size() == 6);
  CHECK(std::count(reasons.begin(), reasons.end(), replaced) == 1);
  CHECK(std::count(reasons.begin(), reasons.end(), stop) == 1);
  CHECK(std::count(reasons.begin(), reasons.end(), end) == 1);
  CHECK(std::count(reasons.begin(), reasons.end(), gone) == 3);
  CHECK(bench.all<PlayDone>()[0].samples == 12000);
}

TEST_CASE("an announcement is heard by both before they hear each other") {
  Bench bench;
  PortId a = bench.engine.open_channel(bench.span_id, 1), b = bench.engine.open_channel(bench.span_id, 2);
  bench.span->say[1] = sine(500, 16000);
  bench.span->say[2] = sine(700, 16000);
  bench.engine.bridge(a, b, {kSecondOf1000});
  bench.ms(2000);
  for (int slot : {1, 2}) {
    const auto& heard = bench.span->heard[static_cast<size_t>(slot)];
    CHECK(level(heard, 1000, 0, 8000) > -0.5);
    CHECK(level(heard, slot == 1 ? 700 : 500, 0, 8000) < -40);
    CHECK(level(heard, slot == 1 ? 700 : 500, 8000) > -0.5);
    CHECK(level(heard, 1000, 8000) < -40);
  }
  auto done = bench.all<AnnounceDone>();
  REQUIRE(done.size() == 1);
  CHECK(done[0].a == a);
  CHECK(done[0].b == b);
  CHECK(done[0].reason == PlayEnd::end);
}

TEST_CASE("an announcement ends once whatever happens to its bridge") {
  Bench bench;
  auto open = [&](int slot) { return bench.engine.open_channel(bench.span_id, slot); };
  PortId a = open(1), b = open(2), c = open(3);
  auto last = [&] {
    bench.ms(5);
    auto done = bench.all<AnnounceDone>();
    return done.empty() ? PlayEnd::barge : done.back().reason;
  };
  bench.engine.bridge(a, b, {kSecondOf1000});
  bench.engine.announce(a, b, {kSecondOf1000});
  CHECK(last() == PlayEnd::replaced);
  bench.engine.unbridge(b, a);
  CHECK(last() == PlayEnd::stop);
  bench.engine.announce(a, b, {kSecondOf1000});  // in no bridge
  CHECK(last() == PlayEnd::gone);
  bench.engine.bridge(a, b, {kSecondOf1000});
  bench.engine.bridge(b, c, {});
  CHECK(last() == PlayEnd::replaced);
  bench.engine.announce(c, b, {kSecondOf1000});
  bench.engine.close(c);
  CHECK(last() == PlayEnd::gone);
  bench.engine.announce(b, c, {kSecondOf1000});  // closed
  bench.engine.bridge(b, 99, {kSecondOf1000});   // never was
  bench.engine.bridge(b, b, {kSecondOf1000});    // itself
  bench.ms(1100);
  CHECK(bench.all<AnnounceDone>().size() == 8);
}

TEST_CASE("keys are detected in band, and a key ends a play that may be barged into at once") {
  Bench bench;
  PortId a = bench.engine.open_channel(bench.span_id, 5), b = bench.engine.open_channel(bench.span_id, 6);
  bench.engine.play(a, {kSecondOf1000}, false, true);
  bench.engine.play(b, {kSecondOf1000}, false, false);
  for (char key : std::string("1*D")) {
    for (size_t slot : {5u, 6u}) {
      auto& say = bench.span->say[slot];
      say.insert(say.end(), key_tone(key), key_tone(key) + kKeySamples);
      say.insert(say.end(), kKeyGapSamples, kAlawSilence);
    }
  }
  bench.ms(60);
  REQUIRE(bench.all<PlayDone>().size() == 1);
  CHECK(bench.all<PlayDone>()[0].reason == PlayEnd::barge);
  CHECK(bench.all<PlayDone>()[0].samples <= 480);
  CHECK(silent(bench.span->heard[5], 480));
  CHECK(bench.all<Digit>().empty());  // the key is still down
  bench.ms(1000);
  std::string keys[2];
  for (const auto& digit : bench.all<Digit>()) {
    keys[digit.port == a ? 0 : 1] += digit.digit;
    CHECK(digit.by == DigitBy::inband);
    CHECK(digit.duration_ms >= 70);
    CHECK(digit.duration_ms <= 130);
  }
  CHECK(keys[0] == "1*D");
  CHECK(keys[1] == "1*D");
  CHECK(bench.all<PlayDone>().back().reason == PlayEnd::end);
}

TEST_CASE("in a bridge keys are detected only where it is asked for") {
  Bench bench;
  PortId a = bench.engine.open_channel(bench.span_id, 1), b = bench.engine.open_channel(bench.span_id, 2);
  bench.engine.bridge(a, b, {});
  bench.engine.detect_in_bridge(b, true);
  for (size_t slot : {1u, 2u}) {
    bench.span->say[slot].assign(key_tone('7'), key_tone('7') + kKeySamples);
  }
  bench.ms(300);
  auto digits = bench.all<Digit>();
  REQUIRE(digits.size() == 1);
  CHECK(digits[0].port == b);
}

TEST_CASE("digits sent to a channel are tones that a receiver understands") {
  Bench bench;
  PortId a = bench.engine.open_channel(bench.span_id, 1);
  bench.engine.send_digits(a, "0123456789*#ABCD");
  bench.ms(16 * 200 + 100);
  auto said = bench.span->heard[1];
  PortId b = bench.engine.open_channel(bench.span_id, 2);
  bench.span->say[2] = said;
  bench.ms(16 * 200 + 100);
  std::string keys;
  for (const auto& digit : bench.all<Digit>()) {
    CHECK(digit.port == b);
    keys += digit.digit;
  }
  CHECK(keys == "0123456789*#ABCD");
}

TEST_CASE("a full command queue refuses, counts, and still tells the end of every play") {
  Bench bench({}, 4);
  PortId a = bench.engine.open_channel(bench.span_id, 1), b = bench.engine.open_channel(bench.span_id, 2);
  bench.engine.step(0);
  for (int i = 0; i < 10; ++i) bench.engine.play(a, {kSecondOf1000}, false, false);
  CHECK(bench.engine.trouble().commands_refused == 6);
  CHECK(bench.engine.open_channel(bench.span_id, 3) == 0);
  bench.engine.close(a);  // waits for room
  bench.engine.close(b);
  bench.engine.step(1);
  bench.engine.step(1);
  CHECK(bench.all<PlayDone>().size() == 9);  // one is still being heard
  while (bench.all<PlayDone>().size() < 10) {
    bench.loop.step(milliseconds(100));
    bench.engine.step(1);
  }
  CHECK(bench.all<PlayDone>().back().reason == PlayEnd::gone);
}

TEST_CASE("the ports of a removed span hear nothing, say nothing and can be closed") {
  Bench bench;
  PortId a = bench.engine.open_channel(bench.span_id, 1);
  sockaddr_in local{};
  PortId b = bench.engine.open_rtp(local).value();
  bench.engine.bridge(a, b, {});
  bench.engine.remove_span(bench.span_id);
  bench.ms(20);
  CHECK(bench.engine.open_channel(bench.span_id, 2) == 0);
  PlayId play = bench.engine.play(a, {{nullptr, static_cast<int>(Tone::beep), 80}}, false, false);
  bench.ms(20);
  REQUIRE(bench.all<PlayDone>().size() == 1);
  CHECK(bench.all<PlayDone>()[0].play == play);
  bench.engine.close(a);
  bench.engine.close(b);
  bench.ms(5);
}

TEST_CASE("what a port has left by is not opened again: bad timeslots and unknown spans are refused") {
  Bench bench;
  CHECK(bench.engine.open_channel(bench.span_id, 0) == 0);
  CHECK(bench.engine.open_channel(bench.span_id, 16) == 0);
  CHECK(bench.engine.open_channel(bench.span_id, 32) == 0);
  CHECK(bench.engine.open_channel(bench.span_id + 1, 1) == 0);
}

TEST_CASE("frames go out and come in on timeslot 16") {
  Bench bench;
  std::vector<uint8_t> frame = {0x02, 0x01, 0x7F};
  bench.engine.send_d(bench.span_id, frame);
  bench.ms(50);
  bench.span->say[16] = bench.span->heard[16];
  bench.ms(60);
  auto frames = bench.all<DFrame>();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].span == bench.span_id);
  CHECK(frames[0].frame == frame);
}

TEST_CASE("a span's state is told when it changes") {
  Bench bench;
  bench.ms(100);
  CHECK(bench.all<SpanState>().empty());
  bench.span->books.receiving = true;
  bench.ms(40);
  REQUIRE(bench.all<SpanState>().size() == 1);
  CHECK(bench.all<SpanState>()[0].receiving);
  bench.span->books.remote_alarm = true;
  bench.ms(40);
  bench.ms(40);
  REQUIRE(bench.all<SpanState>().size() == 2);
  CHECK(bench.all<SpanState>()[1].remote_alarm);
  bench.span->books.ais = true;
  bench.ms(40);
  REQUIRE(bench.all<SpanState>().size() == 3);
  CHECK(bench.all<SpanState>()[2].ais);
}

TEST_CASE("reports that nobody fetches are dropped and counted, and come again once they are fetched") {
  Bench bench;
  tdm::Hdlc far([](std::span<const uint8_t>) {});
  auto& line = bench.span->say[16];
  for (int frame = 0; frame < 1500;) {
    while (frame < 1500 && far.send(std::array<uint8_t, 4>{0, 1, 2, 3})) ++frame;
    line.resize(line.size() + 400);
    far.transmit({line.data() + line.size() - 400, 400});
  }
  line.resize(line.size() + 4000);
  far.transmit({line.data() + line.size() - 4000, 4000});
  for (size_t ticks = line.size() / 40 + 2; ticks > 0; --ticks) bench.engine.core().tick();
  CHECK(bench.engine.trouble().reports_dropped == 1500 - 1024);
  bench.engine.step(1);
  CHECK(bench.all<DFrame>().size() == 1024);
  far.send(std::array<uint8_t, 4>{4, 5, 6, 7});
  line.resize(line.size() + 400);
  far.transmit({line.data() + line.size() - 400, 400});
  bench.ms(100);
  CHECK(bench.all<DFrame>().size() == 1025);
}
