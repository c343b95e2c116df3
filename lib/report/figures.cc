// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/figures.h"

#include <cmath>
#include <cstdio>

#include "base/require.h"

namespace hotline::report {

double round_half_up(double value, int decimals) {
  double unit = std::pow(10.0, decimals);
  return std::floor(value * unit + 0.5) / unit;
}

double scaled(Ratio ratio, int64_t scale, int decimals) {
  require(ratio.part >= 0 && ratio.whole >= 0);
  if (ratio.whole == 0) return 0;
  int64_t unit = 1;
  for (int i = 0; i < decimals; ++i) unit *= 10;
  // 128 bits: a year of milliseconds times the scale is beyond 64.
  auto doubled = static_cast<__int128>(ratio.part) * scale * unit * 2 + ratio.whole;
  return static_cast<double>(static_cast<int64_t>(doubled / (static_cast<__int128>(ratio.whole) * 2))) /
         static_cast<double>(unit);
}

std::string decimal_text(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, round_half_up(value, decimals));
  return text;
}

std::string percent_text(Ratio ratio) { return ratio.whole == 0 ? "-" : decimal_text(scaled(ratio, 100, 1), 1) + " %"; }

std::string seconds_text(Ratio milliseconds) {
  return milliseconds.whole == 0 ? "-" : decimal_text(scaled({milliseconds.part, milliseconds.whole * 1000}, 1, 1), 1);
}

}  // namespace hotline::report
