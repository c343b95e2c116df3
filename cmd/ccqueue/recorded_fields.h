// SPDX-License-Identifier: GPL-2.0-or-later
// How the recording writes and reads values: one description of the fields of each kind, for both ways. Fields that are
// as by default are left out. Spans and moments are integers of microseconds, which their names say.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acd/rules.h"
#include "acd/saved.h"
#include "wire/wire.h"

namespace hotline::ccqueue::recorded {

using wire::Json;

inline Json skills_json(const acd::Skills& skills) {
  Json object = Json::object();
  for (const auto& [skill, level] : skills) object[skill] = level;
  return object;
}

inline acd::Skills skills_of(const Json& object) {
  acd::Skills skills;
  if (object.is_object())
    for (const auto& [skill, level] : object.items())
      if (level.is_number_integer()) skills[skill] = level.get<int>();
  return skills;
}

/// Writes and reads the fields of a rule with one description of them, leaving out what is as by default.
struct Writer {
  Json& to;
  void operator()(const char* key, const std::string& is, const std::string& usual) {
    if (is != usual) to[key] = is;
  }
  void operator()(const char* key, bool is, bool usual) {
    if (is != usual) to[key] = is;
  }
  void operator()(const char* key, int is, int usual) {
    if (is != usual) to[key] = is;
  }
  void operator()(const char* key, int64_t is, int64_t usual) {
    if (is != usual) to[key] = is;
  }
  void operator()(const char* key, microseconds is, microseconds usual) {
    if (is != usual) to[key] = is.count();
  }
  void operator()(const char* key, const std::optional<microseconds>& is, const std::optional<microseconds>&) {
    if (is) to[key] = is->count();
  }
  void operator()(const char* key, const acd::Skills& is, const acd::Skills&) {
    if (!is.empty()) to[key] = skills_json(is);
  }
  void operator()(const char* key, const std::vector<std::string>& is, const std::vector<std::string>&) {
    if (!is.empty()) to[key] = is;
  }
  void operator()(const char* key, const std::vector<acd::AgentState>& is, const std::vector<acd::AgentState>&) {
    for (auto state : is) to[key].push_back(acd::name(state));
  }
  void operator()(const char* key, acd::Strategy is, acd::Strategy usual) {
    if (is != usual) to[key] = acd::name(is);
  }
  void operator()(const char* key, const std::vector<acd::Widen>& is, const std::vector<acd::Widen>&) {
    for (const auto& step : is)
      to[key].push_back({{"after_us", step.after.count()}, {"tier", step.tier}, {"needs", skills_json(step.needs)}});
  }
  void operator()(const char* key, Utc is, Utc) {
    if (is != Utc{}) to[key] = to_us(is);
  }
  void operator()(const char* key, const std::optional<Utc>& is, const std::optional<Utc>&) {
    if (is) to[key] = to_us(*is);
  }
  void operator()(const char* key, const std::optional<milliseconds>& is, const std::optional<milliseconds>&) {
    if (is) to[key] = is->count();
  }
  void operator()(const char* key, double is, double usual) {
    if (is != usual) to[key] = is;
  }
  void operator()(const char* key, const std::map<std::string, int64_t>& is, const std::map<std::string, int64_t>&) {
    if (!is.empty()) to[key] = is;
  }
  void operator()(const char* key, const std::map<std::string, Utc>& is, const std::map<std::string, Utc>&) {
    for (const auto& [name, at] : is) to[key][name] = to_us(at);
  }
  void operator()(const char* key, acd::AgentState is, acd::AgentState usual) {
    if (is != usual) to[key] = acd::name(is);
  }
  void operator()(const char* key, const std::optional<acd::AgentState>& is, const std::optional<acd::AgentState>&) {
    if (is) to[key] = acd::name(*is);
  }
  void operator()(const char* key, acd::EntryState is, acd::EntryState usual) {
    if (is != usual) to[key] = acd::name(is);
  }
  void operator()(const char* key, const std::optional<acd::Saved::Line>& is, const std::optional<acd::Saved::Line>&) {
    if (is) to[key] = {{"tier", is->tier}, {"needs", skills_json(is->needs)}, {"only", is->only}};
  }
  void operator()(const char* key, const std::vector<acd::Saved::Ringing>& is,
                  const std::vector<acd::Saved::Ringing>&) {
    for (const auto& one : is)
      to[key].push_back({{"agent", one.agent}, {"offer", one.offer}, {"at_us", to_us(one.at)}});
  }
};

struct Reader {
  const Json& from;
  void operator()(const char* key, std::string& is, const std::string&) { is = wire::text(from, key, is); }
  void operator()(const char* key, bool& is, bool) { is = wire::boolean(from, key, is); }
  void operator()(const char* key, int& is, int) { is = static_cast<int>(wire::integer(from, key, is)); }
  void operator()(const char* key, int64_t& is, int64_t) { is = wire::integer(from, key, is); }
  void operator()(const char* key, microseconds& is, microseconds) {
    is = microseconds(wire::integer(from, key, is.count()));
  }
  void operator()(const char* key, std::optional<microseconds>& is, const std::optional<microseconds>&) {
    if (from.contains(key)) is = microseconds(wire::integer(from, key));
  }
  void operator()(const char* key, acd::Skills& is, const acd::Skills&) { is = skills_of(wire::member(from, key)); }
  void operator()(const char* key, std::vector<std::string>& is, const std::vector<std::string>&) {
    for (const auto& each : wire::member(from, key))
      if (each.is_string()) is.push_back(each.get<std::string>());
  }
  void operator()(const char* key, std::vector<acd::AgentState>& is, const std::vector<acd::AgentState>&) {
    for (const auto& each : wire::member(from, key))
      if (auto state = each.is_string() ? acd::agent_state(each.get<std::string>()) : std::nullopt)
        is.push_back(*state);
  }
  void operator()(const char* key, acd::Strategy& is, acd::Strategy usual) {
    is = acd::strategy(wire::text(from, key)).value_or(usual);
  }
  void operator()(const char* key, std::vector<acd::Widen>& is, const std::vector<acd::Widen>&) {
    for (const auto& each : wire::member(from, key))
      is.push_back({microseconds(wire::integer(each, "after_us")), static_cast<int>(wire::integer(each, "tier")),
                    skills_of(wire::member(each, "needs"))});
  }
  void operator()(const char* key, Utc& is, Utc) { is = from_us(wire::integer(from, key)); }
  void operator()(const char* key, std::optional<Utc>& is, const std::optional<Utc>&) {
    if (from.contains(key)) is = from_us(wire::integer(from, key));
  }
  void operator()(const char* key, std::optional<milliseconds>& is, const std::optional<milliseconds>&) {
    if (from.contains(key)) is = milliseconds(wire::integer(from, key));
  }
  void operator()(const char* key, double& is, double) {
    if (const auto& number = wire::member(from, key); number.is_number()) is = number.get<double>();
  }
  void operator()(const char* key, std::map<std::string, int64_t>& is, const std::map<std::string, int64_t>&) {
    const auto& object = wire::member(from, key);
    if (!object.is_object()) return;
    for (const auto& [name, value] : object.items()) is[name] = wire::integer(object, name.c_str());
  }
  void operator()(const char* key, std::map<std::string, Utc>& is, const std::map<std::string, Utc>&) {
    const auto& object = wire::member(from, key);
    if (!object.is_object()) return;
    for (const auto& [name, value] : object.items()) is[name] = from_us(wire::integer(object, name.c_str()));
  }
  void operator()(const char* key, acd::AgentState& is, acd::AgentState usual) {
    is = acd::agent_state(wire::text(from, key)).value_or(usual);
  }
  void operator()(const char* key, std::optional<acd::AgentState>& is, const std::optional<acd::AgentState>&) {
    is = acd::agent_state(wire::text(from, key));
  }
  void operator()(const char* key, acd::EntryState& is, acd::EntryState usual) {
    is = acd::entry_state(wire::text(from, key)).value_or(usual);
  }
  void operator()(const char* key, std::optional<acd::Saved::Line>& is, const std::optional<acd::Saved::Line>&) {
    const auto& line = wire::member(from, key);
    if (!line.is_object()) return;
    is = {static_cast<int>(wire::integer(line, "tier")), skills_of(wire::member(line, "needs")),
          wire::text(line, "only")};
  }
  void operator()(const char* key, std::vector<acd::Saved::Ringing>& is, const std::vector<acd::Saved::Ringing>&) {
    for (const auto& one : wire::member(from, key))
      is.push_back({wire::text(one, "agent"), wire::text(one, "offer"), from_us(wire::integer(one, "at_us"))});
  }
};

template <typename Field, typename Rules>
void fields(Field field, Rules& is, const acd::Rules& usual) {
  field("misses_max", is.misses_max, usual.misses_max);
  field("hold_off_us", is.hold_off, usual.hold_off);
  field("short_abandon_us", is.short_abandon, usual.short_abandon);
  field("priority_step_us", is.priority_step, usual.priority_step);
  field("hold_off_missed_us", is.hold_off_missed, usual.hold_off_missed);
  field("hold_off_busy_us", is.hold_off_busy, usual.hold_off_busy);
  field("hold_off_rejected_us", is.hold_off_rejected, usual.hold_off_rejected);
  field("hold_off_unreachable_us", is.hold_off_unreachable, usual.hold_off_unreachable);
}

template <typename Field, typename Rule>
void fields(Field field, Rule& is, const acd::QueueRule& usual) {
  field("name", is.name, usual.name);
  field("ring_timeout_us", is.ring_timeout, usual.ring_timeout);
  field("wrap_up_us", is.wrap_up, usual.wrap_up);
  field("max_wait_us", is.max_wait, usual.max_wait);
  field("max_waiting", is.max_waiting, usual.max_waiting);
  field("priority", is.priority, usual.priority);
  field("wrap_up_max_us", is.wrap_up_max, usual.wrap_up_max);
  field("strategy", is.strategy, usual.strategy);
  field("needs", is.needs, usual.needs);
  field("widen", is.widen, usual.widen);
  field("max_expected_wait_us", is.max_expected_wait, usual.max_expected_wait);
  field("join_when_empty", is.join_when_empty, usual.join_when_empty);
  field("leave_when_empty_us", is.leave_when_empty, usual.leave_when_empty);
  field("absent", is.absent, usual.absent);
  field("overflow_to", is.overflow_to, usual.overflow_to);
  field("prefer_for_us", is.prefer_for, usual.prefer_for);
  field("announce_every_us", is.announce_every, usual.announce_every);
  field("resume_within_us", is.resume_within, usual.resume_within);
  field("outbound", is.outbound, usual.outbound);
  field("reserve", is.reserve, usual.reserve);
}

template <typename Field, typename Rule>
void fields(Field field, Rule& is, const acd::AgentRule& usual) {
  field("id", is.id, usual.id);
  field("phone", is.phone, usual.phone);
  field("queues", is.queues, usual.queues);
  field("auto_login", is.auto_login, usual.auto_login);
  field("registers", is.registers, usual.registers);
  field("tiers", is.tiers, usual.tiers);
  field("skills", is.skills, usual.skills);
}

template <typename Field, typename Value>
void fields(Field field, Value& is, const acd::Saved::Queue& usual) {
  field("name", is.name, usual.name);
  field("rung", is.rung, usual.rung);
  field("empty_us", is.empty_at, usual.empty_at);
  field("measured_us", is.measured, usual.measured);
  field("staffed", is.staffed, usual.staffed);
  field("waiting", is.waiting, usual.waiting);
  field("answers", is.answers, usual.answers);
  field("agent_seconds", is.agent_seconds, usual.agent_seconds);
  field("abandons", is.abandons, usual.abandons);
  field("waited_seconds", is.waited_seconds, usual.waited_seconds);
}

/// But for his rule, which is one of the tables, or beside these for one who leaves.
template <typename Field, typename Value>
void fields(Field field, Value& is, const acd::Saved::Agent& usual) {
  field("state", is.state, usual.state);
  field("since_us", is.since, usual.since);
  field("idle_since_us", is.idle_since, usual.idle_since);
  field("until_us", is.until, usual.until);
  field("wrap_up_limit_us", is.wrap_up_limit, usual.wrap_up_limit);
  field("due_us", is.due, usual.due);
  field("reason", is.reason, usual.reason);
  field("call", is.call, usual.call);
  field("offer", is.offer, usual.offer);
  field("next", is.next, usual.next);
  field("next_reason", is.next_reason, usual.next_reason);
  field("misses", is.misses, usual.misses);
  field("calls", is.calls, usual.calls);
  field("reachable", is.reachable, usual.reachable);
  field("dnd", is.dnd, usual.dnd);
  field("leaving", is.leaving, usual.leaving);
  field("last_rung", is.last_rung, usual.last_rung);
}

template <typename Field, typename Value>
void fields(Field field, Value& is, const acd::Saved::Entry& usual) {
  field("call", is.call, usual.call);
  field("queue", is.queue, usual.queue);
  field("state", is.state, usual.state);
  field("priority", is.priority, usual.priority);
  field("hops", is.hops, usual.hops);
  field("entered_us", is.entered, usual.entered);
  field("seniority_us", is.seniority, usual.seniority);
  field("offered_us", is.offered_at, usual.offered_at);
  field("answered_us", is.answered_at, usual.answered_at);
  field("connected_us", is.connected_at, usual.connected_at);
  field("offers", is.offers, usual.offers);
  field("widened", is.widened, usual.widened);
  field("told_position", is.told_position, usual.told_position);
  field("agent", is.agent, usual.agent);
  field("offer", is.offer, usual.offer);
  field("preferred", is.preferred, usual.preferred);
  field("resume", is.resume_key, usual.resume_key);
  field("open", is.open, usual.open);
  field("tried", is.tried, usual.tried);
  field("needs", is.needs, usual.needs);
  field("call_back", is.call_back, usual.call_back);
  field("queued", is.queued, usual.queued);
  field("rings_all", is.rings_all, usual.rings_all);
  field("parked_until_us", is.parked_until, usual.parked_until);
  field("expected_ms", is.expected, usual.expected);
  field("told_wait_ms", is.told_wait, usual.told_wait);
  field("line", is.line, usual.line);
  field("due_us", is.due, usual.due);
}

template <typename Field, typename Value>
void fields(Field field, Value& is, const acd::Saved::Gone& usual) {
  field("key", is.key, usual.key);
  field("until_us", is.until, usual.until);
  field("seniority_us", is.seniority, usual.seniority);
  field("priority", is.priority, usual.priority);
}

}  // namespace hotline::ccqueue::recorded
