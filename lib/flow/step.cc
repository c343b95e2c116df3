// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/step.h"

#include <regex>

#include "flow/stepper.h"

namespace hotline::flow {

Step Stepper::take(const Event& event) {
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
    case Event::What::result:
      result(event);
      break;
    case Event::What::figures:
      if (state_.phase == Phase::working && here().kind == Kind::branch) decide();
      break;
    case Event::What::tagged:
      tagged(event.tags);
      break;
    case Event::What::gone:
      gone();
      break;
  }
  return std::move(step_);
}

Action& Stepper::act(What what) {
  step_.actions.push_back({});
  step_.actions.back().what = what;
  return step_.actions.back();
}

void Stepper::offered() {
  if (state_.phase == Phase::offered) act(What::answer);
}

void Stepper::answered() {
  if (state_.phase != Phase::offered) return;
  if (state_.node.empty()) act(What::entered);
  arrival_tags_ = {{"flow", flow_.name}, {"flow-version", flow_.version}};
  enter(at_node() ? state_.node : flow_.start, "");
}

void Stepper::tagged(const Tags& tags) {
  for (const auto& [key, value] : tags) {
    if (value.empty())
      state_.tags.erase(key);
    else
      state_.tags[key] = value;
  }
}

/// A menu's, survey's or collect's words, after `before`; keys that came ahead are taken without them.
void Stepper::ask(const Prompts& before) {
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
  play(prompts, true, false);
}

void Stepper::wait() {
  if (state_.phase == Phase::prompting) state_.phase = Phase::waiting;
  act(What::timer).span = here().first_timeout;
}

void Stepper::ask_again(bool invalid) {
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

void Stepper::digit(char key) {
  switch (state_.phase) {
    case Phase::playing:
    case Phase::working:
      if (state_.ahead.size() < kAheadMax) state_.ahead += key;
      break;
    case Phase::prompting:
    case Phase::waiting:
    case Phase::collecting:
    case Phase::confirming:
      take_key(key);
      break;
    default:
      break;
  }
}

void Stepper::take_key(char key) {
  const Node& node = here();
  if (state_.phase == Phase::confirming) {
    if (key == node.yes) return keep_digits(node);
    return ask_again(true);
  }
  if (node.kind == Kind::collect) return collect(node, key);
  auto found = node.keys.find(key);
  if (found == node.keys.end()) return ask_again(true);
  if (node.kind == Kind::survey) {
    auto& vote = act(What::vote);
    vote.name = node.subject;
    vote.tags = {{"question", node.detail}, {"answer", node.answers.at(key)}};
  }
  enter(found->second, std::string(1, key));
}

void Stepper::collect(const Node& node, char key) {
  if (key == node.end) return enough(node);
  state_.silent = 0;
  if (key >= '0' && key <= '9') state_.digits += key;
  if (state_.digits.size() >= node.digits_max) return enough(node);
  state_.phase = Phase::collecting;
  act(What::timer).span = node.digit_timeout;
}

void Stepper::enough(const Node& node) {
  bool right = state_.digits.size() >= node.digits_min &&
               (node.pattern.empty() || std::regex_match(state_.digits, std::regex(node.pattern)));
  if (!right) return ask_again(true);
  if (!node.confirm.empty()) return confirm(node);
  keep_digits(node);
}

void Stepper::confirm(const Node& node) {
  state_.phase = Phase::confirming;
  state_.tags[node.tag] = state_.digits;  // what is said back; the call has it when it is confirmed
  while (!state_.ahead.empty() && state_.phase == Phase::confirming) {
    char key = state_.ahead.front();
    state_.ahead.erase(0, 1);
    return take_key(key);
  }
  play(node.confirm, true, false);
}

void Stepper::keep_digits(const Node& node) {
  if (node.secret)
    state_.secrets[node.tag] = state_.digits;
  else
    arrival_tags_[node.tag] = state_.digits;
  enter(node.next, "collected");
}

void Stepper::played() {
  switch (state_.phase) {
    case Phase::playing:
      enter(here().next, "");
      break;
    case Phase::prompting:
    case Phase::confirming:
      wait();
      break;
    case Phase::leaving:
      go();
      break;
    default:
      break;
  }
}

void Stepper::timer() {
  switch (state_.phase) {
    case Phase::waiting:
    case Phase::confirming:
      ask_again(false);
      break;
    case Phase::collecting:
      enough(here());
      break;
    case Phase::working:
      act(What::cancel).name = state_.node;
      work_done({Event::What::result, 0, "failed", {}});
      break;
    default:
      break;
  }
}

void Stepper::result(const Event& event) {
  if (state_.phase == Phase::working && here().kind != Kind::branch) return work_done(event);
  if (state_.phase != Phase::queued) return;
  act(What::entered);
  act(What::untag).name = "queue-result";
  state_.tags.erase("queue-result");
  const auto& on = here().on;
  enter(target_of(here(), event.result), on.count(event.result) ? event.result : "otherwise");
}

void Stepper::gone() {
  bool came = state_.phase != Phase::offered || !state_.node.empty();
  if (state_.phase == Phase::working) act(What::cancel).name = state_.node;
  if (came && state_.phase != Phase::queued && state_.phase != Phase::ended) leave("caller-gone");
  state_.phase = Phase::ended;
  state_.secrets.clear();
}

Step step(const Flow& flow, State state, const Event& event, const World& world, const std::string& language) {
  return Stepper(flow, std::move(state), world, language).take(event);
}

}  // namespace hotline::flow
