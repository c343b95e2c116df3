// SPDX-License-Identifier: GPL-2.0-or-later
// The pure parts of room trunk: which channel next, restarts and their back-off, alarms, what an audit finds.
#include <doctest/doctest.h>

#include "trunk/alarms.h"
#include "trunk/audit.h"
#include "trunk/channels.h"

using namespace hotline;
using namespace hotline::trunk;
using State = Channels::State;

namespace {

const Instant kT0 = Instant{} + std::chrono::hours(1);

std::vector<int> taken_in_order(Channels& channels, Select select, int count) {
  std::vector<int> order;
  for (int i = 0; i < count; i++) {
    order.push_back(channels.choose(select));
    if (order.back() != 0) channels.take(order.back(), 1, kT0);
  }
  return order;
}

}  // namespace

TEST_CASE("channels: each policy takes them in its order, and nobody timeslot 16") {
  Channels low(kT0), high(kT0);
  CHECK(taken_in_order(low, Select::lowest, 3) == std::vector<int>{1, 2, 3});
  CHECK(taken_in_order(high, Select::highest, 3) == std::vector<int>{31, 30, 29});
  const auto rest = taken_in_order(low, Select::lowest, 28);
  CHECK(rest[11] == 15);
  CHECK(rest[12] == 17);
  CHECK(rest[26] == 31);
  CHECK(rest[27] == 0);
  CHECK(low.busy() == 30);
}

TEST_CASE("channels: round robin goes on where it was, longest idle takes who rested longest") {
  Channels round(kT0);
  CHECK(taken_in_order(round, Select::round_robin, 2) == std::vector<int>{1, 2});
  round.give_back(1, 1, kT0);
  CHECK(taken_in_order(round, Select::round_robin, 1) == std::vector<int>{3});
  round.take(31, 2, kT0);
  for (int slot = 4; slot < 31; slot++) round.take(slot, 2, kT0);
  CHECK(round.choose(Select::round_robin) == 1);  // around the end

  Channels idle(kT0);
  for (int slot = 1; slot < 32; slot++) idle.take(slot, 1, kT0);
  idle.give_back(9, 1, kT0 + seconds(1));
  idle.give_back(3, 1, kT0 + seconds(2));
  idle.give_back(27, 1, kT0 + seconds(3));
  CHECK(idle.choose(Select::longest_idle) == 9);
  CHECK(idle.choose(Select::longest_idle, 1U << 9) == 3);
}

TEST_CASE("channels: only who has a channel can give it back") {
  Channels channels(kT0);
  channels.take(5, 7, kT0);
  channels.give_back(5, 8, kT0);
  CHECK(channels.state(5) == State::busy);
  channels.give_back(5, 7, kT0);
  CHECK(channels.idle(5));
}

TEST_CASE("channels: at the start each idle one is restarted once, one at a time, used ones not at all") {
  Channels channels(kT0);
  channels.take(31, 1, kT0);
  channels.restart_all();
  channels.take(30, 1, kT0);  // used before its turn
  int count = 0;
  while (const int slot = channels.next_restart(Select::highest, kT0)) {
    CHECK(slot <= 29);
    channels.begin(slot, kT0);
    CHECK(channels.state(slot) == State::restarting);
    CHECK(channels.next_restart(Select::highest, kT0) == 0);
    CHECK(channels.restarted(slot, true, kT0) == Why::start);
    CHECK(channels.idle(slot));
    count++;
  }
  CHECK(count == 28);
}

TEST_CASE("channels: a far end that acknowledges no restart is asked once, and its channels stay in use") {
  Channels channels(kT0);
  channels.restart_all();
  const int slot = channels.next_restart(Select::lowest, kT0);
  CHECK(slot == 1);
  channels.begin(slot, kT0);
  channels.restarted(slot, false, kT0 + seconds(120));
  CHECK(channels.next_restart(Select::lowest, kT0 + seconds(121)) == 0);
  CHECK(channels.idle(1));
}

TEST_CASE("channels: what the far end has restarted need not be restarted by us") {
  Channels channels(kT0);
  channels.restart_all();
  channels.far_restarted(1, kT0);
  CHECK(channels.next_restart(Select::lowest, kT0) == 2);
  CHECK(channels.just_far_restarted(1, kT0 + seconds(1)));
  CHECK_FALSE(channels.just_far_restarted(1, kT0 + seconds(3)));
  channels.far_restarted(0, kT0);
  CHECK(channels.next_restart(Select::lowest, kT0) == 0);
}

TEST_CASE("channels: a stuck one is blocked until its restart, and waits longer each time: no storm") {
  Channels channels(kT0);
  Instant now = kT0;
  std::vector<int64_t> waits;
  for (int round = 0; round < 6; round++) {
    REQUIRE(channels.suspect(5, now));
    CHECK_FALSE(channels.suspect(5, now));  // known already
    CHECK(channels.state(5) == State::blocked);
    const Instant before = now;
    while (channels.next_restart(Select::lowest, now) == 0) now += seconds(1);
    waits.push_back(std::chrono::duration_cast<seconds>(now - before).count());
    channels.begin(5, now);
    CHECK(channels.restarted(5, true, now) == Why::stuck);
    CHECK(channels.idle(5));
  }
  CHECK(waits == std::vector<int64_t>{0, 10, 30, 90, 270, 600});
  REQUIRE(channels.suspect(5, now));
  now += std::chrono::hours(24);
  CHECK(channels.next_restart(Select::lowest, now) == 0);  // out of use
  CHECK(channels.choose(Select::lowest, 0b11110) == 6);
  channels.command(5, now);
  CHECK(channels.next_restart(Select::lowest, now) == 5);  // until somebody asks
}

TEST_CASE("channels: one whose restart is not acknowledged is tried again, ever more rarely, until layer 2 is new") {
  Channels channels(kT0);
  Instant now = kT0;
  channels.suspect(5, now);
  int tries = 0;
  for (int second = 0; second < 7200; second++, now += seconds(1)) {
    if (channels.next_restart(Select::lowest, now) != 5) continue;
    tries++;
    channels.begin(5, now);
    channels.restarted(5, false, now);
  }
  CHECK(tries == 6);
  CHECK(channels.blocked() == 1);
  channels.layer2_up(now);
  CHECK(channels.next_restart(Select::lowest, now) == 5);
}

TEST_CASE("channels: thirty that are stuck again and again make sixty restarts in a minute at most") {
  Channels channels(kT0);
  Instant now = kT0;
  int restarts = 0;
  for (int tenth = 0; tenth < 600; tenth++, now += milliseconds(100)) {
    for (int slot = 1; slot < 32; slot++) {
      if (isdn::is_channel(slot)) channels.command(slot, now);
    }
    while (const int slot = channels.next_restart(Select::lowest, now)) {
      channels.begin(slot, now);
      channels.restarted(slot, true, now);
      restarts++;
    }
  }
  CHECK(restarts <= 2 * Channels::kRestartsMinute);  // the allowance, and what it gained meanwhile
}

TEST_CASE("channels: a busy one waits for the end of its call, unless somebody asked; the far end may unblock one") {
  Channels channels(kT0);
  channels.take(5, 1, kT0);
  channels.suspect(5, kT0);
  CHECK(channels.next_restart(Select::lowest, kT0) == 0);
  channels.command(5, kT0);
  CHECK(channels.next_restart(Select::lowest, kT0) == 5);
  Channels other(kT0);
  other.suspect(6, kT0);
  other.take(6, 2, kT0);
  other.give_back(6, 2, kT0);
  CHECK(other.idle(6));
}

TEST_CASE("alarms: told when they last, over when they stay away, flapping is nobody's business") {
  Alarms alarms;
  Instant now = kT0;
  CHECK_FALSE(alarms.see(Alarm::loss, true, now));
  CHECK_FALSE(alarms.see(Alarm::loss, true, now + milliseconds(2400)));
  CHECK(alarms.see(Alarm::loss, true, now + milliseconds(2500)) == true);
  CHECK(alarms.names() == std::vector<std::string>{"loss"});
  now += seconds(10);
  CHECK_FALSE(alarms.see(Alarm::loss, false, now));
  CHECK_FALSE(alarms.see(Alarm::loss, true, now + seconds(4)));
  CHECK_FALSE(alarms.see(Alarm::loss, false, now + seconds(5)));
  CHECK_FALSE(alarms.see(Alarm::loss, false, now + seconds(9)));
  CHECK(alarms.see(Alarm::loss, false, now + seconds(10)) == false);
  for (int i = 0; i < 100; i++) CHECK_FALSE(alarms.see(Alarm::remote, i % 2 == 0, now + seconds(i)));
  CHECK(alarms.names().empty());
}

TEST_CASE("audit: what disagrees is found, what is fresh or in order is left alone") {
  using What = Finding::What;
  std::vector<Taken> taken = {{1, 10, true, 100, false},  // in order
                              {2, 11, true, 101, false},  // layer 3 has forgotten its call
                              {3, 12, false, 0, false},   // nobody's
                              {4, 13, false, 0, true}};   // taken this instant
  std::vector<isdn::DChannel::Held> held = {{100, 1, false}, {102, 9, false}, {103, 8, true}};
  const auto findings = compare(taken, held);
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].what == What::line_without_call);
  CHECK(findings[0].channel == 2);
  CHECK(findings[0].id == 11);
  CHECK(findings[1].what == What::taken_by_nobody);
  CHECK(findings[1].channel == 3);
  CHECK(findings[2].what == What::call_without_line);
  CHECK(findings[2].id == 102);
  CHECK(compare({}, {}).empty());
}
