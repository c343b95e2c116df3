// SPDX-License-Identifier: GPL-2.0-or-later
// Call-backs: the caller hung up and his place waits on, as a visit of its own. When it is his turn the agent's
// telephone rings first, for a machine that calls somebody and then lets him wait has wasted his time twice; once the
// agent is there the customer is called, and both are joined like any other two.
//
//     visit "<call>-b"  waiting ─offer→ the agent's leg, in a call of its own (visit_of_)
//                       connecting ─→ the customer's leg ─answered→ notice, bridge
//                                        └─not reached→ parked for kRetry, kAttempts times in all
#include "base/log.h"
#include "base/text.h"
#include "mind.h"

namespace hotline::ccqueue {

using Op = acd::Input::Op;
using wire::Reply;
namespace code = wire::code;

static constexpr seconds kRetry(300);
static constexpr int64_t kAttempts = 3;
static constexpr milliseconds kCustomerRings(45000);
static constexpr size_t kCallBacksMax = 10000, kNumberDigitsMax = 32;

std::string Mind::visit_of(const std::string& call) const {
  auto found = visit_of_.find(call);
  return found == visit_of_.end() ? call : found->second;
}

const Call* Mind::call_of(const std::string& visit) const {
  if (call_backs_.count(visit))
    for (const auto& [call, of] : visit_of_)
      if (of == visit) return view_.call(call);
  return view_.call(visit);
}

/// The one who waits is to be called back, at his number. False when there is none, or he does not wait.
bool Mind::promise(const std::string& id, acd::Actions& out) {
  const auto* call = view_.call(id);
  const auto* entry = core_.entry(id);
  if (!call || !entry || call_backs_.size() >= kCallBacksMax) return false;
  std::string to = call->tag("call-back").empty() ? call->from : call->tag("call-back"), as = id + "-b";
  if (to.empty()) {
    log_warning("call-back.unknown call=" + id + " text='the caller shows no number, and has no tag call-back'");
    return false;
  }
  if (!feed({.op = Op::call_back, .now = moment(utc_now()), .who = id, .other = as}, out)) return false;
  call_backs_[as] = {to, id, 0};
  write_down();
  emit("queue.call-back", id, {{"as", as}, {"to", to}});
  farewell(id);
  return true;
}

/// The command call-back: for a call that waits, or for a number that shall wait in a queue.
Reply Mind::promise(const Json& body) {
  acd::Actions out;
  std::string id = wire::text(body, "call");
  if (!id.empty()) {
    if (!core_.entry(id)) return Reply::no(code::kNotFound, "call '" + id + "' is in no queue");
    bool done = promise(id, out);
    perform(out);
    if (!done) return Reply::no(code::kWrongState, "call '" + id + "' does not wait, or shows no number");
    return Reply::yes({{"n", service_.last_number()}, {"as", id + "-b"}});
  }
  std::string to = wire::text(body, "to"), queue = wire::text(body, "queue");
  bool number =
      !to.empty() && to.size() <= kNumberDigitsMax && to.find_first_not_of("0123456789*#+") == std::string::npos;
  if (!number) return Reply::no(code::kBadRequest, "field 'call' or 'to', a number to call, is missing or wrong");
  if (!core_.queue_rule(queue)) return no_queue(queue);
  if (call_backs_.size() >= kCallBacksMax)
    return Reply::no(code::kBusy, std::to_string(kCallBacksMax) + " call-backs wait already");
  // The number of the event that tells of it makes the visit's name: no two have the same.
  std::string as = "b" + std::to_string(service_.last_number() + 1);
  Utc now = moment(utc_now());
  acd::Arrival arrival{as, queue, {}, now};
  if (body.contains("priority"))
    arrival.priority = static_cast<int>(std::clamp<int64_t>(wire::integer(body, "priority"), 0, acd::kPriorityMax));
  arrival.call_back = true;
  call_backs_[as] = {to, "", 0};
  emit("queue.call-back", "", {{"as", as}, {"to", to}});
  bool done = feed({.op = Op::enter, .now = now, .arrival = arrival}, out);
  if (!done) call_backs_.erase(as);
  perform(out);
  if (!done) return Reply::no(code::kWrongState, refusal_);
  return Reply::yes({{"n", service_.last_number()}, {"as", as}});
}

/// The agent is on the line and hears the ringing.
void Mind::call_customer(const std::string& visit) {
  const auto* entry = core_.entry(visit);
  const auto* call = call_of(visit);
  auto back = call_backs_.find(visit);
  const auto* agent = call && entry ? call->leg_of(entry->offer) : nullptr;
  if (!agent || back == call_backs_.end() || dialing_.count(visit)) return;
  dialing_.insert(visit);
  order("hear", {{"leg", agent->id}, {"what", "ringback"}});
  Json body = {{"to", "pstn:" + back->second.to}, {"call", call->id}, {"timeout_ms", kCustomerRings.count()}};
  sync_->ask("dial", body, [this, visit](Result<Reply> reply) {
    dialing_.erase(visit);
    if (reply && reply->ok) return;  // leg.answered or leg.released says the rest
    acd::Actions out;
    not_reached(visit, reply ? wire::text(reply->body, "text") : reply.error().text, out);
    perform(out);
    if (!reply) sync_->resync();
  });
}

void Mind::not_reached(const std::string& visit, const std::string& why, acd::Actions& out) {
  auto back = call_backs_.find(visit);
  const auto* entry = core_.entry(visit);
  if (back == call_backs_.end() || !entry || entry->state == acd::EntryState::talking) return;
  joining_.erase(visit);
  Utc now = moment(utc_now());
  int64_t attempts = ++back->second.attempts;
  emit("queue.not-reached", visit, {{"attempt", attempts}, {"text", why}});
  if (attempts < kAttempts)
    feed({.op = Op::postpone, .now = now, .who = visit, .time = now + kRetry}, out);
  else
    feed({.op = Op::leave, .now = now, .who = visit, .text = "failed"}, out);
}

/// After a restart: a talk goes on, what was on its way to one begins again at the old place.
void Mind::adopt_called(const Call& call, acd::Actions& out) {
  std::string visit = visit_of(call.id);
  const auto* entry = core_.entry(visit);
  const auto* leg = entry ? call.leg_of(entry->offer) : nullptr;
  const auto* bridge = leg ? call.bridge_of(leg->id) : nullptr;
  if (bridge) return feed({.op = Op::connected, .now = bridge->since, .who = visit}, out), void();
  joining_.erase(visit);
  if (leg && entry->state == acd::EntryState::offered && leg->state != "up") return;  // it rings
  order("hangup", {{"call", call.id}});
  if (entry && entry->state == acd::EntryState::talking)
    feed({.op = Op::call_over, .now = now_, .who = visit}, out);
  else if (entry && entry->state != acd::EntryState::waiting)
    feed({.op = Op::missed, .now = now_, .who = entry->offer, .text = "lost"}, out);
}

/// Call-backs that ring or talk, as far as we know, and have no call in the switch.
void Mind::drop_uncalled(acd::Actions& out) {
  std::vector<const acd::Entry*> gone;
  for (const auto& [visit, back] : call_backs_) {
    const auto* entry = core_.entry(visit);
    bool engaged = entry && entry->state != acd::EntryState::waiting;
    if (engaged && !call_of(visit) && !dialing_.count(entry->offer)) gone.push_back(entry);
  }
  for (const auto* entry : gone) {
    std::string visit = entry->call, offer = entry->offer;
    if (entry->state == acd::EntryState::talking)
      feed({.op = Op::call_over, .now = now_, .who = visit}, out);
    else
      feed({.op = Op::missed, .now = now_, .who = offer, .text = "lost"}, out);
  }
}

}  // namespace hotline::ccqueue
