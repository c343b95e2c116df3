// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/check.h"

#include <algorithm>

#include "base/text.h"

namespace hotline::flow {

std::string fault_of(const Node& node, const std::string& what) {
  return node.place + ": node '" + node.name + "': " + what;
}

namespace {

/// Results that a work node has, one by one, unless there is `otherwise`.
void check_results(const Node& node, std::vector<std::string>& faults) {
  if (node.on.count("otherwise")) return;
  for (const auto& result : results_of(node.kind)) {
    if (result == "locked" || node.on.count(result)) continue;
    faults.push_back(fault_of(
        node, "dead end: a " + std::string(kind_name(node.kind)) + " needs '" + result + "' or 'otherwise' in 'on'"));
  }
}

std::vector<std::string> names_of(const Flow& flow) {
  std::vector<std::string> names;
  for (const auto& node : flow.nodes) names.push_back(node.name);
  return names;
}

void check_targets(const Flow& flow, const Node& node, std::vector<std::string>& faults) {
  std::set<std::string> told;
  for (const auto& [label, to] : edges(node)) {
    if (to.empty() || flow.find(to) || !told.insert(to).second) continue;
    faults.push_back(fault_of(node, "there is no node '" + to + "'" + did_you_mean(to, names_of(flow))));
  }
}

std::set<std::string> reachable(const Flow& flow, const std::string& from) {
  std::set<std::string> seen;
  std::vector<std::string> todo = {from};
  while (!todo.empty()) {
    std::string name = todo.back();
    todo.pop_back();
    const Node* node = flow.find(name);
    if (!node || !seen.insert(name).second) continue;
    for (const auto& edge : edges(*node)) todo.push_back(edge.to);
  }
  return seen;
}

/// Nodes from which a call comes to an end, to people or back, found from the ends backwards.
std::set<std::string> with_way_out(const Flow& flow) {
  std::set<std::string> out;
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& node : flow.nodes) {
      if (out.count(node.name)) continue;
      auto ways = edges(node);
      bool ends = node.kind == Kind::hangup || node.kind == Kind::queue || node.kind == Kind::back ||
                  std::any_of(ways.begin(), ways.end(), [&](const Edge& edge) { return out.count(edge.to) > 0; });
      if (ends) grown = out.insert(node.name).second || grown;
    }
  }
  return out;
}

}  // namespace

void check_ends(const Node& node, std::vector<std::string>& faults) {
  auto fault = [&](const std::string& what) { faults.push_back(fault_of(node, what)); };
  std::string kind = kind_name(node.kind);
  switch (node.kind) {
    case Kind::play:
    case Kind::say:
    case Kind::set:
      if (node.next.empty()) fault("dead end: a " + kind + " needs 'next'");
      break;
    case Kind::menu:
      if (node.keys.empty()) fault("dead end: a menu needs 'keys'");
      if (node.on_no_input.empty()) fault("a caller who keys nothing has nowhere to go: a menu needs 'on_no_input'");
      break;
    case Kind::survey:
      if (node.next.empty()) fault("dead end: a survey needs 'next'");
      break;
    case Kind::collect:
      if (node.next.empty()) fault("dead end: a collect needs 'next'");
      if (node.on_no_input.empty()) fault("a caller who keys nothing has nowhere to go: a collect needs 'on_failed'");
      break;
    case Kind::branch:
      if (node.next.empty()) fault("dead end: a branch needs 'otherwise'");
      check_cases(node, faults);
      break;
    case Kind::queue:
      if (!node.on.count("otherwise")) fault("dead end: a queue needs 'otherwise' in 'on', for a call that comes back");
      break;
    case Kind::flow:
      fault("the sub-flow has not been put in");
      break;
    case Kind::lookup:
    case Kind::callback:
    case Kind::transfer:
    case Kind::fax:
      if (node.timeout.count() == 0) fault("a " + kind + " needs 'timeout': who is asked may never answer");
      check_results(node, faults);
      break;
    case Kind::record:
    case Kind::voicemail:
      check_results(node, faults);
      break;
    case Kind::back:
    case Kind::hangup:
      break;
  }
}

std::vector<std::string> check(const Flow& flow, const Known& known) {
  std::vector<std::string> faults;
  if (!flow.find(flow.start))
    faults.push_back(flow.file + ":1: 'start': there is no node '" + flow.start + "'" +
                     did_you_mean(flow.start, names_of(flow)));
  auto seen = reachable(flow, flow.start);
  auto out = with_way_out(flow);
  auto circles = silent_circles(flow);
  std::set<std::string> told;  // a sub-flow's fault once, however often it is used
  auto keep = [&](const std::vector<std::string>& more) {
    for (const auto& fault : more)
      if (told.insert(fault).second) faults.push_back(fault);
  };
  for (const auto& node : flow.nodes) {
    std::vector<std::string> found;
    check_ends(node, found);
    check_targets(flow, node, found);
    if (!seen.count(node.name)) found.push_back(fault_of(node, "nothing leads here"));
    if (!out.count(node.name))
      found.push_back(fault_of(node, "no hangup and no queue can be reached from here"));
    else if (auto circle = circles.find(node.name); circle != circles.end())
      found.push_back(fault_of(node, "a caller who keys nothing goes round for ever: " + circle->second));
    check_known(node, known, found);
    keep(found);
  }
  std::vector<std::string> whole;
  check_tags(flow, known, whole);
  if (flow.direct) check_direct(flow, whole);
  keep(whole);
  return faults;
}

}  // namespace hotline::flow
