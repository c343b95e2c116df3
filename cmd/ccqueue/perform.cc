// SPDX-License-Identifier: GPL-2.0-or-later
// Decisions become commands to the switch, then events of ours. Commands first: a phone rings sooner, and if we die in
// between, the switch's snapshot shows what was done (adopt.cc).
#include "base/log.h"
#include "base/text.h"
#include "mind.h"

namespace hotline::ccqueue {

static constexpr milliseconds kDialGrace(5000);  ///< the switch's own limit, should we die while it rings

bool given_back(acd::ExitReason reason) {
  using enum acd::ExitReason;
  return reason == timed_out || reason == overflowed || reason == failed || reason == key_exit || reason == withdrawn;
}

void Mind::perform(const acd::Actions& actions) {
  for (const auto& action : actions) command(action);
  write_down();
  for (const auto& action : actions) tell(action);
  arm();
}

/// Before what follows from it, and after the commands: a telephone rings a moment sooner for that.
void Mind::write_down() {
  for (const auto& input : inputs_)
    for (auto& event : events_of(input)) {
      event.time = now_;
      service_.emit(std::move(event));
    }
  inputs_.clear();
  if (!day_) day_ = std::chrono::floor<std::chrono::days>(now_);  // a start is written: it can be read from there
}

void Mind::command(const acd::Action& action) {
  if (auto* entered = std::get_if<acd::Entered>(&action)) {
    settle(*entered);
  } else if (auto* offer = std::get_if<acd::Offer>(&action)) {
    dial(*offer);
  } else if (auto* gone = std::get_if<acd::Cancel>(&action)) {
    cancel(gone->call, gone->offer);
  } else if (auto* connect = std::get_if<acd::Connect>(&action)) {
    join(connect->call);
  } else if (auto* told = std::get_if<acd::Tell>(&action)) {
    announce(*told);
  } else if (auto* exit = std::get_if<acd::Exit>(&action)) {
    bool for_good = exit->to.empty() && exit->reason != acd::ExitReason::answered;
    if (for_good && given_back(exit->reason)) hand_back(exit->call, exit->reason, exit->detail);
    if (for_good) call_backs_.erase(exit->call);
  } else if (auto* served = std::get_if<acd::Served>(&action)) {
    call_backs_.erase(served->call);
  }
}

/// An order whose refusal needs no more than a line in the log: what it was for has gone, and events say so.
void Mind::order(const std::string& verb, Json body) {
  sync_->ask(verb, body, [verb, body](Result<wire::Reply> reply) {
    if (!reply)
      log_warning(verb + ".unanswered " + wire::dump(body));
    else if (!reply->ok && wire::text(reply->body, "code") != wire::code::kNotFound)
      log_warning(verb + ".refused text='" + wire::text(reply->body, "text") + "'");
  });
}

/// He who waits keeps his clock on the call itself, and hears music.
void Mind::settle(const acd::Entered& entered) {
  const auto* call = view_.call(entered.call);
  const auto* caller = call ? call->caller() : nullptr;
  if (!caller || !core_.queue_rule(entered.queue)) return;
  if (call->tag("queue-entry").empty() || call->tag("queue") != entered.queue)
    order("tag", {{"call", entered.call},
                  {"unset", {"queue-result"}},
                  {"set",
                   {{"queue", entered.queue},
                    {"queue-entry", format_utc(entered.entered)},
                    {"priority", std::to_string(entered.priority)}}}});
  hear_music(*call, entered.queue);
}

void Mind::hear_music(const Call& call, const std::string& queue) {
  Json hear = {{"leg", call.caller()->id}, {"what", "music"}};
  auto settings = settings_.queues.find(queue);
  if (settings != settings_.queues.end() && !settings->second.music.empty()) hear["music"] = settings->second.music;
  order("hear", std::move(hear));
}

void Mind::dial(const acd::Offer& offer) {
  const auto* call = view_.call(offer.call);
  const auto& agent = settings_.agents.at(offer.agent);
  auto ring = std::chrono::duration_cast<milliseconds>(offer.ring_timeout) + kDialGrace;
  Json body = {{"to", agent.endpoint},
               {"role", "agent"},
               {"timeout_ms", ring.count()},
               {"auto_answer", agent.auto_answer || settings_.queues.at(offer.queue).auto_answer},
               {"tags", {{"agent", offer.agent}, {"offer", offer.offer}}}};
  if (offer.call_back) {
    auto back = call_backs_.find(offer.call);
    body["controller"] = kName;
    body["tags"]["call-back"] = offer.call;
    if (back != call_backs_.end()) body["from"] = back->second.to;  // the agent sees whom he will talk to
  } else {
    body["call"] = offer.call;
    if (call && !call->from.empty()) body["from"] = call->from;
  }
  dialing_.insert(offer.offer);
  if (const auto* entry = core_.entry(offer.call)) offers_[offer.call] = std::max(offers_[offer.call], entry->offers);
  sync_->ask("dial", body, [this, offer](Result<wire::Reply> reply) {
    dialing_.erase(offer.offer);
    if (reply && reply->ok) return;  // leg.dialed says the rest
    std::string code = reply ? wire::text(reply->body, "code") : wire::code::kUnavailable;
    log_warning("dial.refused call=" + offer.call + " agent=" + offer.agent + " text='" +
                (reply ? wire::text(reply->body, "text") : reply.error().text) + "'");
    acd::Actions out;
    auto reason = code == wire::code::kBusy ? acd::MissReason::busy : acd::MissReason::unreachable;
    feed({.op = acd::Input::Op::missed,
          .now = moment(utc_now()),
          .who = offer.offer,
          .text = std::string(acd::name(reason))},
         out);
    perform(out);
    if (!reply) sync_->resync();
  });
}

void Mind::cancel(const std::string& id, const std::string& offer) {
  joining_.erase(id);
  const auto* call = call_of(id);
  const auto* leg = call ? call->leg_of(offer) : nullptr;
  if (leg && visit_of_.count(call->id)) return order("hangup", {{"call", call->id}});
  if (leg) order("hangup", {{"leg", leg->id}});  // a leg that is not known yet is released when it shows (leg_dialed)
}

void Mind::hand_back(const std::string& id, acd::ExitReason reason, const std::string& detail) {
  const auto* call = view_.call(id);
  if (!call || call->controller != kName || !call->bridges.empty()) return;  // another has him, or he talks
  // A menu wants to say another thing when nobody is at work.
  std::string result = detail == "no-agent" ? "no-agents" : std::string(acd::name(reason));
  order("tag", {{"call", id}, {"unset", {"queue-entry"}}});
  order("handover", {{"call", id}, {"to", settings_.hand_back}, {"tags", {{"queue-result", result}}}});
}

void Mind::tell_offered(const std::string& call, const std::string& queue, const std::string& agent,
                        const std::string& offer, const std::string& leg) {
  if (offer.empty() || !told_.insert(offer).second) return;
  Json fields = {{"queue", queue}, {"agent", agent}, {"offer", offer}};
  if (!leg.empty()) fields["leg"] = leg;
  emit("queue.offered", call, fields);
}

void Mind::emit(const std::string& name, const std::string& call, Json fields) {
  wire::Event event;
  event.time = now_;
  event.name = name;
  event.call = call;
  if (auto leg = fields.find("leg"); leg != fields.end()) {
    event.leg = leg->get<std::string>();
    fields.erase(leg);
  }
  event.fields = std::move(fields);
  counters_.note(event);
  service_.emit(std::move(event));
}

/// Facts become events. What a phone rings for is told once its leg is known, or with its end.
void Mind::tell(const acd::Action& action) {
  if (!is_fact(action)) return;
  auto offer_over = [this](const auto& a) {
    tell_offered(a.call, a.queue, a.agent, a.offer, "");
    told_.erase(a.offer);
  };
  if (auto* missed = std::get_if<acd::Missed>(&action)) offer_over(*missed);
  auto* exit = std::get_if<acd::Exit>(&action);
  if (exit && exit->reason == acd::ExitReason::answered) offer_over(*exit);
  auto event = event_of_fact(action);
  emit(event.name, event.call, std::move(event.fields));
  if (exit)
    log_info("queue.exit call=" + exit->call + " queue=" + exit->queue +
             " reason=" + std::string(acd::name(exit->reason)) + " wait_ms=" + std::to_string(exit->wait.count()));
  if (auto* agent = std::get_if<acd::AgentChanged>(&action))
    log_debug("agent.state agent=" + agent->agent + " state=" + std::string(acd::name(agent->state)) +
              " reason=" + agent->reason);
}

}  // namespace hotline::ccqueue
