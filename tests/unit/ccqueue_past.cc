// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccqueue/past.h"

using namespace hotline;
using namespace hotline::ccqueue;

namespace {

const Utc kMorning = *parse_utc("2026-11-22T01:00:00Z");

struct Journal {
  Past past;
  Utc now = kMorning;
  void note(const std::string& name, const std::string& call, const char* fields, int64_t later_s = 1) {
    now += seconds(later_s);
    past.note({0, now, "ccqueue", name, call, "", *wire::parse(fields)});
  }
  const PastVisit& visit(const std::string& call) { return past.visits.at(call); }
};

}  // namespace

TEST_CASE("a visit is open until its exit and talks until it was served") {
  Journal journal;
  journal.note("queue.entered", "a", R"({"queue":"repair","entry":"2026-11-22T00:59:00.000000Z","priority":3})");
  CHECK(journal.visit("a").open());
  CHECK(journal.visit("a").priority == 3);
  CHECK(journal.visit("a").entered == kMorning - seconds(60));
  journal.note("queue.offered", "a", R"({"queue":"repair","agent":"1001","offer":"a-o1"})");
  CHECK(journal.visit("a").offer == "a-o1");
  journal.note("queue.missed", "a", R"({"queue":"repair","agent":"1001","offer":"a-o1","reason":"timeout"})");
  CHECK(journal.visit("a").offer.empty());
  CHECK(journal.visit("a").open());
  journal.note("queue.offered", "a", R"({"queue":"repair","agent":"1002","offer":"a-o2"})");
  journal.note("queue.exit", "a", R"({"queue":"repair","reason":"answered","agent":"1002","offer":"a-o2"})");
  CHECK_FALSE(journal.visit("a").open());
  CHECK(journal.visit("a").talks());
  CHECK(journal.visit("a").agent == "1002");
  journal.note("queue.served", "a", R"({"queue":"repair","agent":"1002","talk_ms":1000})");
  CHECK_FALSE(journal.visit("a").talks());
  CHECK(journal.past.offers["a"] == 2);
}

TEST_CASE("a second visit of a call begins anew, but its offers go on counting") {
  Journal journal;
  journal.note("queue.entered", "a", R"({"queue":"repair"})");
  journal.note("queue.offered", "a", R"({"queue":"repair","agent":"1001","offer":"a-o1"})");
  journal.note("queue.missed", "a", R"({"offer":"a-o1"})");
  journal.note("queue.exit", "a", R"({"queue":"repair","reason":"timed-out"})");
  journal.note("queue.entered", "a", R"({"queue":"bills"})");
  CHECK(journal.visit("a").open());
  CHECK(journal.visit("a").queue == "bills");
  CHECK(journal.past.offers["a"] == 1);
}

TEST_CASE("an agent is as the last event left him, wishes included") {
  Journal journal;
  journal.note("agent.state", "a", R"({"agent":"1001","state":"talking","was":"offered","reason":"answered"})");
  CHECK(journal.past.agents["1001"].call == "a");
  journal.note("agent.state", "a", R"({"agent":"1001","state":"talking","was":"talking","reason":"answered","next":"paused","next_reason":"lunch"})");
  CHECK(journal.past.agents["1001"].next == acd::AgentState::paused);
  CHECK(journal.past.agents["1001"].next_reason == "lunch");
  journal.note("agent.state", "", R"({"agent":"1001","state":"wrap-up","was":"talking","reason":"talk-over","until":"2026-11-22T01:10:00Z"})");
  CHECK(journal.past.agents["1001"].until == kMorning + seconds(600));
  CHECK_FALSE(journal.past.agents["1001"].next);
}

TEST_CASE("the day's counters are a fold of the events and begin anew at local midnight") {
  Journal journal;
  journal.note("queue.entered", "a", R"({"queue":"repair"})");
  journal.note("queue.entered", "b", R"({"queue":"repair"})");
  journal.note("queue.exit", "a", R"({"queue":"repair","reason":"answered"})");
  journal.note("queue.exit", "b", R"({"queue":"repair","reason":"short-abandoned"})");
  auto day = journal.past.counters.of("repair", journal.now);
  CHECK(day.entered == 2);
  CHECK(day.answered == 1);
  CHECK(day.abandoned == 1);
  CHECK(journal.past.counters.of("bills", journal.now).entered == 0);
  CHECK(journal.past.counters.of("repair", journal.now + std::chrono::hours(24)).entered == 0);
  journal.note("queue.entered", "c", R"({"queue":"repair"})", 24 * 3600);
  CHECK(journal.past.counters.of("repair", journal.now).entered == 1);
  CHECK(journal.past.counters.of("repair", journal.now).answered == 0);
}

TEST_CASE("events without a beginning and with nonsense inside are passed over") {
  Journal journal;
  journal.note("queue.exit", "a", R"({"queue":"repair","reason":"answered"})");
  journal.note("queue.offered", "a", R"({"offer":7})");
  journal.note("agent.state", "", R"({"agent":"1001","state":"asleep","until":"tomorrow"})");
  CHECK(journal.past.visits.empty());
  CHECK(journal.past.agents["1001"].state == acd::AgentState::logged_out);
  CHECK_FALSE(journal.past.agents["1001"].until);
}
