// SPDX-License-Identifier: GPL-2.0-or-later
// A call walked through a flow without a telephone: what `ccivr try` and `ccivr expect` do. Time passes only when
// asked; what others would be asked is answered by whoever walks.
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
  /// `flow` is linked and checked; it and nothing else must outlive the walk.
  explicit Walk(const Flow& flow, World world = plain_world(), std::string language = "zh-CN")
      : flow_(flow), given_(world), world_(std::move(world)), language_(std::move(language)) {}

  /// A new call, answered; goes on to where the caller is asked something, something is asked of others, or it ends.
  /// The world and the tags are as they were given.
  void call();
  /// Before call(): what the call has and the world is like from now on.
  void set_tag(const std::string& key, const std::string& value) { first_tags_[key] = value; }
  World& world() { return world_; }
  /// Forgets them.
  void reset();

  /// A key, now: what can be ended by it is ended.
  void key(char digit);
  /// The caller says and keys nothing until the next time-out.
  void wait();
  /// What was asked of others comes to that: of a queue, a look-up, a recording …
  void result(const std::string& result, const Tags& tags = {});

  /// What was heard since the last act above, in order, as it is written in scripts.
  const std::vector<std::string>& heard() const { return heard_; }
  /// Arrivals at nodes and what was heard since the last act above, in order.
  struct Line {
    bool node;  ///< else something heard
    std::string name;
    Item item = "";
  };
  const std::vector<Line>& transcript() const { return transcript_; }
  const State& state() const { return state_; }
  const Tags& tags() const { return state_.tags; }
  const std::string& language() const;
  /// The queue that has the call; "" when none has it.
  std::string queue() const;
  /// The node whose work is being done; null when none is.
  const Node* working() const;
  /// Action of that work: what is asked, with what.
  const Action& work() const { return work_; }
  /// The cause with which the flow hung up; nullopt while it has not.
  std::optional<int64_t> hung_up() const { return cause_; }
  /// The result with which it gave the call back; nullopt while it has not.
  std::optional<std::string> returned() const { return returned_; }
  bool over() const { return cause_ || returned_; }
  /// "satisfaction/q1=good", in order, and "director <recording> topic=…", of this call.
  const std::vector<std::string>& votes() const { return votes_; }
  const std::vector<std::string>& deposits() const { return deposits_; }

  /// Every way that was gone by this walk: origin of the node and label of the edge, over all calls.
  const std::set<std::pair<std::string, std::string>>& covered() const { return covered_; }
  /// Every node that was come to, by its origin.
  const std::set<std::string>& visited() const { return visited_; }

 private:
  void begin();
  void bring(const Event& event);
  void take(const Action& action, std::string& from);
  void settle();

  const Flow& flow_;
  World given_, world_;
  std::string language_;
  Tags first_tags_;
  State state_;
  Action work_{};
  bool playing_ = false, asked_ = false;
  std::vector<std::string> heard_;
  std::vector<Line> transcript_;
  std::optional<int64_t> cause_;
  std::optional<std::string> returned_;
  std::vector<std::string> votes_, deposits_;
  std::set<std::pair<std::string, std::string>> covered_;
  std::set<std::string> visited_;
};

}  // namespace hotline::flow
