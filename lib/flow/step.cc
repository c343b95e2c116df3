// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/step.h"

#include <utility>

namespace hotline::flow {

namespace {

using What = Action::What;

/// Q.850 cause 41, temporary failure: for a flow that cannot go on.
constexpr int64_t kTemporaryFailure = 41;

/// One step in the making.
class Stepper {
 public:
  Stepper(const Flow& flow, State state) : flow_(flow), step_{std::move(state), {}}, state_(step_.state) {}

  Step take(const Event& event) {
    switch (event.what) {
      case Event::What::offered:
        offered();
        break;
      case Event::What::answered:
        answered();
        break;
      case Event::What::digit:
        digit(event.digit);
        break;
      case Event::What::played:
        played();
        break;
      case Event::What::timer:
        timer();
        break;
      case Event::What::queue_result:
        queue_result(event.result);
        break;
      case Event::What::gone:
        gone();
        break;
    }
    return std::move(step_);
  }

 private:
  Action& act(What what) {
    step_.actions.push_back({});
    step_.actions.back().what = what;
    return step_.actions.back();
  }

  void leave(const char* reason) {
    auto& action = act(What::exit);
    action.name = state_.node;
    action.text = reason;
  }

  void end_call(int64_t cause, const char* reason) {
    act(What::hangup).cause = cause;
    leave(reason);
    state_.phase = Phase::ended;
  }

  const Node& here() const { return *flow_.find(state_.node); }
  bool at_node() const { return flow_.find(state_.node) != nullptr; }

  void offered() {
    if (state_.phase == Phase::offered) act(What::answer);
  }

  void answered() {
    if (state_.phase != Phase::offered) return;
    if (state_.node.empty()) act(What::entered);
    arrival_tags_ = {{"flow", flow_.name}, {"flow-version", flow_.version}};
    enter(at_node() ? state_.node : flow_.start, "");
  }

  /// By the edge with that label, edges() has them; one of a single character is a key.
  void enter(const std::string& name, const std::string& label) {
    const Node* node = flow_.find(name);
    state_.silent = label.size() == 1 ? 0 : state_.silent + 1;
    if (!node || state_.silent > kSilentVisitsMax) {
      end_call(kTemporaryFailure, "error");
      return;
    }
    state_.node = name;
    state_.attempts = 0;
    state_.digits.clear();
    auto& report = act(What::node);
    report.name = name;
    report.text = label;
    auto& tags = act(What::tag).tags;
    tags = std::exchange(arrival_tags_, {});
    for (const auto& [key, value] : node->tags) tags[key] = value;
    tags["flow-node"] = name;
    switch (node->kind) {
      case Kind::play:
        play(node->prompts, node->barge, node->notice);
        state_.phase = Phase::playing;
        break;
      case Kind::menu:
      case Kind::collect:
        ask({});
        break;
      case Kind::queue:
      case Kind::hangup:
        say_and_leave();
        break;
    }
  }

  void play(const Prompts& prompts, bool barge, bool notice) {
    auto& action = act(What::play);
    action.prompts = prompts;
    action.barge = barge;
    action.notice = notice;
  }

  /// A menu's or collect's words, after `before`; keys that came ahead are taken without them.
  void ask(const Prompts& before) {
    state_.phase = Phase::prompting;
    while (!state_.ahead.empty()) {
      char key = state_.ahead.front();
      state_.ahead.erase(0, 1);
      take_key(key);
      if (state_.phase != Phase::collecting) return;  // a menu has gone on; a collect may want the next key too
    }
    if (state_.phase == Phase::collecting) return;
    Prompts prompts = before;
    prompts.insert(prompts.end(), here().prompts.begin(), here().prompts.end());
    if (prompts.empty())
      wait();
    else
      play(prompts, true, false);
  }

  void wait() {
    state_.phase = Phase::waiting;
    act(What::timer).span = here().first_timeout;
  }

  void ask_again(bool invalid) {
    const Node& node = here();
    state_.ahead.clear();
    state_.digits.clear();
    if (state_.attempts >= node.retries) {
      const char* label = node.kind == Kind::collect ? "failed" : invalid ? "invalid" : "no-input";
      enter(invalid ? node.on_invalid : node.on_no_input, label);
      return;
    }
    ++state_.attempts;
    ask(invalid ? node.invalid : node.no_input);
  }

  void digit(char key) {
    switch (state_.phase) {
      case Phase::playing:
        if (state_.ahead.size() < kAheadMax) state_.ahead += key;
        break;
      case Phase::prompting:
      case Phase::waiting:
      case Phase::collecting:
        take_key(key);
        break;
      default:
        break;
    }
  }

  void take_key(char key) {
    const Node& node = here();
    if (node.kind == Kind::collect) {
      collect(node, key);
    } else if (auto found = node.keys.find(key); found != node.keys.end()) {
      enter(found->second, std::string(1, key));
    } else {
      ask_again(true);
    }
  }

  void collect(const Node& node, char key) {
    if (key == node.end) {
      finish_collect(node);
      return;
    }
    state_.silent = 0;
    if (key >= '0' && key <= '9') state_.digits += key;
    if (state_.digits.size() >= node.digits_max) {
      finish_collect(node);
      return;
    }
    state_.phase = Phase::collecting;
    act(What::timer).span = node.digit_timeout;
  }

  void finish_collect(const Node& node) {
    if (state_.digits.size() < node.digits_min) {
      ask_again(true);
      return;
    }
    arrival_tags_[node.tag] = state_.digits;
    enter(node.next, "collected");
  }

  void played() {
    switch (state_.phase) {
      case Phase::playing:
        enter(here().next, "");
        break;
      case Phase::prompting:
        wait();
        break;
      case Phase::leaving:
        go();
        break;
      default:
        break;
    }
  }

  void timer() {
    if (state_.phase == Phase::waiting)
      ask_again(false);
    else if (state_.phase == Phase::collecting)
      finish_collect(here());
  }

  void say_and_leave() {
    state_.ahead.clear();
    state_.phase = Phase::leaving;
    if (here().prompts.empty())
      go();
    else
      play(here().prompts, false, false);
  }

  void go() {
    const Node& node = here();
    if (node.kind == Kind::hangup) {
      end_call(node.cause, "hangup");
      return;
    }
    act(What::handover).tags = {{"queue", node.queue}};
    leave("queue");
    state_.phase = Phase::queued;
  }

  void queue_result(const std::string& result) {
    if (state_.phase != Phase::queued) return;
    act(What::entered);
    act(What::untag).name = "queue-result";
    const auto& on = here().on;
    auto found = on.find(result);
    if (found == on.end()) found = on.find("otherwise");
    enter(found == on.end() ? "" : found->second, found == on.end() ? result : found->first);
  }

  void gone() {
    bool came = state_.phase != Phase::offered || !state_.node.empty();
    if (came && state_.phase != Phase::queued && state_.phase != Phase::ended) leave("caller-gone");
    state_.phase = Phase::ended;
  }

  const Flow& flow_;
  Step step_;
  State& state_;
  std::map<std::string, std::string> arrival_tags_;  // set together with the next node's, in one command
};

}  // namespace

Step step(const Flow& flow, State state, const Event& event) { return Stepper(flow, std::move(state)).take(event); }

}  // namespace hotline::flow
