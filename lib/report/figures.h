// SPDX-License-Identifier: GPL-2.0-or-later
// Room report: what a number in a report means: metric definitions, Erlang's formulae, rounding. Pure: functions of
// what it is given. Refuses to know where the rows come from, what time it is and how a page looks.
#pragma once

#include <cstdint>
#include <string>

namespace hotline::report {

/// A share or a mean with its two numbers, which every report shows. Rounded once, when printed.
struct Ratio {
  int64_t part = 0, whole = 0;
  bool operator==(const Ratio&) const = default;
};

/// `value` to so many decimals, half upwards: 2.5 is 3, 0.125 to two is 0.13.
double round_half_up(double value, int decimals);

/// part/whole × scale to so many decimals, in whole numbers until the last step; parts are not negative. 0 for an empty
/// whole: ask first.
double scaled(Ratio ratio, int64_t scale, int decimals);

/// "87.5 %", or "-" when there is nothing to take a share of.
std::string percent_text(Ratio ratio);

/// A mean of milliseconds as seconds: "40.4", or "-".
std::string seconds_text(Ratio milliseconds);

/// `value` with exactly so many decimals, half up.
std::string decimal_text(double value, int decimals);

}  // namespace hotline::report
