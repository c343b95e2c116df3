// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/gain.h"

#include <algorithm>
#include <cmath>

#include "base/require.h"
#include "media/g711.h"

namespace hotline::media {

using Table = std::array<uint8_t, 256>;

static std::array<Table, 2 * kGainMax + 1> make_tables() {
  std::array<Table, 2 * kGainMax + 1> tables{};
  for (int db = -kGainMax; db <= kGainMax; ++db) {
    double factor = std::pow(10, db / 20.0);
    for (size_t code = 0; code < 256; ++code) {
      double sample = std::clamp(std::round(kAlawToLinear[code] * factor), -32768.0, 32767.0);
      // Silence stays silence: its half a step would be a hum if it grew.
      bool silent = alaw_loudness(static_cast<uint8_t>(code)) == 0;
      tables[static_cast<size_t>(db + kGainMax)][code] =
          silent ? static_cast<uint8_t>(code) : alaw_encode(static_cast<int16_t>(sample));
    }
  }
  return tables;
}

const Table* gain_table(int db) {
  static const auto tables = make_tables();
  require(db >= -kGainMax && db <= kGainMax);
  return db == 0 ? nullptr : &tables[static_cast<size_t>(db + kGainMax)];
}

}  // namespace hotline::media
