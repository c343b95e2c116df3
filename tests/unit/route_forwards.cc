// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "route/forwards.h"

namespace hotline::route {

namespace {

const auto kThere = [](const std::string&) { return true; };

Forward always(const std::string& to) {
  Forward forward;
  forward.always = to;
  return forward;
}

}  // namespace

TEST_CASE("always, do not disturb and a telephone that is not there forward before anything rings") {
  Forwards forwards;
  Forward quiet, away;
  quiet.dnd = true;
  quiet.busy = "pstn:13800138000";
  away.no_answer = "phone:1004";
  forwards.configure({{"1001", always("phone:1002")}, {"1002", quiet}, {"1003", away}, {"1004", {}}});
  auto reached = forwards.follow("phone:1001", 0, kThere);
  CHECK(reached.to == "pstn:13800138000");
  REQUIRE(reached.hops.size() == 2);
  CHECK(reached.hops[0].reason == ForwardReason::always);
  CHECK(reached.hops[1].phone == "1002");
  CHECK(reached.hops[1].reason == ForwardReason::dnd);
  CHECK(forwards.follow("phone:1003", 0, kThere).hops.empty());
  reached = forwards.follow("phone:1003", 0, [](const std::string& phone) { return phone != "1003"; });
  CHECK(reached.to == "phone:1004");
  CHECK(reached.hops.at(0).reason == ForwardReason::unreachable);
  CHECK(forwards.follow("pstn:12345", 0, kThere).to == "pstn:12345");
}

TEST_CASE("do not disturb without a target is busy") {
  Forwards forwards;
  Forward quiet;
  quiet.dnd = true;
  forwards.configure({{"1001", quiet}});
  CHECK(forwards.follow("phone:1001", 0, kThere).cause == 17);
}

TEST_CASE("a ring of forwards ends after five hops with cause 25") {
  Forwards forwards;
  forwards.configure({{"1001", always("phone:1002")}, {"1002", always("phone:1001")}});
  auto reached = forwards.follow("phone:1001", 0, kThere);
  CHECK(reached.cause == 25);
  CHECK(reached.hops.size() == kHopsMax);
  // Hops that were made before count.
  CHECK(forwards.follow("phone:1001", 4, kThere).hops.size() == 1);
}

TEST_CASE("five telephones in a row are reached, a sixth hop is not") {
  Forwards forwards;
  std::map<std::string, Forward> all;
  for (int i = 1; i <= 6; ++i) all[std::to_string(i)] = always("phone:" + std::to_string(i + 1));
  all["7"] = {};
  forwards.configure(all);
  CHECK(forwards.follow("phone:2", 0, kThere).to == "phone:7");
  CHECK(forwards.follow("phone:2", 0, kThere).cause == 0);
  CHECK(forwards.follow("phone:1", 0, kThere).cause == 25);
}

TEST_CASE("what a telephone did not take goes on by its cause") {
  Forwards forwards;
  Forward one;
  one.busy = "phone:1002";
  one.no_answer = "pstn:12345";
  forwards.configure({{"1001", one}, {"1002", {}}});
  CHECK(forwards.after("1001", 17)->to == "phone:1002");
  CHECK(forwards.after("1001", 21)->reason == ForwardReason::busy);
  CHECK(forwards.after("1001", 19)->to == "pstn:12345");
  CHECK(forwards.after("1001", 20)->reason == ForwardReason::unreachable);
  CHECK_FALSE(forwards.after("1001", 16));
  CHECK_FALSE(forwards.after("1002", 17));
  CHECK_FALSE(forwards.after("nobody", 17));
}

TEST_CASE("what was commanded outlives a restart and stands over the configuration; who is gone is forgotten") {
  Forwards forwards;
  forwards.configure({{"1001", always("phone:1002")}, {"1002", {}}});
  Forward other;
  other.dnd = true;
  other.no_answer_after = milliseconds(15000);
  forwards.set("1001", other);
  std::string kept = forwards.format();
  CHECK(kept == "# phone\talways\tbusy\tno_answer\tno_answer_ms\tdnd\n1001\t-\t-\t-\t15000\ton\n");

  Forwards again;
  again.configure({{"1001", always("phone:1002")}, {"1002", {}}});
  CHECK(again.parse(kept, "forwards.tsv"));
  CHECK(again.of("1001") == other);
  again.set("1001", always("phone:1002"));  // as the configuration has it: nothing to keep
  CHECK(again.format().find("1001") == std::string::npos);
  CHECK(again.parse(kept, "forwards.tsv"));
  again.configure({{"1002", {}}});
  CHECK(again.format().find("1001") == std::string::npos);
  CHECK_FALSE(again.parse("1002\t-\n", "forwards.tsv"));
  CHECK_FALSE(again.parse("1002\t-\t-\t-\tsoon\ton\n", "forwards.tsv"));
}

TEST_CASE("a target is a telephone or a number, as people write it") {
  auto phone = [](const std::string& id) { return id == "1002"; };
  CHECK(*read_target("1002", phone) == "phone:1002");
  CHECK(*read_target("phone:1002", phone) == "phone:1002");
  CHECK(*read_target("13800138000", phone) == "pstn:13800138000");
  CHECK(*read_target("pstn:12345", phone) == "pstn:12345");
  CHECK(*read_target("off", phone) == "");
  for (const char* wrong : {"phone:1003", "Li Na", "pstn:", "span:e1"}) CHECK_FALSE(read_target(wrong, phone));
}

}  // namespace hotline::route
