// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "base/text.h"
#include "flow/check.h"

namespace hotline::flow {

/// The shortest way back to nodes[at] through nodes that stand behind it in the file; empty when there is none. So each
/// circle is told once, from its first node.
static std::vector<size_t> way_back(const std::vector<std::vector<size_t>>& ways, size_t at) {
  std::vector<size_t> from(ways.size(), SIZE_MAX), todo = {at};
  for (size_t done = 0; done < todo.size(); ++done) {
    size_t here = todo[done];
    for (size_t next : ways[here]) {
      if (next == at) {
        std::vector<size_t> way = {at};
        for (size_t back = here; back != at; back = from[back]) way.push_back(back);
        way.push_back(at);
        std::reverse(way.begin(), way.end());
        return way;
      }
      if (next < at || from[next] != SIZE_MAX) continue;
      from[next] = here;
      todo.push_back(next);
    }
  }
  return {};
}

std::map<std::string, std::string> silent_circles(const Flow& flow) {
  std::map<std::string, size_t> index;
  for (size_t i = 0; i < flow.nodes.size(); ++i) index.emplace(flow.nodes[i].name, i);
  std::vector<std::vector<size_t>> ways(flow.nodes.size());
  for (size_t i = 0; i < flow.nodes.size(); ++i) {
    for (const auto& name : silent_ways(flow.nodes[i]))
      if (auto found = index.find(name); found != index.end()) ways[i].push_back(found->second);
  }
  std::map<std::string, std::string> circles;
  for (size_t i = 0; i < flow.nodes.size(); ++i) {
    std::vector<std::string> names;
    for (size_t node : way_back(ways, i)) names.push_back(flow.nodes[node].name);
    if (!names.empty()) circles[flow.nodes[i].name] = join(names, " -> ");
  }
  return circles;
}

}  // namespace hotline::flow
