// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "media/tick_book.h"

using namespace hotline;
using namespace hotline::media;

TEST_CASE("what a thousand ticks were late is told to an eighth") {
  TickBook book;
  CHECK(book.count() == 0);
  for (int i = 1; i <= 1000; ++i) book.add(microseconds(i * 100));
  CHECK(book.count() == 1000);
  CHECK(book.max() == microseconds(100000));
  for (int per_mille : {1, 10, 500, 990, 999}) {
    const auto told = book.per_mille(per_mille).count(), right = per_mille * int64_t{100};
    CHECK(told >= right);
    CHECK(told <= right + right / 8);
  }
  CHECK(book.per_mille(1000) == book.max());
  const auto over = book.count_over(microseconds(50000));
  CHECK(over <= 500);
  CHECK(over >= 430);
}

TEST_CASE("ticks that are early or late beyond all measure are counted too") {
  TickBook book;
  book.add(microseconds(-5));
  book.add(seconds(100000));
  CHECK(book.count() == 2);
  CHECK(book.per_mille(500) == microseconds(0));
  CHECK(book.max() == seconds(100000));
}
