// SPDX-License-Identifier: GPL-2.0-or-later
// What check() finds in names: prompts, queues, look-ups, tags; and in the cases of branches, and behind a profile.
#include <algorithm>

#include "base/text.h"
#include "flow/check.h"

namespace hotline::flow {

namespace {

/// Tags that a call has without any node: of the call itself, and set by those who had it.
const std::set<std::string> kGiven = {"caller", "called", "lang", "flow-result", "queue-result", "agent", "queue"};

Prompts all_prompts(const Node& node) {
  Prompts all = node.prompts;
  for (const auto* more : {&node.no_input, &node.invalid, &node.confirm})
    all.insert(all.end(), more->begin(), more->end());
  if (!node.fallback.empty()) all.emplace_back(node.fallback);
  return all;
}

void use(std::set<std::string>& uses, const std::string& text) {
  if (auto tags = tags_in(text)) uses.insert(tags->begin(), tags->end());
}

std::vector<std::string> list(const std::set<std::string>& names) { return {names.begin(), names.end()}; }

void check_name(const Node& node, const char* what, const std::string& name, const std::set<std::string>& known,
                std::vector<std::string>& faults) {
  if (known.empty() || name.empty() || known.count(name)) return;
  faults.push_back(
      fault_of(node, "there is no " + std::string(what) + " '" + name + "'" + did_you_mean(name, list(known))));
}

void check_prompts(const Node& node, const KnownPrompts& known, std::vector<std::string>& faults) {
  for (const auto& [language, names] : known) {
    std::set<std::string> told;
    for (const auto& item : all_prompts(node)) {
      if (item.what != Item::What::prompt || names.count(item.name) || !told.insert(item.name).second) continue;
      faults.push_back(fault_of(
          node, "there is no prompt '" + item.name + "' in " + language + did_you_mean(item.name, list(names))));
    }
    if (node.kind == Kind::say && !node.text.count("") && !node.text.count(language))
      faults.push_back(fault_of(node, "there is no text in " + language));
  }
}

void check_lookup(const Node& node, const Known& known, std::vector<std::string>& faults) {
  if (known.lookups.empty()) return;
  std::set<std::string> names;
  for (const auto& [name, signature] : known.lookups) names.insert(name);
  check_name(node, "look-up", node.subject, names, faults);
  auto found = known.lookups.find(node.subject);
  if (found == known.lookups.end()) return;
  const auto& parameters = found->second.parameters;
  for (const auto& [name, value] : node.with) {
    if (!parameters.count(name))
      faults.push_back(fault_of(node, "look-up '" + node.subject + "' has no parameter '" + name + "'" +
                                          did_you_mean(name, list(parameters))));
  }
  for (const auto& name : parameters)
    if (!node.with.count(name))
      faults.push_back(fault_of(node, "look-up '" + node.subject + "' needs '" + name + "' in 'with'"));
}

}  // namespace

void check_cases(const Node& node, std::vector<std::string>& faults) {
  std::set<std::string> said;
  bool asks = false;
  for (const auto& one : node.cases) {
    if (!said.insert(one.when.text()).second)
      faults.push_back(fault_of(node, "two cases say '" + one.when.text() + "'; the second is never taken"));
    asks = asks || !one.when.queues().empty();
  }
  if (asks && (node.timeout.count() == 0 || !node.on.count("failed")))
    faults.push_back(
        fault_of(node, "it asks a queue, which may not answer: a branch needs 'timeout' and 'on_failed' then"));
  if (!asks && (node.timeout.count() != 0 || node.on.count("failed")))
    faults.push_back(fault_of(node, "it asks no queue: leave 'timeout' and 'on_failed' away"));
}

void check_known(const Node& node, const Known& known, std::vector<std::string>& faults) {
  check_prompts(node, known.prompts, faults);
  switch (node.kind) {
    case Kind::queue:
    case Kind::callback:
      check_name(node, "queue", node.subject, known.queues, faults);
      break;
    case Kind::voicemail:
      check_name(node, "mailbox", node.subject, known.mailboxes, faults);
      break;
    case Kind::lookup:
      check_lookup(node, known, faults);
      break;
    case Kind::branch:
      for (const auto& one : node.cases) {
        for (const auto& queue : one.when.queues()) check_name(node, "queue", queue, known.queues, faults);
        for (const auto& name : one.when.calendars()) check_name(node, "calendar", name, known.calendars, faults);
      }
      break;
    default:
      break;
  }
}

TagUse tag_use(const Node& node, const Known& known) {
  TagUse use_of;
  use_of.uses = node.uses;
  for (const auto& item : all_prompts(node))
    if (item.what == Item::What::value || item.what == Item::What::recording) use_of.uses.insert(item.name);
  for (const auto& [key, text] : node.tags) {
    use(use_of.uses, text);
    use_of.sets.insert(key);
  }
  for (const auto& [language, text] : node.text) use(use_of.uses, text);
  for (const auto& one : node.cases) use_of.uses.insert(one.when.tags().begin(), one.when.tags().end());
  for (const auto& [name, text] : node.with) use(node.kind == Kind::lookup ? use_of.secret_uses : use_of.uses, text);
  use(use_of.uses, node.subject);
  if (node.kind == Kind::callback || node.kind == Kind::queue) use(use_of.uses, node.detail);
  if (node.kind == Kind::voicemail) {
    if (!node.tag.empty()) use_of.uses.insert(node.tag);
    use_of.sets.insert("message-number");
  }
  if (node.kind == Kind::collect || node.kind == Kind::record) {
    use_of.sets.insert(node.tag);
    use_of.uses.erase(node.tag);  // it may be said back
  }
  if (node.kind == Kind::lookup)
    if (auto found = known.lookups.find(node.subject); found != known.lookups.end())
      use_of.sets.insert(found->second.results.begin(), found->second.results.end());
  return use_of;
}

void check_tags(const Flow& flow, const Known& known, std::vector<std::string>& faults) {
  std::set<std::string> set = kGiven, secret;
  set.insert(flow.takes.begin(), flow.takes.end());
  bool results_known = true;
  for (const auto& node : flow.nodes) {
    auto use_of = tag_use(node, known);
    set.insert(use_of.sets.begin(), use_of.sets.end());
    if (node.kind == Kind::collect && node.secret) secret.insert(node.tag);
    if (node.kind == Kind::lookup && !known.lookups.count(node.subject)) results_known = false;
  }
  for (const auto& node : flow.nodes) {
    auto use_of = tag_use(node, known);
    for (const auto& tag : use_of.uses)
      if (secret.count(tag))
        faults.push_back(fault_of(node, "'" + tag + "' is secret: it may be given to a look-up and nothing else"));
    use_of.uses.insert(use_of.secret_uses.begin(), use_of.secret_uses.end());
    for (const auto& tag : use_of.uses)
      if (results_known && !set.count(tag))
        faults.push_back(fault_of(node, "nothing sets tag '" + tag + "'" + did_you_mean(tag, list(set)) +
                                            "; if the call has it from elsewhere, name it in 'takes'"));
  }
}

void check_direct(const Flow& flow, std::vector<std::string>& faults) {
  std::set<std::string> seen;
  std::vector<std::string> todo = {flow.start};
  while (!todo.empty()) {
    std::string name = todo.back();
    todo.pop_back();
    const Node* node = flow.find(name);
    if (!node || !seen.insert(name).second || node->kind == Kind::queue) continue;
    if (node->kind == Kind::menu || node->kind == Kind::collect || node->kind == Kind::survey ||
        node->kind == Kind::voicemail) {
      faults.push_back(fault_of(*node, "profile 'direct': a caller comes to this " +
                                           std::string(kind_name(node->kind)) +
                                           " before a person was looked for; lead to a queue first, or mark the case "
                                           "that leads here with night = true"));
      continue;
    }
    for (const auto& one : node->cases)
      if (!one.night) todo.push_back(one.to);
    if (node->kind == Kind::branch) {
      todo.push_back(node->next);
      continue;  // on_failed: nobody could be asked
    }
    for (const auto& edge : edges(*node)) todo.push_back(edge.to);
  }
}

}  // namespace hotline::flow
