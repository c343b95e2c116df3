// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <filesystem>
#include <map>

#include "base/causes.h"
#include "base/fd.h"
#include "base/text.h"

using namespace hotline;

TEST_CASE("causes: causes become statuses as RFC 3398 §7.2.4.1 says") {
  const std::pair<int, int> rows[] = {
      {1, 404},  {2, 404},  {3, 404},  {17, 486}, {18, 408}, {19, 480}, {20, 480}, {21, 403},  {22, 410},  {26, 404},
      {27, 502}, {28, 484}, {29, 501}, {31, 480}, {34, 503}, {38, 503}, {41, 503}, {42, 503},  {47, 503},  {55, 403},
      {57, 403}, {58, 503}, {65, 488}, {70, 488}, {79, 501}, {87, 403}, {88, 503}, {102, 504}, {111, 500}, {127, 500}};
  for (auto [cause, status] : rows) CHECK_MESSAGE(status_of_cause(cause) == status, cause);
}

TEST_CASE("causes: statuses become causes as RFC 3398 §8.2.6.1 says") {
  const std::pair<int, int> rows[] = {{400, 41},  {401, 21},  {403, 21},  {404, 1},   {405, 63}, {406, 79},
                                      {407, 21},  {408, 102}, {410, 22},  {413, 127}, {415, 79}, {416, 127},
                                      {420, 127}, {480, 18},  {481, 41},  {482, 25},  {483, 25}, {484, 28},
                                      {485, 1},   {486, 17},  {500, 41},  {501, 79},  {502, 38}, {503, 41},
                                      {504, 102}, {505, 127}, {513, 127}, {600, 17},  {603, 21}, {604, 1}};
  for (auto [status, cause] : rows) CHECK_MESSAGE(cause_of_status(status) == cause, status);
}

TEST_CASE("causes: what no row names has the meaning of its class") {
  CHECK(cause_of_status(499) == 41);
  CHECK(cause_of_status(599) == 41);
  CHECK(cause_of_status(699) == 17);
  CHECK(cause_of_status(302) == 127);
  CHECK(status_of_cause(33) == 500);
  CHECK(status_of_cause(0) == 500);
}

TEST_CASE("causes: every cause has a final status that refuses, every refusal a valid cause") {
  for (int cause = 0; cause <= 127; ++cause) {
    CHECK(status_of_cause(cause) >= 400);
    CHECK(status_of_cause(cause) <= 699);
  }
  for (int status = 300; status <= 699; ++status) {
    CHECK(cause_of_status(status) >= 1);
    CHECK(cause_of_status(status) <= 127);
  }
}

TEST_CASE("causes: the tables are in order, each number once, each name its own") {
  std::map<std::string, int> names;
  int last = 0;
  for (const Cause& cause : causes()) {
    CHECK(cause.number > last);
    last = cause.number;
    names[cause.name]++;
    CHECK(cause_name(cause.number) == cause.name);
  }
  for (const auto& [name, count] : names) CHECK_MESSAGE(count == 1, name);
  last = 0;
  for (const Status& status : statuses()) {
    CHECK(status.number > last);
    last = status.number;
  }
  CHECK(cause_name(17) == "user busy");
  CHECK(cause_name(33) == "cause 33");
}

TEST_CASE("causes: a refusal keeps its meaning when it crosses to the telephones and comes back") {
  // What crosses twice unchanged; for the others RFC 3398 itself is no inverse of itself.
  for (int cause : {1, 17, 21, 22, 28, 65, 79, 102})
    CHECK_MESSAGE(cause_of_status(status_of_cause(cause)) == cause, cause);
}

TEST_CASE("causes: cccauses(7) shows the tables as they are") {
  const auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  auto page = read_file((root / "man/man7/cccauses.7").string());
  REQUIRE(page);
  std::vector<std::string> rows;
  for (const auto& line : split(*page, '\n')) {
    if (line.starts_with(".It ") && line.find(" Ta ") != line.npos) rows.push_back(line.substr(4));
  }
  std::vector<std::string> expected;
  for (const Cause& cause : causes())
    expected.push_back(std::to_string(cause.number) + " Ta " + cause.name + " Ta " + std::to_string(cause.status));
  for (const Status& status : statuses())
    expected.push_back(std::to_string(status.number) + " Ta " + std::to_string(status.cause) + " Ta " +
                       cause_name(status.cause));
  REQUIRE(rows.size() == expected.size());
  for (size_t i = 0; i < rows.size(); i++) CHECK(rows[i] == expected[i]);
}
