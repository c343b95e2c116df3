// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "media/media.h"

namespace hotline::media {

/// One tone of one country, as tone_plans.cc lists them.
struct ToneRow {
  const char* country;  ///< ISO 3166, two letters
  Tone tone;
  const char* parts;
  const char* source;
};
std::span<const ToneRow> tone_rows();

/// All tones of a country as one whole cadence each, so that playing it round and round is right. Call tones have
/// -10 dBm0 (GB/T 3380: -10 ± 3 dBm0), where 0 dBm0 is 3.14 dB below a full A-law sine (ITU-T G.711 §5).
struct ToneSet {
  std::array<std::vector<uint8_t>, kTones> cadences;
  const std::vector<uint8_t>& operator[](Tone tone) const { return cadences[static_cast<size_t>(tone)]; }
};

/// Made once for each country and kept; null for a country without rows. The signalling thread only.
const ToneSet* find_tones(const std::string& country);

/// The frequencies of a country's busy and congestion tone, one or two; empty for a country without rows.
std::vector<int> busy_hertz(const std::string& country);

/// One cadence of a list of parts, in A-law; empty when it is malformed.
std::vector<uint8_t> make_tone(const std::string& parts);

}  // namespace hotline::media
