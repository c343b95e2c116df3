// SPDX-License-Identifier: GPL-2.0-or-later
// What ccivr takes from hotline.toml: [site] language, [[flow]], [ivr]; and, to check flows against, the folders of
// prompts, the queues and the routes.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "conf/instance.h"
#include "flow/flow.h"
#include "prompts.h"

namespace hotline::ccivr {

/// Flows by name, each checked. Calls under way share the ones they began with.
using Flows = std::map<std::string, std::shared_ptr<const flow::Flow>>;

struct Settings {
  std::string language = "zh-CN";
  std::set<std::string> languages;  ///< that routes lead callers to us with
  std::string queues = "ccqueue";   ///< [ivr] queues: the controller that queue nodes hand over to
  PromptDirs prompt_dirs;
  std::set<std::string> queue_names;  ///< empty: not known, not checked
  Flows flows;
};

/// Reads the configuration and every flow that it names. All complaints at once, each with file and line; `config`.
/// An empty path is the instance's hotline.toml.
Result<Settings> load_settings(const std::string& path, const conf::Instance& instance);

/// A flow file read and parsed; its name is the file's without folder and ending.
Result<flow::Flow> load_flow(const std::string& file);

/// As flow::check(), with the prompts of every language that the flow may speak, and with the queues that there are.
std::vector<std::string> check_flow(const flow::Flow& flow, const Settings& settings);

}  // namespace hotline::ccivr
