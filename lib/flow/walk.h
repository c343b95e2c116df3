// SPDX-License-Identifier: GPL-2.0-or-later
// A call walked through a flow without a telephone: what `ccivr try` and `ccivr expect` do. Time passes only when
// asked.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "flow/step.h"

namespace hotline::flow {

class Walk {
 public:
  explicit Walk(const Flow& flow) : flow_(flow) {}

  /// A new call, answered; goes on to where the caller is asked something, is handed over or hung up on.
  void call();
  /// A key, now: what can be ended by it is ended.
  void key(char digit);
  /// The caller says and keys nothing until the next time-out.
  void wait();
  /// The queue gives the call back.
  void queue_result(const std::string& result);

  /// Prompts heard since the last act above, in order.
  const Prompts& heard() const { return heard_; }
  /// Arrivals at nodes and prompts heard since the last act above, in order.
  struct Line {
    bool node;  ///< else a prompt
    std::string name;
  };
  const std::vector<Line>& transcript() const { return transcript_; }
  const State& state() const { return state_; }
  const std::map<std::string, std::string>& tags() const { return tags_; }
  /// The queue that has the call; "" when none has it.
  std::string queue() const;
  /// The cause with which the flow hung up; nullopt while it has not.
  std::optional<int64_t> hung_up() const { return cause_; }

  /// Every way that was gone by this walk: node and label of the edge, over all calls.
  const std::set<std::pair<std::string, std::string>>& covered() const { return covered_; }

 private:
  void begin();
  void bring(const Event& event);
  void settle();

  const Flow& flow_;
  State state_;
  bool playing_ = false;
  Prompts heard_;
  std::vector<Line> transcript_;
  std::map<std::string, std::string> tags_;
  std::optional<int64_t> cause_;
  std::set<std::pair<std::string, std::string>> covered_;
};

}  // namespace hotline::flow
