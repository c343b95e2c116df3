// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "base/id.h"
#include "base/text.h"

using namespace hotline;

TEST_CASE("a mistyped word gets the nearest known one, a strange word none") {
  std::vector<std::string> known = {"listen", "domain", "rtp_ports"};
  CHECK(nearest("lisen", known) == "listen");
  CHECK(did_you_mean("domian", known) == "; did you mean 'domain'?");
  CHECK(did_you_mean("zebra", known) == "");
}

TEST_CASE("people see the head and tail of a caller's number, and short numbers whole") {
  CHECK(mask_number("13800138000") == "138****8000");
  CHECK(mask_number("96116") == "96116");
  CHECK(mask_number("8521234") == "8****34");
  CHECK(mask_number("") == "");
}

TEST_CASE("broken UTF-8 becomes U+FFFD and whole UTF-8 stays") {
  CHECK(valid_utf8("报修") == "报修");
  CHECK(valid_utf8("a\xC0\xAF" "b") == "a\xEF\xBF\xBD\xEF\xBF\xBD" "b");       // overlong slash
  CHECK(valid_utf8("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  CHECK(valid_utf8("\xB1\xA8") == "\xEF\xBF\xBD\xEF\xBF\xBD");                  // GBK for 报
}

TEST_CASE("Chinese characters take two columns and padding counts them") {
  CHECK(display_width("报修 A") == 6);
  CHECK(pad_right("报修", 6) == "报修  ");
  CHECK(pad_left("7", 3) == "  7");
}

TEST_CASE("numbers are whole or nothing") {
  CHECK(parse_int("42") == 42);
  for (const char* text : {"", "4 2", "42x", "0x10", "99999999999999999999"}) CHECK_FALSE(parse_int(text));
}

TEST_CASE("ids grow with time, even when the clock goes back, and are 13 characters that sort alike") {
  IdMaker maker;
  Utc now = utc_now();
  int64_t last = 0;
  for (int i = 0; i < 20000; ++i) {
    int64_t id = maker.next(i == 10000 ? now - std::chrono::hours(1) : now);
    REQUIRE(id > last);
    if (last) REQUIRE(id_text(last) < id_text(id));
    last = id;
  }
  CHECK(is_id(id_text(last)));
  CHECK_FALSE(is_id("0b1c2d3e4f5g"));
  CHECK_FALSE(is_id("0B1C2D3E4F5G6"));
}

TEST_CASE("a field with a tab, newline or NUL is not one field") {
  CHECK(is_one_field("repair, today"));
  CHECK_FALSE(is_one_field("a\tb"));
  CHECK_FALSE(is_one_field(std::string_view("a\0b", 3)));
}
