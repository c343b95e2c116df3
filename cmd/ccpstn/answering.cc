// SPDX-License-Identifier: GPL-2.0-or-later
#include "answering.h"

#include <algorithm>

namespace hotline::pstn {

namespace {

const std::vector<std::string> kTakings = {"answer", "refuse", "ring"};
constexpr microseconds kLongestRing = std::chrono::minutes(10);

Taking taking_of(const std::string& text) {
  return text == "refuse" ? Taking::refuse : text == "ring" ? Taking::ring : Taking::answer;
}

}  // namespace

int64_t Rules::add(Rule rule) {
  rule.id = ++last_;
  rules_[last_] = std::move(rule);
  return last_;
}

void Rules::remove_permanent() {
  std::erase_if(rules_, [](const auto& entry) { return entry.second.permanent; });
}

void Rules::heard_of(int64_t id, Instant now) {
  if (auto found = rules_.find(id); found != rules_.end()) found->second.alive = now;
}

const Rule* Rules::take(const std::string& called, Instant now) {
  std::erase_if(rules_,
                [&](const auto& entry) { return !entry.second.permanent && now - entry.second.alive > kToolSilence; });
  Rule* best = nullptr;
  for (auto& [id, rule] : rules_) {
    if (!called.starts_with(rule.number) || rule.calls_left == 0) continue;
    if (!best || rule.number.size() >= best->number.size()) best = &rule;
  }
  if (best && best->calls_left > 0) best->calls_left--;
  return best;
}

std::vector<Rule> read_subscribers(conf::Table& root, const std::string& folder) {
  std::vector<Rule> rules;
  auto beside = [&](const std::string& path) { return path.empty() || path[0] == '/' ? path : folder + "/" + path; };
  for (auto& table : root.tables("subscriber")) {
    Rule rule;
    rule.permanent = true;
    rule.number = table.needed("number");
    rule.taking = taking_of(table.choice("does", "answer", kTakings));
    rule.after =
        std::chrono::duration_cast<milliseconds>(table.duration("after", seconds(1), microseconds(0), kLongestRing));
    rule.cause = static_cast<int>(table.integer("cause", 17, 1, 127));
    rule.tones = table.boolean("tones", false);
    rule.act.say = beside(table.string("say"));
    rule.act.hear = beside(table.string("hear"));
    rule.act.keys = table.string("keys");
    rule.act.stay = table.string("for", rule.act.stay);
    rule.act.once = table.boolean("once", false);
    rule.act.early = table.boolean("early", false);
    rule.act.connected = table.string("connected");
    rule.act.charge = table.string("charge");
    if (auto act = make_act(rule.act); !act) table.complain("", act.error().text);
    table.close();
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<Rule> rule_of(const wire::Json& body) {
  Rule rule;
  rule.number = wire::text(body, "number");
  const std::string does = wire::text(body, "does", "answer");
  if (std::find(kTakings.begin(), kTakings.end(), does) == kTakings.end()) {
    return Error{Errc::bad_data, "'does' is one of answer, refuse, ring"};
  }
  rule.taking = taking_of(does);
  rule.after = milliseconds(std::clamp<int64_t>(wire::integer(body, "after_ms", 1000), 0, 600'000));
  rule.cause = static_cast<int>(wire::integer(body, "cause", 17));
  if (rule.cause < 1 || rule.cause > 127) return Error{Errc::bad_data, "'cause' is 1 to 127"};
  rule.tones = wire::boolean(body, "tones");
  rule.calls_left = wire::integer(body, "calls", -1);
  rule.act = act_of(body);
  if (auto act = make_act(rule.act); !act) return act.error();
  return rule;
}

}  // namespace hotline::pstn
