// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_agents.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "wire/wire.h"

namespace hotline::ccqueue {

namespace {

constexpr microseconds kNone = seconds(0), kSecond = seconds(1), kHour = std::chrono::hours(1),
                       kDay = std::chrono::hours(24);
constexpr microseconds kAnnounceEveryMin = seconds(5);
constexpr size_t kSkillBytesMax = 64;

/// What must be looked at again when all queues are known.
struct Reading {
  Settings& settings;
  std::vector<conf::Table> queues;  ///< of rules.queues, in their order
  std::set<std::string> phones;
};

acd::Skills read_skills(conf::Table& table, const std::string& key, int level_min) {
  acd::Skills skills;
  for (const auto& text : table.strings(key)) {
    auto skill = parse_skill(text, level_min);
    if (!skill)
      table.complain(key, "'" + text + "' is no skill with a level from " + std::to_string(level_min) + " to " +
                              std::to_string(acd::kLevelMax) + ": \"complaint:2\"");
    else if (!skills.insert(*skill).second)
      table.complain(key, "skill '" + skill->first + "' is there twice");
  }
  return skills;
}

std::vector<std::string> names_of(const acd::Skills& skills) {
  std::vector<std::string> names;
  for (const auto& [skill, level] : skills) names.push_back(skill);
  return names;
}

void read_widen(conf::Table& table, acd::QueueRule& rule) {
  acd::Widen step;
  step.after = table.duration("after", kNone, kNone, kDay);
  if (!table.has("after")) table.complain("after", "is needed here and missing");
  step.tier = static_cast<int>(table.integer("tier", acd::kTierMax, 1, acd::kTierMax));
  step.needs = read_skills(table, "needs", 0);
  table.close();
  for (const auto& [skill, level] : step.needs)
    if (!rule.needs.count(skill))
      table.complain("needs", "the queue does not need '" + skill + "'" + did_you_mean(skill, names_of(rule.needs)));
    else if (level >= rule.needs.at(skill))
      table.complain("needs", "'" + skill + "': a level below the queue's own, " +
                                  std::to_string(rule.needs.at(skill)) + ", is expected");
  if (!rule.widen.empty() && step.after <= rule.widen.back().after)
    table.complain("after", "longer than that of the step before is expected: " +
                                format_duration(rule.widen.back().after) + " is over by then");
  if (rule.widen.size() == acd::kWidenMax)
    return table.complain("after", "a queue has at most " + std::to_string(acd::kWidenMax) + " steps");
  rule.widen.push_back(std::move(step));
}

void read_reach(conf::Table& table, acd::QueueRule& rule) {
  std::vector<std::string> strategies;
  for (int i = 0; i <= static_cast<int>(acd::Strategy::ring_all); ++i)
    strategies.emplace_back(acd::name(static_cast<acd::Strategy>(i)));
  rule.strategy = *acd::strategy(table.choice("strategy", strategies[0], strategies));
  rule.needs = read_skills(table, "needs", 1);
  if (rule.needs.size() > acd::kNeedsMax)
    table.complain("needs", "at most " + std::to_string(acd::kNeedsMax) + " skills are expected");
  for (auto& step : table.tables("widen")) read_widen(step, rule);
  rule.prefer_for = table.duration("prefer_for", kNone, kNone, kHour);
  rule.outbound = table.boolean("outbound", false);
  rule.reserve = table.integer("reserve", 0, 0, 1000);
  if (rule.reserve > 0 && !rule.outbound)
    table.complain("reserve", "only a queue with outbound = true leaves agents for others");
}

void read_staff_limits(conf::Table& table, acd::QueueRule& rule) {
  rule.join_when_empty = table.boolean("join_when_empty", true);
  if (table.has("leave_when_empty")) rule.leave_when_empty = table.duration("leave_when_empty", kNone, kNone, kDay);
  const std::vector<std::string> allowed = {"paused", "wrap-up", "talking", "offered"};
  for (const auto& name : table.strings("absent")) {
    auto state = acd::agent_state(name);
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
      table.complain("absent", "'" + name + "' is not one of " + join(allowed, ", ") + did_you_mean(name, allowed));
    else if (std::find(rule.absent.begin(), rule.absent.end(), *state) != rule.absent.end())
      table.complain("absent", "'" + name + "' is there twice");
    else
      rule.absent.push_back(*state);
  }
}

std::string read_key(conf::Table& table, const std::string& key) {
  std::string digit = table.string(key);
  constexpr std::string_view kDigits = "0123456789*#";
  if (digit.empty() || (digit.size() == 1 && kDigits.find(digit) != std::string_view::npos)) return digit;
  table.complain(key, "one key of a telephone is expected, 0 to 9, * or #");
  return "";
}

QueueSettings read_manners(conf::Table& table, const acd::QueueRule& rule) {
  QueueSettings more;
  more.record = table.boolean("record", true);
  more.announce = table.boolean("announce_agent", true);
  more.auto_answer = table.boolean("auto_answer", false);
  more.announce_position = table.boolean("announce_position", true);
  more.announce_wait = table.boolean("announce_wait", true);
  if (rule.announce_every.count() > 0 && !more.announce_position && !more.announce_wait)
    table.complain("announce_every", "there is nothing to say: announce_position and announce_wait are false");
  more.call_back_key = read_key(table, "call_back_key");
  more.exit_key = read_key(table, "exit_key");
  if (!more.exit_key.empty() && more.exit_key == more.call_back_key)
    table.complain("exit_key", "another key than call_back_key is expected");
  more.music = table.string("music");
  return more;
}

void read_queue(conf::Table& table, Reading& reading) {
  acd::QueueRule rule;
  rule.name = table.needed("name");
  rule.ring_timeout = table.duration("ring_timeout", seconds(15), kSecond, seconds(300));
  rule.wrap_up = table.duration("wrap_up", seconds(10), kNone, kDay);
  rule.wrap_up_max = table.duration("wrap_up_max", kNone, kNone, kDay);
  if (rule.wrap_up_max.count() > 0 && rule.wrap_up_max < rule.wrap_up)
    table.complain("wrap_up_max", "not less than wrap_up is expected, which is " + format_duration(rule.wrap_up));
  rule.max_wait = table.duration("max_wait", kNone, kNone, kDay);
  rule.max_waiting = table.integer("max_waiting", 10000, 0, 100000);
  rule.max_expected_wait = table.duration("max_expected_wait", kNone, kNone, kDay);
  rule.priority = static_cast<int>(table.integer("priority", 0, 0, acd::kPriorityMax));
  rule.overflow_to = table.string("overflow_to");
  rule.resume_within = table.duration("resume_within", kNone, kNone, kDay);
  rule.announce_every = table.duration("announce_every", kNone, kNone, kHour);
  if (rule.announce_every.count() > 0 && rule.announce_every < kAnnounceEveryMin)
    table.complain("announce_every", "\"0s\" or at least " + format_duration(kAnnounceEveryMin) + " is expected");
  read_reach(table, rule);
  read_staff_limits(table, rule);
  QueueSettings more = read_manners(table, rule);
  table.close();
  if (rule.name.empty()) return;
  if (!is_one_field(rule.name) || rule.name.find(':') != std::string::npos)
    table.complain("name", "a queue's name has no colon, tab or newline");
  if (!reading.settings.queues.emplace(rule.name, more).second)
    return table.complain("name", "queue '" + rule.name + "' is there twice");
  reading.settings.rules.queues.push_back(std::move(rule));
  reading.queues.push_back(table);
}

/// `queues = ["repair", "bills:2"]`: names, each with the tier he has there.
void read_his_queues(conf::Table& table, const Settings& settings, acd::AgentRule& rule) {
  std::vector<std::string> known;
  for (const auto& queue : settings.rules.queues) known.push_back(queue.name);
  std::set<std::string> once;
  for (const auto& text : table.strings("queues")) {
    size_t colon = text.find(':');
    std::string queue = text.substr(0, colon);
    if (colon != std::string::npos) {
      auto tier = parse_int(std::string_view(text).substr(colon + 1));
      if (!tier || *tier < 1 || *tier > acd::kTierMax)
        table.complain("queues", "'" + text + "': a tier from 1 to " + std::to_string(acd::kTierMax) +
                                     " is expected behind the colon");
      else if (*tier != 1)
        rule.tiers[queue] = static_cast<int>(*tier);
    }
    if (!settings.queues.count(queue))
      table.complain("queues", "no queue '" + queue + "'" + did_you_mean(queue, known));
    if (!once.insert(queue).second) table.complain("queues", "queue '" + queue + "' is there twice");
    rule.queues.push_back(queue);
  }
}

void read_agent(conf::Table& table, Reading& reading) {
  auto& settings = reading.settings;
  acd::AgentRule rule;
  AgentSettings more;
  rule.id = table.needed("id");
  more.name = table.string("name", rule.id);
  rule.phone = table.string("phone", rule.id);
  more.number = table.string("number", rule.id);
  more.auto_answer = table.boolean("auto_answer", false);
  rule.auto_login = table.choice("login", "auto", {"auto", "manual"}) == "auto";
  read_agent_reach(table, settings, rule);
  table.close();
  if (rule.id.empty()) return;
  for (const auto& [key, value] : {std::pair{"id", rule.id}, {"name", more.name}, {"phone", rule.phone}})
    if (!is_one_field(value)) table.complain(key, "no tab or newline is expected");
  rule.registers = !rule.phone.starts_with("pstn:");
  more.endpoint = rule.phone.find(':') == std::string::npos ? "phone:" + rule.phone : rule.phone;
  if (more.endpoint.starts_with("phone:")) rule.phone = more.endpoint.substr(6);
  if (rule.registers && !more.endpoint.starts_with("phone:"))
    table.complain("phone", "a phone's id, or pstn: and a number");
  if (!reading.phones.insert(rule.phone).second)
    table.complain("phone", "phone '" + rule.phone + "' is another agent's");
  if (!settings.agents.emplace(rule.id, more).second)
    return table.complain("id", "agent '" + rule.id + "' is there twice");
  settings.rules.agents.push_back(std::move(rule));
}

void read_acd(conf::Table table, Settings& settings) {
  auto& rules = settings.rules;
  rules.misses_max = static_cast<int>(table.integer("misses_max", 2, 0, 100));
  rules.hold_off = table.duration("hold_off", seconds(10), kSecond, kHour);
  auto other = [&](const std::string& key) -> std::optional<microseconds> {
    auto span = table.duration(key, kNone, kNone, kHour);
    return table.has(key) ? std::optional(span) : std::nullopt;
  };
  rules.hold_off_missed = other("hold_off_missed");
  rules.hold_off_busy = other("hold_off_busy");
  rules.hold_off_rejected = other("hold_off_rejected");
  rules.hold_off_unreachable = other("hold_off_unreachable");
  rules.short_abandon = table.duration("short_abandon", seconds(5), kNone, seconds(60));
  rules.priority_step = table.duration("priority_step", kNone, kNone, kDay);
  settings.hand_back = table.string("hand_back", settings.hand_back);
  if (!wire::is_verb(settings.hand_back))
    table.complain("hand_back", "'" + settings.hand_back + "' is no controller's name");
  settings.notice = table.string("notice", settings.notice);
  table.close();
}

// ---- what only the whole tells

const acd::QueueRule* find(const acd::Rules& rules, const std::string& queue) {
  for (const auto& rule : rules.queues)
    if (rule.name == queue) return &rule;
  return nullptr;
}

/// Who overflows comes to an end: to a queue that is there, after acd::kHopsMax others at most, and never back.
void check_overflow(Reading& reading) {
  const auto& rules = reading.settings.rules;
  std::vector<std::string> known;
  for (const auto& rule : rules.queues) known.push_back(rule.name);
  std::set<std::string> in_circles;
  for (size_t i = 0; i < rules.queues.size(); ++i) {
    const auto& first = rules.queues[i];
    if (!first.overflow_to.empty() && !find(rules, first.overflow_to)) {
      reading.queues[i].complain("overflow_to",
                                 "no queue '" + first.overflow_to + "'" + did_you_mean(first.overflow_to, known));
      continue;
    }
    std::vector<std::string> way = {first.name};
    for (const auto* at = &first; !at->overflow_to.empty() && find(rules, at->overflow_to);) {
      at = find(rules, at->overflow_to);
      bool seen = std::find(way.begin(), way.end(), at->name) != way.end();
      way.push_back(at->name);
      if (seen) break;
    }
    bool circle = way.size() > 1 && way.back() == way.front();
    if (circle && !in_circles.count(first.name)) {
      reading.queues[i].complain("overflow_to", "goes in a circle: " + join(way, " -> "));
      in_circles.insert(way.begin(), way.end());
    } else if (!circle && way.size() > static_cast<size_t>(acd::kHopsMax) + 1 &&
               std::count(way.begin(), way.end(), way.back()) == 1) {
      reading.queues[i].complain("overflow_to", "at most " + std::to_string(acd::kHopsMax) +
                                                    " queues can follow one another: " + join(way, " -> "));
    }
  }
}

/// What the queue is content with in the end: its needs after every step, and the highest tier.
std::pair<acd::Skills, int> widest(const acd::QueueRule& rule) {
  acd::Skills needs = rule.needs;
  int tier = rule.widen.empty() ? acd::kTierMax : 1;
  for (const auto& step : rule.widen) {
    tier = std::max(tier, step.tier);
    for (const auto& [skill, level] : step.needs)
      if (auto need = needs.find(skill); need != needs.end()) need->second = std::min(need->second, level);
  }
  return {needs, tier};
}

void look_at_fit_agents(Reading& reading) {
  auto& settings = reading.settings;
  for (size_t i = 0; i < settings.rules.queues.size(); ++i) {
    const auto& rule = settings.rules.queues[i];
    auto [needs, tier] = widest(rule);
    int agents = 0, skilled = 0, within = 0;
    for (const auto& agent : settings.rules.agents) {
      if (std::find(agent.queues.begin(), agent.queues.end(), rule.name) == agent.queues.end()) continue;
      ++agents;
      bool has_all = std::all_of(needs.begin(), needs.end(), [&](const auto& need) {
        auto has = agent.skills.find(need.first);
        return need.second <= 0 || (has != agent.skills.end() && has->second >= need.second);
      });
      skilled += has_all;
      within += has_all && agent.tier(rule.name) <= tier;
    }
    auto warn = [&](const std::string& key, const std::string& what) {
      settings.warnings.push_back(reading.queues[i].place(key) + ": queue '" + rule.name + "': " + what);
    };
    if (agents == 0)
      warn("name", "no agent answers it");
    else if (skilled == 0)
      warn("needs",
           "none of its " + std::to_string(agents) + " agent" + (agents == 1 ? "" : "s") + " has what it needs");
    else if (within == 0)
      warn("widen", "its fit agents are all of a tier above " + std::to_string(tier) + ", and no step goes so far");
  }
}

}  // namespace

std::optional<std::pair<std::string, int>> parse_skill(std::string_view text, int level_min) {
  size_t colon = text.find(':');
  std::string_view name = text.substr(0, colon);
  if (name.empty() || name.size() > kSkillBytesMax || !is_one_field(name) ||
      name.find_first_of(" ,") != std::string_view::npos)
    return std::nullopt;
  int64_t level = 1;
  if (colon != std::string_view::npos) {
    auto number = parse_int(text.substr(colon + 1));
    if (!number || *number < level_min || *number > acd::kLevelMax) return std::nullopt;
    level = *number;
  }
  return std::pair{std::string(name), static_cast<int>(level)};
}

void read_agent_reach(conf::Table& table, const Settings& settings, acd::AgentRule& rule) {
  rule.skills = read_skills(table, "skills", 1);
  read_his_queues(table, settings, rule);
}

void replace_agents(conf::Table& root, Settings& settings) {
  Reading reading{settings, {}, {}};
  auto tables = root.tables("agent");
  for (auto& table : tables) {
    std::string id = table.string("id");
    settings.agents.erase(id);
    std::erase_if(settings.rules.agents, [&](const auto& rule) { return rule.id == id; });
  }
  for (const auto& rule : settings.rules.agents) reading.phones.insert(rule.phone);
  for (auto& table : tables) read_agent(table, reading);
}

void read_settings(conf::Table& root, Settings& settings) {
  Reading reading{settings, {}, {}};
  settings.language = root.table("site").string("language", settings.language);
  read_acd(root.table("acd"), settings);
  for (auto& table : root.tables("queue")) read_queue(table, reading);
  for (auto& table : root.tables("agent")) read_agent(table, reading);
  check_overflow(reading);
  look_at_fit_agents(reading);
}

}  // namespace hotline::ccqueue
