// SPDX-License-Identifier: GPL-2.0-or-later
#include "fold.h"

#include <algorithm>
#include <map>

namespace hotline::journal_fold {

namespace {

using wire::Event;
using wire::Json;
using Changes = std::vector<Change>;

/// No span or size in an event is longer; what claims to be is clamped, so that sums cannot overflow.
constexpr int64_t kWholeMax = 1'000'000'000'000;

std::string text(const Event& event, const char* key) { return wire::text(event.fields, key); }
int64_t whole(const Event& event, const char* key) {
  return std::clamp<int64_t>(wire::integer(event.fields, key), 0, kWholeMax);
}
int64_t time_of(const Event& event) { return to_us(event.time); }

/// A name that its publisher may write as text or as a number.
std::string word(const Json& object, const char* key) {
  const Json& value = wire::member(object, key);
  return value.is_number_integer() ? std::to_string(value.get<int64_t>()) : wire::text(object, key);
}
std::string word(const Event& event, const char* key) { return word(event.fields, key); }

/// A moment in a field, or when it has none the event's own.
int64_t moment(const Event& event, const char* key) {
  auto time = parse_utc(text(event, key));
  return time ? to_us(*time) : time_of(event);
}

std::string nth_leg(const Event& event, size_t index) {
  const Json& legs = wire::member(event.fields, "legs");
  return legs.is_array() && index < legs.size() && legs[index].is_string() ? legs[index].get<std::string>() : "";
}

bool is_first_leg(const Event& event) { return event.leg == event.call + "-1"; }

Changes call_offered(const Event& e) {
  const Json& tags = wire::member(e.fields, "tags");
  std::string leg = e.leg.empty() ? e.call + "-1" : e.leg, line = text(e, "line");
  return {store::CallStarted{e.call, "in", text(e, "caller"), text(e, "called"), line, wire::text(tags, "flow"),
                             time_of(e)},
          store::LegStarted{leg, e.call, "caller", line, "", "", time_of(e)}};
}

Changes leg_dialed(const Event& e) {
  if (e.leg.empty()) return {};
  const Json& tags = wire::member(e.fields, "tags");
  Changes changes;
  // A call that begins with a leg we dialed is one of our own making.
  if (is_first_leg(e))
    changes.push_back(store::CallStarted{e.call, "out", text(e, "caller"), text(e, "to"), "", "", time_of(e)});
  changes.push_back(store::LegStarted{e.leg, e.call, text(e, "role"), text(e, "to"), word(tags, "agent"),
                                      word(tags, "offer"), time_of(e)});
  return changes;
}

Changes leg_ringing(const Event& e) {
  if (e.leg.empty()) return {};
  return {store::LegRinging{e.leg, time_of(e)}};
}

Changes leg_answered(const Event& e) {
  if (e.leg.empty()) return {};
  return {store::LegAnswered{e.leg, e.call, is_first_leg(e), time_of(e)}};
}

Changes leg_released(const Event& e) {
  if (e.leg.empty()) return {};
  return {store::LegReleased{e.leg, text(e, "by"), time_of(e), whole(e, "cause"), whole(e, "up_ms")}};
}

Changes call_ended(const Event& e) {
  return {store::CallEnded{e.call, text(e, "by"), time_of(e), whole(e, "ms"), whole(e, "cause")}};
}

Changes bridge_up(const Event& e) {
  if (text(e, "bridge").empty()) return {};
  Changes changes = {store::BridgeUp{text(e, "bridge"), e.call, nth_leg(e, 0), nth_leg(e, 1), time_of(e)}};
  const Json& legs = wire::member(e.fields, "legs");
  for (size_t i = 0; legs.is_array() && i < legs.size(); ++i)
    if (std::string leg = nth_leg(e, i); !leg.empty())
      changes.push_back(store::BridgeJoined{text(e, "bridge"), e.call, leg, time_of(e)});
  return changes;
}

Changes bridge_joined(const Event& e) {
  if (text(e, "bridge").empty() || e.leg.empty()) return {};
  return {store::BridgeJoined{text(e, "bridge"), e.call, e.leg, time_of(e)}};
}

Changes bridge_left(const Event& e) {
  if (text(e, "bridge").empty() || e.leg.empty()) return {};
  return {store::BridgeLeft{text(e, "bridge"), e.leg, time_of(e), whole(e, "ms")}};
}

Changes bridge_down(const Event& e) {
  if (text(e, "bridge").empty()) return {};
  return {store::BridgeDown{text(e, "bridge"), text(e, "reason"), time_of(e), whole(e, "ms")}};
}

Changes record_started(const Event& e) {
  if (text(e, "segment").empty()) return {};
  return {store::RecordStarted{text(e, "segment"), e.call, text(e, "bridge"), text(e, "file"), nth_leg(e, 0),
                               nth_leg(e, 1), time_of(e)}};
}

Changes record_stopped(const Event& e) {
  if (text(e, "segment").empty()) return {};
  return {store::RecordStopped{text(e, "segment"), e.call, text(e, "file"), text(e, "reason"), time_of(e),
                               whole(e, "ms"), whole(e, "gap_ms")}};
}

Changes rec_kept(const Event& e) {
  if (text(e, "segment").empty()) return {};
  return {store::RecordKept{text(e, "segment"), e.call, text(e, "file"), text(e, "sha256"), time_of(e),
                            moment(e, "started"), whole(e, "ms"), whole(e, "gap_ms"), whole(e, "bytes")}};
}

Changes rec_failed(const Event& e) {
  if (text(e, "segment").empty()) return {};
  return {store::RecordFailed{text(e, "segment"), e.call, text(e, "text"), time_of(e)}};
}

Changes queue_entered(const Event& e) {
  return {store::QueueEntered{e.call, text(e, "queue"), e.number, moment(e, "entry"), whole(e, "priority")}};
}

Changes queue_offered(const Event& e) {
  return {store::QueueOffered{word(e, "offer"), e.call, text(e, "queue"), word(e, "agent"),
                              e.leg.empty() ? text(e, "leg") : e.leg, e.number, time_of(e)}};
}

Changes queue_missed(const Event& e) {
  return {store::QueueMissed{word(e, "offer"), e.call, text(e, "reason"), time_of(e), whole(e, "ring_ms")}};
}

Changes queue_exit(const Event& e) {
  std::optional<int64_t> ring;
  if (e.fields.contains("ring_ms")) ring = whole(e, "ring_ms");
  return {store::QueueExit{e.call, text(e, "queue"), text(e, "reason"), word(e, "agent"), word(e, "offer"), e.number,
                           time_of(e), whole(e, "wait_ms"), ring}};
}

Changes queue_announced(const Event& e) { return {store::QueueAnnounced{e.call, time_of(e)}}; }

Changes queue_served(const Event& e) {
  return {store::QueueServed{e.call, text(e, "queue"), word(e, "agent"), whole(e, "talk_ms")}};
}

Changes agent_state(const Event& e) {
  if (word(e, "agent").empty() || text(e, "state").empty()) return {};
  return {store::AgentState{word(e, "agent"), text(e, "state"), text(e, "reason"), e.call, e.number, time_of(e)}};
}

Changes ivr_entered(const Event& e) {
  return {store::IvrEntered{e.call, text(e, "flow"), word(e, "version"), e.number, time_of(e)}};
}

Changes ivr_node(const Event& e) { return {store::IvrNode{e.call, text(e, "node")}}; }

Changes ivr_exit(const Event& e) { return {store::IvrExit{e.call, text(e, "node"), text(e, "reason"), time_of(e)}}; }

Changes voicemail_left(const Event& e) {
  if (text(e, "file").empty() || text(e, "mailbox").empty()) return {};
  const Json& form = wire::member(e.fields, "form");
  store::MessageLeft left{
      text(e, "file"),           text(e, "number"), text(e, "mailbox"),        e.call,
      text(e, "caller"),         text(e, "called"), wire::text(form, "topic"), wire::text(form, "number"),
      wire::text(form, "reply"), time_of(e)};
  if (e.fields.contains("ms")) left.ms = whole(e, "ms");
  return {left};
}

/// message.heard, message.answered, message.deleted: the event's name says the state.
Changes message_changed(const Event& e) {
  if (text(e, "file").empty()) return {};
  return {store::MessageChanged{text(e, "file"), e.name.substr(e.name.find('.') + 1), text(e, "by"), time_of(e)}};
}

struct Rule {
  const char* publisher;
  bool of_a_call;  ///< an event without a call is none of ours
  Changes (*changes)(const Event&);
};

const std::map<std::string, Rule, std::less<>> kRules = {
    {"call.offered", {"ccswitchd", true, call_offered}},
    {"call.ended", {"ccswitchd", true, call_ended}},
    {"leg.dialed", {"ccswitchd", true, leg_dialed}},
    {"leg.ringing", {"ccswitchd", true, leg_ringing}},
    {"leg.answered", {"ccswitchd", true, leg_answered}},
    {"leg.released", {"ccswitchd", true, leg_released}},
    {"bridge.up", {"ccswitchd", true, bridge_up}},
    {"bridge.joined", {"ccswitchd", true, bridge_joined}},
    {"bridge.left", {"ccswitchd", true, bridge_left}},
    {"bridge.down", {"ccswitchd", true, bridge_down}},
    {"record.started", {"ccswitchd", true, record_started}},
    {"record.stopped", {"ccswitchd", true, record_stopped}},
    {"rec.kept", {"ccrec", true, rec_kept}},
    {"rec.failed", {"ccrec", true, rec_failed}},
    {"queue.entered", {"ccqueue", true, queue_entered}},
    {"queue.offered", {"ccqueue", true, queue_offered}},
    {"queue.missed", {"ccqueue", true, queue_missed}},
    {"queue.exit", {"ccqueue", true, queue_exit}},
    {"queue.announced", {"ccqueue", true, queue_announced}},
    {"queue.served", {"ccqueue", true, queue_served}},
    {"agent.state", {"ccqueue", false, agent_state}},
    {"ivr.entered", {"ccivr", true, ivr_entered}},
    {"ivr.node", {"ccivr", true, ivr_node}},
    {"ivr.exit", {"ccivr", true, ivr_exit}},
    {"voicemail.left", {"ccivr", true, voicemail_left}},
    {"message.heard", {"ccivr", true, message_changed}},
    {"message.answered", {"ccivr", true, message_changed}},
    {"message.deleted", {"ccivr", true, message_changed}},
};

}  // namespace

std::vector<Change> fold(const Event& event) {
  auto found = kRules.find(event.name);
  if (found == kRules.end()) return {};
  const Rule& rule = found->second;
  // The exchange's simulator has calls too, and events of the same names: only the owner of a table may speak of it.
  if (event.from != rule.publisher || (rule.of_a_call && event.call.empty())) return {};
  return rule.changes(event);
}

}  // namespace hotline::journal_fold
