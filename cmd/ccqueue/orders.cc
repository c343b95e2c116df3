// SPDX-License-Identifier: GPL-2.0-or-later
// What a supervisor orders: agents against their will, callers out of the order. Each order has a name and a reason,
// and is an event.
#include <algorithm>

#include "base/text.h"
#include "mind.h"

namespace hotline::ccqueue {

using Op = acd::Input::Op;
using wire::Reply;
namespace code = wire::code;

static constexpr size_t kTextBytesMax = 64;

static bool one_word(const std::string& text) {
  return !text.empty() && text.size() <= kTextBytesMax && is_one_field(text);
}

/// wrap, force-ready, force-pause, force-logout.
Reply Mind::agent_order(const std::string& verb, const Json& body) {
  std::string id = wire::text(body, "agent"), reason = valid_utf8(wire::text(body, "reason"));
  std::string by = valid_utf8(wire::text(body, "by"));
  bool forced = verb != "wrap", at_once = wire::boolean(body, "now");
  const auto* agent = core_.agent(id);
  if (!agent) return no_agent(id);
  if (forced && (!one_word(reason) || !one_word(by)))
    return Reply::no(code::kBadRequest,
                     "fields 'reason' and 'by', 1 to 64 octets without tab or newline, go with an order");
  if (forced && (reason == "phone-gone" || reason == "dnd"))
    return Reply::no(code::kBadRequest, "field 'reason': '" + reason + "' is what ccqueue says of a telephone");
  microseconds more = milliseconds(wire::integer(body, "more_ms"));
  if (!forced && (more <= microseconds(0) || more > std::chrono::hours(24)))
    return Reply::no(code::kBadRequest, "field 'more_ms' is missing or not 1 to 86400000");
  acd::Actions out;
  Utc now = moment(utc_now());
  if (forced) {
    Json fields = {{"verb", verb}, {"agent", id}, {"reason", reason}, {"by", by}};
    if (at_once) fields["now"] = true;
    emit("queue.order", agent->call, std::move(fields));
  }
  // Now means now: his talk is ended as if he had hung up. A ring is ended by the order itself.
  if (at_once && verb != "force-ready" && !agent->call.empty()) {
    const auto* call = call_of(agent->call);
    const auto* entry = core_.entry(agent->call);
    if (entry && entry->state == acd::EntryState::talking) {
      if (call) order("hangup", {{"call", call->id}});
      feed({.op = Op::call_over, .now = now, .who = agent->call}, out);
    }
  }
  acd::Input input = {.op = Op::extend_wrap_up, .now = now, .who = id, .span = more};
  if (verb == "force-ready") input = {.op = Op::ready, .now = now, .who = id};
  if (verb == "force-pause") input = {.op = Op::pause, .now = now, .who = id, .text = reason};
  if (verb == "force-logout") input = {.op = Op::logout, .now = now, .who = id, .text = "forced: " + reason};
  bool done = feed(std::move(input), out);
  perform(out);
  if (!done) return Reply::no(code::kWrongState, refusal_);
  const auto* after = core_.agent(id);
  Json answer = {{"n", service_.last_number()}, {"agent", id}, {"state", acd::name(after->state)}};
  if (after->next) answer["next"] = acd::name(*after->next);
  if (after->until) answer["until"] = format_utc(*after->until);
  return Reply::yes(std::move(answer));
}

/// move, withdraw, priority.
Reply Mind::caller_order(const std::string& verb, const Json& body) {
  std::string id = wire::text(body, "call"), queue = wire::text(body, "queue");
  std::string reason = valid_utf8(wire::text(body, "reason")), by = valid_utf8(wire::text(body, "by"));
  int64_t priority = wire::integer(body, "priority", -1);
  const auto* entry = core_.entry(id);
  if (!entry) return Reply::no(code::kNotFound, "call '" + id + "' is in no queue");
  if (!one_word(reason) || !one_word(by))
    return Reply::no(code::kBadRequest,
                     "fields 'reason' and 'by', 1 to 64 octets without tab or newline, go with an order");
  if (verb == "priority" && (priority < 0 || priority > acd::kPriorityMax))
    return Reply::no(code::kBadRequest, "field 'priority' is missing or not 0 to " + std::to_string(acd::kPriorityMax));
  if (verb == "move" && !core_.queue_rule(queue)) return no_queue(queue);
  if (entry->state == acd::EntryState::talking)
    return Reply::no(code::kWrongState, "call '" + id + "' is in a talk with agent " + entry->agent);
  Json fields = {{"verb", verb}, {"reason", reason}, {"by", by}};
  if (verb == "move") fields["queue"] = queue;
  if (verb == "priority") fields["priority"] = priority;
  emit("queue.order", id, std::move(fields));
  acd::Actions out;
  acd::Input input = {.op = Op::leave, .now = moment(utc_now()), .who = id, .text = "withdrawn"};
  if (verb == "move") input.op = Op::move, input.other = queue, input.text.clear();
  if (verb == "priority") input.op = Op::prioritize, input.number = priority, input.text.clear();
  bool done = feed(std::move(input), out);
  perform(out);
  if (!done) return Reply::no(code::kWrongState, refusal_);
  if (verb == "priority") order("tag", {{"call", id}, {"set", {{"priority", std::to_string(priority)}}}});
  return Reply::yes({{"n", service_.last_number()}, {"call", id}, {"position", core_.position(id)}});
}

Reply Mind::resync() {
  sync_->resync();
  return Reply::yes({{"n", service_.last_number()}});
}

}  // namespace hotline::ccqueue
