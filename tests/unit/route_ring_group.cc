// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "route/ring_group.h"

using namespace hotline::route;

using Members = std::vector<std::string>;

TEST_CASE("a group that rings at once rings everybody once, one that rings in turn each in the order of the list") {
  RingGroup group;
  group.members = {"phone:1001", "phone:1002", "pstn:13800138000"};
  CHECK(next_to_ring(group, 0) == group.members);
  CHECK(next_to_ring(group, 3) == Members{});
  group.ring = RingGroup::Ring::in_turn;
  CHECK(next_to_ring(group, 0) == Members{"phone:1001"});
  CHECK(next_to_ring(group, 1) == Members{"phone:1002"});
  CHECK(next_to_ring(group, 2) == Members{"pstn:13800138000"});
  CHECK(next_to_ring(group, 3) == Members{});
  CHECK(next_to_ring({}, 0) == Members{});
}
