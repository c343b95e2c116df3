// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "store/recordings.h"
#include "store_fixture.h"

using namespace hotline;
using namespace hotline::store;

namespace {

/// Two recorded calls: the first answered by 1001 of queue repair, the second by 1002 of queue bills.
struct Recordings : StoreFixture {
  std::unique_ptr<Connection> store = open();

  Recordings() {
    add("aaaaaaaaaaaaa", 1000, "13800138000", "96116", "repair", "1001");
    add("bbbbbbbbbbbbb", 2000, "13900139000", "96117", "bills", "1002");
  }
  void add(const std::string& call, int64_t at_us, const std::string& caller, const std::string& called,
           const std::string& queue, const std::string& agent) {
    run("INSERT INTO calls (call, direction, started_us, caller, called, line, flow, outcome) "
        "VALUES ($1, 'in', $2, $3, $4, 'span:e1/1', 'main', 'open')",
        {call, at_us, caller, called});
    run("INSERT INTO legs (leg, call, role, endpoint, agent, started_us) VALUES ($1, $2, 'agent', $3, $4, $5)",
        {call + "-2", call, "phone:" + agent, agent, at_us});
    run("INSERT INTO queue_visits (call, number, queue, entered_us, priority, agent) VALUES ($1, $2, $3, $2, 0, $4)",
        {call, at_us, queue, agent});
    REQUIRE(apply(*store, RecordStarted{call + "-r1", call, call + "-b1", "s.wav", call + "-1", call + "-2", at_us}));
    REQUIRE(
        apply(*store, RecordKept{call + "-r1", call, "2026/" + call + "-r1.wav", "00", at_us, at_us, 5000, 0, 80000}));
    REQUIRE(settle_recordings(*store, call));
  }
  void run(const std::string& sql, const std::vector<Value>& values) { REQUIRE(store->execute(sql, values)); }

  std::string find(const RecordingFilter& filter) {
    std::string found;
    REQUIRE(find_recordings(*store, filter, [&](const Recording& row) { found += row.segment.substr(0, 1); }));
    return found;
  }
};

}  // namespace

TEST_CASE("each search key finds its recording alone, and any of them together are ANDed") {
  Recordings all;
  CHECK(all.find({}) == "ab");
  CHECK(all.find({.agent = "1001"}) == "a");
  CHECK(all.find({.caller = "13900139000"}) == "b");
  CHECK(all.find({.called = "96116"}) == "a");
  CHECK(all.find({.queue = "bills"}) == "b");
  CHECK(all.find({.phone = "phone:1001"}) == "a");
  CHECK(all.find({.call = "bbbbbbbbbbbbb"}) == "b");
  CHECK(all.find({.segment = "aaaaaaaaaaaaa-r1"}) == "a");
  CHECK(all.find({.since_us = 2000}) == "b");
  CHECK(all.find({.until_us = 2000}) == "a");
  CHECK(all.find({.agent = "1001", .queue = "repair", .since_us = 0}) == "a");
  CHECK(all.find({.agent = "1001", .queue = "bills"}) == "");
  CHECK(all.find({.rows_max = 1}) == "b");
}

TEST_CASE("a recording that is not kept yet is found only when asked for") {
  Recordings all;
  REQUIRE(apply(*all.store, RecordStarted{"ccccccccccccc-r1", "ccccccccccccc", "", "", "", "", 3000}));
  REQUIRE(settle_recordings(*all.store, "ccccccccccccc"));
  CHECK(all.find({}) == "ab");
  CHECK(all.find({.kept_only = false}) == "abc");
}

TEST_CASE("the halves of a recording may come in any order") {
  StoreFixture fixture;
  auto store = fixture.open();
  const RecordStarted started{"s-r1", "s", "s-b1", "s.wav", "s-1", "s-2", 1000};
  const RecordStopped stopped{"s-r1", "s", "s.wav", "bridge-down", 6000, 5, 1};
  const RecordKept kept{"s-r1", "s", "f.wav", "ab", 7000, 1001, 6, 1, 44};
  REQUIRE(apply(*store, kept));
  REQUIRE(apply(*store, started));
  REQUIRE(apply(*store, stopped));
  REQUIRE(settle_recordings(*store, "s"));
  auto found = recording(*store, "s-r1").value();
  REQUIRE(found);
  CHECK(found->file == "f.wav");
  CHECK(found->spool == "s.wav");
  CHECK(found->started_us == 1001);
  CHECK(*found->ms == 6);
  CHECK(found->reason == "bridge-down");
}

TEST_CASE("a failure to keep a recording is forgotten when it succeeds later") {
  StoreFixture fixture;
  auto store = fixture.open();
  REQUIRE(apply(*store, RecordFailed{"s-r1", "s", "no space left on device", 1}));
  CHECK(recording(*store, "s-r1").value()->failure == "no space left on device");
  REQUIRE(apply(*store, RecordKept{"s-r1", "s", "f.wav", "ab", 7000, 1001, 6, 1, 44}));
  CHECK(recording(*store, "s-r1").value()->failure == "");
}
