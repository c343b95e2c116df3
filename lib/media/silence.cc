// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/silence.h"

#include <algorithm>
#include <cstdlib>

#include "media/g711.h"

namespace hotline::media {

// Mean magnitudes. A sine of 0 dBm0 has a peak of 22472 (ITU-T G.711 §5) and a mean magnitude of 2 / pi of that.
static constexpr int32_t kThresholdMin = 36;    // -52 dBm0
static constexpr int32_t kThresholdMax = 452;   // -30 dBm0
static constexpr int32_t kQuietAtFirst = 0;     // unknown: whatever is above the lowest threshold is speech

void SilenceWatch::add(const uint8_t* alaw, int samples) {
  for (int i = 0; i < samples; ++i) {
    sum_ += std::abs(static_cast<int>(kAlawToLinear[alaw[i]]));
    if (++in_block_ < kBlock) continue;
    judge(sum_ / kBlock);
    sum_ = in_block_ = 0;
  }
}

void SilenceWatch::judge(int32_t level) {
  if (!begun_) {
    quietest_.fill(kQuietAtFirst);
    quietest_.back() = level;
    begun_ = true;
  }
  quietest_.back() = std::min(quietest_.back(), level);
  int32_t quietest = *std::min_element(quietest_.begin(), quietest_.end());
  int32_t threshold = std::clamp(quietest * 5 / 2, kThresholdMin, kThresholdMax);
  silent_ = level > threshold ? 0 : silent_ + kBlock;
  if (++in_span_ < kBlocksASpan) return;
  in_span_ = 0;
  std::rotate(quietest_.begin(), quietest_.begin() + 1, quietest_.end());
  quietest_.back() = level;
}

}  // namespace hotline::media
