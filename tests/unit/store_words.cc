// SPDX-License-Identifier: GPL-2.0-or-later
// Any two characters are found, on both engines alike.
#include <doctest/doctest.h>

#include "store/words.h"
#include "store_fixture.h"

using namespace hotline;
using namespace hotline::store;

namespace {

constexpr const char* kIndex = "knowledge_words";

std::string find(Connection& store, const std::string& text, char column = 0, int64_t rows_max = 10) {
  auto ids = find_words(store, kIndex, {{text, column}}, rows_max);
  REQUIRE(ids);
  std::string found;
  for (auto id : *ids) found += std::to_string(id) + " ";
  return found;
}

}  // namespace

TEST_CASE("a text is the pairs of its characters, its last one, and its letters and digits") {
  CHECK(bigrams("停水通知A3") == "停水 水通 通知 知 a3");
  CHECK(bigrams("  鲸 ") == "鲸");
  CHECK(bigrams("明天，停水。") == "明天 天 停水 水");
  CHECK(bigrams("Ａ３座（二）") == "a3 座 二");
  CHECK(bigrams("x-1'\"*:") == "x 1");
  CHECK(bigrams("") == "");
  CHECK(bigrams("\xe5\x81") != "");  // a broken end neither crashes nor vanishes
}

TEST_CASE("two characters inside a sentence are found, one too, and what is not there is not") {
  StoreFixture fixture;
  auto store = fixture.open();
  REQUIRE(index_words(*store, kIndex, 1, {"明天上午建设路停水通知", "供水", "请储水 3单元A座"}));
  REQUIRE(index_words(*store, kIndex, 2, {"退款流程", "收费", "停水不退款"}));
  CHECK(find(*store, "停水") == "2 1 ");
  CHECK(find(*store, "停水", 'a') == "1 ");
  CHECK(find(*store, "停水通") == "1 ");
  CHECK(find(*store, "知") == "1 ");
  CHECK(find(*store, "鲸") == "");
  CHECK(find(*store, "水停") == "");
  CHECK(find(*store, "停水 退款") == "2 ");
  CHECK(find(*store, "3单") == "1 ");
  CHECK(find(*store, "元a") == "1 ");
  CHECK(find(*store, "单元A座") == "1 ");
  CHECK(find(*store, "停水", 0, 1) == "2 ");
}

TEST_CASE("marks of the engines' own search languages are only marks") {
  StoreFixture fixture;
  auto store = fixture.open();
  REQUIRE(index_words(*store, kIndex, 1, {"ab-c", "", ""}));
  for (const char* text : {"ab\"c", "ab'c", "ab:c", "ab*c", "ab|!&c", "a:b", "NEAR(ab)"}) {
    CAPTURE(text);
    CHECK(find_words(*store, kIndex, {{text}}, 10));
  }
  auto nothing = find_words(*store, kIndex, {{"\"'*:&|"}}, 10);
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().code == Errc::usage);
}

TEST_CASE("what is taken out of the index is not found, and what is put in again is") {
  StoreFixture fixture;
  auto store = fixture.open();
  const Words before{"王小明", "建设路", ""}, after{"王大明", "建设路", ""};
  REQUIRE(index_words(*store, kIndex, 7, before));
  REQUIRE(unindex_words(*store, kIndex, 7, before));
  CHECK(find(*store, "小明") == "");
  REQUIRE(index_words(*store, kIndex, 7, after));
  CHECK(find(*store, "小明") == "");
  CHECK(find(*store, "大明") == "7 ");
  CHECK(find(*store, "建设", 'b') == "7 ");
}
