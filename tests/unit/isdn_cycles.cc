// SPDX-License-Identifier: GPL-2.0-or-later
// Set-up and release again and again between two ends, in every way a call can go: each call a Q.850 cause at both
// ends, no channel left busy. CYCLES says how many (500); `make check` runs 10,000.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include "isdn_ends.h"

using namespace hotline;
using namespace hotline::isdn;
using hotline::isdn::test::End;
using hotline::isdn::test::Ends;

namespace {

int cycles() {
  const char* text = std::getenv("CYCLES");
  const int count = text ? std::atoi(text) : 0;
  return count > 0 ? count : 500;
}

struct Book {
  int placed = 0, released = 0, without_cause = 0, twice = 0;
  void count(const End& end) {
    for (const auto& [call, ends] : end.released) {
      released++;
      if (ends.size() != 1) twice++;
      if (ends.front().first < 1 || ends.front().first > 127) without_cause++;
    }
  }
};

}  // namespace

TEST_CASE("isdn: thousands of calls, each with a cause at both ends, leave no channel busy") {
  const int count = cycles();
  Ends ends;
  REQUIRE(ends.up());
  std::mt19937 random(1);
  // What the called side does with a call: let it ring, answer, refuse; at random, but the same at each run.
  auto decide = [&](End& end) {
    return [&](CallId call) {
      const int what = static_cast<int>(random() % 8);
      if (what > 0) end.d->alert(call);
      if (what > 2) end.d->answer(call);
      if (what == 0 || what == 2) end.d->hangup(call, what == 0 ? 17 : 21);
    };
  };
  ends.user->on_call = decide(*ends.user);
  ends.network->on_call = decide(*ends.network);

  int placed = 0;
  while (placed < count) {
    std::vector<std::pair<End*, CallId>> calls;
    for (int slot = 1; slot <= 31 && placed < count; slot++) {
      if (!is_channel(slot)) continue;
      End& from = slot % 3 == 0 ? *ends.user : *ends.network;
      if (CallId call = from.place(slot, "13800138000", "96116")) {
        calls.emplace_back(&from, call);
        placed++;
      }
    }
    if (random() % 4 != 0) ends.settle();
    for (auto [end, call] : calls) end->d->hangup(call, random() % 2 ? 16 : 31);
    REQUIRE(ends.run([&] { return ends.user->d->calls() == 0 && ends.network->d->calls() == 0; }, seconds(60)));
    CHECK(ends.user->busy.empty());
    CHECK(ends.network->busy.empty());
  }
  Book user, network;
  user.count(*ends.user);
  network.count(*ends.network);
  CHECK(user.released >= count * 9 / 10);  // a SETUP may be withdrawn before it was read
  CHECK(network.released >= count * 9 / 10);
  CHECK(user.without_cause + network.without_cause == 0);
  CHECK(user.twice + network.twice == 0);
}
