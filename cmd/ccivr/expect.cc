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

namespace {

/// What a flow's callers can do and did: nodes come to, and ways gone; a sub-flow's once, however often it is used.
struct Coverage {
  size_t nodes = 0, nodes_gone = 0, ways = 0, ways_gone = 0;
  std::vector<std::string> missing;
  bool whole() const { return missing.empty(); }
};

Coverage coverage_of(const flow::Flow& flow, const flow::Walk& walk) {
  Coverage coverage;
  std::set<std::string> nodes;
  std::set<std::pair<std::string, std::string>> ways;
  for (const auto& node : flow.nodes) {
    if (!nodes.insert(node.origin).second) continue;
    bool gone = walk.visited().count(node.origin) > 0;
    coverage.nodes_gone += gone;
    if (!gone) coverage.missing.push_back("not come to: " + node.name);
    for (const auto& [label, to] : flow::edges(node)) {
      if (!ways.insert({node.origin, label}).second) continue;
      bool walked = walk.covered().count({node.origin, label}) > 0;
      coverage.ways_gone += walked;
      if (!walked)
        coverage.missing.push_back("not gone: " + node.name + (label.empty() ? "" : " by " + label) + " to " + to);
    }
  }
  coverage.nodes = nodes.size();
  coverage.ways = ways.size();
  return coverage;
}

}  // namespace

int expect(const std::string& file, const std::string& script, bool complete) {
  auto flow = load_flow(file);
  if (!flow) return cli::fail(flow.error());
  auto settings = settings_for(file, conf::Instance::from_environment());
  auto faults = check_flow(*flow, settings);
  for (const auto& fault : faults) cli::fail(Errc::config, fault);
  if (!faults.empty()) return static_cast<int>(Errc::config);
  auto text = read_script(script);
  if (!text) return cli::fail(text.error());
  flow::Walk walk(*flow, settings.world(flow::plain_world().now), settings.language);
  auto verdict = run_script(*text, script == "-" ? "standard input" : script, walk);
  for (const auto& failure : verdict.failures) cli::fail(Errc::no, failure);
  if (verdict.bad_script) return static_cast<int>(Errc::bad_data);
  std::printf("expectations %zu, failed %zu\n", verdict.expectations, verdict.failures.size());
  auto coverage = coverage_of(*flow, walk);
  std::printf("nodes %zu of %zu\npaths %zu of %zu\n", coverage.nodes_gone, coverage.nodes, coverage.ways_gone,
              coverage.ways);
  for (const auto& line : coverage.missing) std::puts(line.c_str());
  bool good = verdict.failures.empty() && (coverage.whole() || !complete);
  return good ? 0 : static_cast<int>(Errc::no);
}

}  // namespace hotline::ccivr
