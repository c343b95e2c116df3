// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <ext/pb_ds/assoc_container.hpp>
#include <ext/pb_ds/tree_policy.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "acd/rules.h"

namespace hotline::acd {

/// A caller's place among all who wait: class (outbound last, then priority where it is strict), the moment that his
/// place counts from, his call. The smallest is served first; it does not change while he waits.
using Place = std::tuple<int, Utc, std::string>;
/// An idle agent's place in a line: tier, what the strategy compares, ready since, id. The smallest is rung first.
using IdlePlace = std::tuple<int, int64_t, Utc, std::string>;
/// All places of a queue, which knows the rank of each in logarithmic time.
using Places = __gnu_pbds::tree<Place, __gnu_pbds::null_type, std::less<Place>, __gnu_pbds::rb_tree_tag,
                                __gnu_pbds::tree_order_statistics_node_update>;

/// Callers of one queue whom the same agents may serve, and those of these agents who are idle. A decision needs the
/// heads of both, so its cost does not grow with what is behind them. Most queues have one line; skills that a caller
/// brings, tiers that open as he waits, and an agent whom he waits for alone make further ones.
struct Line {
  std::string queue;
  int tier = kTierMax;  ///< agents up to this
  Skills needs;
  std::string only;                 ///< this agent alone, "": all who are fit
  const QueueRule* rule = nullptr;  ///< the queue's; lives as long as the line

  std::set<Place> waiting;
  std::set<IdlePlace> idle;
  int64_t present = 0;  ///< fit agents who are there, idle or not
  bool hot = false;     ///< listed as one that may have both

  /// Somebody waits, and an agent may be rung for him.
  bool both() const {
    auto kept = rule->outbound ? static_cast<size_t>(rule->reserve) : 0;
    return !waiting.empty() && idle.size() > kept;
  }

  bool fits(const AgentRule& agent) const {
    if (!only.empty() && agent.id != only) return false;
    if (agent.tier(queue) > tier && only.empty()) return false;
    for (const auto& [skill, level] : needs) {
      auto has = agent.skills.find(skill);
      if (has == agent.skills.end() || has->second < level) return false;
    }
    for (const auto& name : agent.queues)
      if (name == queue) return true;
    return false;
  }
};

/// How many lines there may be at once; callers with needs beyond that are refused. Empty ones make room.
inline constexpr size_t kLinesMax = 2048;

}  // namespace hotline::acd
