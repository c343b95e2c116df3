// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/walk.h"

namespace hotline::flow {

void Walk::begin() {
  heard_.clear();
  transcript_.clear();
}

void Walk::call() {
  begin();
  state_ = {};
  tags_.clear();
  cause_.reset();
  bring({Event::What::offered});
  bring({Event::What::answered});
  settle();
}

void Walk::key(char digit) {
  begin();
  bring({Event::What::digit, digit});
  settle();
}

void Walk::wait() {
  begin();
  if (playing_) bring({Event::What::played});
  bring({Event::What::timer});
  settle();
}

void Walk::queue_result(const std::string& result) {
  begin();
  bring({Event::What::queue_result, 0, result});
  settle();
}

std::string Walk::queue() const {
  const Node* node = state_.phase == Phase::queued ? flow_.find(state_.node) : nullptr;
  return node ? node->queue : "";
}

/// What takes no keys is heard to its end; a menu or collect is left asking.
void Walk::settle() {
  while (playing_ && (state_.phase == Phase::playing || state_.phase == Phase::leaving)) bring({Event::What::played});
}

void Walk::bring(const Event& event) {
  // A key ends the words of a menu or collect; those of a play and a notice go on.
  if (event.what == Event::What::played || (event.what == Event::What::digit && state_.phase == Phase::prompting))
    playing_ = false;
  std::string from = state_.node;
  auto [state, actions] = step(flow_, state_, event);
  state_ = std::move(state);
  for (const auto& action : actions) {
    switch (action.what) {
      case Action::What::node:
        transcript_.push_back({true, action.name});
        if (!from.empty()) covered_.insert({from, action.text});
        from = action.name;
        break;
      case Action::What::tag:
      case Action::What::handover:
        for (const auto& [key, value] : action.tags) tags_[key] = value;
        break;
      case Action::What::untag:
        tags_.erase(action.name);
        break;
      case Action::What::play:
        heard_.insert(heard_.end(), action.prompts.begin(), action.prompts.end());
        for (const auto& prompt : action.prompts) transcript_.push_back({false, prompt});
        playing_ = true;
        break;
      case Action::What::hangup:
        cause_ = action.cause;
        break;
      default:
        break;
    }
  }
}

}  // namespace hotline::flow
