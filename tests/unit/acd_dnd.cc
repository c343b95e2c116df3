// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "acd_play.h"

using namespace hotline;
using namespace hotline::acd;
using namespace hotline::acd::play;

namespace {

struct Desk : Table {
  explicit Desk(bool auto_login = true) : Table(rules(auto_login)) {}
  static Rules rules(bool auto_login) {
    Rules rules;
    rules.queues = {queue("repair")};
    rules.agents = {agent("1001", {"repair"}, auto_login)};
    return rules;
  }
  void dnd(bool on) { core.dnd("1001", on, now, out); }
};

}  // namespace

TEST_CASE("who is not to be disturbed is offered nothing, and is ready again when that is over") {
  Desk desk;
  desk.phone("1001");
  desk.dnd(true);
  CHECK(desk.state("1001") == "paused:dnd");
  desk.take();
  desk.call("c1", "repair");
  CHECK(desk.rung().empty());
  desk.dnd(true);
  CHECK(desk.state("1001") == "paused:dnd");
  desk.dnd(false);
  CHECK(desk.rung() == "c1@1001");
}

TEST_CASE("he cannot make himself ready while his telephone is not to be disturbed") {
  Desk desk;
  desk.phone("1001");
  desk.dnd(true);
  auto refused = desk.core.ready("1001", desk.now, desk.out);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("is not to be disturbed; end that first") != std::string::npos);
}

TEST_CASE("during a talk it begins after the talk; a pause for another reason is left alone") {
  Desk desk;
  desk.phone("1001");
  desk.call("c1", "repair");
  desk.answer("c1-o1");
  desk.dnd(true);
  CHECK(desk.state("1001").starts_with("talking"));
  desk.over("c1");
  desk.wait(60);
  CHECK(desk.state("1001") == "paused:dnd");
  desk.dnd(false);
  CHECK(desk.state("1001") == "ready:dnd-over");
  CHECK(desk.core.pause("1001", "lunch", desk.now, desk.out));
  desk.dnd(true);
  CHECK(desk.state("1001") == "paused:lunch");
  desk.dnd(false);
  CHECK(desk.state("1001") == "paused:lunch");
}

TEST_CASE("a telephone that comes back and is not to be disturbed brings a paused agent") {
  Desk desk;
  desk.dnd(true);
  desk.phone("1001");
  CHECK(desk.state("1001") == "paused:dnd");
  desk.phone("1001", false);
  desk.dnd(false);
  CHECK(desk.state("1001") == "logged-out:phone-gone");
  Desk manual(false);
  manual.phone("1001");
  manual.dnd(true);
  CHECK(manual.core.login("1001", manual.now, manual.out));
  CHECK(manual.state("1001") == "paused:dnd");
}
