// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "base/text.h"
#include "flow/flow.h"

namespace hotline::flow {

namespace {

/// What is needed of a node by its kind, before its targets are looked at.
void check_ends(const Node& node, std::vector<std::string>& faults) {
  auto fault = [&](const std::string& what) { faults.push_back(node.place + ": node '" + node.name + "': " + what); };
  switch (node.kind) {
    case Kind::play:
      if (node.next.empty()) fault("dead end: a play needs 'next'");
      break;
    case Kind::menu:
      if (node.keys.empty()) fault("dead end: a menu needs 'keys'");
      if (node.on_no_input.empty()) fault("a caller who keys nothing has nowhere to go: a menu needs 'on_no_input'");
      break;
    case Kind::collect:
      if (node.next.empty()) fault("dead end: a collect needs 'next'");
      if (node.on_no_input.empty()) fault("a caller who keys nothing has nowhere to go: a collect needs 'on_failed'");
      break;
    case Kind::queue:
      if (!node.on.count("otherwise")) fault("dead end: a queue needs 'otherwise' in 'on', for a call that comes back");
      break;
    case Kind::hangup:
      break;
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
    faults.push_back(node.place + ": node '" + node.name + "': there is no node '" + to + "'" +
                     did_you_mean(to, names_of(flow)));
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

bool has_way_out(const Flow& flow, const std::string& from) {
  for (const auto& name : reachable(flow, from))
    if (auto kind = flow.find(name)->kind; kind == Kind::hangup || kind == Kind::queue) return true;
  return false;
}

/// Where a caller goes who keys nothing; "" where the node keeps or ends the call.
std::string silent_next(const Node& node) {
  switch (node.kind) {
    case Kind::play:
      return node.next;
    case Kind::menu:
    case Kind::collect:
      return node.on_no_input;
    default:
      return "";
  }
}

/// The circle that a silent caller enters at `node` itself, "a -> b -> a"; "" when there is none. Told only from its
/// first node in file order, so that each circle is one complaint.
std::string silent_circle(const Flow& flow, const Node& node) {
  std::string way = node.name;
  const Node* at = &node;
  for (size_t steps = 0; steps < flow.nodes.size(); ++steps) {
    at = flow.find(silent_next(*at));
    if (!at || at < &node) return "";
    way += " -> " + at->name;
    if (at == &node) return way;
  }
  return "";
}

void check_prompts(const Node& node, const KnownPrompts& known, std::vector<std::string>& faults) {
  Prompts wanted = node.prompts;
  wanted.insert(wanted.end(), node.no_input.begin(), node.no_input.end());
  wanted.insert(wanted.end(), node.invalid.begin(), node.invalid.end());
  for (const auto& [language, names] : known) {
    std::vector<std::string> candidates(names.begin(), names.end());
    std::set<std::string> told;
    for (const auto& prompt : wanted) {
      if (names.count(prompt) || !told.insert(prompt).second) continue;
      std::string fault = node.place;
      fault.append(": node '").append(node.name).append("': there is no prompt '").append(prompt);
      fault.append("' in ").append(language).append(did_you_mean(prompt, candidates));
      faults.push_back(std::move(fault));
    }
  }
}

}  // namespace

std::vector<std::string> check(const Flow& flow, const KnownPrompts& known) {
  std::vector<std::string> faults;
  if (!flow.find(flow.start))
    faults.push_back(flow.file + ":1: 'start': there is no node '" + flow.start + "'" +
                     did_you_mean(flow.start, names_of(flow)));
  auto seen = reachable(flow, flow.start);
  for (const auto& node : flow.nodes) {
    check_ends(node, faults);
    check_targets(flow, node, faults);
    if (!seen.count(node.name)) faults.push_back(node.place + ": node '" + node.name + "': nothing leads here");
    if (!has_way_out(flow, node.name))
      faults.push_back(node.place + ": node '" + node.name + "': no hangup and no queue can be reached from here");
    else if (auto circle = silent_circle(flow, node); !circle.empty())
      faults.push_back(node.place + ": node '" + node.name +
                       "': a caller who keys nothing goes round for ever: " + circle);
    check_prompts(node, known, faults);
  }
  return faults;
}

}  // namespace hotline::flow
