// SPDX-License-Identifier: GPL-2.0-or-later
#include "route/ring_group.h"

namespace hotline::route {

std::vector<std::string> next_to_ring(const RingGroup& group, size_t rung) {
  if (rung >= group.members.size()) return {};
  if (group.ring == RingGroup::Ring::in_turn) return {group.members[rung]};
  return rung == 0 ? group.members : std::vector<std::string>{};
}

}  // namespace hotline::route
