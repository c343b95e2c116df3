// SPDX-License-Identifier: GPL-2.0-or-later
// What can be done to a call: dial, tag, handover.
#include <algorithm>

#include "switch.h"
#include "transfer.h"

namespace hotline::ccswitchd {

using wire::Reply;

namespace {

constexpr int64_t kDialMsMin = 1000, kDialMsMax = 600'000, kDialMs = 30'000;

/// A refusal of dial, with the cause that a caller is told.
Reply no_dial(const char* code, const std::string& text, int cause) {
  Reply reply = Reply::no(code, text);
  reply.body["cause"] = cause;
  return reply;
}

Reply refused_by(const NotReached& why) {
  const Error& error = why.error;
  const char* code = error.code == Errc::unavailable ? wire::code::kUnavailable
                     : error.code == Errc::again     ? wire::code::kBusy
                     : error.code == Errc::denied    ? wire::code::kDenied
                                                     : wire::code::kInternal;
  return no_dial(code, error.text, why.cause);
}

Tags tags_of(const Json& set) {
  Tags tags;
  for (const auto& [key, value] : set.items()) tags[key] = value.get<std::string>();
  return tags;
}

}  // namespace

Reply Switch::dial(Fields& fields) {
  std::string to = fields.needed("to");
  bool phone = to.starts_with("phone:"), number = to.starts_with("pstn:") && is_number(to.substr(5));
  size_t slash = to.find('/');
  bool trunk = to.starts_with("trunk:") && slash != std::string::npos && is_number(to.substr(slash + 1));
  if (fields && !phone && !number && !trunk)
    fields.refuse(wire::code::kBadRequest,
                  "field 'to': '" + to + "' is none of phone:ID, pstn:NUMBER, trunk:NAME/NUMBER");
  if (fields && trunk && !config_.find_trunk(to.substr(6, slash - 6)))
    return no_dial(wire::code::kNotFound, "no trunk '" + to.substr(6, slash - 6) + "'", cause::kNoRoute);
  if (fields && phone && !config_.find_phone(to.substr(6)))
    return no_dial(wire::code::kNotFound, "no phone '" + to.substr(6) + "'", cause::kUnallocated);
  if (fields.has("call")) {
    Call* call = needed_call(fields);
    return call ? dial_out(fields, *call, to) : *fields.refused();
  }
  std::string controller = fields.needed("controller");
  if (fields && !wire::is_verb(controller)) fields.refuse(wire::code::kBadRequest, "field 'controller' is no name");
  if (int cause = fields ? refusal() : 0; cause == cause::kTemporaryFailure)
    return no_dial(wire::code::kUnavailable, "the switch is stopping", cause);
  else if (cause)
    return no_dial(wire::code::kBusy, "calls_max is reached, or the switch is overloaded", cause);
  if (fields && controller != kDirect && !controllers_.expect(controller, monotonic_now()))
    fields.refuse(wire::code::kBusy, "there are too many controllers");
  if (!fields) return *fields.refused();
  Call& call = calls_.open(fields.text("from"), to.substr(to.find_last_of(":/") + 1), "", controller, {});
  call.tags["lang"] = config_.language;
  std::string id = call.id;
  Reply reply = dial_out(fields, call, to);
  if (!reply.ok) calls_.forget(id);
  return reply;
}

Reply Switch::dial_out(Fields& fields, Call& call, const std::string& to) {
  Reach reach;
  std::string role = fields.choice("role", "party", {"agent", "party"});
  int64_t timeout = fields.integer("timeout_ms", kDialMs, kDialMsMin, kDialMsMax);
  // An agent who is offered a call is meant himself; his telephone's forwards are for others.
  reach.forwards = fields.boolean("forward", role != "agent");
  reach.from_given = fields.has("from");
  reach.timeout = milliseconds(timeout);
  reach.asked.from = fields.text("from", call.from);
  reach.asked.display = fields.text("display", to.starts_with("phone:") ? reach.asked.from : call.caller_name);
  reach.asked.redirecting = {wire::text(call.redirecting, "number"), wire::text(call.redirecting, "reason")};
  reach.asked.diversions = static_cast<int>(wire::integer(call.redirecting, "count", call.redirecting.is_null() ? 0 : 1));
  reach.asked.max_forwards = std::max(0, call.max_forwards - 1);
  reach.asked.auto_answer = fields.boolean("auto_answer", false);
  const Json& tags = fields.any("tags");
  if (auto wrong = Calls::wrong_tags({}, tags, Json()); !wrong.empty())
    fields.refuse(wire::code::kBadRequest, "field 'tags': " + wrong);
  if (call.legs.size() >= kLegsMax) fields.refuse(wire::code::kBusy, "the call has too many legs");
  if (!fields) return *fields.refused();
  auto refused = aim(reach, to);
  auto reached = refused ? std::variant<Dialled, NotReached>(*refused) : try_reach(reach);
  if (auto* nowhere = std::get_if<NotReached>(&reached)) return refused_by(*nowhere);
  const Dialled& dialled = std::get<Dialled>(reached);
  Leg& leg = calls_.dialed(call, dialled.far, dialled.port, dialled.endpoint, to, role, tags_of(tags),
                           deadline_of(reach));
  tell_hops(leg, reaches_[leg.id] = std::move(reach));
  return Reply::yes({{"call", call.id}, {"leg", leg.id}});
}

Reply Switch::tag(Fields& fields) {
  Leg* leg = fields.has("leg") ? needed_leg(fields) : nullptr;
  if (!leg && !fields.has("leg") && !fields.has("call"))
    fields.refuse(wire::code::kBadRequest, "field 'call' or 'leg' is missing");
  Call* call = leg ? &calls_.call_of(*leg) : fields ? needed_call(fields) : nullptr;
  if (!fields) return *fields.refused();
  const Json &set = fields.any("set"), &unset = fields.any("unset");
  if (auto wrong = Calls::wrong_tags(leg ? leg->tags : call->tags, set, unset); !wrong.empty())
    return Reply::no(wire::code::kBadRequest, wrong);
  calls_.tag(*call, leg, set, unset);
  return Reply::yes();
}

Reply Switch::handover(Fields& fields) {
  Call* call = needed_call(fields);
  std::string to = fields.needed("to");
  if (fields && !wire::is_verb(to)) fields.refuse(wire::code::kBadRequest, "field 'to' is no controller's name");
  if (!call || !fields) return *fields.refused();
  const Json& tags = fields.any("tags");
  if (auto wrong = Calls::wrong_tags(call->tags, tags, Json()); !wrong.empty())
    return Reply::no(wire::code::kBadRequest, "field 'tags': " + wrong);
  if (transfers_->give_back(*call, tags)) return Reply::yes();
  if (to != kDirect && !controllers_.expect(to, monotonic_now()))
    return Reply::no(wire::code::kBusy, "there are too many controllers");
  call->fallen_back = false;
  calls_.handover(*call, to, tags);
  assign(*call);
  return Reply::yes();
}

}  // namespace hotline::ccswitchd
