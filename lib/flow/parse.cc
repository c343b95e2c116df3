// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "base/text.h"
#include "conf/conf.h"
#include "flow/flow.h"

namespace hotline::flow {

namespace {

constexpr microseconds kTimeoutMin = seconds(1), kTimeoutMax = seconds(60);
constexpr int64_t kRetriesMax = 9;
constexpr size_t kNodesMax = 1000;

const std::vector<std::string> kKinds = {"play", "menu", "collect", "queue", "hangup"};

bool is_key(std::string_view text) {
  return text.size() == 1 && std::string_view("0123456789*#").find(text[0]) != std::string_view::npos;
}

/// A node's, prompt's, queue's or tag's name: lower-case words joined by '-' (what ccwire(7) calls a verb).
bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

Prompts read_prompts(conf::Table& table, const std::string& key) {
  Prompts names = table.strings(key);
  for (const auto& name : names)
    if (!is_name(name))
      table.complain(key, "'" + name + "' is no name of a prompt: lower-case letters, digits and '-'");
  return names;
}

void read_retries(conf::Table& table, Node& node) {
  node.retries = table.integer("retries", 2, 0, kRetriesMax);
  node.no_input = read_prompts(table, "no_input");
  node.invalid = read_prompts(table, "invalid");
}

void read_play(conf::Table& table, Node& node) {
  node.next = table.string("next");
  node.barge = table.boolean("barge", false);
  node.notice = table.boolean("notice", false);
  if (node.barge && node.notice) table.complain("barge", "a notice is heard to its end; leave 'barge' away");
  if (node.prompts.empty()) table.complain("prompts", "a play needs at least one prompt");
}

void read_menu(conf::Table& table, Node& node) {
  node.first_timeout = table.duration("timeout", seconds(5), kTimeoutMin, kTimeoutMax);
  read_retries(table, node);
  auto keys = table.table("keys");
  for (const auto& [key, to] : keys.named_strings()) {
    if (is_key(key))
      node.keys[key[0]] = to;
    else
      keys.complain(key, "a key is one of 0-9, \"*\" and \"#\"");
  }
  keys.close();
  node.on_no_input = table.string("on_no_input");
  node.on_invalid = table.string("on_invalid", node.on_no_input);
}

void read_collect(conf::Table& table, Node& node) {
  node.tag = table.needed("tag");
  if (!node.tag.empty() && !is_name(node.tag))
    table.complain("tag", "'" + node.tag + "' is no name of a tag: lower-case letters, digits and '-'");
  node.next = table.string("next");
  node.on_no_input = node.on_invalid = table.string("on_failed");
  node.digits_max = static_cast<size_t>(table.integer("max", 32, 1, 32));
  node.digits_min = static_cast<size_t>(table.integer("min", 1, 1, 32));
  if (node.digits_min > node.digits_max)
    table.complain("min", "more digits than 'max' (" + std::to_string(node.digits_max) + ")");
  auto end = table.string("end", "#");
  if (!end.empty() && !is_key(end)) table.complain("end", "one key is expected, or \"\" for none");
  node.end = end.empty() ? '\0' : end[0];
  node.first_timeout = table.duration("first_timeout", seconds(5), kTimeoutMin, kTimeoutMax);
  node.digit_timeout = table.duration("digit_timeout", seconds(3), kTimeoutMin, kTimeoutMax);
  read_retries(table, node);
}

void read_queue(conf::Table& table, Node& node) {
  node.queue = table.needed("queue");
  auto on = table.table("on");
  auto known = queue_results();
  known.push_back("otherwise");
  for (const auto& [result, to] : on.named_strings()) {
    if (std::find(known.begin(), known.end(), result) == known.end())
      on.complain(result, "no result of a queue: " + join(known, ", ") + did_you_mean(result, known));
    node.on[result] = to;
  }
  on.close();
}

Node read_node(const std::string& name, conf::Table& table) {
  Node node;
  node.name = name;
  node.place = table.place();
  if (!is_name(name)) table.complain("", "node '" + name + "': a name is lower-case letters, digits and '-'");
  if (!table.has("kind")) table.complain("", "node '" + name + "': 'kind' is missing: " + join(kKinds, ", "));
  auto kind = table.choice("kind", "hangup", kKinds);
  auto found = std::find(kKinds.begin(), kKinds.end(), kind);
  node.kind = found == kKinds.end() ? Kind::hangup : static_cast<Kind>(found - kKinds.begin());
  node.prompts = read_prompts(table, "prompts");
  auto tags = table.table("tags");
  for (const auto& [key, value] : tags.named_strings()) {
    if (!is_name(key) || !is_one_field(value) || value.size() > 1024) tags.complain(key, "no tag (ccwire(7), Text)");
    node.tags[key] = value;
  }
  tags.close();
  switch (node.kind) {
    case Kind::play:
      read_play(table, node);
      break;
    case Kind::menu:
      read_menu(table, node);
      break;
    case Kind::collect:
      read_collect(table, node);
      break;
    case Kind::queue:
      read_queue(table, node);
      break;
    case Kind::hangup:
      node.cause = table.integer("cause", 16, 1, 127);
      break;
  }
  table.close();
  return node;
}

}  // namespace

const char* kind_name(Kind kind) { return kKinds[static_cast<size_t>(kind)].c_str(); }

const std::vector<std::string>& queue_results() {
  static const std::vector<std::string> kResults = {"key-exit",  "timed-out", "overflowed", "call-back",
                                                    "withdrawn", "failed",    "no-agents"};
  return kResults;
}

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

std::vector<Edge> edges(const Node& node) {
  std::vector<Edge> list;
  switch (node.kind) {
    case Kind::play:
      list.push_back({"", node.next});
      break;
    case Kind::menu:
      for (const auto& [key, to] : node.keys) list.push_back({std::string(1, key), to});
      list.push_back({"no-input", node.on_no_input});
      list.push_back({"invalid", node.on_invalid});
      break;
    case Kind::collect:
      list.push_back({"collected", node.next});
      list.push_back({"failed", node.on_no_input});
      break;
    case Kind::queue:
      for (const auto& [result, to] : node.on) list.push_back({result, to});
      break;
    case Kind::hangup:
      break;
  }
  return list;
}

Result<Flow> parse(const std::string& text, const std::string& file, const std::string& name) {
  auto document = conf::Document::parse(text, file);
  if (!document) return document.error();
  Flow flow;
  flow.name = name;
  flow.file = file;
  flow.version = content_version(text);
  auto root = document->root();
  flow.start = root.string("start");
  auto nodes = root.table("node");
  for (auto& [node, table] : nodes.named_tables()) {
    if (flow.nodes.size() == kNodesMax) {
      table.complain("", "a flow has at most " + std::to_string(kNodesMax) + " nodes");
      break;
    }
    flow.nodes.push_back(read_node(node, table));
  }
  nodes.close();
  root.close();
  if (flow.nodes.empty()) root.complain("", "there is no node; a flow begins with [node.NAME]");
  if (flow.start.empty() && !flow.nodes.empty()) flow.start = flow.nodes.front().name;
  if (auto verdict = document->verdict(); !verdict) return verdict.error();
  return flow;
}

}  // namespace hotline::flow
