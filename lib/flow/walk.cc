// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/walk.h"

#include "base/text.h"

namespace hotline::flow {

void Walk::begin() {
  heard_.clear();
  transcript_.clear();
}

void Walk::reset() {
  world_ = given_;
  first_tags_.clear();
}

void Walk::call() {
  begin();
  state_ = {};
  state_.tags = first_tags_;
  cause_.reset();
  returned_.reset();
  votes_.clear();
  deposits_.clear();
  playing_ = asked_ = false;
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

void Walk::result(const std::string& result, const Tags& tags) {
  begin();
  asked_ = false;
  bring({Event::What::result, 0, result, tags});
  settle();
}

const std::string& Walk::language() const {
  auto found = state_.tags.find("lang");
  return found == state_.tags.end() ? language_ : found->second;
}

std::string Walk::queue() const {
  const Node* node = state_.phase == Phase::queued ? flow_.find(state_.node) : nullptr;
  return node ? node->subject : "";
}

const Node* Walk::working() const { return state_.phase == Phase::working ? flow_.find(state_.node) : nullptr; }

/// What takes no keys is heard to its end, and a queue that is asked answers with the world's figures; a menu or
/// collect is left asking.
void Walk::settle() {
  while (true) {
    if (playing_ && (state_.phase == Phase::playing || state_.phase == Phase::leaving))
      bring({Event::What::played});
    else if (asked_ && !world_.queues.empty())
      bring({Event::What::figures});
    else
      return;
  }
}

void Walk::take(const Action& action, std::string& from) {
  switch (action.what) {
    case Action::What::node: {
      transcript_.push_back({true, action.name});
      const Node* was = flow_.find(from);
      if (was) covered_.insert({was->origin, action.text});
      visited_.insert(flow_.find(action.name)->origin);
      from = action.name;
      return;
    }
    case Action::What::tag:
    case Action::What::handover:
      for (const auto& [key, value] : action.tags) state_.tags[key] = value;
      return;
    case Action::What::play:
      for (const auto& item : action.prompts) {
        heard_.push_back(text_of(item));
        transcript_.push_back({false, text_of(item), item});
      }
      playing_ = true;
      return;
    case Action::What::work:
      work_ = action;
      return;
    case Action::What::ask:
      work_ = action;
      asked_ = true;
      return;
    case Action::What::cancel:
      asked_ = false;
      return;
    case Action::What::hangup:
      cause_ = action.cause;
      return;
    case Action::What::give_back:
      returned_ = action.tags.at("flow-result");
      return;
    case Action::What::vote:
      votes_.push_back(action.name + "/" + action.tags.at("question") + "=" + action.tags.at("answer"));
      return;
    case Action::What::deposit: {
      std::string line = action.name + " " + action.text;
      for (const auto& [key, value] : action.tags) line.append(" ").append(key).append("=").append(value);
      deposits_.push_back(line);
      return;
    }
    default:
      return;
  }
}

void Walk::bring(const Event& event) {
  // A key ends the words of a menu or collect; those of a play and a notice go on.
  bool asking = state_.phase == Phase::prompting || state_.phase == Phase::confirming;
  if (event.what == Event::What::played || (event.what == Event::What::digit && asking)) playing_ = false;
  if (event.what == Event::What::figures) asked_ = false;
  std::string from = state_.node;
  auto [state, actions] = step(flow_, state_, event, world_, language_);
  state_ = std::move(state);
  for (const auto& action : actions) take(action, from);
}

}  // namespace hotline::flow
