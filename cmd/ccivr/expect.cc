// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdio>
#include <iostream>
#include <sstream>

#include "base/fd.h"
#include "cli/app.h"
#include "script.h"
#include "settings.h"
#include "verbs.h"

namespace hotline::ccivr {

static Result<std::string> read_script(const std::string& script) {
  if (script != "-") {
    auto text = read_file(script, 1u << 20);
    if (!text) return Error{Errc::no_input, text.error().text};
    return text;
  }
  std::stringstream text;
  text << std::cin.rdbuf();
  return text.str();
}

/// "paths 14 of 32", and those that no caller went, a line each.
static void print_coverage(const flow::Flow& flow, const flow::Walk& walk) {
  size_t all = 0;
  std::vector<std::pair<std::string, flow::Edge>> missing;
  for (const auto& node : flow.nodes)
    for (const auto& [label, to] : flow::edges(node)) {
      ++all;
      if (!walk.covered().count({node.name, label})) missing.push_back({node.name, {label, to}});
    }
  std::printf("paths %zu of %zu\n", all - missing.size(), all);
  for (const auto& [node, edge] : missing)
    std::printf("not gone: %s%s%s to %s\n", node.c_str(), edge.label.empty() ? "" : " by ", edge.label.c_str(),
                edge.to.c_str());
}

int expect(const std::string& file, const std::string& script) {
  auto flow = load_flow(file);
  if (!flow) return cli::fail(flow.error());
  auto faults = flow::check(*flow, {});
  for (const auto& fault : faults) cli::fail(Errc::config, fault);
  if (!faults.empty()) return static_cast<int>(Errc::config);
  auto text = read_script(script);
  if (!text) return cli::fail(text.error());
  flow::Walk walk(*flow);
  auto verdict = run_script(*text, script == "-" ? "standard input" : script, walk);
  for (const auto& failure : verdict.failures) cli::fail(Errc::no, failure);
  if (verdict.bad_script) return static_cast<int>(Errc::bad_data);
  std::printf("expectations %zu, failed %zu\n", verdict.expectations, verdict.failures.size());
  print_coverage(*flow, walk);
  return verdict.failures.empty() ? 0 : static_cast<int>(Errc::no);
}

}  // namespace hotline::ccivr
