// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "lookup/answer.h"
#include "lookup/circuit.h"
#include "lookup/template.h"
#include "lookup/values.h"

namespace hotline::lookup {

namespace {

std::string fill(const std::string& text, const std::string& value, Encoding encoding) {
  auto parsed = Template::parse(text, {"number"});
  if (!parsed) return parsed.error().text;
  auto filled = parsed->fill({{"number", value}}, encoding);
  return filled ? *filled : filled.error().text;
}

std::string read(const AnswerForm& form, const std::string& text) {
  auto reader = AnswerReader::make(form);
  if (!reader) return reader.error().text;
  auto outcome = reader->read(text);
  std::string told = outcome.name();
  for (const auto& [key, value] : outcome.fields) told += " " + key + "=" + value;
  return told + (outcome.text.empty() ? "" : " " + outcome.text);
}

std::string lines(const std::string& text) {
  auto fields = parse_lines(text);
  return fields ? format_lines(*fields) : fields.error().text;
}

}  // namespace

TEST_CASE("a value has at most 1000 octets, no control character, and is UTF-8") {
  CHECK(wrong_value("") == "");
  CHECK(wrong_value("您好 ' \" ; % {}") == "");
  CHECK(wrong_value(std::string(1000, 'x')) == "");
  CHECK(wrong_value(std::string(1001, 'x')) == "is longer than 1000 octets");
  for (const char* text : {"a\nb", "a\rb", "\t", "\x7f", "\x1b[2J", "\xc2\x85"})
    CHECK(wrong_value(text) == "has a control character");
  CHECK(wrong_value(std::string("a\0b", 3)) == "has a control character");
  CHECK(wrong_value("\xff") == "is not UTF-8");
  CHECK(wrong_value("\xe6\x82") == "is not UTF-8");
}

TEST_CASE("lines end at an empty one, and each must be a name and a value") {
  CHECK(lines("a=1\nb=x=y\r\n\nnot looked at") == "a=1\nb=x=y\n\n");
  CHECK(lines("a=") == "a=\n\n");
  CHECK(lines("") == "\n");
  CHECK(lines("a=1\nb") == "line 2 of the answer is not NAME=VALUE");
  CHECK(lines("A=1") == "line 1 of the answer is not NAME=VALUE");
  CHECK(lines("a=1\na=2") == "line 2 of the answer has a name that was there");
  CHECK(lines("a=" + std::string(1001, 'x')) == "line 1 of the answer is longer than 1000 octets");
  CHECK(lines("a=\x01") == "line 1 of the answer has a control character");
  std::string many;
  for (int i = 0; i < 33; ++i) many += "a" + std::to_string(i) + "=1\n";
  CHECK(lines(many) == "line 33 of the answer is one too many");
}

TEST_CASE("a value in a URL can be nothing but a value") {
  CHECK(fill("/a?n={number}", "88001234", Encoding::percent) == "/a?n=88001234");
  CHECK(fill("/a?n={number}", "1&x=2#/../;%0a", Encoding::percent) == "/a?n=1%26x%3D2%23%2F..%2F%3B%250a");
  CHECK(fill("/a?n={number}", "q'\"\n好", Encoding::percent) == "/a?n=q%27%22%0A%E5%A5%BD");
}

TEST_CASE("a value in JSON stays within its quotes") {
  CHECK(fill(R"({"n":"{number}"})", R"(1","admin":"\)", Encoding::json) == R"({"n":"1\",\"admin\":\"\\"})");
}

TEST_CASE("a value that could separate something is refused where nothing can be encoded, and is not repeated") {
  CHECK(fill("GET {number}\n", "+86 138-0000", Encoding::plain) == "GET +86 138-0000\n");
  CHECK(fill("GET {number}\n", "王", Encoding::plain) == "GET 王\n");
  for (const char* text : {"1;2", "1\n2", "1=2", "'", "\"", "1%2", "1|2", "1,2", "1:2", "\\"})
    CHECK(fill("GET {number}\n", text, Encoding::plain) == "'number' has a character that may not stand there");
}

TEST_CASE("braces around what is no name are text; a name that is no parameter is an error with the nearest one") {
  CHECK(fill(R"({"a":{},"b":{1}} {number}{)", "7", Encoding::plain) == R"({"a":{},"b":{1}} 7{)");
  CHECK(fill("{numbre}", "7", Encoding::plain) == "'{numbre}' is none of its parameters; did you mean 'number'?");
}

TEST_CASE("JSON answers are read by pointers; what is no single value or is missing is a bad answer") {
  AnswerForm form{{"balance", "as-of"}, "", "", {{"balance", "/data/0/balance"}, {"as-of", "/date"}}, "/ok"};
  CHECK(read(form, R"({"ok":true,"data":[{"balance":12.5}],"date":"2026-11-01"})") ==
        "found as-of=2026-11-01 balance=12.5");
  CHECK(read(form, R"({"ok":1,"data":[{"balance":null}],"date":true})") == "found as-of=true balance=");
  CHECK(read(form, R"({"ok":false})") == "none");
  CHECK(read(form, R"({})") == "none");
  CHECK(read(form, R"({"ok":true,"data":[],"date":""})") == "failed 'balance' is missing in the answer");
  CHECK(read(form, R"({"ok":true,"data":[{"balance":{}}],"date":""})") ==
        "failed 'balance' of the answer is no single value");
  CHECK(read(form, R"({"ok":true,"data":[{"balance":"a\nb"}],"date":""})") ==
        "failed 'balance' of the answer has a control character");
  CHECK(read(form, "<html>") == "failed the answer is no JSON");
  CHECK(read(form, std::string(70000, ' ')) == "failed the answer is longer than 64 KiB");
  CHECK(read(form, std::string(60000, '[')) == "failed the answer is no JSON");
  form.pointers["balance"] = "/data/99999999999999999999";
  CHECK(read(form, R"({"ok":true,"data":[1],"date":""})") == "failed 'balance' is missing in the answer");
  form.pointers["balance"] = "data";
  CHECK(read(form, "{}") == "'data' is no JSON pointer; it is \"\" or begins with '/' (RFC 6901)");
}

TEST_CASE("answers are read by named groups, in linear time") {
  AnswerForm form{{"balance", "as-of"}, R"(^OK (?P<balance>[0-9.]+) (?P<as_of>\S+)$)", "^NONE", {}, ""};
  CHECK(read(form, "OK 12.50 2026-11-01") == "found as-of=2026-11-01 balance=12.50");
  CHECK(read(form, "NONE") == "none");
  CHECK(read(form, "ERR") == "failed the answer does not match 'pattern'");
  form.pattern = "(?P<balance>(a*)*b)(?P<as_of>)";
  CHECK(read(form, std::string(60000, 'a')) == "failed the answer does not match 'pattern'");
  form.pattern = "(?P<balance>x)";
  CHECK(read(form, "") == "there is no group (?P<as_of>…) for the result 'as-of'");
  form.pattern = "(";
  CHECK(read(form, "") == "'(': missing ): (");
}

TEST_CASE("five failures in a row rest for five seconds, then one may try") {
  Circuit circuit;
  Instant now{};
  for (int i = 0; i < 4; ++i) CHECK(!circuit.failed(now));
  CHECK(!circuit.succeeded());
  for (int i = 0; i < 4; ++i) CHECK(!circuit.failed(now));
  CHECK(circuit.goes(now));
  CHECK(circuit.failed(now));  // told once
  CHECK(!circuit.goes(now + Circuit::kRest - milliseconds(1)));
  now += Circuit::kRest;
  CHECK(circuit.goes(now));
  CHECK(!circuit.goes(now));
  CHECK(!circuit.failed(now));  // again, and not told again
  CHECK(!circuit.goes(now + seconds(4)));
  now += Circuit::kRest;
  CHECK(circuit.goes(now));
  circuit.given_up();  // the caller hung up: another may try
  CHECK(circuit.goes(now));
  CHECK(circuit.succeeded());
  CHECK(circuit.goes(now));
  CHECK(circuit.goes(now));
}

}  // namespace hotline::lookup
