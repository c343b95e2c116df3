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
    case Kind::menu:
    case Kind::survey:
    case Kind::branch:
      return "diamond";
    case Kind::collect:
      return "parallelogram";
    case Kind::lookup:
      return "cylinder";
    case Kind::record:
    case Kind::voicemail:
      return "cds";
    case Kind::queue:
    case Kind::callback:
    case Kind::transfer:
    case Kind::fax:
      return "house";
    case Kind::flow:
      return "component";
    case Kind::back:
    case Kind::hangup:
      return "octagon";
    default:
      return "box";
  }
}

static std::string label_of(const Node& node) {
  std::string label = node.name;
  if (!node.prompts.empty()) label += "\\n" + text_of(node.prompts);
  for (const auto& [language, text] : node.text) label += "\\n" + text;
  if (!node.subject.empty()) label += "\\n" + std::string(kind_name(node.kind)) + " " + node.subject;
  if (node.kind == Kind::collect || node.kind == Kind::record) label += "\\ntag " + node.tag;
  if (node.kind == Kind::back) label += "\\nreturn " + node.detail;
  if (node.notice) label += "\\n(notice)";
  return label;
}

/// What stands at an arrow: a branch's condition, a survey's answer, else the edge's own label.
static std::string arrow_of(const Node& node, const Edge& edge, size_t place) {
  if (node.kind == Kind::branch && place < node.cases.size()) return node.cases[place].when.text();
  if (node.kind == Kind::survey && edge.label.size() == 1) return edge.label + " " + node.answers.at(edge.label[0]);
  return edge.label;
}

static void draw(const Node& node, std::string& dot) {
  dot += "  " + quoted(node.name) + " [shape=" + shape_of(node.kind) + ", label=" + quoted(label_of(node)) + "];\n";
  size_t place = 0;
  for (const auto& edge : edges(node)) {
    std::string arrow = arrow_of(node, edge, place++);
    if (edge.to.empty()) continue;
    dot += "  " + quoted(node.name) + " -> " + quoted(edge.to);
    if (!arrow.empty()) dot += " [label=" + quoted(arrow) + "]";
    dot += ";\n";
  }
}

/// Nodes of sub-flows stand in a frame of their own: all that have the same words before their last '/'.
static std::string frame_of(const Node& node) {
  size_t slash = node.name.rfind('/');
  return slash == std::string::npos ? "" : node.name.substr(0, slash);
}

std::string graph(const Flow& flow) {
  std::string dot = "digraph " + quoted(flow.name) + " {\n  node [fontname=\"sans\"];\n";
  dot += "  \"call\" [shape=circle];\n  \"call\" -> " + quoted(flow.start) + ";\n";
  std::map<std::string, std::vector<const Node*>> frames;
  for (const auto& node : flow.nodes) {
    draw(node, dot);
    if (auto frame = frame_of(node); !frame.empty()) frames[frame].push_back(&node);
  }
  for (const auto& [frame, nodes] : frames) {
    dot += "  subgraph " + quoted("cluster_" + frame) + " {\n    label=" + quoted(frame) + ";\n";
    for (const auto* node : nodes) dot += "    " + quoted(node->name) + ";\n";
    dot += "  }\n";
  }
  return dot + "}\n";
}

}  // namespace hotline::flow
