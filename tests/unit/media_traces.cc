// SPDX-License-Identifier: GPL-2.0-or-later
// The jitter buffer under networks of every kind: what is lost of what was sent, and how long it takes to be heard.
#include <doctest/doctest.h>

#include <functional>
#include <queue>

#include "media/jitter.h"
#include "media_fake.h"
#include "media_speech.h"

using namespace hotline::media;
using namespace hotline::media::test;

struct Dice {
  uint32_t seed;
  double uniform() { return ((seed = seed * 1664525 + 1013904223) >> 8) / 16777216.0; }
  double gauss() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }
};

struct Trace {
  int seconds = 120;
  double ppm = 0;                     // of the sender's clock
  std::function<double(int)> way_ms;  // of a packet; below 0: lost
  std::function<Octets(int)> says = [](int number) { return sine(300, 160, static_cast<size_t>(number) * 160); };
};

struct Outcome {
  double late_percent = 0;
  double mean_ms = 0, least_ms = 1e9, most_ms = 0;  // of delay, once it has settled: from 15 s on
  double last_ms = 0;
  JitterBuffer::Books books;
  Octets heard;
};

// Packets leave every 20 ms by the sender's clock, pulls come every 20 ms by ours.
static Outcome follow(const Trace& trace) {
  struct Arrival {
    double at;
    int number;
    bool operator<(const Arrival& other) const { return at > other.at; }
  };
  std::priority_queue<Arrival> on_its_way;
  int packets = trace.seconds * 50;
  for (int i = 0; i < packets; ++i) {
    double way = trace.way_ms(i);
    if (way >= 0) on_its_way.push({i * 20 / (1 + trace.ppm * 1e-6) + way, i});
  }
  JitterBuffer buffer;
  Outcome outcome;
  int settled = 0, came = static_cast<int>(on_its_way.size());
  for (int turn = 0; turn < packets; ++turn) {
    while (!on_its_way.empty() && on_its_way.top().at <= turn * 20 + 7) {
      int number = on_its_way.top().number;
      on_its_way.pop();
      RtpPacket packet;
      packet.ssrc = 5;
      packet.sequence = static_cast<uint16_t>(number);
      packet.timestamp = 0xFFFFF000u + static_cast<uint32_t>(number) * 160;
      buffer.put(packet, trace.says(number));
    }
    uint8_t out[160];
    buffer.pull(out);
    outcome.heard.insert(outcome.heard.end(), out, out + 160);
    REQUIRE(buffer.depth() <= JitterBuffer::kDelayMax + 320);
    outcome.last_ms = buffer.delay() / 8.0;
    if (turn < 750) continue;
    ++settled;
    outcome.mean_ms += outcome.last_ms;
    outcome.least_ms = std::min(outcome.least_ms, outcome.last_ms);
    outcome.most_ms = std::max(outcome.most_ms, outcome.last_ms);
  }
  outcome.mean_ms /= std::max(settled, 1);
  outcome.books = buffer.books();
  outcome.late_percent = 100.0 * static_cast<double>(outcome.books.late) / came;
  return outcome;
}

static Octets silence(int) { return Octets(160, kAlawSilence); }

TEST_CASE("on an even network nothing is late, and the delay becomes 20 to 40 ms, speaking or silent") {
  for (bool speaking : {true, false}) {
    Trace trace;
    trace.way_ms = [](int) { return 30.0; };
    if (!speaking) trace.says = silence;
    auto outcome = follow(trace);
    CHECK(outcome.books.late == 0);
    CHECK(outcome.books.lost == 0);
    CHECK(outcome.mean_ms >= 20);
    CHECK(outcome.mean_ms <= 40);
    CHECK(outcome.last_ms < 40);
    CHECK(outcome.books.shorter <= 4);
    CHECK(outcome.books.longer == 0);
  }
}

TEST_CASE("jitter of 10 ms costs less than 1 percent and less than 80 ms; one of 30 ms less than 1.5 and 180") {
  for (auto [sigma, late_max, delay_max] : {std::tuple{10.0, 1.0, 80.0}, std::tuple{30.0, 1.5, 180.0}}) {
    Dice dice{7};
    Trace trace;
    trace.seconds = 300;
    trace.way_ms = [&dice, sigma = sigma](int) { return std::max(100 + sigma * dice.gauss(), 0.0); };
    auto outcome = follow(trace);
    CHECK(outcome.late_percent <= late_max);
    CHECK(outcome.mean_ms >= 20);
    CHECK(outcome.mean_ms <= delay_max);
  }
}

TEST_CASE("stalls of 100 ms every two seconds are waited for, and little is lost") {
  Trace trace;
  trace.way_ms = [](int number) { return number % 100 < 5 ? 20.0 + (5 - number % 100) * 20 : 20.0; };
  auto outcome = follow(trace);
  CHECK(outcome.late_percent <= 0.5);
  CHECK(outcome.mean_ms >= 60);
  CHECK(outcome.mean_ms <= 160);
}

TEST_CASE("a stall of 300 ms now and then is a gap, not a delay for ever") {
  Trace trace;
  trace.seconds = 290;
  trace.way_ms = [](int number) {
    return number % 3000 < 15 && number > 3000 ? 20.0 + (15 - number % 3000) * 20 : 20.0;
  };
  for (bool speaking : {true, false}) {
    if (!speaking) trace.says = silence;
    auto outcome = follow(trace);
    CHECK(outcome.late_percent <= 1);
    CHECK(outcome.most_ms <= 220);
    CHECK(outcome.last_ms <= (speaking ? 60 : 40));
    CHECK(outcome.mean_ms <= (speaking ? 110 : 60));
  }
}

TEST_CASE("packets that overtake each other are waited for when there are many of them") {
  Dice dice{3};
  Trace trace;
  trace.seconds = 300;
  trace.way_ms = [&](int) { return dice.uniform() < 0.05 ? 75.0 : 20.0; };
  auto outcome = follow(trace);
  CHECK(outcome.late_percent <= 1);
  CHECK(outcome.mean_ms <= 100);
}

TEST_CASE("a sender whose clock drifts by 200 parts in a million, or 2,000, costs a small change now and then") {
  for (double ppm : {200.0, -200.0, 2000.0, -2000.0}) {
    for (bool speaking : {true, false}) {
      Trace trace;
      trace.seconds = 600;
      trace.ppm = ppm;
      trace.way_ms = [](int) { return 30.0; };
      if (!speaking) trace.says = silence;
      auto outcome = follow(trace);
      double drifted = std::abs(ppm) * 1e-6 * 600 * 50;  // blocks
      CHECK(outcome.late_percent <= 0.1);
      CHECK(static_cast<double>(outcome.books.lost) <= 2 + drifted / 10);
      CHECK(outcome.least_ms >= -20);
      CHECK(outcome.most_ms <= (std::abs(ppm) > 1000 ? 120 : 60));
      CHECK(static_cast<double>(outcome.books.shorter + outcome.books.longer) <= 4 * drifted + 8);
      CHECK(static_cast<double>(outcome.books.shorter + outcome.books.longer) >= drifted / 2 - 4);
      CHECK(outcome.books.resync == 0);
    }
  }
}

TEST_CASE("a way that becomes longer, or shorter, for good is followed") {
  for (bool longer : {true, false}) {
    Trace trace;
    trace.seconds = 90;
    trace.way_ms = [longer](int number) { return (number < 1000) == longer ? 20.0 : 95.0; };
    auto outcome = follow(trace);
    CHECK(outcome.late_percent <= 0.1);
    CHECK(outcome.last_ms <= 60);
  }
}

TEST_CASE("a change of delay makes no click") {
  Trace trace;
  trace.seconds = 60;
  trace.ppm = 3000;
  trace.way_ms = [](int) { return 30.0; };
  trace.says = [](int number) { return sine(150, 160, static_cast<size_t>(number) * 160); };
  auto outcome = follow(trace);
  CHECK(outcome.books.shorter >= 5);
  int steepest = 0, honest = static_cast<int>(7104 * 2 * M_PI * 150 / 8000 * 1.6) + 300;
  for (size_t i = 4000; i < outcome.heard.size(); ++i) {
    steepest = std::max(steepest, std::abs(kAlawToLinear[outcome.heard[i]] - kAlawToLinear[outcome.heard[i - 1]]));
  }
  CHECK(steepest <= honest);
}

TEST_CASE("a sender that says nothing while nobody speaks loses nothing, and its delay is put right in between") {
  Trace trace;
  trace.seconds = 120;
  trace.way_ms = [](int number) { return number / 100 % 2 ? -1.0 : number % 400 == 0 ? 90.0 : 30.0; };
  auto outcome = follow(trace);
  CHECK(outcome.books.lost <= 60);
  CHECK(outcome.late_percent <= 1);
  CHECK(outcome.most_ms <= 120);
}

// Concealment: what is made up must be nearer to what was lost than the last packet once more, and than nothing.

static double energy_of(const uint8_t* alaw, size_t samples) {
  double energy = 0;
  for (size_t i = 0; i < samples; ++i) energy += double{1} * kAlawToLinear[alaw[i]] * kAlawToLinear[alaw[i]];
  return energy;
}

struct Likeness {
  double snr_db = 0, spectral_db = 0;  // segmental signal to error; log spectral distance
};

static Likeness likeness(const Octets& said, const Octets& heard, const std::vector<bool>& lost) {
  Likeness all;
  int segments = 0, blocks = 0;
  for (size_t block = 1; block < lost.size(); ++block) {
    const uint8_t* a = said.data() + block * 160;
    const uint8_t* b = heard.data() + block * 160;
    if (!lost[block] || energy_of(a, 160) < 160 * 200.0 * 200.0) continue;
    for (size_t half = 0; half < 160; half += 80) {
      double error = 1;
      for (size_t i = half; i < half + 80; ++i) error += std::pow(kAlawToLinear[a[i]] - kAlawToLinear[b[i]], 2);
      all.snr_db += std::clamp(10 * std::log10((energy_of(a + half, 80) + 1) / error), -10.0, 35.0);
      ++segments;
    }
    double distance = 0;
    for (int hertz = 200; hertz < 3400; hertz += 100) {
      distance += std::pow(std::max(level(a, 160, hertz), -50.0) - std::max(level(b, 160, hertz), -50.0), 2);
    }
    all.spectral_db += std::sqrt(distance / 32);
    ++blocks;
  }
  all.snr_db /= segments;
  all.spectral_db /= blocks;
  return all;
}

TEST_CASE("what is made up for lost speech is nearer to it than a repetition, and than silence") {
  std::string text = file_text("README.md").substr(0, 900);
  for (const char* voice : {"en", "de+f4", "cmn"}) {
    auto said = speech(voice, voice == std::string("cmn") ? prompts_text("zh-CN").substr(0, 900) : text);
    said.resize(said.size() / 160 * 160);
    std::vector<bool> lost(said.size() / 160);
    Dice dice{11};
    for (size_t i = 1; i < lost.size(); ++i) lost[i] = !lost[i - 1] && dice.uniform() < 0.08;
    Octets silent = said, repeated = said, concealed = said;
    Concealer concealer;
    for (size_t i = 0; i < lost.size(); ++i) {
      for (size_t half = 0; half < 160; half += 80) {
        uint8_t* frame = concealed.data() + i * 160 + half;
        lost[i] ? concealer.conceal(frame) : concealer.pass(frame);
      }
      if (!lost[i]) continue;
      std::fill_n(silent.begin() + static_cast<long>(i * 160), 160, kAlawSilence);
      std::copy_n(said.begin() + static_cast<long>(i * 160 - 160), 160, repeated.begin() + static_cast<long>(i * 160));
    }
    auto none = likeness(said, silent, lost), again = likeness(said, repeated, lost),
         made = likeness(said, concealed, lost);
    CHECK(made.snr_db > again.snr_db + 2);
    CHECK(made.snr_db > none.snr_db + 0.5);
    CHECK(made.spectral_db < again.spectral_db);
    CHECK(made.spectral_db < none.spectral_db - 4);
  }
}

TEST_CASE("a tone goes on through a loss, softer from 10 ms on, silent after 60, and comes back without a step") {
  Concealer concealer;
  Octets heard;
  for (size_t frame = 0; frame < 40; ++frame) {
    auto audio = sine(200, 80, frame * 80);
    frame >= 20 && frame < 22 ? concealer.conceal(audio.data()) : concealer.pass(audio.data());
    heard.insert(heard.end(), audio.begin(), audio.end());
  }
  CHECK(level(heard, 200, 1600, 80) > -1.5);
  CHECK(level(heard, 200, 1680, 80) > -3);
  for (size_t i = 1500; i < 1900; ++i) {
    CHECK(std::abs(kAlawToLinear[heard[i]] - kAlawToLinear[heard[i - 1]]) < 7104 * 2 * M_PI * 200 / 8000 * 1.5 + 200);
  }
  Octets lost;
  for (int i = 0; i < 10; ++i) {
    uint8_t frame[80];
    concealer.conceal(frame);
    lost.insert(lost.end(), frame, frame + 80);
  }
  CHECK(level(lost, 200, 0, 80) > -1.5);
  CHECK(level(lost, 200, 240, 80) < -3);
  CHECK(level(lost, 200, 400, 80) < -9);
  CHECK(silent(Octets(lost.begin() + 480, lost.end())));
}

TEST_CASE("what was never lost goes through octet for octet") {
  Concealer concealer;
  Octets any(160);
  for (int i = 0; i < 100; ++i) {
    for (auto& octet : any) octet = static_cast<uint8_t>(std::rand());
    Octets same = any;
    concealer.pass(same.data());
    concealer.pass(same.data() + 80);
    CHECK(same == any);
  }
}
