// SPDX-License-Identifier: GPL-2.0-or-later
#include "past.h"

#include <algorithm>

#include "base/log.h"
#include "journal/journal.h"

namespace hotline::ccqueue {

namespace {

std::optional<Utc> time_field(const wire::Json& fields, const char* key) {
  auto time = parse_utc(wire::text(fields, key));
  return time ? std::optional(*time) : std::nullopt;
}

PastAgent agent_of(const wire::Event& event) {
  PastAgent agent;
  agent.state = acd::agent_state(wire::text(event.fields, "state")).value_or(acd::AgentState::logged_out);
  agent.reason = wire::text(event.fields, "reason");
  agent.call = event.call;
  agent.since = event.time;
  agent.until = time_field(event.fields, "until");
  agent.next = acd::agent_state(wire::text(event.fields, "next"));
  agent.next_reason = wire::text(event.fields, "next_reason");
  return agent;
}

void damaged(const std::string& what) { log_warning("journal.damaged " + what); }

}  // namespace

Result<void> Past::read(const std::string& journal_dir, int64_t last_number) {
  if (last_number <= 0) return {};
  return journal::read(
      journal_dir, "ccqueue", std::max<int64_t>(1, last_number - kEventsMax),
      [this](const journal::Entry& entry) {
        note(entry.event);
        return true;
      },
      damaged);
}

void Past::note(const wire::Event& event) {
  counters.note(event);
  const auto& fields = event.fields;
  if (event.name == "agent.state") {
    agents[wire::text(fields, "agent")] = agent_of(event);
  } else if (event.name == "queue.entered") {
    PastVisit visit;
    visit.queue = wire::text(fields, "queue");
    visit.priority = static_cast<int>(wire::integer(fields, "priority"));
    visit.entered = time_field(fields, "entry").value_or(event.time);
    visits[event.call] = std::move(visit);
  } else if (auto found = visits.find(event.call); found != visits.end()) {
    auto& visit = found->second;
    if (event.name == "queue.offered") {
      visit.agent = wire::text(fields, "agent");
      visit.offer = wire::text(fields, "offer");
      auto& last = offers[event.call];
      last = std::max(last, acd::offer_number(visit.offer));
      visit.offered_at = event.time;
    } else if (event.name == "queue.missed") {
      visit.agent.clear();
      visit.offer.clear();
    } else if (event.name == "queue.exit") {
      visit.exit = acd::exit_reason(wire::text(fields, "reason")).value_or(acd::ExitReason::failed);
      visit.ended = event.time;
    } else if (event.name == "queue.served") {
      visit.served = true;
      visit.ended = event.time;
    }
  }
}

void Meanwhile::read(const std::string& journal_dir, int64_t last_number) {
  auto read = journal::read(
      journal_dir, "ccswitchd", std::max<int64_t>(1, last_number - kEventsMax),
      [this](const journal::Entry& entry) {
        const auto& event = entry.event;
        bool comes = event.name == "call.handover" || event.name == "call.fallback";
        if (comes && wire::text(event.fields, "to") == "ccqueue") handed_over[event.call] = event.time;
        if (event.name == "call.offered" && wire::text(event.fields, "controller") == "ccqueue")
          handed_over[event.call] = event.time;
        if (event.name == "call.ended") ended[event.call] = event.time;
        return true;
      },
      damaged);
  if (!read) log_warning("journal.unread publisher=ccswitchd text='" + read.error().text + "'");
}

}  // namespace hotline::ccqueue
