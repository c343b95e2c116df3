// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "flow/parse_nodes.h"

namespace hotline::flow {

static constexpr size_t kNodesMax = 1000;

const std::vector<std::string>& results_of(Kind kind) {
  static const std::map<Kind, std::vector<std::string>> kResults = {
      {Kind::lookup, {"found", "none", "failed", "locked"}},
      {Kind::record, {"recorded", "silent", "failed"}},
      {Kind::voicemail, {"recorded", "silent", "failed"}},
      {Kind::callback, {"taken", "failed"}},
      {Kind::transfer, {"ended", "busy", "no-answer", "failed"}},
      {Kind::fax, {"done", "failed"}},
      {Kind::queue, {"key-exit", "timed-out", "overflowed", "call-back", "withdrawn", "failed", "no-agents"}},
  };
  static const std::vector<std::string> kNone;
  auto found = kResults.find(kind);
  return found == kResults.end() ? kNone : found->second;
}

bool is_work(Kind kind) { return kind != Kind::queue && !results_of(kind).empty(); }

std::string content_version(std::string_view octets) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (unsigned char octet : octets) hash = (hash ^ octet) * 0x100000001b3u;
  std::string digits(16, '0');
  for (size_t i = 16; i-- > 0; hash >>= 4) digits[i] = "0123456789abcdef"[hash & 15];
  return digits;
}

const Node* Flow::find(std::string_view node) const {
  auto found = std::find_if(nodes.begin(), nodes.end(), [&](const Node& one) { return one.name == node; });
  return found == nodes.end() ? nullptr : &*found;
}

const std::string& target_of(const Node& node, const std::string& result) {
  static const std::string kNowhere;
  auto found = node.on.find(result);
  if (found == node.on.end()) found = node.on.find("otherwise");
  return found == node.on.end() ? kNowhere : found->second;
}

std::vector<Edge> edges(const Node& node) {
  std::vector<Edge> list;
  size_t number = 0;
  switch (node.kind) {
    case Kind::play:
    case Kind::say:
    case Kind::set:
      list.push_back({"", node.next});
      break;
    case Kind::menu:
    case Kind::survey:
      for (const auto& [key, to] : node.keys) list.push_back({std::string(1, key), to});
      list.push_back({"no-input", node.on_no_input});
      list.push_back({"invalid", node.on_invalid});
      break;
    case Kind::collect:
      list.push_back({"collected", node.next});
      list.push_back({"failed", node.on_no_input});
      break;
    case Kind::branch:
      for (const auto& one : node.cases) list.push_back({"case-" + std::to_string(++number), one.to});
      list.push_back({"otherwise", node.next});
      break;
    default:
      break;
  }
  for (const auto& [result, to] : node.on) list.push_back({result, to});
  return list;
}

std::vector<std::string> silent_ways(const Node& node) {
  std::vector<std::string> ways;
  switch (node.kind) {
    case Kind::menu:
    case Kind::survey:
    case Kind::collect:
      return {node.on_no_input};
    case Kind::record:
    case Kind::voicemail:
      return {target_of(node, "silent"), target_of(node, "failed")};
    case Kind::queue:  // somebody waited
    case Kind::hangup:
    case Kind::back:
      return {};
    default:
      for (const auto& edge : edges(node)) ways.push_back(edge.to);
      return ways;
  }
}

Result<Flow> parse(const std::string& text, const std::string& file, const std::string& name) {
  auto document = conf::Document::parse(text, file);
  if (!document) return document.error();
  Flow flow;
  flow.name = name;
  flow.file = file;
  flow.files = {file};
  flow.version = content_version(text);
  auto root = document->root();
  flow.start = root.string("start");
  if (!flow.start.empty() && !is_name(flow.start))
    root.complain("start", "'" + flow.start + "' is no name of a node: lower-case letters, digits and '-'");
  flow.direct = root.choice("profile", "menu", {"menu", "direct"}) == "direct";
  for (const auto& tag : root.strings("takes")) {
    if (!is_name(tag)) root.complain("takes", "'" + tag + "' is no name of a tag");
    flow.takes.insert(tag);
  }
  auto nodes = root.table("node");
  for (auto& [node, table] : nodes.named_tables()) {
    if (flow.nodes.size() == kNodesMax) {
      table.complain("", "a flow has at most " + std::to_string(kNodesMax) + " nodes");
      break;
    }
    flow.nodes.push_back(read_node(name, node, table));
  }
  nodes.close();
  root.close();
  if (flow.nodes.empty()) root.complain("", "there is no node; a flow begins with [node.NAME]");
  if (flow.start.empty() && !flow.nodes.empty()) flow.start = flow.nodes.front().name;
  if (auto verdict = document->verdict(); !verdict) return verdict.error();
  return flow;
}

}  // namespace hotline::flow
