// SPDX-License-Identifier: GPL-2.0-or-later
// What ccivr takes from hotline.toml: [site] language and time zone, [[flow]], [ivr], the calendars; and, to check
// flows against, the folders of prompts, the queues, mailboxes, look-ups and routes.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "conf/calendar.h"
#include "conf/instance.h"
#include "conf/mailbox.h"
#include "flow/flow.h"
#include "lookup/definition.h"
#include "prompts.h"
#include "tts/tts.h"

namespace hotline::ccivr {

/// Flows by name, each checked. Calls under way share the ones they began with.
using Flows = std::map<std::string, std::shared_ptr<const flow::Flow>>;

struct Settings {
  std::string language = "zh-CN";
  std::set<std::string> languages;  ///< that routes lead callers to us with
  std::string queues = "ccqueue";   ///< [ivr] queues: the controller that queue nodes hand over to
  PromptDirs prompt_dirs;
  flow::Known known;  ///< what is empty is not known, not checked; prompts are added for each flow
  conf::Zone zone;
  std::shared_ptr<const conf::Calendars> calendars = std::make_shared<conf::Calendars>();
  lookup::Definitions lookups;
  tts::Settings speech;
  conf::Mailboxes mailboxes;
  Flows flows;

  /// The world at a moment; holds no queue's figures. Good as long as these settings' calendars are.
  flow::World world(Utc now) const;
};

/// Reads the configuration and every flow that it names. All complaints at once, each with file and line; `config`.
/// An empty path is the instance's hotline.toml.
Result<Settings> load_settings(const std::string& path, const conf::Instance& instance);

/// The settings that a flow file on a desk goes by: those of the hotline.toml in the folder above it, else the
/// instance's, else what came with the programs.
Settings settings_for(const std::string& file, const conf::Instance& instance);

/// A flow file read and parsed, its sub-flows (NAME.toml beside it) put in; its name is the file's without folder and
/// ending.
Result<flow::Flow> load_flow(const std::string& file);
/// The same without the sub-flows.
Result<flow::Flow> parse_flow(const std::string& file);

/// As flow::check(), with the prompts of every language that the flow may speak, and with the queues that there are.
std::vector<std::string> check_flow(const flow::Flow& flow, const Settings& settings);

}  // namespace hotline::ccivr
