// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "../../cmd/ccswitchd/recovery.h"

namespace hotline::ccswitchd {

static const Utc kStart = from_us(1'700'000'000'000'000);

static wire::Event at(int64_t ms, const std::string& name, const std::string& call, const std::string& leg = "",
                      wire::Json fields = wire::Json::object()) {
  wire::Event event;
  event.time = kStart + milliseconds(ms);
  event.name = name;
  event.call = call;
  event.leg = leg;
  event.fields = std::move(fields);
  return event;
}

static std::string names(const std::vector<wire::Event>& events) {
  std::string text;
  for (const auto& event : events) text += (text.empty() ? "" : " ") + event.name;
  return text;
}

TEST_CASE("a call that ended leaves nothing to say") {
  Remains remains;
  remains.take(at(0, "call.offered", "a", "a-1"));
  remains.take(at(10, "leg.released", "a", "a-1"));
  remains.take(at(10, "call.ended", "a"));
  CHECK(remains.lost_calls() == 0);
  CHECK(remains.endings([](const std::string&) { return 0; }).empty());
}

TEST_CASE("a call that talked and was recorded is closed with what its spool file really holds") {
  Remains remains;
  remains.take(at(0, "call.offered", "a", "a-1"));
  remains.take(at(1000, "leg.answered", "a", "a-1"));
  remains.take(at(2000, "leg.dialed", "a", "a-2"));
  remains.take(at(3000, "leg.answered", "a", "a-2"));
  remains.take(at(3000, "bridge.up", "a", "", {{"bridge", "a-b1"}, {"legs", {"a-1", "a-2"}}}));
  remains.take(at(3000, "record.started", "a", "", {{"segment", "a-r1"}, {"file", "a-r1.wav"}}));
  auto events = remains.endings([](const std::string& file) { return file == "a-r1.wav" ? 8 * 7000 : 0; });
  CHECK(names(events) == "bridge.down record.stopped leg.released leg.released call.ended");
  CHECK(wire::integer(events[0].fields, "ms") == 7000);  // it lived at least as long as its recording
  CHECK(wire::integer(events[1].fields, "ms") == 7000);
  CHECK(wire::text(events[1].fields, "reason") == "restart");
  CHECK(events[2].leg == "a-1");
  CHECK(wire::integer(events[2].fields, "up_ms") == 9000);
  CHECK(wire::integer(events[2].fields, "cause") == 41);
  CHECK(wire::text(events[2].fields, "by") == "restart");
  CHECK(wire::integer(events[4].fields, "ms") == 10000);
  CHECK(wire::boolean(events[4].fields, "lost"));
}

TEST_CASE("a bridge is closed with the legs that were still in it") {
  Remains remains;
  remains.take(at(0, "call.offered", "a", "a-1"));
  remains.take(at(0, "bridge.up", "a", "", {{"bridge", "a-b1"}, {"legs", {"a-1", "a-2"}}}));
  remains.take(at(10, "bridge.joined", "a", "a-3", {{"bridge", "a-b1"}}));
  remains.take(at(20, "bridge.left", "a", "a-2", {{"bridge", "a-b1"}, {"ms", 20}, {"reason", "leave"}}));
  remains.take(at(30, "bridge.joined", "a", "a-3", {{"bridge", "a-b9"}}));  // of a bridge that nobody knows
  auto events = remains.endings([](const std::string&) { return 0; });
  REQUIRE(events.front().name == "bridge.down");
  CHECK(events.front().fields.at("legs") == wire::Json({"a-1", "a-3"}));
}

TEST_CASE("who spied when the switch died is told to have stopped") {
  Remains remains;
  remains.take(at(0, "call.offered", "a", "a-1"));
  wire::Json stream = {{"by", "li na"}, {"target", "a-1"}, {"mode", "stream"}};
  remains.take(at(10, "spy.started", "a", "b-1", {{"target", "a-1"}, {"mode", "listen"}}));
  remains.take(at(20, "spy.changed", "a", "b-1", {{"target", "a-1"}, {"mode", "barge"}}));
  remains.take(at(30, "spy.started", "a", "", stream));
  remains.take(at(30, "spy.started", "a", "", stream));
  remains.take(at(40, "spy.stopped", "a", "", stream));
  auto events = remains.endings([](const std::string&) { return 0; });
  CHECK(names(events) == "spy.stopped spy.stopped leg.released call.ended");
  CHECK(events[0].leg == "b-1");
  CHECK(wire::text(events[0].fields, "mode") == "barge");
  CHECK(wire::integer(events[0].fields, "ms") == 30);
  CHECK(events[1].leg.empty());
  CHECK(wire::text(events[1].fields, "by") == "li na");
  CHECK(wire::text(events[1].fields, "reason") == "restart");
}

TEST_CASE("a fax that ran or waited when the switch died has crashed, one that was over stays as it was") {
  Remains remains;
  remains.take(at(0, "call.offered", "a", "a-1"));
  remains.take(at(10, "fax.started", "a", "a-1", {{"fax", "a-f1"}, {"direction", "receive"}, {"file", "a-f1.tif"}}));
  remains.take(at(20, "fax.done", "a", "a-1", {{"fax", "a-f1"}}));
  remains.take(at(30, "fax.waiting", "a", "a-1", {{"fax", "a-f2"}, {"direction", "send"}, {"file", "/bill.tif"}}));
  remains.take(at(1030, "fax.started", "a", "a-1", {{"fax", "a-f2"}, {"direction", "send"}, {"file", "/bill.tif"}}));
  remains.take(at(3000, "fax.page", "a", "a-1", {{"fax", "a-f2"}, {"pages", 1}}));
  auto events = remains.endings([](const std::string&) { return 0; });
  CHECK(names(events) == "fax.done leg.released call.ended");
  CHECK(events[0].leg == "a-1");
  CHECK(wire::text(events[0].fields, "fax") == "a-f2");
  CHECK(wire::text(events[0].fields, "result") == "crashed");
  CHECK(wire::text(events[0].fields, "file") == "/bill.tif");
  CHECK(wire::integer(events[0].fields, "pages") == 1);
  CHECK(wire::integer(events[0].fields, "ms") == 1970);
  CHECK_FALSE(events[0].fields.contains("code"));
}

TEST_CASE("what was closed before the death is not closed again") {
  Remains remains;
  remains.take(at(0, "leg.dialed", "a", "a-1"));
  remains.take(at(0, "leg.dialed", "a", "a-2"));
  remains.take(at(1, "bridge.up", "a", "", {{"bridge", "a-b1"}}));
  remains.take(at(1, "record.started", "a", "", {{"segment", "a-r1"}, {"file", "a-r1.wav"}}));
  remains.take(at(2, "bridge.down", "a", "", {{"bridge", "a-b1"}}));
  remains.take(at(2, "record.stopped", "a", "", {{"segment", "a-r1"}}));
  remains.take(at(3, "leg.released", "a", "a-2"));
  remains.take(at(3, "leg.released", "unknown", "unknown-1"));
  auto events = remains.endings([](const std::string&) { return 0; });
  CHECK(names(events) == "leg.released call.ended");
  CHECK(remains.lost_calls() == 1);
}

TEST_CASE("a recovery that was cut short is finished by the next") {
  Remains remains;
  remains.take(at(0, "call.offered", "a", "a-1"));
  remains.take(at(0, "call.offered", "b", "b-1"));
  auto first = remains.endings([](const std::string&) { return 0; });
  first.resize(3);  // a is closed, b has lost its leg only
  for (const auto& event : first) remains.take(event);
  CHECK(names(remains.endings([](const std::string&) { return 0; })) == "call.ended");
}

TEST_CASE("a mix, a leg that is recorded by itself and somebody who listens are ended with their call") {
  Remains remains;
  for (const char* leg : {"a-1", "a-2", "a-3"}) remains.take(at(0, "leg.dialed", "a", leg));
  remains.take(at(100, "bridge.up", "a", "", {{"bridge", "a-b1"}, {"legs", {"a-1", "a-2", "a-3"}}}));
  remains.take(at(200, "record.started", "a", "a-1", {{"segment", "a-r1"}, {"file", "a-r1.wav"}}));
  remains.take(at(300, "spy.started", "a", "a-3", {{"target", "b-1"}, {"mode", "listen"}}));
  remains.take(at(400, "spy.changed", "a", "a-3", {{"target", "b-1"}, {"mode", "barge"}}));
  remains.take(at(450, "leg.held", "a", "a-2", {{"by", "phone"}}));
  remains.take(at(500, "spy.started", "a", "", {{"by", "ccrec"}, {"target", "a-1"}, {"mode", "stream"}}));
  remains.take(at(600, "spy.stopped", "a", "", {{"by", "ccrec"}, {"target", "a-1"}, {"mode", "stream"}}));
  auto events = remains.endings([](const std::string&) { return 8 * 1000; });
  CHECK(names(events) == "spy.stopped bridge.down record.stopped leg.released leg.released leg.released call.ended");
  CHECK(events[0].leg == "a-3");
  CHECK(wire::text(events[0].fields, "mode") == "barge");
  CHECK(wire::integer(events[0].fields, "ms") == 900);  // the recording shows that it lived so long
  CHECK(events[1].fields["legs"].size() == 3);
}

TEST_CASE("calls that another ccswitchd still has are no remains, and its last word is known by its own number") {
  Remains remains;
  remains.take(at(0, "call.offered", "a", "a-1"));
  remains.take(at(0, "call.offered", "b", "b-1"));
  remains.take(at(5, "digit", "b", "b-1", {{"digit", "1"}, {kToldAs, 17}}));
  Remains theirs = remains.without({"b", "c"});
  CHECK(remains.lost_calls() == 1);
  CHECK(theirs.lost_calls() == 1);
  CHECK(remains.last_told() == 17);
  CHECK(names(theirs.endings([](const std::string&) { return 0; })) == "leg.released call.ended");
}

}  // namespace hotline::ccswitchd
