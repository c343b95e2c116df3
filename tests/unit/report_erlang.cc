// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <cmath>

#include "report/erlang.h"
#include "report/figures.h"

using namespace hotline::report;

TEST_CASE("Erlang B: 30 trunks lose one percent of 20.337 erlang") {
  CHECK(round_half_up(erlang_b(30, 20.337) * 100, 2) == 1.00);
  CHECK(erlang_b(0, 5) == 1);
  CHECK(erlang_b(5, 0) == 0);
}

TEST_CASE("Erlang B turned round: 60 trunks at one percent are offered 46.95 erlang") {
  CHECK(round_half_up(offered_at(60, 0.01), 2) == 46.95);
}

TEST_CASE("Erlang C: who waits, service level in 15 s and mean wait of 10 erlang handled 180 s each") {
  struct {
    int servers;
    double level_percent, asa_s;
  } const cases[] = {{12, 61.96, 40.44}, {13, 77.78, 17.12}, {14, 87.52, 7.84}};
  CHECK(round_half_up(erlang_c(12, 10), 6) == 0.449388);
  for (const auto& c : cases) {
    CAPTURE(c.servers);
    CHECK(round_half_up(erlang_c_service_level(c.servers, 10, 180, 15) * 100, 2) == c.level_percent);
    CHECK(round_half_up(erlang_c_asa_s(c.servers, 10, 180), 2) == c.asa_s);
  }
}

TEST_CASE("Erlang C with too few agents: all wait, for ever") {
  CHECK(erlang_c(10, 10) == 1);
  CHECK(erlang_c_service_level(9, 10, 180, 15) == 0);
  CHECK(std::isinf(erlang_c_asa_s(10, 10, 180)));
}

TEST_CASE("Erlang A: 12 agents, 10 erlang, callers with 120 s of patience") {
  auto result = erlang_a(12, 10, 180, 120);
  CHECK(round_half_up(result.wait_share, 6) == 0.279807);
  CHECK(round_half_up(result.abandon_share, 6) == 0.061597);
  CHECK(round_half_up(result.mean_wait_s, 3) == 7.392);
}

TEST_CASE("Erlang A with endless patience is Erlang C, and stays finite under a flood") {
  CHECK(std::abs(erlang_a(12, 10, 180, 1e9).wait_share - erlang_c(12, 10)) < 1e-5);
  auto flood = erlang_a(100, 1000, 180, 120);
  CHECK(round_half_up(flood.abandon_share, 3) == 0.9);
}
