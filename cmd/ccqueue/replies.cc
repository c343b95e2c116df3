// SPDX-License-Identifier: GPL-2.0-or-later
// What others ask ccqueue: snapshot, status, agents, and the agents' verbs.
#include "base/text.h"
#include "changes.h"
#include "mind.h"

namespace hotline::ccqueue {

using wire::Reply;
namespace code = wire::code;

static constexpr size_t kReasonBytesMax = 64;

Reply Mind::obey(const std::string& verb, const Json& body) {
  if (verb == "snapshot") return snapshot();
  if (verb == "configuration") return Reply::yes({{"settings", to_json(flat(settings_))}});
  std::string queue = wire::text(body, "queue");
  bool listing = verb == "status" || verb == "agents";
  if (listing && body.contains("queue") && !core_.queue_rule(queue)) return no_queue(queue);
  if (verb == "status") return Reply::yes({{"n", service_.last_number()}, {"queues", queues_json(queue)}});
  if (verb == "agents") return Reply::yes({{"n", service_.last_number()}, {"agents", agents_json(queue)}});
  if (verb == "login" || verb == "logout" || verb == "ready" || verb == "pause") return agent_command(verb, body);
  if (verb == "wrap" || verb == "force-ready" || verb == "force-pause" || verb == "force-logout")
    return agent_order(verb, body);
  if (verb == "move" || verb == "withdraw" || verb == "priority") return caller_order(verb, body);
  if (verb == "call-back") return promise(body);
  if (verb == "resync") return resync();
  return Reply::no(code::kUnknownVerb, "ccqueue knows no '" + verb + "'");
}

Reply Mind::no_agent(const std::string& agent) const {
  std::vector<std::string> ids;
  for (const auto& rule : settings_.rules.agents) ids.push_back(rule.id);
  return Reply::no(code::kNotFound, "no agent '" + agent + "'" + did_you_mean(agent, ids));
}

Reply Mind::no_queue(const std::string& queue) const {
  std::vector<std::string> names;
  for (const auto& rule : settings_.rules.queues) names.push_back(rule.name);
  return Reply::no(code::kNotFound, "no queue '" + queue + "'" + did_you_mean(queue, names));
}

Reply Mind::agent_command(const std::string& verb, const Json& body) {
  std::string agent = wire::text(body, "agent"), reason = wire::text(body, "reason");
  if (agent.empty()) return Reply::no(code::kBadRequest, "field 'agent' is missing or no text");
  if (!core_.known_agent(agent)) return no_agent(agent);
  if (verb == "pause" && (reason.empty() || reason.size() > kReasonBytesMax || !is_one_field(reason)))
    return Reply::no(code::kBadRequest, "field 'reason' is missing, has a tab or newline, or is longer than 64 octets");
  if (verb == "pause" && (reason == "phone-gone" || reason == "dnd"))
    return Reply::no(code::kBadRequest,
                     "field 'reason': '" + reason + "' is what ccqueue says of a telephone; choose another word");
  acd::Actions out;
  Utc now = moment(utc_now());
  bool done = feed({.op = *acd::input_op(verb), .now = now, .who = agent, .text = valid_utf8(reason)}, out);
  perform(out);
  if (!done) return Reply::no(code::kWrongState, refusal_);
  const auto* after = core_.agent(agent);
  Json answer = {{"n", service_.last_number()}, {"agent", agent}, {"state", acd::name(after->state)}};
  if (after->next) answer["next"] = acd::name(*after->next);
  return Reply::yes(answer);
}

Reply Mind::snapshot() const {
  return Reply::yes({{"n", service_.last_number()},
                     {"time", format_utc(utc_now())},
                     {"switch_n", sync_->number()},
                     {"live", sync_->live()},
                     {"queues", queues_json("")},
                     {"agents", agents_json("")},
                     {"entries", entries_json()}});
}

wire::Json Mind::queues_json(const std::string& only) const {
  Json list = Json::array();
  Utc now = std::max(now_, utc_now());
  std::map<std::string, std::map<acd::AgentState, int64_t>> states;
  for (const auto& [id, agent] : core_.agents())
    for (const auto& queue : agent.rule.queues) ++states[queue][agent.state];
  for (const auto& rule : settings_.rules.queues) {
    if (!only.empty() && rule.name != only) continue;
    auto& of = states[rule.name];
    int64_t staffed = 0;
    for (const auto& [state, agents] : of)
      if (state != acd::AgentState::logged_out) staffed += agents;
    auto day = counters_.of(rule.name, now);
    auto expected = core_.expected_wait(rule.name);
    list.push_back({{"queue", rule.name},
                    {"waiting", core_.waiting(rule.name)},
                    {"longest_ms", core_.longest_wait(rule.name, now).count()},
                    {"expected_ms", expected ? Json(expected->count()) : Json()},
                    {"staffed", staffed},
                    {"ready", of[acd::AgentState::ready]},
                    {"offered", of[acd::AgentState::offered]},
                    {"talking", of[acd::AgentState::talking]},
                    {"wrap_up", of[acd::AgentState::wrap_up]},
                    {"paused", of[acd::AgentState::paused]},
                    {"entered", day.entered},
                    {"answered", day.answered},
                    {"abandoned", day.abandoned}});
  }
  return list;
}

wire::Json Mind::agents_json(const std::string& queue) const {
  Json list = Json::array();
  for (const auto& [id, agent] : core_.agents()) {
    const auto& queues = agent.rule.queues;
    if (!queue.empty() && std::find(queues.begin(), queues.end(), queue) == queues.end()) continue;
    auto settings = settings_.agents.find(id);
    Json each = {{"agent", id},
                 {"name", settings == settings_.agents.end() ? id : settings->second.name},
                 {"phone", agent.rule.phone},
                 {"registered", agent.reachable},
                 {"state", acd::name(agent.state)},
                 {"since", format_utc(agent.since)},
                 {"until", agent.until ? Json(format_utc(*agent.until)) : Json()},
                 {"reason", agent.reason},
                 {"call", agent.call},
                 {"offer", agent.offer},
                 {"queues", queues}};
    if (agent.next) each.update({{"next", acd::name(*agent.next)}, {"next_reason", agent.next_reason}});
    list.push_back(std::move(each));
  }
  return list;
}

wire::Json Mind::entries_json() const {
  Json list = Json::array();
  for (const auto& [call, entry] : core_.entries())
    list.push_back({{"call", call},
                    {"queue", entry.queue},
                    {"state", acd::name(entry.state)},
                    {"entry", format_utc(entry.entered)},
                    {"priority", entry.priority},
                    {"position", core_.position(call)},
                    {"call_back", entry.call_back},
                    {"agent", entry.agent},
                    {"offer", entry.offer}});
  return list;
}

}  // namespace hotline::ccqueue
