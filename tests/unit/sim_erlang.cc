// SPDX-License-Identifier: GPL-2.0-or-later
// The queue against the theory: simulated M/M/N and M/M/N+M agree with Erlang C and A. CALLS makes the runs longer.
#include <doctest/doctest.h>

#include <cstdlib>

#include "report/erlang.h"
#include "sim/world.h"

using namespace hotline;
using namespace hotline::sim;

namespace {

struct Measured {
  int64_t callers = 0, waited = 0, abandoned = 0, within = 0;
  double wait_s = 0;
  double share(int64_t part) const { return double(part) / double(callers); }
};

/// `traffic` erlang of 180 s calls to N agents of one queue; the first tenth is not counted.
Measured play(int agents, double traffic, double patience_s, int64_t callers, uint64_t seed) {
  constexpr double kTalk_s = 180;
  const Utc start = Utc(seconds(1700000000));
  acd::Rules rules;
  acd::QueueRule queue;
  queue.name = "repair";
  queue.wrap_up = queue.ring_timeout = seconds(0);
  queue.ring_timeout = seconds(15);
  queue.max_waiting = 1000000;
  rules.queues = {queue};
  rules.short_abandon = seconds(0);
  std::vector<Shift> shifts;
  for (int i = 0; i < agents; ++i) {
    std::string id = std::to_string(1001 + i);
    rules.agents.push_back({id, id, {"repair"}, true, true});
    shifts.push_back({id, start, start + std::chrono::hours(24 * 365 * 30)});
  }
  Measured measured;
  int64_t number = 0, warm = callers / 10;
  auto counted = [&](const std::string& call) { return std::atoll(call.c_str() + 1) > warm; };
  World world(rules, start, {}, seed, [&](const acd::Action& action, Utc) {
    const auto* exit = std::get_if<acd::Exit>(&action);
    if (!exit || !counted(exit->call)) return;
    ++measured.callers;
    measured.wait_s += std::chrono::duration<double>(exit->wait).count();
    if (exit->reason == acd::ExitReason::abandoned) ++measured.abandoned;
    if (exit->wait > milliseconds(0)) ++measured.waited;
    if (exit->wait <= seconds(15)) ++measured.within;
  });
  world.staff(shifts);
  Random random(seed + 1);
  double at = 1;
  world.run([&]() -> std::optional<Caller> {
    if (number >= callers) return std::nullopt;
    Caller caller;
    at += random.exponential(kTalk_s / traffic);
    caller.call = "c" + std::to_string(++number);
    caller.at = start + in_microseconds(at);
    caller.queue = "repair";
    caller.talk = in_microseconds(random.exponential(kTalk_s));
    if (patience_s > 0) caller.patience = in_microseconds(random.exponential(patience_s));
    return caller;
  });
  return measured;
}

int64_t calls() {
  const char* text = std::getenv("CALLS");
  return text ? std::atoll(text) : 300000;
}

/// Within so much of the theory: 1 % with the two million calls that `make check` plays, and what a shorter run can
/// show otherwise.
double bound() { return calls() >= 2000000 ? 0.01 : 0.04; }
/// The mean wait of a queue that nobody leaves swings most.
double wait_bound() { return calls() >= 2000000 ? 0.01 : 0.08; }

}  // namespace

TEST_CASE("simulated M/M/N waits as Erlang C says") {
  for (auto [agents, level] : {std::pair{13, 0.7778}, {14, 0.8752}}) {
    CAPTURE(agents);
    auto measured = play(agents, 10, 0, calls(), 4711);
    CHECK(measured.share(measured.waited) == doctest::Approx(report::erlang_c(agents, 10)).epsilon(bound()));
    CHECK(measured.wait_s / double(measured.callers) ==
          doctest::Approx(report::erlang_c_asa_s(agents, 10, 180)).epsilon(wait_bound()));
    CHECK(measured.share(measured.within) == doctest::Approx(level).epsilon(bound()));
  }
}

TEST_CASE("simulated M/M/N+M waits and gives up as Erlang A says") {
  auto measured = play(12, 10, 120, calls(), 42);
  auto theory = report::erlang_a(12, 10, 180, 120);
  CHECK(measured.share(measured.waited) == doctest::Approx(theory.wait_share).epsilon(bound()));
  CHECK(measured.share(measured.abandoned) == doctest::Approx(theory.abandon_share).epsilon(bound()));
  CHECK(measured.wait_s / double(measured.callers) == doctest::Approx(theory.mean_wait_s).epsilon(bound()));
}

TEST_CASE("one seed is one day, and another seed another") {
  auto day = [](uint64_t seed) {
    auto measured = play(5, 4, 60, 3000, seed);
    return std::to_string(measured.wait_s) + " " + std::to_string(measured.abandoned);
  };
  CHECK(day(7) == day(7));
  CHECK(day(7) != day(8));
}

TEST_CASE("an agent whose shift ends finishes his talk, and who comes later waits for the next shift") {
  const Utc start = Utc(seconds(1700000000));
  acd::Rules rules;
  acd::QueueRule queue;
  queue.name = "repair";
  rules.queues = {queue};
  rules.agents = {{"1001", "1001", {"repair"}, true, true}};
  std::vector<std::string> said;
  World world(rules, start, {seconds(2), 1}, 1, [&](const acd::Action& action, Utc at) {
    if (std::holds_alternative<acd::Exit>(action) || std::holds_alternative<acd::Served>(action))
      said.push_back(std::to_string((at - start) / seconds(1)) + " " + acd::text(action));
  });
  world.staff({{"1001", start, start + seconds(60)}, {"1001", start + seconds(300), start + seconds(900)}});
  int number = 0;
  world.run([&]() -> std::optional<Caller> {
    if (++number > 2) return std::nullopt;
    Caller caller;
    caller.call = "c" + std::to_string(number);
    caller.at = start + seconds(number * 50);
    caller.queue = "repair";
    caller.talk = seconds(40);
    return caller;
  });
  CHECK(said == std::vector<std::string>{"52 exit c1 repair answered wait=2000ms agent=1001 c1-o1 ring=2000ms",
                                         "92 served c1 repair 1001 talk=40000ms",
                                         "302 exit c2 repair answered wait=202000ms agent=1001 c2-o1 ring=2000ms",
                                         "342 served c2 repair 1001 talk=40000ms"});
}
