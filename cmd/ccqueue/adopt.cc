// SPDX-License-Identifier: GPL-2.0-or-later
// How the truth is put together again: first what our journal says (restore), then what the switch has (on_snapshot).
// The same way heals a gap in the events and a restart of the switch.
#include "base/log.h"
#include "mind.h"

namespace hotline::ccqueue {

static constexpr std::string_view kName = "ccqueue";

/// The ends of a visit after which the caller is given back.
static bool given_back(acd::ExitReason reason) {
  return reason == acd::ExitReason::timed_out || reason == acd::ExitReason::overflowed ||
         reason == acd::ExitReason::failed;
}

void Mind::restore(const Past& past) {
  acd::Actions written;  // the journal has these already
  Utc now = moment(utc_now());
  counters_ = past.counters;
  offers_ = past.offers;
  for (const auto& [id, agent] : past.agents) {
    bool engaged = agent.state == acd::AgentState::offered || agent.state == acd::AgentState::talking;
    auto visit = past.visits.find(agent.call);
    if (engaged && visit != past.visits.end() && visit->second.served) {
      // The talk was written off, the wrap-up after it not any more.
      const auto* rule = core_.queue_rule(visit->second.queue);
      Utc end = visit->second.ended + (rule ? rule->wrap_up : microseconds(0));
      core_.restore_agent(id, acd::AgentState::wrap_up, "talk-over", visit->second.ended, end);
      continue;
    }
    core_.restore_agent(id, engaged ? acd::AgentState::ready : agent.state, agent.reason, agent.since,
                        engaged ? std::nullopt : agent.until);
  }
  int64_t waiting = 0, talking = 0;
  for (const auto& [call, visit] : past.visits) {
    restore_visit(call, visit, now);
    waiting += visit.open();
    talking += visit.talks();
  }
  for (const auto& [id, agent] : past.agents)
    if (agent.next) core_.restore_wish(id, agent.next, agent.next_reason);
  log_info("restored agents=" + std::to_string(past.agents.size()) + " waiting=" + std::to_string(waiting) +
           " talking=" + std::to_string(talking));
}

void Mind::restore_visit(const std::string& call, const PastVisit& visit, Utc now) {
  acd::Actions written;
  if (!visit.open() && !visit.talks()) return;
  acd::Arrival arrival{call, visit.queue, visit.priority, visit.entered, offers_[call]};
  if (!core_.enter(arrival, now, written)) return;  // its queue is gone: it comes again as a new call, and fails
  if (visit.talks()) {
    bool adopted = core_.adopt_talk(call, visit.agent, visit.offer, visit.ended, written);
    if (!adopted)
      core_.leave(call, acd::ExitReason::withdrawn, now, written);  // the agent is gone from the configuration
    return;
  }
  if (visit.offer.empty()) return;
  told_.insert(visit.offer);
  auto agent = past_.agents.find(visit.agent);
  bool answered =
      agent != past_.agents.end() && agent->second.call == call && agent->second.state == acd::AgentState::talking;
  if (core_.adopt_offer(call, visit.agent, visit.offer, visit.offered_at, written) && answered)
    core_.answered(visit.offer, agent->second.since, written);
}

const Meanwhile& Mind::meanwhile() {
  if (!meanwhile_) meanwhile_.emplace().read(service_.instance().journal_dir(), sync_->number());
  return *meanwhile_;
}

void Mind::on_snapshot(const Json& snapshot, const std::vector<wire::Event>& since) {
  acd::Actions out;
  Utc now = moment(utc_now());
  core_.suspend();
  view_.load(snapshot);
  for (const auto& event : since) view_.apply(event);
  for (const auto& rule : settings_.rules.agents) {
    auto phone = view_.phones().find(rule.phone);
    core_.dnd(rule.phone, view_.dnd(rule.phone), now, out);
    core_.phone(rule.phone, phone != view_.phones().end() && phone->second, now, out);
  }
  drop_vanished(out);
  // The end of a notice may have been missed: it is played again. A bridge that was asked for has its answer to come.
  std::erase_if(joining_, [&](const auto& each) { return !core_.entry(each.first) || !each.second.bridging; });
  int64_t ours = 0;
  for (const auto& [id, call] : view_.calls())
    if (call.controller == kName) ++ours, adopt_call(call, out);
  past_ = Past{};
  meanwhile_.reset();
  std::erase_if(offers_, [&](const auto& each) { return !view_.call(each.first); });
  core_.resume(now, out);
  perform(out);
  log_info("adopted n=" + std::to_string(sync_->number()) + " calls=" + std::to_string(ours) +
           " entries=" + std::to_string(core_.entries().size()));
}

/// Callers of whom the switch knows nothing any more, or who are another's now.
void Mind::drop_vanished(acd::Actions& out) {
  std::vector<std::string> gone, taken;
  for (const auto& [id, entry] : core_.entries()) {
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
    core_.call_over(id, ended == meanwhile().ended.end() ? now_ : ended->second, out);
  }
  for (const auto& id : taken) {
    // Handed back by us in our last moment, or taken away by another.
    auto handed_back = acd::exit_reason(view_.call(id)->tag("queue-result"));
    bool by_us = handed_back && given_back(*handed_back);
    core_.leave(id, by_us ? *handed_back : acd::ExitReason::withdrawn, now_, out);
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
    hand_back(call.id, std::string(acd::name(reason)));
  else
    order("hangup", {{"call", call.id}});
  return true;
}

void Mind::adopt_call(const Call& call, acd::Actions& out) {
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
    bool adopted = unwritten && entry->state == acd::EntryState::waiting &&
                   core_.adopt_offer(call.id, leg.agent(), leg.offer(), leg.since, out);
    if (!adopted && bridge && entry->state == acd::EntryState::waiting) {
      adopted = core_.adopt_talk(call.id, leg.agent(), leg.offer(), bridge->since, out);
      if (!adopted) core_.leave(call.id, acd::ExitReason::withdrawn, now_, out);  // a talk with nobody we know
    } else if (!adopted) {
      order("hangup", {{"leg", leg.id}});
    }
    if (!adopted) return;
    offers_[call.id] = entry->offers;
  }
  if (entry->state != acd::EntryState::talking) tell_offered(call.id, entry->queue, entry->agent, entry->offer, leg.id);
  if (leg.up()) core_.answered(leg.offer(), leg.since, out);
  if (!bridge) return;
  joining_.erase(call.id);
  core_.connected(call.id, bridge->since, out);
}

/// The entry as it is, against the legs that there are.
void Mind::check_talk(const Call& call, acd::Actions& out) {
  const auto* entry = core_.entry(call.id);
  if (!entry) return;
  const auto* leg = entry->offer.empty() ? nullptr : call.leg_of(entry->offer);
  switch (entry->state) {
    case acd::EntryState::waiting:
      order("hear", {{"leg", call.caller()->id}, {"what", "music"}});
      break;
    case acd::EntryState::offered:
      if (!leg && !dialing_.count(entry->offer))
        core_.missed(std::string(entry->offer), acd::MissReason::lost, now_, out);
      break;
    case acd::EntryState::connecting:
      if (!leg)
        core_.missed(std::string(entry->offer), acd::MissReason::lost, now_, out);
      else if (!joining_.count(call.id))
        out.push_back(acd::Connect{call.id, entry->queue, entry->agent, entry->offer});
      break;
    case acd::EntryState::talking:
      if (leg) break;
      core_.call_over(call.id, now_, out);
      order("hangup", {{"call", call.id}});
  }
}

}  // namespace hotline::ccqueue
