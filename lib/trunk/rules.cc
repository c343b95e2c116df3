// SPDX-License-Identifier: GPL-2.0-or-later
#include "trunk/rules.h"

#include <algorithm>

namespace hotline::trunk {

namespace {

using isdn::NumberType;

constexpr size_t kPatternsMax = 64, kNameMax = 32;

milliseconds read_time(conf::Table& table, const char* key, milliseconds otherwise, milliseconds min,
                       milliseconds max) {
  return std::chrono::duration_cast<milliseconds>(table.duration(key, otherwise, min, max));
}

NumberType read_type(conf::Table& table, const char* key) {
  const std::string text =
      table.choice(key, "unknown", {"unknown", "international", "national", "network", "subscriber", "abbreviated"});
  for (auto type : {NumberType::international, NumberType::national, NumberType::network, NumberType::subscriber,
                    NumberType::abbreviated}) {
    if (text == name_of(type)) return type;
  }
  return NumberType::unknown;
}

Select read_select(conf::Table& table, bool network_side) {
  const std::string text =
      table.choice("select", network_side ? "lowest" : "highest", {"lowest", "highest", "round-robin", "longest-idle"});
  if (text == "lowest") return Select::lowest;
  if (text == "highest") return Select::highest;
  return text == "round-robin" ? Select::round_robin : Select::longest_idle;
}

isdn::Dialling read_dialling(conf::Table& table) {
  isdn::Dialling dialling;
  dialling.overlap = table.boolean("overlap", false);
  dialling.length = static_cast<int>(table.integer("number_length", 0, 0, 31));
  dialling.patterns = table.strings("number_patterns");
  if (dialling.patterns.size() > kPatternsMax) table.complain("number_patterns", "more than 64 patterns");
  for (const auto& pattern : dialling.patterns) {
    if (pattern.empty() || pattern.size() > 31 || pattern.find_first_not_of("0123456789*#x") != std::string::npos)
      table.complain("number_patterns", "'" + pattern + "' is no pattern: digits, '*', '#', and x for any digit");
  }
  return dialling;
}

}  // namespace

LineRules read_rules(conf::Table& table, bool network_side) {
  LineRules rules;
  rules.group = table.string("group");
  const bool one_word = rules.group.find_first_not_of(
                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == std::string::npos;
  if (!one_word || rules.group.size() > kNameMax)
    table.complain("group", "'" + rules.group + "' is no name: letters, digits, '.', '_' and '-', at most 32");
  rules.select = read_select(table, network_side);
  rules.exclusive = table.boolean("exclusive", true);
  rules.dialling = read_dialling(table);
  rules.setup_digits = static_cast<int>(table.integer("setup_digits", -1, -1, 31));
  rules.calling_type = read_type(table, "calling_type");
  rules.called_type = read_type(table, "called_type");
  rules.national_prefix = table.string("national_prefix");
  if (!rules.national_prefix.empty() && (!isdn::is_number(rules.national_prefix) || rules.national_prefix.size() > 8))
    table.complain("national_prefix", "'" + rules.national_prefix + "' is no beginning of a number");
  const isdn::Timers norm;
  auto& timers = rules.timers;
  timers.t301 = read_time(table, "t301", norm.t301, seconds(1), seconds(600));
  timers.t302 = read_time(table, "t302", norm.t302, milliseconds(500), seconds(60));
  timers.t304 = read_time(table, "t304", network_side ? milliseconds(20'000) : norm.t304, seconds(1), seconds(120));
  timers.t309 = read_time(table, "t309", norm.t309, seconds(1), seconds(600));
  timers.t310 = read_time(table, "t310", norm.t310, seconds(1), seconds(300));
  timers.t316 = read_time(table, "t316", norm.t316, seconds(1), seconds(300));
  timers.tone = read_time(table, "tone_time", norm.tone, milliseconds(0), seconds(60));
  rules.audit = read_time(table, "audit", rules.audit, seconds(1), seconds(3600));
  rules.restart = table.boolean("restart", true);
  return rules;
}

}  // namespace hotline::trunk
