// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acd/rules.h"
#include "conf/conf.h"

namespace hotline::ccqueue {

/// What the rules of the queue do not need to know.
struct QueueSettings {
  bool record = true, announce = true, auto_answer = false;
  bool announce_position = true, announce_wait = true;  ///< what is said each `announce_every`
  std::string call_back_key;  ///< the digit by which who waits hangs up and keeps his place; "": none
  std::string exit_key;       ///< the digit by which he leaves for hand_back; "": none
  std::string music;          ///< the prompt that is heard in it; "": the switch's
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
  std::vector<std::string> warnings;        ///< "hotline.toml:12: …": allowed, but hardly meant
};

void read_settings(conf::Table& root, Settings& settings);

/// "complaint:2", or "complaint" for level 1, as configuration and the tag `needs` have it; nullopt for anything else.
/// A skill's name has no blank, comma or colon and at most 64 octets; its level is `level_min` to acd::kLevelMax.
std::optional<std::pair<std::string, int>> parse_skill(std::string_view text, int level_min = 1);

}  // namespace hotline::ccqueue
