// SPDX-License-Identifier: GPL-2.0-or-later
// What can be done to a call: dial, tag, handover.
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

Reply refused_by(const Error& error, Far::Kind kind) {
  int absent = kind == Far::Kind::phone ? cause::kSubscriberAbsent : cause::kNoCircuit;
  if (error.code == Errc::unavailable) return no_dial(wire::code::kUnavailable, error.text, absent);
  if (error.code == Errc::again) return no_dial(wire::code::kBusy, error.text, cause::kCongestion);
  return no_dial(wire::code::kInternal, error.text, cause::kTemporaryFailure);
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
  if (fields && phone && calls_.legs_of(to) >= config_.find_phone(to.substr(6))->calls_max)
    return no_dial(wire::code::kBusy, "phone '" + to.substr(6) + "' has as many calls as it may: see calls_max",
                   cause::kBusy);
  if (fields.has("call")) {
    Call* call = needed_call(fields);
    return call ? dial_out(fields, *call, to) : *fields.refused();
  }
  std::string controller = fields.needed("controller");
  if (fields && !wire::is_verb(controller)) fields.refuse(wire::code::kBadRequest, "field 'controller' is no name");
  if (fields && draining_) return no_dial(wire::code::kUnavailable, "the switch is stopping", cause::kTemporaryFailure);
  if (fields && calls_.all().size() >= static_cast<size_t>(config_.calls_max))
    return no_dial(wire::code::kBusy, "calls_max is reached", cause::kCongestion);
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
  bool phone = to.starts_with("phone:");
  std::string role = fields.choice("role", "party", {"agent", "party"});
  int64_t timeout = fields.integer("timeout_ms", kDialMs, kDialMsMin, kDialMsMax);
  Dial dial;
  dial.to = to.substr(to.find(':') + 1);
  if (to.starts_with("trunk:")) {
    dial.to = to.substr(to.find('/') + 1);
    dial.trunk = to.substr(6, to.find('/') - 6);
  }
  dial.from = fields.text("from", phone || config_.number.empty() ? call.from : config_.number);
  dial.display = fields.text("display", phone ? dial.from : call.caller_name);
  dial.redirecting = {wire::text(call.redirecting, "number"), wire::text(call.redirecting, "reason")};
  dial.auto_answer = fields.boolean("auto_answer", false);
  const Json& tags = fields.any("tags");
  if (auto wrong = Calls::wrong_tags({}, tags, Json()); !wrong.empty())
    fields.refuse(wire::code::kBadRequest, "field 'tags': " + wrong);
  if (call.legs.size() >= kLegsMax) fields.refuse(wire::code::kBusy, "the call has too many legs");
  if (!fields) return *fields.refused();
  Far::Kind kind = phone ? Far::Kind::phone : dial.trunk.empty() ? Far::Kind::span : Far::Kind::trunk;
  auto dialled = kind == Far::Kind::span ? spans_->dial(dial) : phones_->dial(dial);
  if (!dialled) return refused_by(dialled.error(), kind);
  Leg& leg = calls_.dialed(call, dialled->far, dialled->port, dialled->endpoint, to, role, tags_of(tags),
                           monotonic_now() + milliseconds(timeout));
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
