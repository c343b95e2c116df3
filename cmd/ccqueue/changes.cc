// SPDX-License-Identifier: GPL-2.0-or-later
#include "changes.h"

#include <array>

#include "base/text.h"
#include "base/time.h"

namespace hotline::ccqueue {

namespace {

using Keys = std::map<std::string, std::string>;

std::string text(bool value) { return value ? "true" : "false"; }
std::string text(int64_t value) { return std::to_string(value); }
std::string text(int value) { return std::to_string(value); }
std::string text(microseconds value) { return format_duration(value); }
std::string text(const std::string& value) { return '"' + value + '"'; }
std::string text(const std::vector<std::string>& list) {
  std::string all;
  for (const auto& each : list) all += (all.empty() ? "" : ", ") + each;
  return "[" + all + "]";
}
std::string text(const std::optional<microseconds>& value) { return value ? text(*value) : "none"; }
std::string text(const acd::Skills& skills) {
  std::vector<std::string> list;
  for (const auto& [skill, level] : skills) list.push_back(skill + ":" + std::to_string(level));
  return text(list);
}

std::string text(const std::vector<acd::Widen>& steps) {
  std::vector<std::string> list;
  for (const auto& step : steps)
    list.push_back("after " + text(step.after) + " tier " + text(step.tier) +
                   (step.needs.empty() ? "" : " needs " + text(step.needs)));
  return text(list);
}

Keys keys(const Settings& of) {
  const auto& rules = of.rules;
  return {{"language", text(of.language)},
          {"hand_back", text(of.hand_back)},
          {"notice", text(of.notice)},
          {"misses_max", text(rules.misses_max)},
          {"hold_off", text(rules.hold_off)},
          {"hold_off_missed", text(rules.hold_off_missed)},
          {"hold_off_busy", text(rules.hold_off_busy)},
          {"hold_off_rejected", text(rules.hold_off_rejected)},
          {"hold_off_unreachable", text(rules.hold_off_unreachable)},
          {"short_abandon", text(rules.short_abandon)},
          {"priority_step", text(rules.priority_step)}};
}

Keys keys(const acd::QueueRule& rule, const QueueSettings& more) {
  std::vector<std::string> absent;
  for (auto state : rule.absent) absent.emplace_back(acd::name(state));
  return {{"ring_timeout", text(rule.ring_timeout)},
          {"wrap_up", text(rule.wrap_up)},
          {"wrap_up_max", text(rule.wrap_up_max)},
          {"max_wait", text(rule.max_wait)},
          {"max_waiting", text(rule.max_waiting)},
          {"max_expected_wait", text(rule.max_expected_wait)},
          {"priority", text(rule.priority)},
          {"strategy", std::string(acd::name(rule.strategy))},
          {"needs", text(rule.needs)},
          {"widen", text(rule.widen)},
          {"join_when_empty", text(rule.join_when_empty)},
          {"leave_when_empty", text(rule.leave_when_empty)},
          {"absent", text(absent)},
          {"overflow_to", text(rule.overflow_to)},
          {"prefer_for", text(rule.prefer_for)},
          {"announce_every", text(rule.announce_every)},
          {"resume_within", text(rule.resume_within)},
          {"outbound", text(rule.outbound)},
          {"reserve", text(rule.reserve)},
          {"record", text(more.record)},
          {"announce_agent", text(more.announce)},
          {"auto_answer", text(more.auto_answer)},
          {"announce_position", text(more.announce_position)},
          {"announce_wait", text(more.announce_wait)},
          {"call_back_key", text(more.call_back_key)},
          {"exit_key", text(more.exit_key)},
          {"music", text(more.music)}};
}

Keys keys(const acd::AgentRule& rule, const AgentSettings& more) {
  std::vector<std::string> queues;
  for (const auto& queue : rule.queues) {
    int tier = rule.tier(queue);
    queues.push_back(tier == 1 ? queue : queue + ":" + text(tier));
  }
  return {{"name", text(more.name)},
          {"phone", text(more.endpoint)},
          {"number", text(more.number)},
          {"auto_answer", text(more.auto_answer)},
          {"login", text(std::string(rule.auto_login ? "auto" : "manual"))},
          {"queues", text(queues)},
          {"skills", text(rule.skills)}};
}

/// The defaults of what a subject is.
Keys defaults(const std::string& subject) {
  if (subject.starts_with("queue ")) return keys(acd::QueueRule{}, QueueSettings{});
  if (!subject.starts_with("agent ")) return keys(Settings{});
  std::string id = subject.substr(6);
  acd::AgentRule rule;
  rule.id = id;
  return keys(rule, AgentSettings{id, id, "phone:" + id, false});
}

Keys unusual(const std::string& subject, Keys keys) {
  const auto usual = defaults(subject);
  std::erase_if(keys, [&](const auto& key) { return usual.at(key.first) == key.second; });
  return keys;
}

constexpr std::array<std::string_view, 3> kKinds = {"acd", "queue ", "agent "};

}  // namespace

Flat flat(const Settings& settings) {
  Flat all;
  auto add = [&](const std::string& subject, Keys keys) { all[subject] = unusual(subject, std::move(keys)); };
  add("acd", keys(settings));
  for (const auto& rule : settings.rules.queues) add("queue " + rule.name, keys(rule, settings.queues.at(rule.name)));
  for (const auto& rule : settings.rules.agents) add("agent " + rule.id, keys(rule, settings.agents.at(rule.id)));
  return all;
}

wire::Json to_json(const Flat& flat) { return wire::Json(flat); }

Flat from_json(const wire::Json& body) {
  Flat all;
  if (!body.is_object()) return all;
  for (const auto& [subject, keys] : body.items()) {
    auto& into = all[subject];
    if (!keys.is_object()) continue;
    for (const auto& [key, value] : keys.items())
      if (value.is_string()) into[key] = value.get<std::string>();
  }
  return all;
}

std::vector<std::string> changes(const Flat& was, const Flat& is) {
  std::vector<std::string> list;
  auto compare = [&](const std::string& subject) {
    auto old = was.find(subject), fresh = is.find(subject);
    if (old == was.end() || fresh == is.end()) {
      list.push_back(subject + (old == was.end() ? ": new" : ": gone"));
      return;
    }
    Keys before = defaults(subject), after = before;
    for (const auto& [key, value] : old->second) before[key] = value;
    for (const auto& [key, value] : fresh->second) after[key] = value;
    Keys both = after;
    both.insert(before.begin(), before.end());
    for (const auto& [key, unused] : both) {
      auto from = before.count(key) ? before[key] : "none", to = after.count(key) ? after[key] : "none";
      if (from != to) list.push_back(subject + ": " + key + " " + from + " -> " + to);
    }
  };
  for (auto kind : kKinds) {
    std::map<std::string, int> subjects;
    for (const auto* side : {&was, &is})
      for (const auto& [subject, keys] : *side)
        if (subject.starts_with(kind)) subjects[subject];
    for (const auto& [subject, unused] : subjects) compare(subject);
  }
  return list;
}

std::string difference(const Settings& was, const Settings& is) {
  Flat old = flat(was), fresh = flat(is);
  auto count = [&](std::string_view kind) {
    int more = 0, less = 0, other = 0;
    for (const auto& [subject, keys] : fresh) {
      if (!subject.starts_with(kind)) continue;
      auto found = old.find(subject);
      if (found == old.end())
        ++more;
      else if (found->second != keys)
        ++other;
    }
    for (const auto& [subject, keys] : old)
      if (subject.starts_with(kind) && !fresh.count(subject)) ++less;
    return "+" + std::to_string(more) + " -" + std::to_string(less) + " ~" + std::to_string(other);
  };
  return "queues " + count("queue ") + " agents " + count("agent ");
}

}  // namespace hotline::ccqueue
