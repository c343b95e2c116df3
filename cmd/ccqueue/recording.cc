// SPDX-License-Identifier: GPL-2.0-or-later
#include "recording.h"

#include <utility>

#include "base/text.h"
#include "checkpoint.h"
#include "recorded_fields.h"

namespace hotline::ccqueue {

using wire::Json;

namespace {

using namespace recorded;

template <typename Rule>
wire::Event rule_event(const char* table, const Rule& rule) {
  wire::Event event;
  event.name = "acd.rule";
  event.fields["table"] = table;
  fields(Writer{event.fields}, rule, Rule{});
  return event;
}

using Op = acd::Input::Op;

/// Inputs that speak of a call say so as all events do; an offer's name has its call in it.
bool of_call(Op op) {
  switch (op) {
    case Op::enter:
    case Op::connected:
    case Op::connect_failed:
    case Op::call_over:
    case Op::leave:
    case Op::call_back:
    case Op::postpone:
    case Op::move:
    case Op::prioritize:
    case Op::adopt_offer:
    case Op::adopt_talk:
      return true;
    default:
      return false;
  }
}

Json arrival_json(const acd::Arrival& arrival) {
  Json json = {{"queue", arrival.queue}, {"entry", format_utc(arrival.entered)}};
  if (arrival.priority) json["priority"] = *arrival.priority;
  if (arrival.offers) json["offers"] = arrival.offers;
  if (!arrival.needs.empty()) json["needs"] = skills_json(arrival.needs);
  if (!arrival.preferred.empty()) json["preferred"] = arrival.preferred;
  if (!arrival.resume_key.empty()) json["resume"] = arrival.resume_key;
  if (arrival.seniority) json["seniority"] = format_utc(*arrival.seniority);
  if (arrival.call_back) json["call_back"] = true;
  return json;
}

std::optional<Utc> time_of(const Json& fields, const char* key) {
  auto time = parse_utc(wire::text(fields, key));
  return time ? std::optional(*time) : std::nullopt;
}

std::optional<milliseconds> span_of(const Json& fields, const char* key) {
  if (!wire::member(fields, key).is_number_integer()) return std::nullopt;
  return milliseconds(wire::integer(fields, key));
}

Error broken(const wire::Event& event, const std::string& what) {
  return {Errc::bad_data, "event " + std::to_string(event.number) + " (" + event.name + "): " + what};
}

Result<acd::Arrival> arrival_of(const wire::Event& event) {
  const auto& fields = wire::member(event.fields, "arrival");
  auto entered = time_of(fields, "entry");
  if (!entered) return broken(event, "an arrival without its time 'entry'");
  acd::Arrival arrival{event.call, wire::text(fields, "queue"), {}, *entered, wire::integer(fields, "offers")};
  if (fields.contains("priority")) arrival.priority = static_cast<int>(wire::integer(fields, "priority"));
  arrival.needs = skills_of(wire::member(fields, "needs"));
  arrival.preferred = wire::text(fields, "preferred");
  arrival.resume_key = wire::text(fields, "resume");
  arrival.seniority = time_of(fields, "seniority");
  arrival.call_back = wire::boolean(fields, "call_back");
  return arrival;
}

}  // namespace

std::vector<wire::Event> events_of(const acd::Input& input) {
  std::vector<wire::Event> events;
  wire::Event event;
  event.name = "acd.input";
  event.fields["op"] = acd::name(input.op);
  if (const auto* rules = input.saved ? &input.saved->rules : input.rules ? &*input.rules : nullptr) {
    events.push_back(rule_event("acd", *rules));
    for (const auto& rule : rules->queues) events.push_back(rule_event("queue", rule));
    for (const auto& rule : rules->agents) events.push_back(rule_event("agent", rule));
    event.fields["tables"] = events.size();
    if (input.flag) event.fields["op"] = "start";
    if (input.saved) {
      auto states = state_events(*input.saved);
      event.fields["states"] = states.size();
      event.fields["suspended"] = input.saved->suspended;
      for (auto& state : states) events.push_back(std::move(state));
    }
  } else if (input.flag) {
    event.fields["flag"] = true;
  }
  event.fields["at"] = format_utc(input.now);
  if (of_call(input.op))
    event.call = input.arrival ? input.arrival->call : input.who;
  else if (!input.who.empty())
    event.fields["who"] = input.who;
  if (!input.other.empty()) event.fields["other"] = input.other;
  if (!input.text.empty()) event.fields["text"] = input.text;
  if (input.number) event.fields["number"] = input.number;
  if (input.span.count()) event.fields["span_us"] = input.span.count();
  if (input.time) event.fields["moment"] = format_utc(*input.time);
  if (input.until) event.fields["until"] = format_utc(*input.until);
  if (input.arrival) event.fields["arrival"] = arrival_json(*input.arrival);
  if (input.known) event.fields["known"] = true;
  events.push_back(std::move(event));
  return events;
}

void Inputs::note_rule(const Json& from) {
  std::string table = wire::text(from, "table");
  if (table == "acd") {
    rules_ = {};
    tables_ = 0;
    states_ = 0;
    saved_ = {};
    fields(Reader{from}, rules_, acd::Rules{});
  } else if (table == "queue") {
    fields(Reader{from}, rules_.queues.emplace_back(), acd::QueueRule{});
  } else if (table == "agent") {
    fields(Reader{from}, rules_.agents.emplace_back(), acd::AgentRule{});
  }
  ++tables_;
}

Result<std::shared_ptr<const acd::Saved>> Inputs::take_saved(const wire::Event& event) {
  auto saved = std::make_shared<acd::Saved>(std::exchange(saved_, {}));
  saved->rules = std::exchange(rules_, {});
  saved->suspended = wire::boolean(event.fields, "suspended");
  if (wire::integer(event.fields, "states", -1) != static_cast<int64_t>(std::exchange(states_, 0)))
    return broken(event, "its acd.state lines are not all there");
  if (!complete(*saved)) return broken(event, "an agent of its acd.state lines is in none of its acd.rule lines");
  return std::shared_ptr<const acd::Saved>(std::move(saved));
}

Result<std::optional<acd::Input>> Inputs::note(const wire::Event& event) {
  const auto& from = event.fields;
  if (event.name == "acd.rule") note_rule(from);
  if (event.name == "acd.state") {
    note_state(from, saved_);
    ++states_;
  }
  if (event.name != "acd.input") return std::optional<acd::Input>();
  acd::Input input;
  std::string op = wire::text(from, "op");
  bool start = op == "start";
  auto known = start ? Op::configure : acd::input_op(op);
  auto at = time_of(from, "at");
  if (!known) return broken(event, "unknown op '" + op + "'");
  if (!at) return broken(event, "no time 'at'");
  input.op = *known;
  input.now = *at;
  if (input.op == Op::configure || input.op == Op::checkpoint) {
    if (tables_ == 0 || wire::integer(from, "tables", -1) != static_cast<int64_t>(tables_))
      return broken(event, "its acd.rule lines are not all there");
    tables_ = 0;
    if (input.op == Op::configure) {
      input.rules = std::exchange(rules_, {});
    } else if (auto saved = take_saved(event)) {
      input.saved = std::move(*saved);
    } else {
      return saved.error();
    }
  }
  input.flag = start || wire::boolean(from, "flag");
  input.who = of_call(input.op) ? event.call : wire::text(from, "who");
  input.other = wire::text(from, "other");
  input.text = wire::text(from, "text");
  input.number = wire::integer(from, "number");
  input.span = microseconds(wire::integer(from, "span_us"));
  input.time = time_of(from, "moment");
  input.until = time_of(from, "until");
  input.known = wire::boolean(from, "known");
  if (input.op == Op::enter) {
    auto arrival = arrival_of(event);
    if (!arrival) return arrival.error();
    input.arrival = std::move(*arrival);
    input.who.clear();
  }
  return std::optional(std::move(input));
}

// ---- facts

namespace {

struct Fact {
  wire::Event& event;

  void operator()(const acd::Entered& a) {
    event.name = "queue.entered";
    event.call = a.call;
    event.fields = {
        {"queue", a.queue}, {"entry", format_utc(a.entered)}, {"priority", a.priority}, {"position", a.position}};
    if (a.expected) event.fields["expected_ms"] = a.expected->count();
    if (a.resumed) event.fields["resumed"] = true;
    if (a.call_back) event.fields["call_back"] = true;
    if (a.seniority) event.fields["place"] = format_utc(*a.seniority);
  }
  void operator()(const acd::Missed& a) {
    event.name = "queue.missed";
    event.call = a.call;
    event.fields = {{"queue", a.queue},
                    {"agent", a.agent},
                    {"offer", a.offer},
                    {"reason", acd::name(a.reason)},
                    {"ring_ms", a.ring.count()}};
  }
  void operator()(const acd::Exit& a) {
    event.name = "queue.exit";
    event.call = a.call;
    event.fields = {{"queue", a.queue}, {"reason", acd::name(a.reason)}, {"wait_ms", a.wait.count()}};
    if (a.reason == acd::ExitReason::answered)
      event.fields.update({{"agent", a.agent}, {"offer", a.offer}, {"ring_ms", a.ring.count()}});
    if (!a.detail.empty()) event.fields["detail"] = a.detail;
    if (!a.to.empty()) event.fields["to"] = a.to;
    if (a.expected) event.fields["expected_ms"] = a.expected->count();
  }
  void operator()(const acd::Served& a) {
    event.name = "queue.served";
    event.call = a.call;
    event.fields = {{"queue", a.queue}, {"agent", a.agent}, {"talk_ms", a.talk.count()}};
  }
  void operator()(const acd::AgentChanged& a) {
    event.name = "agent.state";
    event.call = a.call;
    event.fields = {{"agent", a.agent}, {"state", acd::name(a.state)}, {"was", acd::name(a.was)}, {"reason", a.reason}};
    if (a.until) event.fields["until"] = format_utc(*a.until);
    if (a.next) event.fields.update({{"next", acd::name(*a.next)}, {"next_reason", a.next_reason}});
  }
  void operator()(const acd::Tell& a) {
    event.name = "queue.told";
    event.call = a.call;
    event.fields = {{"queue", a.queue}, {"position", a.position}};
    if (a.expected) event.fields["expected_ms"] = a.expected->count();
  }
  void operator()(const acd::Offer&) {}
  void operator()(const acd::Cancel&) {}
  void operator()(const acd::Connect&) {}
};

}  // namespace

wire::Event event_of_fact(const acd::Action& action) {
  wire::Event event;
  std::visit(Fact{event}, action);
  return event;
}

bool is_fact(const acd::Action& action) {
  return !std::holds_alternative<acd::Offer>(action) && !std::holds_alternative<acd::Cancel>(action) &&
         !std::holds_alternative<acd::Connect>(action);
}

std::optional<acd::Action> fact_of(const wire::Event& event) {
  const auto& from = event.fields;
  auto text = [&](const char* key) { return wire::text(from, key); };
  auto ms = [&](const char* key) { return milliseconds(wire::integer(from, key)); };
  if (event.name == "queue.entered")
    return acd::Entered{event.call,
                        text("queue"),
                        time_of(from, "entry").value_or(event.time),
                        static_cast<int>(wire::integer(from, "priority")),
                        wire::integer(from, "position"),
                        span_of(from, "expected_ms"),
                        wire::boolean(from, "resumed"),
                        wire::boolean(from, "call_back"),
                        time_of(from, "place")};
  if (event.name == "queue.missed") {
    auto reason = acd::miss_reason(text("reason"));
    if (!reason) return std::nullopt;
    return acd::Missed{event.call, text("queue"), text("agent"), text("offer"), *reason, ms("ring_ms")};
  }
  if (event.name == "queue.exit") {
    auto reason = acd::exit_reason(text("reason"));
    if (!reason) return std::nullopt;
    return acd::Exit{event.call,    text("queue"), *reason,        ms("wait_ms"), text("agent"),
                     text("offer"), ms("ring_ms"), text("detail"), text("to"),    span_of(from, "expected_ms")};
  }
  if (event.name == "queue.served") return acd::Served{event.call, text("queue"), text("agent"), ms("talk_ms")};
  if (event.name == "queue.told")
    return acd::Tell{event.call, text("queue"), wire::integer(from, "position"), span_of(from, "expected_ms")};
  if (event.name == "agent.state") {
    auto state = acd::agent_state(text("state")), was = acd::agent_state(text("was"));
    if (!state || !was) return std::nullopt;
    return acd::AgentChanged{text("agent"),
                             *state,
                             *was,
                             text("reason"),
                             time_of(from, "until"),
                             event.call,
                             acd::agent_state(text("next")),
                             text("next_reason")};
  }
  return std::nullopt;
}

acd::Actions failed_visit(const acd::Arrival& arrival) {
  acd::Actions out;
  out.push_back(acd::Entered{arrival.call, arrival.queue, arrival.entered, arrival.priority.value_or(0), 1});
  out.push_back(
      acd::Exit{arrival.call, arrival.queue, acd::ExitReason::failed, milliseconds(0), "", "", milliseconds(0)});
  return out;
}

}  // namespace hotline::ccqueue
