// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"
#include "flow/flow.h"

namespace hotline::flow {

/// A DOT string: quotes and backslashes escaped; "\n" within a label is DOT's own line break.
static std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '\\';
    out += c;
  }
  return out + "\"";
}

static const char* shape_of(Kind kind) {
  switch (kind) {
    case Kind::play:
      return "box";
    case Kind::menu:
      return "diamond";
    case Kind::collect:
      return "parallelogram";
    case Kind::queue:
      return "house";
    case Kind::hangup:
      return "octagon";
  }
  return "box";
}

static std::string label_of(const Node& node) {
  std::string label = node.name;
  if (!node.prompts.empty()) label += "\\n" + join(node.prompts, ", ");
  if (node.kind == Kind::queue) label += "\\nqueue " + node.queue;
  if (node.kind == Kind::collect) label += "\\ntag " + node.tag;
  if (node.notice) label += "\\n(notice)";
  return label;
}

std::string graph(const Flow& flow) {
  std::string dot = "digraph " + quoted(flow.name) + " {\n  node [fontname=\"sans\"];\n";
  dot += "  \"call\" [shape=circle];\n  \"call\" -> " + quoted(flow.start) + ";\n";
  for (const auto& node : flow.nodes) {
    dot += "  " + quoted(node.name) + " [shape=" + shape_of(node.kind) + ", label=" + quoted(label_of(node)) + "];\n";
    for (const auto& [label, to] : edges(node)) {
      if (to.empty()) continue;
      dot += "  " + quoted(node.name) + " -> " + quoted(to);
      if (!label.empty()) dot += " [label=" + quoted(label) + "]";
      dot += ";\n";
    }
  }
  return dot + "}\n";
}

}  // namespace hotline::flow
