// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/tones.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "base/text.h"
#include "media/g711.h"

namespace hotline::media {

static constexpr double kPeakLevel = 3.14;  // dBm0 of a sine whose peak is the largest A-law code
static constexpr double kToneLevel = -10;
static constexpr double kKeyLevel =
    -7.0;  // dBm0 of each of a key's two tones; GB/T 3378: -6 and -4 at the telephone set
static constexpr std::string_view kKeys = "0123456789*#ABCD";

static double amplitude_of(double dbm0) { return 32256 * std::pow(10, (dbm0 - kPeakLevel) / 20); }

// What sounds in one part of a tone.
struct Voicing {
  double first = 0, second = 0;  // Hz
  char how = 0;                  // '+' both, 'x' the first modulated by the second, 0 the first alone
  int64_t samples = -1;          // -1: for ever

  double at(int64_t sample) const {
    auto wave = [&](double hertz) { return std::sin(2 * M_PI * hertz * static_cast<double>(sample) / kSampleRate); };
    static constexpr double kDepth = 0.9;
    if (how == '+') return wave(first) + wave(second);
    return how == 'x' ? wave(first) * (1 + kDepth * wave(second)) : wave(first);
  }
};

// "350+440:400" taken apart; frequencies stay 0 in a pause.
static std::optional<Voicing> read_part(const std::string& text) {
  Voicing part;
  auto colon = text.find(':');
  if (colon != std::string::npos) {
    auto ms = parse_int(text.substr(colon + 1));
    if (!ms || *ms < 1 || *ms > 60'000) return std::nullopt;
    part.samples = *ms * kSampleRate / 1000;
  }
  std::string sound = text.substr(0, colon);
  if (sound == "-") return part;
  auto joint = sound.find_first_of("+x");
  auto first = parse_int(sound.substr(0, joint));
  if (!first || *first < 1 || *first > 3999) return std::nullopt;
  part.first = static_cast<double>(*first);
  if (joint == std::string::npos) return part;
  auto second = parse_int(sound.substr(joint + 1));
  if (!second || *second < 1 || *second > 3999) return std::nullopt;
  part.how = sound[joint];
  part.second = static_cast<double>(*second);
  return part;
}

static void add_part(std::vector<uint8_t>& tone, const Voicing& part) {
  if (part.first == 0) {
    tone.insert(tone.end(), static_cast<size_t>(part.samples), kAlawSilence);
    return;
  }
  // Whole frequencies have whole cycles in a second: so long is a cadence that never stops.
  int64_t samples = part.samples < 0 ? kSampleRate : part.samples;
  double power = 0;
  for (int64_t i = 0; i < kSampleRate; ++i) power += part.at(i) * part.at(i) / kSampleRate;
  double amplitude = amplitude_of(kToneLevel) / std::sqrt(2 * power);
  for (int64_t i = 0; i < samples; ++i)
    tone.push_back(alaw_encode(static_cast<int16_t>(std::lround(amplitude * part.at(i)))));
}

std::vector<uint8_t> make_tone(const std::string& parts) {
  std::vector<uint8_t> tone;
  auto list = split(parts, ' ');
  for (const auto& text : list) {
    auto part = read_part(text);
    if (!part || (part->samples < 0 && (list.size() > 1 || part->first == 0))) return {};
    add_part(tone, *part);
  }
  return tone;
}

const ToneSet* find_tones(const std::string& country) {
  static std::map<std::string, ToneSet> sets;
  if (auto found = sets.find(country); found != sets.end()) return &found->second;
  ToneSet set;
  bool any = false;
  for (const auto& row : tone_rows()) {
    if (country != row.country) continue;
    set.cadences[static_cast<size_t>(row.tone)] = make_tone(row.parts);
    any = true;
  }
  if (!any) return nullptr;
  set.cadences[static_cast<size_t>(Tone::beep)] = make_tone("1000");
  return &(sets[country] = std::move(set));
}

bool knows_tones(const std::string& country) {
  auto rows = tone_rows();
  return std::any_of(rows.begin(), rows.end(), [&](const ToneRow& row) { return country == row.country; });
}

std::string tone_countries() {
  std::set<std::string> countries;
  for (const auto& row : tone_rows()) countries.insert(row.country);
  return join(std::vector<std::string>(countries.begin(), countries.end()), ", ");
}

std::optional<Tone> tone_named(std::string_view name) {
  static constexpr std::string_view kNames[kTones] = {"dial",    "ringback", "busy",         "congestion",
                                                      "special", "waiting",  "unobtainable", "beep"};
  const auto* found = std::find(std::begin(kNames), std::end(kNames), name);
  return found == std::end(kNames) ? std::nullopt : std::optional(static_cast<Tone>(found - kNames));
}

static std::vector<uint8_t> make_key_tones() {
  static constexpr double kLow[] = {697, 770, 852, 941}, kHigh[] = {1209, 1336, 1477, 1633};
  static constexpr std::string_view kPad = "123A456B789C*0#D";
  std::vector<uint8_t> tones(kKeys.size() * kKeyCycle);
  for (size_t key = 0; key < kKeys.size(); ++key) {
    size_t place = kPad.find(kKeys[key]);
    for (size_t i = 0; i < kKeyCycle; ++i) {
      double turn = 2 * M_PI * static_cast<double>(i) / kSampleRate;
      double sample = amplitude_of(kKeyLevel) * (std::sin(kLow[place / 4] * turn) + std::sin(kHigh[place % 4] * turn));
      tones[key * kKeyCycle + i] = alaw_encode(static_cast<int16_t>(std::lround(sample)));
    }
  }
  return tones;
}

const uint8_t* key_tone(char key) {
  static const std::vector<uint8_t> tones = make_key_tones();
  size_t at = kKeys.find(key);
  return at == std::string_view::npos ? nullptr : tones.data() + at * kKeyCycle;
}

Playlist::Playlist(std::vector<PlayItem> items, bool loop, const ToneSet& tones) : loop_(loop) {
  for (auto& item : items) {
    if (item.sound) {
      auto length = static_cast<int64_t>(item.sound->alaw.size());
      if (length > 0) parts_.push_back({item.sound, &item.sound->alaw, length});
    } else if (item.samples > 0 && item.tone < static_cast<int>(kTones)) {
      parts_.push_back({nullptr, item.tone < 0 ? nullptr : &tones[static_cast<Tone>(item.tone)], item.samples});
    }
  }
}

int64_t Playlist::length() const {
  int64_t total = 0;
  for (const auto& part : parts_) total += part.length;
  return total;
}

void copy_round(const std::vector<uint8_t>& sound, size_t& at, uint8_t* out, int samples) {
  for (int filled = 0; filled < samples;) {
    auto now = std::min(sound.size() - at, static_cast<size_t>(samples - filled));
    std::memcpy(out + filled, sound.data() + at, now);
    filled += static_cast<int>(now);
    at = at + now == sound.size() ? 0 : at + now;
  }
}

void Playlist::copy(const Part& part, int64_t offset, uint8_t* out, int samples) {
  if (!part.octets) {
    std::memset(out, kAlawSilence, static_cast<size_t>(samples));
    return;
  }
  size_t at = static_cast<size_t>(offset) % part.octets->size();
  copy_round(*part.octets, at, out, samples);
}

int Playlist::render(uint8_t* out, int samples) {
  int filled = 0;
  while (filled < samples && part_ < parts_.size()) {
    const Part& part = parts_[part_];
    int64_t left = part.length - offset_;
    int now = static_cast<int>(std::min<int64_t>(left, samples - filled));
    copy(part, offset_, out + filled, now);
    filled += now;
    offset_ += now;
    if (now == left) {
      offset_ = 0;
      if (++part_ == parts_.size() && loop_) part_ = 0;
    }
  }
  rendered_ += filled;
  return filled;
}

}  // namespace hotline::media
