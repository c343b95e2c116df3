// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <set>

#include "base/text.h"
#include "wire/wire.h"

namespace hotline::ccqueue {

namespace {

constexpr microseconds kSecond = seconds(1), kDay = std::chrono::hours(24);

void read_queue(conf::Table& table, Settings& settings) {
  acd::QueueRule rule;
  rule.name = table.needed("name");
  rule.ring_timeout = table.duration("ring_timeout", seconds(15), kSecond, seconds(300));
  rule.wrap_up = table.duration("wrap_up", seconds(10), seconds(0), kDay);
  rule.max_wait = table.duration("max_wait", seconds(0), seconds(0), kDay);
  rule.max_waiting = table.integer("max_waiting", 10000, 0, 100000);
  rule.priority = static_cast<int>(table.integer("priority", 0, 0, acd::kPriorityMax));
  QueueSettings more;
  more.record = table.boolean("record", true);
  more.announce = table.boolean("announce_agent", true);
  more.auto_answer = table.boolean("auto_answer", false);
  table.close();
  if (rule.name.empty()) return;
  if (!is_one_field(rule.name)) table.complain("name", "a queue's name has no tab or newline");
  if (!settings.queues.emplace(rule.name, more).second)
    return table.complain("name", "queue '" + rule.name + "' is there twice");
  settings.rules.queues.push_back(std::move(rule));
}

void read_agent(conf::Table& table, Settings& settings, std::set<std::string>& phones) {
  acd::AgentRule rule;
  AgentSettings more;
  rule.id = table.needed("id");
  more.name = table.string("name", rule.id);
  rule.phone = table.string("phone", rule.id);
  more.number = table.string("number", rule.id);
  more.auto_answer = table.boolean("auto_answer", false);
  rule.auto_login = table.choice("login", "auto", {"auto", "manual"}) == "auto";
  rule.queues = table.strings("queues");
  table.close();
  if (rule.id.empty()) return;
  std::vector<std::string> known;
  for (const auto& queue : settings.rules.queues) known.push_back(queue.name);
  std::set<std::string> once;
  for (const auto& queue : rule.queues) {
    if (!settings.queues.count(queue))
      table.complain("queues", "no queue '" + queue + "'" + did_you_mean(queue, known));
    if (!once.insert(queue).second) table.complain("queues", "queue '" + queue + "' is there twice");
  }
  rule.registers = !rule.phone.starts_with("pstn:");
  more.endpoint = rule.phone.find(':') == std::string::npos ? "phone:" + rule.phone : rule.phone;
  if (more.endpoint.starts_with("phone:")) rule.phone = more.endpoint.substr(6);
  if (rule.registers && !more.endpoint.starts_with("phone:"))
    table.complain("phone", "a phone's id, or pstn: and a number");
  if (!phones.insert(rule.phone).second) table.complain("phone", "phone '" + rule.phone + "' is another agent's");
  if (!settings.agents.emplace(rule.id, more).second)
    return table.complain("id", "agent '" + rule.id + "' is there twice");
  settings.rules.agents.push_back(std::move(rule));
}

}  // namespace

void read_settings(conf::Table& root, Settings& settings) {
  settings.language = root.table("site").string("language", settings.language);
  auto acd = root.table("acd");
  settings.rules.misses_max = static_cast<int>(acd.integer("misses_max", 2, 0, 100));
  settings.rules.hold_off = acd.duration("hold_off", seconds(10), kSecond, seconds(3600));
  settings.rules.short_abandon = acd.duration("short_abandon", seconds(5), seconds(0), seconds(60));
  settings.hand_back = acd.string("hand_back", settings.hand_back);
  if (!wire::is_verb(settings.hand_back))
    acd.complain("hand_back", "'" + settings.hand_back + "' is no controller's name");
  settings.notice = acd.string("notice", settings.notice);
  acd.close();
  for (auto& table : root.tables("queue")) read_queue(table, settings);
  std::set<std::string> phones;
  for (auto& table : root.tables("agent")) read_agent(table, settings, phones);
}

namespace {

template <typename Rule, typename Key>
std::string change(const std::vector<Rule>& was, const std::vector<Rule>& is, Key key) {
  std::map<std::string, const Rule*> old;
  for (const auto& rule : was) old[rule.*key] = &rule;
  int more = 0, other = 0;
  for (const auto& rule : is) {
    auto found = old.find(rule.*key);
    if (found == old.end()) {
      ++more;
      continue;
    }
    if (!(*found->second == rule)) ++other;
    old.erase(found);
  }
  return "+" + std::to_string(more) + " -" + std::to_string(old.size()) + " ~" + std::to_string(other);
}

}  // namespace

std::string difference(const Settings& was, const Settings& is) {
  return "queues " + change(was.rules.queues, is.rules.queues, &acd::QueueRule::name) + " agents " +
         change(was.rules.agents, is.rules.agents, &acd::AgentRule::id);
}

}  // namespace hotline::ccqueue
