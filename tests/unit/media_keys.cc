// SPDX-License-Identifier: GPL-2.0-or-later
// Keys as ITU-T Q.23 and Q.24 want them received, and how they go from one way of telling them to the other.
#include <doctest/doctest.h>

#include "media/key_detector.h"
#include "media/tones.h"
#include "media_rtp_bench.h"
#include "media_speech.h"

using namespace hotline::media;
using namespace hotline::media::test;

static const double kLow[] = {697, 770, 852, 941}, kHigh[] = {1209, 1336, 1477, 1633};
static const std::string kPad = "123A456B789C*0#D";

static double amplitude(double dbm0) { return 7104 * std::pow(10, (dbm0 + 10) / 20); }

static void add_silence(Octets& audio, size_t samples) { audio.insert(audio.end(), samples, kAlawSilence); }

struct KeySound {
  size_t samples = 320;
  double low_dbm0 = -10, high_dbm0 = -10, low_off = 0, high_off = 0;  // the last two in per cent
  double noise_dbm0 = -99;
};

static void add_key(Octets& audio, char key, const KeySound& sound, double phase = 0) {
  static uint32_t seed = 1;
  size_t place = kPad.find(key);
  for (size_t i = 0; i < sound.samples; ++i) {
    double turn = 2 * M_PI * static_cast<double>(i) / 8000;
    double value =
        amplitude(sound.low_dbm0) * std::sin(kLow[place / 4] * (1 + sound.low_off / 100) * turn + phase) +
        amplitude(sound.high_dbm0) * std::sin(kHigh[place % 4] * (1 + sound.high_off / 100) * turn + 2 * phase);
    seed = seed * 1664525 + 1013904223;
    value += amplitude(sound.noise_dbm0) * std::sqrt(1.5) * (static_cast<double>(seed >> 8) / (1 << 23) - 1);
    audio.push_back(alaw_encode(static_cast<int16_t>(std::lround(std::clamp(value, -32768.0, 32767.0)))));
  }
}

static std::string heard_keys(const Octets& audio, std::vector<int>* durations = nullptr) {
  KeyDetector detector;
  std::string keys;
  for (size_t at = 0; at + 40 <= audio.size(); at += 40) {
    detector.listen(audio.data() + at, 40, [&](const KeyDetector::Change& change) {
      if (change.pressed) keys += change.key;
      if (!change.pressed && durations) durations->push_back(change.duration_ms);
    });
  }
  return keys;
}

// The whole pad, 40 ms of key and 40 ms of pause, `shift` samples beside the detector's hops.
static std::string pad_heard(const KeySound& sound, size_t shift) {
  Octets audio(shift, kAlawSilence);
  for (char key : kPad) {
    add_key(audio, key, sound, static_cast<double>(shift + static_cast<uint8_t>(key)));
    add_silence(audio, 320);
  }
  add_silence(audio, 400);
  return heard_keys(audio);
}

TEST_CASE(
    "all sixteen keys of 40 ms are heard from -3 to -25 dBm0, with twist +4/-8 dB, 1.5 percent beside, in any phase") {
  int wrong = 0, tried = 0;
  for (size_t shift = 0; shift < 40; shift += 3) {
    for (double dbm0 : {-3.0, -10.0, -25.0}) {
      for (double twist : {-8.0, -4.0, 0.0, 4.0}) {  // of the high tone over the low one
        for (double low_off : {-1.5, 0.0, 1.5}) {
          for (double high_off : {-1.5, 0.0, 1.5}) {
            KeySound sound{320, dbm0 - std::max(twist, 0.0), dbm0 + std::min(twist, 0.0), low_off, high_off};
            wrong += pad_heard(sound, shift) != kPad;
            ++tried;
          }
        }
      }
    }
  }
  CHECK(wrong == 0);
  CHECK(tried == 14 * 3 * 4 * 9);
}

TEST_CASE("tones 3.5 percent beside their frequency are no key, one alone or both") {
  int heard = 0;
  for (double dbm0 : {-3.0, -10.0, -25.0}) {
    for (double off : {-3.5, 3.5}) {
      for (int which = 0; which < 4; ++which) {
        KeySound sound{1600, dbm0, dbm0, which != 1 ? off : 0, which == 0 ? 0 : which == 3 ? -off : off};
        for (size_t shift : {0u, 13u, 26u}) heard += !pad_heard(sound, shift).empty();
      }
    }
  }
  CHECK(heard == 0);
}

TEST_CASE("40 ms are a key and 23 ms are none, however they lie in time") {
  int heard = 0, tried = 0;
  for (size_t shift = 0; shift < 40; ++shift) {
    for (char key : kPad) {
      for (size_t ms : {20u, 23u, 40u}) {
        Octets audio(400 + shift, kAlawSilence);
        add_key(audio, key, {ms * 8}, static_cast<double>(shift));
        add_silence(audio, 800);
        auto keys = heard_keys(audio);
        heard += ms == 40 ? keys == std::string(1, key) : !keys.empty();
        tried += ms == 40;
      }
    }
  }
  CHECK(heard == tried);
}

TEST_CASE("a key is told as long as it was, to 10 ms; gaps to 8 ms do not split it, those of 15 ms do") {
  for (size_t ms : {40u, 65u, 100u, 500u, 3000u}) {
    std::vector<int> durations;
    Octets audio(400, kAlawSilence);
    add_key(audio, '7', {ms * 8});
    add_silence(audio, 800);
    CHECK(heard_keys(audio, &durations) == "7");
    REQUIRE(durations.size() == 1);
    CHECK(std::abs(durations[0] - static_cast<int>(ms)) <= 10);
  }
  for (size_t gap : {8u, 15u, 40u}) {
    Octets audio(400, kAlawSilence);
    add_key(audio, '5', {480});
    add_silence(audio, gap * 8);
    add_key(audio, '5', {480}, 1);
    add_silence(audio, 800);
    CHECK(heard_keys(audio) == (gap < 10 ? "5" : "55"));
  }
}

TEST_CASE("noise 15 dB below a key does not hide it; too much twist does, as does one tone alone") {
  for (size_t shift = 0; shift < 40; shift += 5) CHECK(pad_heard({320, -15, -15, 0, 0, -27}, shift) == kPad);
  CHECK(pad_heard({800, -25, -5}, 0).empty());
  CHECK(pad_heard({800, -5, -25}, 0).empty());
  CHECK(pad_heard({800, -10, -60}, 0).empty());
  CHECK(heard_keys(sine(450, 80000)).empty());
}

static void check_talk_off(const std::string& what, const Octets& audio, double& seconds, std::string& false_keys) {
  KeyDetector detector;
  for (size_t at = 0; at + 40 <= audio.size(); at += 40) {
    detector.listen(audio.data() + at, 40, [&](const KeyDetector::Change& change) {
      if (!change.pressed) return;
      MESSAGE(what << ": a false " << change.key << " at " << static_cast<double>(at) / 8000 << " s");
      false_keys += change.key;
    });
  }
  seconds += static_cast<double>(audio.size()) / 8000;
}

TEST_CASE("nobody's speech and no music is taken for a key") {
  std::string english = file_text("README.md"), chinese = file_text("README.zh-CN.md"), false_keys;
  double seconds = 0;
  check_talk_off("music", house_music(), seconds, false_keys);
  for (const char* voice : {"en+f3", "fr+m3"}) {
    check_talk_off(voice, speech(voice, english.substr(0, 900)), seconds, false_keys);
  }
  check_talk_off("cmn", speech("cmn", prompts_text("zh-CN").substr(0, 1500)), seconds, false_keys);
  CHECK(false_keys.empty());
  CHECK(seconds > 150);
}

TEST_CASE("nobody's speech is taken for a key in an hour of it" * doctest::skip(std::getenv("LONG") == nullptr)) {
  std::string english = file_text("README.md") + file_text("CONTRIBUTING.md"), chinese = prompts_text("zh-CN"),
              false_keys;
  double seconds = 0;
  check_talk_off("music", house_music(), seconds, false_keys);
  for (const char* voice : {"en", "en+f3", "en+m7", "en-us+f1", "de", "de+f4", "fr+f2", "es", "it+f4", "ru", "pt+m3"}) {
    check_talk_off(voice, speech(voice, english.substr(0, 6000)), seconds, false_keys);
  }
  for (const char* voice : {"cmn", "cmn+f4", "cmn+m2"})
    check_talk_off(voice, speech(voice, chinese), seconds, false_keys);
  CHECK(false_keys.empty());
  CHECK(seconds > 3600);
}

// From here on: keys that go from one way of telling to the other.

static void send_event(RtpBench& bench, uint32_t timestamp, int event, int duration, bool end) {
  RtpPacket head = bench.phone.next;
  ++bench.phone.next.sequence;
  head.payload_type = 101;
  head.timestamp = timestamp;
  Octets payload(kEventBytes);
  write_event(payload.data(), {event, end, 10, duration});
  bench.arrive([&] { bench.phone.send(bench.local, head, payload); });
}

// The phone holds a key for so many turns of 20 ms.
static void hold_key(RtpBench& bench, int event, int turns, int ends = 3) {
  uint32_t began = bench.phone.next.timestamp;
  for (int i = 1; i <= turns; ++i) {
    send_event(bench, began, event, i * 160, false);
    bench.turn();
    bench.phone.next.timestamp += 160;
  }
  for (int i = 0; i < ends; ++i) send_event(bench, began, event, turns * 160, true);
}

// Milliseconds in which both tones of a key are heard, in steps of 10.
static int tone_ms(const Octets& heard, char key, size_t from = 0) {
  size_t place = kPad.find(key);
  int ms = 0;
  for (size_t at = from; at + 80 <= heard.size(); at += 80) {
    ms += 10 * (level(heard, kLow[place / 4], at, 80) > -3 && level(heard, kHigh[place % 4], at, 80) > -3);
  }
  return ms;
}

TEST_CASE("a key that came as an event is heard on the span as long as it was down") {
  for (int turns : {4, 25, 200}) {
    RtpBench bench;
    bench.connect(101);
    hold_key(bench, 5, turns);
    for (int i = 0; i < 20; ++i) bench.turn();
    CHECK(std::abs(tone_ms(bench.span->heard[1], '5') - turns * 20) <= 30);
    REQUIRE(bench.all<Digit>().size() == 1);
    CHECK(bench.all<Digit>()[0].duration_ms == turns * 20);
  }
}

TEST_CASE("a key whose ends are lost is heard until 100 ms after its last packet, and a short one 50 ms") {
  RtpBench bench;
  bench.connect(101);
  hold_key(bench, 5, 10, 0);
  for (int i = 0; i < 20; ++i) bench.turn();
  int ms = tone_ms(bench.span->heard[1], '5');
  CHECK(ms >= 200);
  CHECK(ms <= 340);
  size_t so_far = bench.span->heard[1].size();
  hold_key(bench, 6, 1);
  for (int i = 0; i < 20; ++i) bench.turn();
  ms = tone_ms(bench.span->heard[1], '6', so_far);
  CHECK(ms >= 40);
  CHECK(ms <= 60);
}

TEST_CASE("a key pressed while another is down ends that one, and both are heard") {
  RtpBench bench;
  bench.connect(101);
  hold_key(bench, 1, 10, 0);
  hold_key(bench, 2, 10);
  for (int i = 0; i < 30; ++i) bench.turn();
  CHECK(std::abs(tone_ms(bench.span->heard[1], '1') - 200) <= 40);
  CHECK(std::abs(tone_ms(bench.span->heard[1], '2') - 200) <= 40);
  auto digits = bench.all<Digit>();
  REQUIRE(digits.size() == 2);
  CHECK(digits[0].digit == '1');
  CHECK(digits[1].digit == '2');
}

TEST_CASE("a key that is down when a bridge ends is not heard any longer") {
  RtpBench bench;
  bench.connect(101);
  hold_key(bench, 5, 10, 0);
  bench.engine.unbridge(bench.channel, bench.rtp);
  bench.engine.step(0);
  size_t so_far = bench.span->heard[1].size();
  for (int i = 0; i < 20; ++i) bench.turn();
  CHECK(tone_ms(bench.span->heard[1], '5', so_far) <= 10);
}

// Two telephones in one bridge; `bench`'s own is the first.
struct TwoPhones : RtpBench {
  explicit TwoPhones(int first_events, int second_events) {
    second_port = engine.open_rtp(second_local).value();
    RtpRemote where;
    where.address = second.address;
    where.event_payload = second_events;
    engine.set_remote(second_port, where);
    engine.bridge(rtp, second_port, {});
    connect(first_events);
  }
  void second_turn(const Octets& audio = {}) {
    const auto& books = engine.find(second_port)->rtp->books();
    uint32_t before = books.sent;
    turn(audio);
    for (auto& one : second.take(books.sent - before)) got.push_back(std::move(one));
  }
  std::vector<TelephoneEvent> events(std::vector<FakePhone::Got>* packets = nullptr) {
    std::vector<TelephoneEvent> found;
    for (const auto& one : got) {
      TelephoneEvent event;
      if (one.head.payload_type != 102 || !parse_event(one.payload, event)) continue;
      found.push_back(event);
      if (packets) packets->push_back(one);
    }
    return found;
  }
  FakePhone second;
  sockaddr_in second_local{};
  PortId second_port = 0;
  std::vector<FakePhone::Got> got;
};

TEST_CASE("an event goes on as an event, as long, with one beginning and three ends, one second or eleven") {
  for (int turns : {10, 50, 560}) {
    TwoPhones bench(101, 102);
    uint32_t began = bench.phone.next.timestamp, segment = 0;
    for (int i = 1; i <= turns; ++i) {
      if (static_cast<uint32_t>(i) * 160 - segment > 0xFFFF) segment = static_cast<uint32_t>(i - 1) * 160;
      send_event(bench, began + segment, 11, static_cast<int>(static_cast<uint32_t>(i) * 160 - segment), false);
      bench.second_turn();
    }
    for (int i = 0; i < 3; ++i) {
      send_event(bench, began + segment, 11, static_cast<int>(static_cast<uint32_t>(turns) * 160 - segment), true);
    }
    for (int i = 0; i < 20; ++i) bench.second_turn();
    std::vector<FakePhone::Got> packets;
    auto events = bench.events(&packets);
    REQUIRE(events.size() > 3);
    int markers = 0, ends = 0, total = 0;
    for (size_t i = 0; i < events.size(); ++i) {
      CHECK(events[i].event == 11);
      markers += packets[i].head.marker;
      ends += events[i].end;
      bool last_of_segment = i + 1 == events.size() || packets[i + 1].head.timestamp != packets[i].head.timestamp;
      if (!last_of_segment) continue;
      if (i + 1 < events.size()) {
        CHECK(packets[i + 1].head.timestamp - packets[i].head.timestamp == static_cast<uint32_t>(events[i].duration));
      }
      total += events[i].duration;
    }
    CHECK(markers == 1);
    CHECK(ends == 3);
    CHECK(std::abs(total - turns * 160) <= 320);
    CHECK(bench.all<Digit>().size() == 1);
  }
}

TEST_CASE("a key in the audio goes to a phone with events as an event, and at most 20 ms of it are heard") {
  for (size_t shift : {0u, 17u, 33u}) {
    RtpBench bench;
    bench.connect(101);
    auto& say = bench.span->say[1];
    say = sine(500, 1600 + shift);
    add_key(say, '8', {1200});
    size_t after = say.size();
    auto tail = sine(500, 1600);
    say.insert(say.end(), tail.begin(), tail.end());
    for (size_t at = 0; at < say.size() + 1600; at += 160) bench.turn();
    std::vector<TelephoneEvent> events;
    for (const auto& packet : bench.packets) {
      TelephoneEvent event;
      if (packet.head.payload_type == 101 && parse_event(packet.payload, event)) events.push_back(event);
    }
    REQUIRE(events.size() > 4);
    CHECK(events.back().event == 8);
    CHECK(events.back().end);
    CHECK(std::abs(events.back().duration - 1200) <= 320);
    CHECK(tone_ms(bench.phone.heard, '8') <= 20);
    CHECK(level(bench.phone.heard, 500, 320, 1200) > -1);
    size_t tail_at = bench.phone.heard.size() > 2400 ? bench.phone.heard.size() - 2400 : 0;
    CHECK(level(bench.phone.heard, 500, tail_at, 800) > -3);  // what follows the key is heard again
    auto digits = bench.all<Digit>();
    REQUIRE(digits.size() == 1);
    CHECK(digits[0].by == DigitBy::inband);
    CHECK(std::abs(digits[0].duration_ms - 150) <= 10);
    (void)after;
  }
}

TEST_CASE("between two channels a key stays in the audio, octet for octet") {
  Bench bench;
  PortId a = bench.engine.open_channel(bench.span_id, 1), b = bench.engine.open_channel(bench.span_id, 2);
  bench.engine.bridge(a, b, {});
  bench.engine.step(0);
  bench.span->say[1] = Octets(key_tone('3'), key_tone('3') + 1600);
  bench.ms(300);
  CHECK(std::search(bench.span->heard[2].begin(), bench.span->heard[2].end(), bench.span->say[1].begin(),
                    bench.span->say[1].end()) != bench.span->heard[2].end());
  CHECK(bench.all<Digit>().empty());
}
