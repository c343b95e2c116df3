// SPDX-License-Identifier: GPL-2.0-or-later
// How a leg's audio went: in the snapshot while it lasts, in leg.quality when it ends.
#include <cmath>

#include "switch.h"

namespace hotline::ccswitchd {

// Tenths of a millisecond and hundredths of an opinion are as much as anybody can tell apart.
static double rounded(double value, double steps) { return std::round(value * steps) / steps; }

Json Switch::quality_json(uint32_t port) const {
  auto quality = port ? engine_->quality(port) : std::nullopt;
  if (!quality) return nullptr;
  Json json = {{"sent", quality->sent},
               {"received", quality->received},
               {"lost", quality->lost},
               {"late", quality->late},
               {"jitter_ms", rounded(quality->jitter_ms, 10)},
               {"delay_ms", rounded(quality->delay_ms, 10)}};
  if (quality->mos > 0) json["mos"] = rounded(quality->mos, 100);
  if (quality->forged > 0) json["forged"] = quality->forged;
  if (quality->round_trip_ms) json["rtt_ms"] = rounded(*quality->round_trip_ms, 10);
  if (quality->far_lost) json["far_lost"] = *quality->far_lost;
  if (quality->far_jitter_ms) json["far_jitter_ms"] = rounded(*quality->far_jitter_ms, 10);
  return json;
}

}  // namespace hotline::ccswitchd
