// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace hotline::media {

/// How long nobody has spoken on a line, whose noise it learns: in blocks of 20 ms, the mean magnitude against twice and
/// a half (8 dB) the quietest block of the last 1.5 to 2 s, but never below -52 dBm0 or above -30 dBm0. Speech has a
/// pause in every such span, a steady noise has not: the former stays above the threshold, the latter sinks under it
/// unless it is loud. Nothing is allocated; a table look-up a sample.
class SilenceWatch {
 public:
  void add(const uint8_t* alaw, int samples);
  int64_t silent_samples() const { return silent_; }  ///< up to now, in whole blocks

 private:
  static constexpr int kBlock = 160, kBlocksASpan = 25;
  void judge(int32_t level);

  int32_t sum_ = 0;
  int in_block_ = 0, in_span_ = 0;
  std::array<int32_t, 4> quietest_{};  // of the last three spans of 500 ms and the present one
  bool begun_ = false;
  int64_t silent_ = 0;
};

}  // namespace hotline::media
