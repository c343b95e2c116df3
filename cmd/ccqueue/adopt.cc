// SPDX-License-Identifier: GPL-2.0-or-later
// How the truth is put together again: first what our journal says (restore), then what the switch has (on_snapshot).
// The same way heals a gap in the events and a restart of the switch.
#include "base/log.h"
#include "mind.h"

namespace hotline::ccqueue {

using Op = acd::Input::Op;

void Mind::restore(const Past& past) {
  acd::Actions written;  // the journal has these already
  Utc now = moment(utc_now());
  counters_ = past.counters;
  offers_ = past.offers;
  call_backs_ = past.call_backs;
  for (const auto& [id, agent] : past.agents) {
    bool engaged = agent.state == acd::AgentState::offered || agent.state == acd::AgentState::talking;
    auto visit = past.visits.find(agent.call);
    if (engaged && visit != past.visits.end() && visit->second.served) {
      // The talk was written off, the wrap-up after it not any more.
      const auto* rule = core_.queue_rule(visit->second.queue);
      Utc end = visit->second.ended + (rule ? rule->wrap_up : microseconds(0));
      feed({.op = Op::restore_agent,
            .now = now,
            .who = id,
            .other = "talk-over",
            .text = "wrap-up",
            .time = visit->second.ended,
            .until = end,
            .known = true},
           written);
      continue;
    }
    auto state = engaged ? acd::AgentState::ready : agent.state;
    feed({.op = Op::restore_agent,
          .now = now,
          .who = id,
          .other = agent.reason,
          .text = std::string(acd::name(state)),
          .time = agent.since,
          .until = engaged ? std::nullopt : agent.until,
          .known = true},
         written);
  }
  int64_t waiting = 0, talking = 0;
  for (const auto& [call, visit] : past.visits) {
    restore_visit(call, visit, now);
    waiting += visit.open();
    talking += visit.talks();
  }
  for (const auto& [id, agent] : past.agents)
    if (agent.next)
      feed({.op = Op::restore_wish,
            .now = now,
            .who = id,
            .other = agent.next_reason,
            .text = std::string(acd::name(*agent.next)),
            .known = true},
           written);
  log_info("restored agents=" + std::to_string(past.agents.size()) + " waiting=" + std::to_string(waiting) +
           " talking=" + std::to_string(talking));
}

void Mind::restore_visit(const std::string& call, const PastVisit& visit, Utc now) {
  acd::Actions written;
  if (!visit.open() && !visit.talks()) return;
  acd::Arrival arrival{call, visit.queue, visit.priority, visit.entered, offers_[call]};
  arrival.needs = visit.needs;
  arrival.resume_key = visit.resume_key;
  arrival.seniority = visit.seniority;
  arrival.call_back = visit.call_back;
  if (!feed({.op = Op::enter, .now = now, .arrival = arrival, .known = true}, written))
    return;  // its queue is gone: it comes again as a new call, and fails
  if (visit.talks()) {
    acd::Input talk = {.op = Op::adopt_talk, .now = now, .who = call, .other = visit.agent, .text = visit.offer};
    talk.time = visit.ended;
    talk.known = true;
    if (!feed(talk, written))  // the agent is gone from the configuration
      feed({.op = Op::leave, .now = now, .who = call, .text = "withdrawn", .known = true}, written);
    return;
  }
  if (visit.offer.empty()) return;
  told_.insert(visit.offer);
  auto agent = past_.agents.find(visit.agent);
  bool answered =
      agent != past_.agents.end() && agent->second.call == call && agent->second.state == acd::AgentState::talking;
  acd::Input rings = {.op = Op::adopt_offer, .now = now, .who = call, .other = visit.agent, .text = visit.offer};
  rings.time = visit.offered_at;
  rings.known = true;
  if (feed(rings, written) && answered)
    feed({.op = Op::answered, .now = agent->second.since, .who = visit.offer, .known = true}, written);
}

const Meanwhile& Mind::meanwhile() {
  if (!meanwhile_) meanwhile_.emplace().read(service_.instance().journal_dir(), sync_->number());
  return *meanwhile_;
}

void Mind::on_snapshot(const Json& snapshot, const std::vector<wire::Event>& since) {
  acd::Actions out;
  Utc now = moment(utc_now());
  feed({.op = Op::suspend, .now = now}, out);
  view_.load(snapshot);
  for (const auto& event : since) view_.apply(event);
  for (const auto& rule : settings_.rules.agents) feed_phone(rule.phone, now, out);
  // Calls that ended while we did not hear it: nothing of them is left to wait for.
  auto gone = [&](const auto& each) { return !view_.call(each.first); };
  std::erase_if(visit_of_, gone);
  std::erase_if(farewells_, gone);
  drop_vanished(out);
  // The end of a notice may have been missed: it is played again. A bridge that was asked for has its answer to come.
  std::erase_if(joining_, [&](const auto& each) { return !core_.entry(each.first) || !each.second.bridging; });
  int64_t ours = 0;
  for (const auto& [id, call] : view_.calls())
    if (call.controller == kName) ++ours, adopt_call(call, out);
  drop_uncalled(out);
  past_ = Past{};
  meanwhile_.reset();
  std::erase_if(offers_, gone);
  feed({.op = Op::resume, .now = now}, out);
  perform(out);
  log_info("adopted n=" + std::to_string(sync_->number()) + " calls=" + std::to_string(ours) +
           " entries=" + std::to_string(core_.entries().size()));
}

/// Callers of whom the switch knows nothing any more, or who are another's now.
void Mind::drop_vanished(acd::Actions& out) {
  std::vector<std::string> gone, taken;
  for (const auto& [id, entry] : core_.entries()) {
    if (entry.call_back) continue;  // nobody is on the line
    const auto* call = view_.call(id);
    bool talk_over = call && entry.state == acd::EntryState::talking && call->controller != kName &&
                     !call->leg_of(entry.offer);  // he handed the caller on, and went
    if (!call || !call->caller() || talk_over)
      gone.push_back(id);
    else if (call->controller != kName && entry.state != acd::EntryState::talking)
      taken.push_back(id);
  }
  for (const auto& id : gone) {
    auto ended = meanwhile().ended.find(id);
    feed({.op = Op::call_over, .now = ended == meanwhile().ended.end() ? now_ : ended->second, .who = id}, out);
  }
  for (const auto& id : taken) {
    // Handed back by us in our last moment, or taken away by another.
    std::string result = view_.call(id)->tag("queue-result");
    auto handed_back = acd::exit_reason(result == "no-agents" ? "overflowed" : result);
    bool by_us = handed_back && given_back(*handed_back);
    auto reason = by_us ? *handed_back : acd::ExitReason::withdrawn;
    feed({.op = Op::leave, .now = now_, .who = id, .text = std::string(acd::name(reason))}, out);
  }
}

/// True when the call's visit was over before we died and what follows from that was not done: it is done now.
bool Mind::ended_before(const Call& call) {
  auto past = past_.visits.find(call.id);
  if (past == past_.visits.end() || past->second.open()) return false;
  auto came = meanwhile().handed_over.find(call.id);
  if (came != meanwhile().handed_over.end() && came->second > past->second.ended) return false;  // it came once more
  if (past->second.talks() && !call.bridges.empty()) return true;  // with an agent we no longer have: let them talk
  auto reason = *past->second.exit;
  if (given_back(reason))
    hand_back(call.id, reason, past->second.detail);
  else
    order("hangup", {{"call", call.id}});
  return true;
}

void Mind::adopt_call(const Call& call, acd::Actions& out) {
  if (auto visit = call.call_back(); !visit.empty()) visit_of_[call.id] = visit;
  if (visit_of_.count(call.id)) return adopt_called(call, out);
  if (!call.caller()) {
    if (!call.legs.empty()) order("hangup", {{"call", call.id}});
    return;
  }
  if (!core_.entry(call.id)) {
    if (ended_before(call)) return;
    auto came = meanwhile().handed_over.find(call.id);
    arrive(call.id, came == meanwhile().handed_over.end() ? now_ : came->second, out);
    if (!core_.entry(call.id)) return;
  }
  std::vector<Leg> agents;
  for (const auto& [id, leg] : call.legs)
    if (!leg.offer().empty() && !leg.going()) agents.push_back(leg);
  for (const auto& leg : agents) adopt_agent_leg(call, leg, out);
  check_talk(call, out);
}

void Mind::adopt_agent_leg(const Call& call, const Leg& leg, acd::Actions& out) {
  const auto* entry = core_.entry(call.id);
  if (!entry) return;
  const auto* bridge = call.bridge_of(leg.id);
  if (entry->offer != leg.offer()) {
    // An offer that was made in our last moment, before it was written down. An older one is over: its leg's release
    // was lost.
    bool unwritten = acd::offer_number(leg.offer()) > offers_[call.id];
    acd::Input adopt = {.op = Op::adopt_offer, .now = now_, .who = call.id, .other = leg.agent(), .text = leg.offer()};
    adopt.time = leg.since;
    bool adopted = unwritten && entry->state == acd::EntryState::waiting && feed(adopt, out);
    if (!adopted && bridge && entry->state == acd::EntryState::waiting) {
      adopt.op = Op::adopt_talk;
      adopt.time = bridge->since;
      adopted = feed(adopt, out);
      if (!adopted)  // a talk with nobody we know
        feed({.op = Op::leave, .now = now_, .who = call.id, .text = "withdrawn"}, out);
    } else if (!adopted) {
      order("hangup", {{"leg", leg.id}});
    }
    if (!adopted) return;
    offers_[call.id] = entry->offers;
  }
  if (entry->state != acd::EntryState::talking) tell_offered(call.id, entry->queue, entry->agent, entry->offer, leg.id);
  if (leg.up() && entry->state == acd::EntryState::offered)
    feed({.op = Op::answered, .now = leg.since, .who = leg.offer()}, out);
  if (!bridge) return;
  joining_.erase(call.id);
  feed({.op = Op::connected, .now = bridge->since, .who = call.id}, out);
}

/// The entry as it is, against the legs that there are.
void Mind::check_talk(const Call& call, acd::Actions& out) {
  const auto* entry = core_.entry(call.id);
  if (!entry) return;
  const auto* leg = entry->offer.empty() ? nullptr : call.leg_of(entry->offer);
  acd::Input lost = {.op = Op::missed, .now = now_, .who = entry->offer, .text = "lost"};
  switch (entry->state) {
    case acd::EntryState::waiting:
      hear_music(call, entry->queue);
      break;
    case acd::EntryState::offered:
      if (!leg && !dialing_.count(entry->offer)) feed(lost, out);
      break;
    case acd::EntryState::connecting:
      if (!leg)
        feed(lost, out);
      else if (!joining_.count(call.id))
        out.push_back(acd::Connect{call.id, entry->queue, entry->agent, entry->offer});
      break;
    case acd::EntryState::talking:
      if (leg) break;
      feed({.op = Op::call_over, .now = now_, .who = call.id}, out);
      order("hangup", {{"call", call.id}});
  }
}

}  // namespace hotline::ccqueue
