// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "wire/wire.h"

using namespace hotline;
using namespace hotline::wire;

TEST_CASE("an event is written in the order of ccwire(7) and read back whole") {
  Event event;
  event.number = 1041;
  event.time = from_us(1795366905000004);
  event.from = "ccswitchd";
  event.name = "call.offered";
  event.call = "0b1c2d3e4f5g6";
  event.leg = "0b1c2d3e4f5g6-1";
  event.fields = {{"caller", "13800138000"}, {"tags", {{"lang", "zh-CN"}}}};
  std::string line = encode(event);
  CHECK(line ==
        R"({"n":1041,"time":"2026-11-22T17:01:45.000004Z","from":"ccswitchd","event":"call.offered","call":"0b1c2d3e4f5g6","leg":"0b1c2d3e4f5g6-1","caller":"13800138000","tags":{"lang":"zh-CN"}})");
  auto back = decode_event(line);
  REQUIRE(back);
  CHECK(back->number == 1041);
  CHECK(back->time == event.time);
  CHECK(back->fields == event.fields);
  CHECK(encode(*back) == line);
}

TEST_CASE("what is no event is refused") {
  for (const char* line : {"", "[]", "{}", "null", R"({"n":1})", R"({"n":"1","time":"x","from":"a","event":"b"})",
                           R"({"n":1,"time":"2026-11-22T17:01:45","from":"a","event":"b"})", "{\"n\":1"})
    CHECK_FALSE(decode_event(line));
}

TEST_CASE("a text too long or too deep is refused before it is parsed") {
  CHECK(parse(std::string(kMessageBytesMax + 1, ' ')).error().text.find("longer than") != std::string::npos);
  CHECK(parse(std::string(100000, '[')).error().text == "message is nested too deep");
  CHECK(parse("\"" + std::string(1000, '[') + "\""));  // brackets in a string are no depth
}

TEST_CASE("a broken caller name cannot break the encoder") {
  CHECK(dump(Json("\xB1\xA8")) == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST_CASE("a field of another type counts as missing") {
  Json body = {{"leg", 5}, {"ms", "5"}, {"on", 1}};
  CHECK(text(body, "leg", "none") == "none");
  CHECK(integer(body, "ms", -1) == -1);
  CHECK(boolean(body, "on", false) == false);
  CHECK(text(Json::array(), "leg", "none") == "none");
}

TEST_CASE("a number out of range is refused or counts as missing, and is never thrown over") {
  CHECK(parse("{\"cause\":1e999}").error().text == "no JSON: a number is out of range");
  CHECK(integer(*parse("{\"cause\":18446744073709551615}"), "cause", 16) == 16);
  CHECK(integer(*parse("{\"cause\":-9223372036854775808}"), "cause") == INT64_MIN);
}

TEST_CASE("each code of an error reply has its exit status") {
  CHECK(error_of(Reply::no(code::kNotFound, "no call")).code == Errc::no);
  CHECK(error_of(Reply::no(code::kBusy, "full")).code == Errc::again);
  CHECK(error_of(Reply::no("strange", "")).code == Errc::bug);
}

TEST_CASE("verbs are lower-case words") {
  CHECK(is_verb("call.offered"));
  for (const char* word : {"", "Play", "a b", "x\n", "a-word-that-is-longer-than-thirty-two"}) CHECK_FALSE(is_verb(word));
}
