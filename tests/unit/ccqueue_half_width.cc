// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccqueue/interval_rows.h"

using hotline::ccqueue::half_width;

TEST_CASE("the half-width of a mean is Student's, and one run has none") {
  CHECK_FALSE(half_width({}));
  CHECK_FALSE(half_width({3}));
  CHECK(*half_width({1, 3}) == doctest::Approx(12.706));                  // s = √2, n = 2
  CHECK(*half_width({10, 12, 14, 16, 18}) == doctest::Approx(3.926).epsilon(0.001));  // 2.776 · √10/√5
  CHECK(*half_width({5, 5, 5}) == 0);
}
