// SPDX-License-Identifier: GPL-2.0-or-later
// What a core knows, as events of the journal and back: acd.state, some rows of a table an event, and at their end the
// input that says how many there were.
#include "checkpoint.h"

#include <map>
#include <string>

#include "recorded_fields.h"

namespace hotline::ccqueue {

using wire::Json;

namespace {

using namespace recorded;

/// Some hundred octets each; an event stays far below what a line may have.
constexpr size_t kRowsMax = 64;

Json row_of(const acd::Saved::Agent& agent) {
  Json row = {{"id", agent.rule.id}};
  fields(Writer{row}, agent, acd::Saved::Agent{});
  if (agent.leaving) fields(Writer{row["rule"]}, agent.rule, acd::AgentRule{});
  return row;
}

template <typename Row>
Json row_of(const Row& value) {
  Json row = Json::object();
  fields(Writer{row}, value, Row{});
  return row;
}

template <typename Rows>
void put(std::vector<wire::Event>& events, const char* table, const Rows& rows) {
  wire::Event event;
  event.name = "acd.state";
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i % kRowsMax == 0) event.fields = {{"table", table}, {"rows", Json::array()}};
    event.fields["rows"].push_back(row_of(rows[i]));
    if (i % kRowsMax == kRowsMax - 1 || i + 1 == rows.size()) events.push_back(event);
  }
}

template <typename Row>
void take(const Json& from, std::vector<Row>& into) {
  fields(Reader{from}, into.emplace_back(), Row{});
}

}  // namespace

std::vector<wire::Event> state_events(const acd::Saved& saved) {
  std::vector<wire::Event> events;
  put(events, "queue", saved.queues);
  put(events, "agent", saved.agents);
  put(events, "entry", saved.entries);
  put(events, "gone", saved.gone);
  return events;
}

void note_state(const Json& from, acd::Saved& saved) {
  std::string table = wire::text(from, "table");
  for (const auto& row : wire::member(from, "rows")) {
    if (table == "queue") take(row, saved.queues);
    if (table == "entry") take(row, saved.entries);
    if (table == "gone") take(row, saved.gone);
    if (table != "agent") continue;
    take(row, saved.agents);
    auto& rule = saved.agents.back().rule;
    rule.id = wire::text(row, "id");
    if (saved.agents.back().leaving) fields(Reader{wire::member(row, "rule")}, rule, acd::AgentRule{});
  }
}

bool complete(acd::Saved& saved) {
  std::map<std::string, const acd::AgentRule*> rules;
  for (const auto& rule : saved.rules.agents) rules[rule.id] = &rule;
  for (auto& agent : saved.agents) {
    if (agent.leaving) continue;
    auto rule = rules.find(agent.rule.id);
    if (rule == rules.end()) return false;
    agent.rule = *rule->second;
  }
  return true;
}

}  // namespace hotline::ccqueue
