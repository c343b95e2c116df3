// SPDX-License-Identifier: GPL-2.0-or-later
// uses: sim acd base
//
// What a decision costs. acd_calls_per_core_minute: calls through a simulated centre of 200 agents and 10 skills, on
// one core; its floor is the same callers drawn and sorted by time, without a queue. acd_decision_p99_us: one event of
// the core (arrival, answer, end of a talk with the offer that follows) with 10,000 callers waiting and 2,000 agents;
// its floor is the same with 100 and 20, so that the ratio shows how the cost grows.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/require.h"
#include "sim/world.h"

using namespace hotline;
using namespace hotline::sim;

namespace {

constexpr int kSkills = 10;
const Utc kStart = Utc(seconds(1700000000));

int64_t cpu_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return int64_t(now.tv_sec) * 1000000000 + now.tv_nsec;
}

std::string skill(int number) { return "skill-" + std::to_string(number); }

/// A queue a skill; each agent has three of them, at levels of his own, and is of a first or a second tier.
acd::Rules centre(int agents, Random& random) {
  acd::Rules rules;
  for (int i = 0; i < kSkills; ++i) {
    acd::QueueRule queue;
    queue.name = "queue-" + std::to_string(i);
    queue.needs[skill(i)] = 1;
    queue.wrap_up = seconds(0);
    queue.max_waiting = 1000000;
    queue.strategy = i % 2 ? acd::Strategy::skill_first : acd::Strategy::longest_idle;
    rules.queues.push_back(queue);
  }
  for (int i = 0; i < agents; ++i) {
    acd::AgentRule agent;
    agent.id = agent.phone = std::to_string(10000 + i);
    for (int k = 0; k < 3; ++k) {
      int which = (i + k * 3) % kSkills;
      agent.queues.push_back("queue-" + std::to_string(which));
      agent.skills[skill(which)] = 1 + int(random.next() % 5);
      agent.tiers[agent.queues.back()] = 1 + int(random.next() % 2);
    }
    rules.agents.push_back(agent);
  }
  return rules;
}

Callers traffic(int64_t calls, int agents, Random& random) {
  constexpr double kTalk_s = 180;
  double at = 1;
  int64_t number = 0;
  return [=, &random]() mutable -> std::optional<Caller> {
    if (number >= calls) return std::nullopt;
    Caller caller;
    at += random.exponential(kTalk_s / (0.95 * agents));
    caller.call = std::to_string(100000000 + ++number);
    caller.at = kStart + in_microseconds(at);
    caller.queue = "queue-" + std::to_string(random.next() % kSkills);
    caller.patience = in_microseconds(random.exponential(120));
    caller.talk = in_microseconds(random.lognormal(kTalk_s, 0.8));
    return caller;
  };
}

void calls_per_minute() {
  constexpr int kAgents = 200;
  constexpr int64_t kCalls = 400000;
  Random random(1);
  World world(centre(kAgents, random), kStart, {seconds(3), 0.98}, 2);
  std::vector<Shift> shifts;
  for (const auto& agent : world.core().rules().agents)
    shifts.push_back({agent.id, kStart, kStart + std::chrono::hours(24 * 3650)});
  world.staff(shifts);
  int64_t began = cpu_ns();
  world.run(traffic(kCalls, kAgents, random));
  int64_t spent = cpu_ns() - began;
  require(world.callers() == kCalls && world.core().entries().empty());
  std::priority_queue<Utc, std::vector<Utc>, std::greater<>> bare;
  began = cpu_ns();
  auto callers = traffic(kCalls, kAgents, random);
  while (auto caller = callers()) {
    for (auto at : {caller->at, caller->at + caller->patience, caller->at + caller->talk}) bare.push(at);
    while (bare.size() > 1000) bare.pop();
  }
  int64_t floor = cpu_ns() - began;
  auto per_minute = [](int64_t ns) { return double(kCalls) * 60e9 / double(ns); };
  std::printf("acd_calls_per_core_minute\t%.0f\tcalls\t%.0f\t%.3f\t%d agents, %d skills, %lld calls; aim 1000000\n",
              per_minute(spent), per_minute(floor), double(floor) / double(spent), kAgents, kSkills,
              static_cast<long long>(kCalls));
}

/// Microseconds of each event in a core with so many who wait, sorted.
std::vector<double> decisions(int agents, int waiting, int rounds) {
  Random random(3);
  acd::Core core(centre(agents, random), kStart);
  acd::Actions out;
  Utc now = kStart;
  for (const auto& agent : core.rules().agents) core.phone(agent.phone, true, now, out);
  int64_t number = 0;
  std::vector<double> cost;
  std::vector<std::string> talks, rung;
  auto timed = [&](auto event) {
    now += milliseconds(7);
    int64_t began = cpu_ns();
    event();
    cost.push_back(double(cpu_ns() - began) / 1000);
    for (const auto& action : out)
      if (const auto* offer = std::get_if<acd::Offer>(&action)) rung.push_back(offer->offer);
    out.clear();
  };
  auto enter = [&] {
    acd::Arrival arrival;
    arrival.call = std::to_string(100000000 + ++number);
    arrival.queue = "queue-" + std::to_string(random.next() % kSkills);
    arrival.priority = int(random.next() % 3);
    arrival.entered = now;
    timed([&] { require(core.enter(arrival, now, out)); });
  };
  auto answer_all = [&] {
    for (auto offers = std::exchange(rung, {}); const auto& offer : offers) {
      timed([&] { require(core.answered(offer, now, out)); });
      std::string call = offer.substr(0, offer.rfind("-o"));
      timed([&] { core.connected(call, now, out); });
      talks.push_back(call);
    }
  };
  while (int64_t(core.entries().size()) < agents + waiting) {
    enter();
    answer_all();
  }
  cost.clear();
  for (int i = 0; i < rounds; ++i) {
    std::swap(talks[random.next() % talks.size()], talks.back());
    std::string call = talks.back();
    talks.pop_back();
    timed([&] { core.call_over(call, now, out); });
    answer_all();
    enter();
    answer_all();
  }
  std::sort(cost.begin(), cost.end());
  return cost;
}

/// The least of several p99: what else the machine does can only add to it.
double decision_p99(int agents, int waiting, int rounds) {
  double least = 1e9;
  for (int i = 0; i < 5; ++i) {
    auto cost = decisions(agents, waiting, rounds);
    least = std::min(least, cost[cost.size() * 99 / 100]);
  }
  return least;
}

void decision_time() {
  constexpr int kRounds = 10000;
  constexpr int kAgents[] = {20, 200, 2000, 20000};
  double p99[4];
  for (int i = 0; i < 4; ++i) p99[i] = decision_p99(kAgents[i], kAgents[i] * 5, kRounds);
  std::printf(
      "acd_decision_p99_us\t%.2f\tus\t%.2f\t%.2f\t10000 waiting, 2000 agents beside 100 and 20; aim 20; by tens from "
      "100 and 20 on: %.2f %.2f %.2f %.2f\n",
      p99[2], p99[0], p99[2] / p99[0], p99[0], p99[1], p99[2], p99[3]);
}

}  // namespace

/// acd_core AGENTS ROUNDS: the decisions of so many rounds alone, five callers waiting for each agent: for who counts
/// what is done instead of the time it takes (acd_operations.sh). Prints how many events were timed.
int count_only(const char* agents, const char* rounds) {
  int many = std::atoi(agents), times = std::atoi(rounds);
  if (many < 1 || times < 1) return std::fprintf(stderr, "usage: acd_core [AGENTS ROUNDS]\n"), 64;
  std::printf("%zu\n", decisions(many, many * 5, times).size());
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 3) return count_only(argv[1], argv[2]);
  calls_per_minute();
  decision_time();
  return 0;
}
