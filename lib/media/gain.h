// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace hotline::media {

inline constexpr int kGainMax = 20;  ///< dB, both ways

/// A-law octets made louder or softer, by table: nothing is decoded while people talk. Null for 0 dB, which costs
/// nothing. Requires -kGainMax to kGainMax. What would be too loud stays at the end of the range.
const std::array<uint8_t, 256>* gain_table(int db);

}  // namespace hotline::media
