// SPDX-License-Identifier: GPL-2.0-or-later
// How this exchange takes the calls that the switch places: rules by called number. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "act.h"
#include "base/time.h"
#include "conf/conf.h"

namespace hotline::pstn {

enum class Taking { answer, refuse, ring };

struct Rule {
  int64_t id = 0;
  std::string number;  ///< a prefix of the called number; "" takes all
  Taking taking = Taking::answer;
  milliseconds after{1000};  ///< it rings so long before it is answered
  int cause = 17;            ///< of a refusal
  bool tones = false;        ///< which is heard, too
  ActSpec act;
  int64_t calls_left = -1;  ///< -1: any number
  Instant alive{};          ///< a tool's rule dies when the tool is not heard from; the configuration's never
  bool permanent = false;
};

/// The longest prefix wins, among equals the newest. Rules of tools that are silent for kToolSilence are gone.
class Rules {
 public:
  static constexpr seconds kToolSilence{5};
  int64_t add(Rule rule);
  void remove(int64_t id) { rules_.erase(id); }
  void remove_permanent();
  void heard_of(int64_t id, Instant now);
  /// The rule for a call, counted down; null when nobody has that number.
  const Rule* take(const std::string& called, Instant now);
  size_t size() const { return rules_.size(); }

 private:
  std::map<int64_t, Rule> rules_;
  int64_t last_ = 0;
};

/// Reads every [[subscriber]]; paths are relative to `folder`.
std::vector<Rule> read_subscribers(conf::Table& root, const std::string& folder);

/// A rule from a tool's command.
Result<Rule> rule_of(const wire::Json& body);

}  // namespace hotline::pstn
