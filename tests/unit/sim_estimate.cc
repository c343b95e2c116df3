// SPDX-License-Identifier: GPL-2.0-or-later
// How far the expected wait that callers are told is from the one they have: ccqueue(7) states what is printed here.
#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "report/figures.h"
#include "sim/world.h"

using namespace hotline;
using namespace hotline::sim;

namespace {

struct Errors {
  int64_t callers = 0;
  double real_s = 0, absolute_s = 0, bias_s = 0;
  double mean() const { return real_s / double(callers); }
  double absolute() const { return absolute_s / double(callers); }
  double bias() const { return bias_s / double(callers); }
};

/// `agents` serve `traffic` erlang of three-minute calls, log-normal, with 20 s of wrap-up; callers are patient for two
/// minutes on average. Of those who came when nobody was free and were answered: what they were told and what it was.
Errors play(int agents, double traffic, uint64_t seed) {
  constexpr double kTalk_s = 180, kWrap_s = 20, kPatience_s = 120;
  constexpr int64_t kCallers = 60000, kWarm = 2000;
  const Utc start = Utc(seconds(1700000000));
  acd::Rules rules;
  acd::QueueRule queue;
  queue.name = "repair";
  queue.wrap_up = seconds(20);
  rules.queues = {queue};
  std::vector<Shift> shifts;
  for (int i = 0; i < agents; ++i) {
    std::string id = std::to_string(1001 + i);
    rules.agents.push_back({id, id, {"repair"}, true, true});
    shifts.push_back({id, start, start + std::chrono::hours(24 * 3650)});
  }
  Errors errors;
  World world(rules, start, {seconds(3), 1, 0.5}, seed, [&](const acd::Action& action, Utc) {
    const auto* exit = std::get_if<acd::Exit>(&action);
    if (!exit || exit->reason != acd::ExitReason::answered || std::atoll(exit->call.c_str() + 1) <= kWarm) return;
    if (!exit->expected || exit->expected->count() == 0) return;
    double real = std::chrono::duration<double>(exit->wait).count();
    double error = std::chrono::duration<double>(*exit->expected).count() - real;
    ++errors.callers;
    errors.real_s += real;
    errors.absolute_s += std::fabs(error);
    errors.bias_s += error;
  });
  world.staff(shifts);
  Random random(seed + 1);
  double at = 1;
  int64_t number = 0;
  world.run([&]() -> std::optional<Caller> {
    if (number >= kCallers) return std::nullopt;
    Caller caller;
    at += random.exponential((kTalk_s + kWrap_s) / traffic);
    caller.call = "c" + std::to_string(++number);
    caller.at = start + in_microseconds(at);
    caller.queue = "repair";
    caller.talk = in_microseconds(random.lognormal(kTalk_s, 0.8));
    caller.patience = in_microseconds(random.exponential(kPatience_s));
    return caller;
  });
  return errors;
}

}  // namespace

TEST_CASE("the expected wait is off by less than the wait itself, and not to one side, at three loads") {
  for (auto [traffic, name] : {std::pair{9.0, "light"}, {12.0, "full"}, {16.0, "overload"}}) {
    auto errors = play(12, traffic, 11);
    MESSAGE(std::string(name), ": ", traffic, " erlang for 12 agents; ", errors.callers, " waited ",
            report::decimal_text(errors.mean(), 1), " s on average; mean absolute error ",
            report::decimal_text(errors.absolute(), 1), " s, bias ", report::decimal_text(errors.bias(), 1), " s");
    CHECK(errors.callers > 1000);
    CHECK(errors.absolute() < errors.mean());
    CHECK(std::fabs(errors.bias()) < errors.mean() * 0.25);
  }
}
