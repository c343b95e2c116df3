// SPDX-License-Identifier: GPL-2.0-or-later
// What a recording says of its callers, and who they are when others serve them.
#include <doctest/doctest.h>

#include "../../cmd/ccqueue/what_if.h"

using namespace hotline;
using namespace hotline::ccqueue;

namespace {

const Utc kNoon = Utc(seconds(1700000000));
Utc at(int s) { return kNoon + seconds(s); }

acd::Input enter(int s, const std::string& call, const std::string& queue = "q") {
  acd::Input input;
  input.op = acd::Input::Op::enter;
  input.now = at(s);
  acd::Arrival arrival;
  arrival.call = call;
  arrival.queue = queue;
  arrival.entered = at(s);
  input.arrival = arrival;
  return input;
}

acd::Exit left(const std::string& call, acd::ExitReason reason, int wait_s, const std::string& to = "") {
  acd::Exit exit{call, "q", reason, seconds(wait_s), "1001", call + "-o1", seconds(2), "", to};
  return exit;
}

acd::AgentChanged agent(acd::AgentState was, acd::AgentState is, const std::string& reason = "") {
  return {"1001", is, was, reason, std::nullopt, "", std::nullopt, ""};
}

/// A queue with 10 s of wrap-up, and its day so far.
PastDay day() {
  PastDay past;
  acd::Input rules;
  rules.op = acd::Input::Op::configure;
  rules.now = kNoon;
  acd::QueueRule queue;
  queue.name = "q";
  rules.rules.emplace();
  rules.rules->queues = {queue};
  past.hear(rules);
  return past;
}

/// One who is answered after `wait_s`, talks, and is written up for `wrap_s`.
void served(PastDay& past, const std::string& call, int from, int wait_s, int talk_s, int wrap_s) {
  using S = acd::AgentState;
  past.hear(enter(from, call));
  past.hear(acd::Entered{call, "q", at(from), 0, 1}, at(from));
  int answer = from + wait_s, over = answer + talk_s;
  past.hear(agent(S::offered, S::talking), at(answer));
  past.hear(left(call, acd::ExitReason::answered, wait_s), at(answer));
  past.hear(acd::Served{call, "q", "1001", seconds(talk_s)}, at(over));
  past.hear(agent(S::talking, S::wrap_up), at(over));
  past.hear(agent(S::wrap_up, S::ready), at(over + wrap_s));
}

std::vector<sim::Caller> all(const PastDay& past, uint64_t seed = 1) {
  std::vector<sim::Caller> list;
  auto next = callers(past, kNoon, at(100000), seed);
  while (auto caller = next()) list.push_back(*caller);
  return list;
}

}  // namespace

TEST_CASE("who was answered talks as long, and his agent writes as long unless the queue's time ended it") {
  auto past = day();
  served(past, "a", 0, 5, 60, 4);
  served(past, "b", 100, 0, 30, 10);
  auto list = all(past);
  REQUIRE(list.size() == 2);
  CHECK(list[0].talk == seconds(60));
  CHECK(list[0].wrap_up == seconds(4));
  CHECK(list[1].talk == seconds(30));
  CHECK_FALSE(list[1].wrap_up);
  CHECK(list[0].patience == sim::kEndless);  // nobody gave up: nothing is known of patience
}

TEST_CASE("who gave up gives up again then; the patience of others goes on beyond what they waited") {
  auto past = day();
  for (int i = 0; i < 50; ++i) served(past, "a" + std::to_string(i), i * 200, 20, 60, 4);
  for (int i = 0; i < 10; ++i) {
    std::string call = "z" + std::to_string(i);
    past.hear(enter(20000 + i, call));
    past.hear(left(call, acd::ExitReason::abandoned, 30), at(20030 + i));
  }
  CHECK(past.impatience("q") == doctest::Approx(10.0 / (50 * 20 + 10 * 30)));
  CHECK(past.impatience("other") == past.impatience("q"));
  double sum = 0;
  int given_up = 0;
  for (const auto& caller : all(past)) {
    if (caller.call[0] == 'z') {
      CHECK(caller.patience == seconds(30));
      CHECK(caller.talk == seconds(60));  // drawn from those who talked
      ++given_up;
    } else {
      CHECK(caller.patience > seconds(20));
      sum += std::chrono::duration<double>(caller.patience - seconds(20)).count();
    }
  }
  CHECK(given_up == 10);
  CHECK(sum / 50 == doctest::Approx(130).epsilon(0.5));
}

TEST_CASE("a caller who overflowed is one, who came to the first queue and waited in both") {
  auto past = day();
  past.hear(enter(0, "a"));
  past.hear(left("a", acd::ExitReason::timed_out, 40, "other"), at(40));
  past.hear(left("a", acd::ExitReason::abandoned, 25), at(65));
  auto list = all(past);
  REQUIRE(list.size() == 1);
  CHECK(list[0].queue == "q");
  CHECK(list[0].patience == seconds(65));
}

TEST_CASE("one who waits through a restart, and one who is called back, is one caller; a second visit is another") {
  auto past = day();
  past.hear(enter(0, "a"));
  past.hear(enter(0, "a"));
  past.hear(left("a", acd::ExitReason::call_back, 10), at(10));
  acd::Input back;
  back.op = acd::Input::Op::call_back;
  back.who = "a";
  back.other = "b";
  past.hear(back);
  past.hear(left("b", acd::ExitReason::answered, 100), at(110));
  past.hear(acd::Served{"b", "q", "1001", seconds(77)}, at(187));
  past.hear(enter(300, "a"));
  auto list = all(past);
  REQUIRE(list.size() == 2);
  CHECK(list[0].talk == seconds(77));
  CHECK(list[0].call != list[1].call);
}

TEST_CASE("agents were there from login to logout; pauses that the queue made are no rests") {
  using S = acd::AgentState;
  auto past = day();
  past.hear(agent(S::logged_out, S::ready), at(0));
  past.hear(agent(S::ready, S::paused, "lunch"), at(100));
  past.hear(agent(S::paused, S::ready), at(160));
  past.hear(agent(S::ready, S::paused, "missed"), at(200));
  past.hear(agent(S::paused, S::ready), at(260));
  past.hear(agent(S::ready, S::logged_out), at(1000));
  past.close(at(2000));
  auto plan = past.plan();
  REQUIRE(plan.was_there.size() == 1);
  CHECK(plan.was_there[0].from == at(0));
  CHECK(plan.was_there[0].to == at(1000));
  REQUIRE(plan.was_resting.size() == 1);
  CHECK(plan.was_resting[0].from == at(100));
  CHECK(plan.was_resting[0].to == at(160));
}

TEST_CASE("the hands are as quick as the recorded ones, and miss the share that they missed") {
  auto past = day();
  for (int i = 0; i < 9; ++i) served(past, "a" + std::to_string(i), i * 200, 20, 60, 4);
  past.hear(acd::Missed{"x", "q", "1001", "x-o1", acd::MissReason::timeout, seconds(15)}, at(5000));
  auto hands = *past.plan().hands;
  CHECK(hands.answer_after == seconds(2));
  CHECK(hands.answers == doctest::Approx(0.9));
}

TEST_CASE("the same seed is the same callers, and other draws do not change who comes") {
  auto past = day();
  served(past, "a", 0, 5, 60, 4);
  past.hear(enter(50, "b"));
  past.hear(left("b", acd::ExitReason::abandoned, 7), at(57));
  auto one = all(past, 3), two = all(past, 3), other = all(past, 4);
  CHECK(one[0].patience == two[0].patience);
  CHECK(one[0].patience != other[0].patience);
  CHECK(one[0].at == other[0].at);
}
