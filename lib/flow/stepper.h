// SPDX-License-Identifier: GPL-2.0-or-later
// Within the room: one step in the making. step.cc has keys and times, arrive.cc what is done at a node.
#pragma once

#include <string>
#include <utility>

#include "flow/step.h"

namespace hotline::flow {

class Stepper {
 public:
  Stepper(const Flow& flow, State state, const World& world, const std::string& language)
      : flow_(flow), world_(world), language_(language), step_{std::move(state), {}}, state_(step_.state) {}

  Step take(const Event& event);

 private:
  using What = Action::What;

  Action& act(What what);
  const Node& here() const { return *flow_.find(state_.node); }
  bool at_node() const { return flow_.find(state_.node) != nullptr; }

  // step.cc: events
  void offered();
  void answered();
  void digit(char key);
  void played();
  void timer();
  void result(const Event& event);
  void tagged(const Tags& tags);
  void gone();

  // step.cc: keys
  void ask(const Prompts& before);
  void wait();
  void ask_again(bool invalid);
  void take_key(char key);
  void collect(const Node& node, char key);
  void enough(const Node& node);
  void confirm(const Node& node);
  void keep_digits(const Node& node);

  // arrive.cc
  void enter(const std::string& name, const std::string& label);
  void play(const Prompts& items, bool barge, bool notice);
  Prompts spoken(const Prompts& items);
  void say_and_go();
  void go();
  void work(const Node& node);
  void voicemail(const Node& node);
  void branch();
  void decide();
  void work_done(const Event& event);
  void handover(const Node& node);
  void leave(const char* reason);
  void end_call(int64_t cause, const char* reason);
  std::string language() const;
  Tags filled_in(const Tags& texts, bool secrets) const;

  const Flow& flow_;
  const World& world_;
  const std::string& language_;
  Step step_;
  State& state_;
  Tags arrival_tags_;  // set together with the next node's, in one command
};

}  // namespace hotline::flow
