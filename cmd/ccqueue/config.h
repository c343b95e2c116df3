// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>

#include "acd/rules.h"
#include "conf/conf.h"

namespace hotline::ccqueue {

/// What the rules of the queue do not need to know.
struct QueueSettings {
  bool record = true, announce = true, auto_answer = false;
};
struct AgentSettings {
  std::string name;
  std::string number;    ///< what both sides hear when they are joined; "": nothing
  std::string endpoint;  ///< where dial rings: phone:1001
  bool auto_answer = false;
};

/// The tables [acd], [[queue]] and [[agent]] of hotline.toml(5).
struct Settings {
  acd::Rules rules;
  std::map<std::string, QueueSettings> queues;
  std::map<std::string, AgentSettings> agents;
  std::string language = "zh-CN";           ///< of calls that have no tag "lang"
  std::string hand_back = "ccivr";          ///< who gets the callers whom nobody answered
  std::string notice = "recording-notice";  ///< the prompt before a recorded talk
};

void read_settings(conf::Table& root, Settings& settings);

/// What changed from one to the other, for the log: "queues +2 -0 ~1 agents +0 -1 ~3".
std::string difference(const Settings& was, const Settings& is);

}  // namespace hotline::ccqueue
