// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace hotline::media {

/// A-law code of silence (positive zero, even bits inverted), what every unused octet carries.
inline constexpr uint8_t kAlawSilence = 0xD5;
inline constexpr int kSampleRate = 8000;

/// ITU-T G.711 (11/88) §3.2, table 1: one A-law octet as a linear sample, 13 bits left-justified in 16.
constexpr int16_t alaw_decode(uint8_t octet) {
  int code = octet ^ 0x55;
  int segment = code >> 4 & 7;
  int value = (code & 0x0F) * 16 + 8;
  if (segment > 0) value = (value + 256) << (segment - 1);
  return static_cast<int16_t>(code & 0x80 ? value : -value);
}

/// The inverse: decision values of table 1; a linear sample exactly between two codes takes the larger.
constexpr uint8_t alaw_encode(int16_t sample) {
  int magnitude = sample < 0 ? ~sample : sample;
  int segment = 0;
  while (segment < 7 && magnitude >= 256 << segment) ++segment;
  int mantissa = segment > 1 ? magnitude >> (segment + 3) : magnitude >> 4;
  int code = segment << 4 | (mantissa & 0x0F);
  return static_cast<uint8_t>((sample < 0 ? code : code | 0x80) ^ 0x55);
}

/// G.711 table 2, mu-law: 14 bits left-justified in 16.
constexpr int16_t ulaw_decode(uint8_t octet) {
  int code = octet ^ 0xFF;
  int value = (((code & 0x0F) << 3) + 0x84) << (code >> 4 & 7);
  return static_cast<int16_t>(code & 0x80 ? 0x84 - value : value - 0x84);
}

constexpr uint8_t ulaw_encode(int16_t sample) {
  int magnitude = sample < 0 ? ~sample : sample;
  magnitude = (magnitude > 32635 ? 32635 : magnitude) + 0x84;
  int segment = 0;
  while (segment < 7 && magnitude >= 0x100 << segment) ++segment;
  int code = segment << 4 | (magnitude >> (segment + 3) & 0x0F);
  return static_cast<uint8_t>((sample < 0 ? code | 0x80 : code) ^ 0xFF);
}

/// How loud an A-law octet is, 0 (silence) to 127, in steps of the code: monotonic in the magnitude, 16 steps are 6 dB.
constexpr int alaw_loudness(uint8_t octet) { return (octet ^ 0x55) & 0x7F; }

/// The functions above as tables, for every sample of every call.
extern const std::array<int16_t, 256> kAlawToLinear;
extern const std::array<uint8_t, 256> kUlawToAlaw;
extern const std::array<uint8_t, 256> kAlawToUlaw;

}  // namespace hotline::media
