// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/g711.h"

#include <cstddef>

namespace hotline::media {

template <typename T, typename F>
static constexpr std::array<T, 256> table_of(F function) {
  std::array<T, 256> table{};
  for (int i = 0; i < 256; ++i) table[static_cast<size_t>(i)] = function(static_cast<uint8_t>(i));
  return table;
}

constexpr std::array<int16_t, 256> kAlawToLinear = table_of<int16_t>(alaw_decode);
constexpr std::array<uint8_t, 256> kUlawToAlaw =
    table_of<uint8_t>([](uint8_t octet) { return alaw_encode(ulaw_decode(octet)); });
constexpr std::array<uint8_t, 256> kAlawToUlaw =
    table_of<uint8_t>([](uint8_t octet) { return ulaw_encode(alaw_decode(octet)); });

}  // namespace hotline::media
