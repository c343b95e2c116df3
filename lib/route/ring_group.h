// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"

namespace hotline::route {

/// Telephones and numbers that ring for one call, a night bell among them: [[ring_group]].
struct RingGroup {
  enum class Ring { all, in_turn };
  std::string name;
  std::vector<std::string> members;  ///< "phone:1001", "pstn:13800138000"; in their order
  Ring ring = Ring::all;
  milliseconds time{20000};  ///< that all ring, or each in its turn
  std::string then;          ///< where nobody's call goes: "phone:…", "pstn:…", "trunk:…/…", "group:…", "controller:…"
  std::string pickup;        ///< telephones of that pickup group may take its calls, too
  bool operator==(const RingGroup&) const = default;
};

inline constexpr size_t kMembersMax = 16;

/// Who rings next when `rung` of the group's members have rung in vain: all of them, one, or nobody any more.
std::vector<std::string> next_to_ring(const RingGroup& group, size_t rung);

}  // namespace hotline::route
