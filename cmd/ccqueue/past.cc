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
  } else if (event.name == "acd.input" || event.name == "acd.rule") {
    note_input(event);
  } else if (event.name == "queue.call-back") {
    call_backs[wire::text(fields, "as")] = {wire::text(fields, "to"), event.call, 0};
  } else if (event.name == "queue.not-reached") {
    if (auto called = call_backs.find(event.call); called != call_backs.end()) ++called->second.attempts;
  } else if (event.name == "queue.entered") {
    auto& before = visits[event.call];  // of the queue that he overflows from: his needs go with him
    PastVisit visit;
    visit.needs = std::move(before.needs);
    visit.resume_key = std::move(before.resume_key);
    if (auto arrival = arrivals_.extract(event.call)) {
      visit.needs = std::move(arrival.mapped().needs);
      visit.resume_key = std::move(arrival.mapped().resume_key);
    }
    visit.seniority = time_field(fields, "place");
    visit.call_back = wire::boolean(fields, "call_back");
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
      visit.detail = wire::text(fields, "detail");
      visit.ended = event.time;
      if (visit.exit != acd::ExitReason::answered && wire::text(fields, "to").empty()) call_backs.erase(event.call);
    } else if (event.name == "queue.served") {
      call_backs.erase(event.call);
      visit.served = true;
      visit.ended = event.time;
    }
  }
}

/// What the facts do not tell of a visit.
void Past::note_input(const wire::Event& event) {
  auto input = inputs_.note(event);
  if (!input || !*input) return;
  auto& in = **input;
  if (in.arrival && !in.known) {
    std::string call = in.arrival->call;
    arrivals_[call] = std::move(*in.arrival);
    if (arrivals_.size() > kArrivalsMax) arrivals_.erase(arrivals_.begin());
  }
  auto visit = visits.find(in.who);
  if (visit == visits.end()) return;
  if (in.op == acd::Input::Op::prioritize) visit->second.priority = static_cast<int>(in.number);
  if (in.op == acd::Input::Op::call_back) arrivals_[in.other].needs = visit->second.needs;
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
