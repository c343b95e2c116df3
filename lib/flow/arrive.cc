// SPDX-License-Identifier: GPL-2.0-or-later
// What is done at a node: heard, set, decided, asked of others.
#include "base/check_digit.h"
#include "base/text.h"
#include "flow/stepper.h"
#include "speech/speech.h"

namespace hotline::flow {

namespace {

/// Q.850 cause 41, temporary failure: for a flow that cannot go on.
constexpr int64_t kTemporaryFailure = 41;

/// A recording ends by itself at `max`; the tone before it and the way to the switch come on top.
constexpr microseconds kRecordGrace = seconds(10);

bool is_secret(const Node* node) { return node && node->kind == Kind::collect && node->secret; }

}  // namespace

void Stepper::leave(const char* reason) {
  auto& action = act(What::exit);
  action.name = state_.node;
  action.text = reason;
}

void Stepper::end_call(int64_t cause, const char* reason) {
  act(What::hangup).cause = cause;
  leave(reason);
  state_.phase = Phase::ended;
  state_.secrets.clear();
}

std::string Stepper::language() const {
  auto found = state_.tags.find("lang");
  return found == state_.tags.end() || found->second.empty() ? language_ : found->second;
}

/// By the edge with that label, edges() has them; one of a single character is a key.
void Stepper::enter(const std::string& name, const std::string& label) {
  const Node* was = flow_.find(state_.node);
  const Node* node = flow_.find(name);
  state_.silent = label.size() == 1 ? 0 : state_.silent + 1;
  if (!node || state_.silent > kSilentVisitsMax) {
    end_call(kTemporaryFailure, "error");
    return;
  }
  if (is_secret(was) != is_secret(node)) act(What::secret).on = is_secret(node);
  state_.node = name;
  state_.attempts = 0;
  state_.digits.clear();
  auto& report = act(What::node);
  report.name = name;
  report.text = label;
  Tags tags = std::exchange(arrival_tags_, {});
  for (const auto& [key, value] : tags) state_.tags[key] = value;
  for (const auto& [key, value] : filled_in(node->tags, false)) state_.tags[key] = tags[key] = value.substr(0, kTagMax);
  tags["flow-node"] = name;
  act(What::tag).tags = std::move(tags);
  switch (node->kind) {
    case Kind::play:
      state_.phase = Phase::playing;
      play(node->prompts, node->barge, node->notice);
      break;
    case Kind::say: {
      auto text = node->text.find(language());
      if (text == node->text.end()) text = node->text.find("");
      Prompts items = node->prompts;
      items.emplace_back(Item::What::text, text == node->text.end() ? "" : filled(text->second, state_.tags),
                         node->fallback);
      state_.phase = Phase::playing;
      play(items, node->barge, false);
      break;
    }
    case Kind::menu:
    case Kind::survey:
    case Kind::collect:
      ask({});
      break;
    default:
      say_and_go();
      break;
  }
}

/// Values become prompts. One that cannot be said is not heard: the call goes on.
Prompts Stepper::spoken(const Prompts& items) {
  Prompts out;
  auto tongue = speech::language_of(language()).value_or(speech::Language::zh);
  auto wall = [this](Utc time) { return world_.zone.local(time); };
  for (const auto& item : items) {
    auto tag = state_.tags.find(item.name);
    if (item.what == Item::What::recording) {
      if (tag != state_.tags.end()) out.emplace_back(Item::What::recording, tag->second);
    } else if (item.what != Item::What::value) {
      out.push_back(item);
    } else if (auto kind = speech::kind_of(item.as); kind && tag != state_.tags.end()) {
      auto said = speech::say(tongue, *kind, tag->second, wall);
      if (said) {
        out.insert(out.end(), said->begin(), said->end());
      } else {
        auto& fault = act(What::fault);
        fault.name = state_.node;
        fault.text = "tag '" + item.name + "' cannot be said: " + said.error().text;
      }
    }
  }
  return out;
}

/// Nothing to be heard is as if it had been.
void Stepper::play(const Prompts& items, bool barge, bool notice) {
  Prompts heard = spoken(items);
  if (heard.empty()) return played();
  auto& action = act(What::play);
  action.prompts = std::move(heard);
  action.barge = barge;
  action.notice = notice;
}

void Stepper::say_and_go() {
  if (here().kind != Kind::set && here().kind != Kind::branch && here().kind != Kind::lookup) state_.ahead.clear();
  state_.phase = Phase::leaving;
  play(here().prompts, false, false);
}

void Stepper::go() {
  const Node& node = here();
  switch (node.kind) {
    case Kind::set:
      return enter(node.next, "");
    case Kind::branch:
      return branch();
    case Kind::queue:
      return handover(node);
    case Kind::hangup:
      return end_call(node.cause, "hangup");
    case Kind::back: {
      act(What::give_back).tags = {{"flow-result", node.detail}};
      leave("returned");
      state_.phase = Phase::ended;
      return;
    }
    case Kind::voicemail:
      return voicemail(node);
    default:
      return work(node);
  }
}

void Stepper::handover(const Node& node) {
  Tags tags = {{"queue", node.subject}};
  if (node.priority >= 0) tags["priority"] = std::to_string(node.priority);
  if (!node.detail.empty()) tags["needs"] = filled(node.detail, state_.tags);
  act(What::handover).tags = std::move(tags);
  state_.secrets.clear();
  leave("queue");
  state_.phase = Phase::queued;
}

Tags Stepper::filled_in(const Tags& texts, bool secrets) const {
  Tags known = state_.tags, out;
  if (secrets)
    for (const auto& [key, value] : state_.secrets) known[key] = value;
  for (const auto& [key, text] : texts) out[key] = filled(text, known);
  return out;
}

void Stepper::work(const Node& node) {
  state_.phase = Phase::working;
  auto& action = act(What::work);
  action.name = node.name;
  action.text = filled(node.subject, state_.tags);
  action.tags = filled_in(node.with, node.kind == Kind::lookup);
  if (node.kind == Kind::callback) action.tags["number"] = filled(node.detail, state_.tags);
  if (node.kind == Kind::record || node.kind == Kind::voicemail)
    act(What::timer).span = node.max + kRecordGrace;
  else if (node.kind != Kind::transfer)  // its time-out is that of the ringing; a talk lasts as long as it lasts
    act(What::timer).span = node.timeout;
}

void Stepper::voicemail(const Node& node) {
  if (node.tag.empty()) return work(node);
  state_.phase = Phase::working;
  auto kept = state_.tags.find(node.tag);
  bool there = kept != state_.tags.end() && !kept->second.empty();
  work_done({Event::What::result, 0, there ? "recorded" : "silent", {{"recording", there ? kept->second : ""}}});
}

void Stepper::branch() {
  std::set<std::string> queues;
  for (const auto& one : here().cases) queues.insert(one.when.queues().begin(), one.when.queues().end());
  if (queues.empty()) return decide();
  state_.phase = Phase::working;
  act(What::ask).queues = std::move(queues);
  act(What::timer).span = here().timeout;
}

void Stepper::decide() {
  const Node& node = here();
  for (size_t i = 0; i < node.cases.size(); ++i)
    if (node.cases[i].when.holds(world_, state_.tags)) return enter(node.cases[i].to, "case-" + std::to_string(i + 1));
  enter(node.next, "otherwise");
}

void Stepper::work_done(const Event& event) {
  const Node& node = here();
  auto recording = event.tags.find("recording");
  bool recorded = event.result == "recorded" && recording != event.tags.end();
  if (node.kind == Kind::lookup) {
    for (const auto& [key, value] : event.tags)
      if (is_name(key) && is_one_field(value)) arrival_tags_[key] = value.substr(0, kTagMax);
  } else if (node.kind == Kind::record && recorded) {
    arrival_tags_[node.tag] = recording->second;
  } else if (node.kind == Kind::voicemail && recorded) {
    auto& deposit = act(What::deposit);
    deposit.name = node.subject;
    deposit.text = recording->second;
    deposit.number = world_.message_number ? world_.message_number(recording->second) : with_check_digit("10000000");
    arrival_tags_["message-number"] = deposit.number;
    deposit.tags = filled_in(node.with, false);
    if (auto ms = event.tags.find("ms"); ms != event.tags.end()) deposit.tags["ms"] = ms->second;
  }
  enter(target_of(node, event.result), node.on.count(event.result) ? event.result : "otherwise");
}

}  // namespace hotline::flow
