// SPDX-License-Identifier: GPL-2.0-or-later
// The tones of the countries, heard again: frequencies by Goertzel, cadences by where it is quiet.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <sstream>

#include "base/text.h"
#include "media/tones.h"
#include "media_fake.h"

using namespace hotline;
using namespace hotline::media;
using namespace hotline::media::test;

namespace {

Octets rendered(const std::string& country, Tone tone, int64_t samples) {
  Playlist list({{nullptr, static_cast<int>(tone), samples}}, false, *find_tones(country));
  Octets octets(static_cast<size_t>(samples) + 100);
  octets.resize(static_cast<size_t>(list.render(octets.data(), static_cast<int>(octets.size()))));
  return octets;
}

struct Part {
  std::set<int> hertz;  // what is to be heard; empty: a pause
  size_t samples = 8000;
};

/// Reads a row anew, on its own, as people write it.
std::vector<Part> parts_of(const std::string& text) {
  std::vector<Part> parts;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    Part part;
    int first = 0, second = 0, ms = 0;
    char how = 0;
    if (std::sscanf(word.c_str(), "-:%d", &ms) == 1) {
    } else if (std::sscanf(word.c_str(), "%d%c%d:%d", &first, &how, &second, &ms) >= 3 &&
               (how == '+' || how == 'x')) {
      part.hertz = how == '+' ? std::set<int>{first, second} : std::set<int>{first};
    } else if (ms = 0; std::sscanf(word.c_str(), "%d:%d", &first, &ms) >= 1) {
      part.hertz = {first};
    }
    if (ms > 0) part.samples = static_cast<size_t>(ms) * 8;
    parts.push_back(part);
  }
  return parts;
}

double power_dbm0(const Octets& alaw, size_t from, size_t samples) {
  double power = 0;
  for (size_t i = from; i < from + samples; ++i) power += std::pow(kAlawToLinear[alaw[i]], 2) / static_cast<double>(samples);
  return 10 * std::log10(power / (32256.0 * 32256.0 / 2)) + 3.14;
}

}  // namespace

TEST_CASE("every country has every tone, with its source") {
  std::map<std::string, std::set<Tone>> countries;
  for (const auto& row : tone_rows()) {
    CHECK(countries[row.country].insert(row.tone).second);
    CHECK(std::string(row.source).size() > 5);
  }
  for (const char* country : {"CN", "HK", "TW", "SG", "JP", "US", "GB", "FR", "DE", "RU", "IN", "AU"}) {
    CHECK(countries[country].size() == kTones - 1);
    CHECK(knows_tones(country));
  }
  CHECK_FALSE(knows_tones("XX"));
  CHECK(find_tones("XX") == nullptr);
  CHECK(tone_countries() == "AU, CN, DE, FR, GB, HK, IN, JP, RU, SG, TW, US");
}

TEST_CASE("each tone has the frequencies and the cadence of its row, twice round, with -10 dBm0") {
  for (const auto& row : tone_rows()) {
    CAPTURE(row.country);
    CAPTURE(row.parts);
    auto parts = parts_of(row.parts);
    size_t round = 0;
    for (const auto& part : parts) round += part.samples;
    auto heard = rendered(row.country, row.tone, static_cast<int64_t>(2 * round));
    REQUIRE(heard.size() == 2 * round);
    size_t at = 0;
    for (int time = 0; time < 2; ++time) {
      for (const auto& part : parts) {
        if (part.hertz.empty()) {
          CHECK(silent(Octets(heard.begin() + static_cast<long>(at), heard.begin() + static_cast<long>(at + part.samples))));
        } else {
          size_t whole = part.samples / 800 * 800;  // tenths of a second, in which all frequencies are whole
          if (whole == 0) whole = part.samples;
          CHECK(power_dbm0(heard, at, whole) == doctest::Approx(-10).epsilon(0.05));
          for (int hertz : part.hertz) CHECK(level(heard, hertz, at, whole) > (part.hertz.size() > 1 ? -4 : -2.5));
          for (int other : {350, 400, 425, 440, 450, 480, 620, 950, 1000, 1400, 1800}) {
            int apart = 10000;
            for (int hertz : part.hertz) apart = std::min(apart, std::abs(hertz - other));
            if (apart > 100) CHECK(level(heard, other, at, whole) < -18);
          }
        }
        at += part.samples;
      }
    }
  }
}

TEST_CASE("China's tones are those of GB/T 3380") {
  struct Row {
    Tone tone;
    size_t on, off;
  };
  for (auto [tone, on, off] : {Row{Tone::dial, 8000, 0}, Row{Tone::ringback, 8000, 32000}, Row{Tone::busy, 2800, 2800},
                               Row{Tone::congestion, 5600, 5600}, Row{Tone::waiting, 3200, 32000}}) {
    auto heard = rendered("CN", tone, 80000);
    REQUIRE(heard.size() == 80000);
    for (size_t from = 0; from + on + off <= heard.size(); from += on + off) {
      CHECK(level(heard, 450, from, on) == doctest::Approx(0).epsilon(0.1));
      CHECK(level(heard, 900, from, on) < -40);
      Octets pause(heard.begin() + static_cast<long>(from + on), heard.begin() + static_cast<long>(from + on + off));
      CHECK(silent(pause));
    }
  }
}

TEST_CASE("a modulated tone swings at its rate") {
  auto heard = rendered("IN", Tone::dial, 8000);
  CHECK(level(heard, 400) > -3);
  for (double side : {375.0, 425.0}) CHECK(level(heard, side) == doctest::Approx(level(heard, 400) - 6.9).epsilon(0.1));
}

TEST_CASE("continuous tones have no click where their table begins again") {
  for (const auto& row : tone_rows()) {
    if (std::string(row.parts).find(':') != std::string::npos) continue;
    auto twice = rendered(row.country, row.tone, 16000);
    // What the last sample before the seam and the first behind it do, others within do too.
    int seam = 0, within = 0;
    for (size_t i = 1; i < twice.size(); ++i) {
      int step = std::abs(alaw_decode(twice[i]) - alaw_decode(twice[i - 1]));
      (i == 8000 ? seam : within) = std::max(i == 8000 ? seam : within, step);
    }
    CHECK(seam <= within);
  }
}

TEST_CASE("a malformed tone is none") {
  for (const char* parts : {"", "abc", "450:", "450:0", "-", "450+:100", "450 440", "9000", "450:100  ", "450-440:10"})
    CHECK(make_tone(parts).empty());
  CHECK(make_tone("450:10 -:20").size() == 240);
}

TEST_CASE("an engine plays the tones of its country") {
  EngineConfig config;
  config.tones = "DE";
  Bench bench(config);
  PortId a = bench.engine.open_channel(bench.span_id, 1), b = bench.engine.open_channel(bench.span_id, 2);
  bench.engine.play(a, {{nullptr, static_cast<int>(Tone::busy), 16000}}, false, false);
  bench.engine.set_base(b, Base::ringback);
  bench.ms(2000);
  CHECK(level(bench.span->heard[1], 425, 0, 3840) > -0.5);
  CHECK(silent(Octets(bench.span->heard[1].begin() + 3840, bench.span->heard[1].begin() + 7680)));
  CHECK(level(bench.span->heard[2], 425, 0, 8000) > -0.5);
  CHECK(silent(bench.span->heard[2], 8000));
  Loop loop;
  config.tones = "XX";
  auto started = Engine::start(loop, config, [](const Report&) {});
  REQUIRE_FALSE(started);
  CHECK(started.error().text.find("AU, CN, DE") != std::string::npos);
}
