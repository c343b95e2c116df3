// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"
#include "flow/flow.h"

namespace hotline::flow {

namespace {

constexpr size_t kDepthMax = 8;
constexpr size_t kNodesMax = 2000;

using Load = std::function<Result<Flow>(const std::string& name)>;

class Linker {
 public:
  explicit Linker(const Load& load) : load_(load) {}

  Result<Flow> link(const Flow& flow) {
    linked_ = flow;
    linked_.nodes.clear();
    within_ = {flow.name};
    add(flow, "", nullptr);
    if (!faults_.empty()) return Error{Errc::config, join(faults_, "\n")};
    if (within_versions_ != flow.version) linked_.version = content_version(within_versions_);
    return std::move(linked_);
  }

 private:
  void fault(const Node& node, const std::string& what) {
    faults_.push_back(node.place + ": node '" + node.name + "': " + what);
  }

  /// The nodes of `flow`, named behind `prefix`; its returns lead on as `entry` says, which is null for the whole.
  void add(const Flow& flow, const std::string& prefix, const Node* entry) {
    within_versions_ += flow.version;
    linked_.files.insert(flow.files.begin(), flow.files.end());
    for (const auto& node : flow.nodes) {
      if (linked_.nodes.size() >= kNodesMax) {
        if (faults_.empty()) fault(node, "with its sub-flows the flow has more than 2000 nodes");
        return;
      }
      Node placed = moved(node, prefix);
      if (node.kind == Kind::back && entry) give_back(node, *entry, placed);
      linked_.nodes.push_back(placed);
      if (node.kind == Kind::flow) enter(linked_.nodes.size() - 1, node);
    }
  }

  static Node moved(Node node, const std::string& prefix) {
    auto move = [&](std::string& name) {
      if (!name.empty()) name.insert(0, prefix);
    };
    for (auto* name : {&node.name, &node.next, &node.on_no_input, &node.on_invalid}) move(*name);
    for (auto& [key, to] : node.keys) move(to);
    for (auto& [result, to] : node.on) move(to);
    for (auto& one : node.cases) move(one.to);
    return node;
  }

  /// A return: on to where the entry says.
  void give_back(const Node& node, const Node& entry, Node& placed) {
    placed.kind = Kind::set;
    placed.tags["flow-result"] = node.detail;
    placed.next = target_of(entry, node.detail);
    if (placed.next.empty())
      fault(entry, "flow '" + entry.subject + "' may return '" + node.detail + "' (" + node.place +
                       "), and 'on' has no branch for it");
  }

  void enter(size_t at, const Node& written) {
    const std::string name = written.subject;
    for (const auto& outer : within_)
      if (outer == name) return fault(written, "flow '" + name + "' would be within itself: " + join(within_, " -> "));
    if (within_.size() > kDepthMax) return fault(written, "flows are within one another eight deep at most");
    auto flow = load_(name);
    if (!flow) return faults_.push_back(flow.error().within(written.place + ": flow '" + name + "'").text);
    const Node entry = linked_.nodes[at];  // as it is placed; the vector grows
    for (const auto& [result, to] : entry.on)
      if (result != "otherwise" && !returns(*flow, result))
        fault(written, "flow '" + name + "' never returns '" + result + "'");
    Node& placed = linked_.nodes[at];
    placed.kind = Kind::set;
    placed.on.clear();
    placed.next = entry.name + "/" + flow->start;
    placed.tags.insert(entry.with.begin(), entry.with.end());
    for (const auto& tag : flow->takes)
      if (!entry.with.count(tag)) placed.uses.insert(tag);
    within_.push_back(name);
    add(*flow, entry.name + "/", &entry);
    within_.pop_back();
  }

  static bool returns(const Flow& flow, const std::string& result) {
    for (const auto& node : flow.nodes) {
      if (node.kind == Kind::back && node.detail == result) return true;
    }
    return false;
  }

  const Load& load_;
  Flow linked_;
  std::vector<std::string> within_;
  std::string within_versions_;
  std::vector<std::string> faults_;
};

}  // namespace

Result<Flow> link(const Flow& flow, const Load& load) { return Linker(load).link(flow); }

}  // namespace hotline::flow
