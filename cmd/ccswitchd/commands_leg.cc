// SPDX-License-Identifier: GPL-2.0-or-later
// What can be done to one leg: alert, answer, hangup, play, stop, digits, secret keys.
#include "faxes.h"
#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

static Reply wrong_state(const Leg& leg, const std::string& wish) {
  return Reply::no(wire::code::kWrongState, "leg '" + leg.id + "' is " + name_of(leg.state) + ": " + wish);
}

Reply Switch::alert(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (!leg) return *fields.refused();
  if (leg->state == LegState::alerting) return Reply::yes();
  if (!calls_.step(*leg, LegEvent::alert)) return wrong_state(*leg, "only an offered leg can be told that it rings");
  side(*leg).alert(leg->far.id);
  return Reply::yes();
}

Reply Switch::answer(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (!leg) return *fields.refused();
  if (leg->state == LegState::answering) return Reply::yes();
  if (!calls_.step(*leg, LegEvent::answer)) return wrong_state(*leg, "only an offered leg can be answered");
  // Who is reached, where the far network has told (COLP): the caller's network or telephone shows it.
  std::string connected;
  for (const auto& [number, other] : calls_.call_of(*leg).legs)
    if (other.id != leg->id && other.state == LegState::up && !other.connected.empty()) connected = other.connected;
  side(*leg).answer(leg->far.id, connected);
  return Reply::yes();
}

Reply Switch::hangup(Fields& fields) {
  int cause = static_cast<int>(fields.integer("cause", cause::kNormal, 1, 127));
  if (fields.has("leg")) {
    Leg* leg = needed_leg(fields);
    if (!leg) return *fields.refused();
    release(*leg, cause, By::local);
    return Reply::yes();
  }
  if (!fields.has("call")) fields.refuse(wire::code::kBadRequest, "field 'leg' or 'call' is missing");
  Call* call = needed_call(fields);
  if (!call) return *fields.refused();
  release_all(*call, cause, By::local);
  return Reply::yes();
}

Reply Switch::play(Fields& fields) {
  Leg* leg = needed_leg(fields);
  bool loop = fields.boolean("loop", false), barge = fields.boolean("barge", false);
  bool notice = fields.boolean("notice", false);
  if (!leg || !fields) return *fields.refused();
  auto list = items(fields, "items", calls_.call_of(*leg));
  if (fields && list.empty()) fields.refuse(wire::code::kBadRequest, "field 'items' is missing or empty");
  if (!fields) return *fields.refused();
  if (faxes_->busy(*leg)) return wrong_state(*leg, "and has a fax: fax-stop ends it");
  bool early = leg->state == LegState::alerting && side(*leg).early(leg->far.id);
  if (leg->state != LegState::up && leg->state != LegState::answering && !early)
    return wrong_state(*leg, "it hears nothing before it is alerted or answered");
  uint32_t play = engine_->play(leg->port, std::move(list), loop, barge);
  calls_.play_started(*leg, play, notice);
  return Reply::yes({{"play", play}});
}

Reply Switch::stop(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (!leg) return *fields.refused();
  if (!leg->plays.empty()) engine_->stop(leg->port);
  return Reply::yes();
}

Reply Switch::digits(Fields& fields) {
  Leg* leg = needed_leg(fields);
  std::string digits = fields.needed("digits");
  if (!leg || !fields) return *fields.refused();
  static constexpr size_t kDigitsMax = 32;
  if (digits.size() > kDigitsMax || digits.find_first_not_of("0123456789*#ABCD") != std::string::npos)
    return Reply::no(wire::code::kBadRequest, "field 'digits' is not 1 to 32 of 0-9, '*', '#', A-D");
  if (faxes_->busy(*leg)) return wrong_state(*leg, "and has a fax: fax-stop ends it");
  if (leg->state != LegState::up) return wrong_state(*leg, "keys can be sent when it is up");
  if (!side(*leg).send_keys(leg->far.id, digits)) engine_->send_digits(leg->port, digits);
  return Reply::yes();
}

Reply Switch::secret(Fields& fields) {
  Leg* leg = needed_leg(fields);
  bool on = fields.boolean("on", true);
  if (!leg || !fields) return *fields.refused();
  if (!on)
    leg->secret.reset();
  else if (!leg->secret)
    leg->secret.emplace();
  return Reply::yes();
}

Reply Switch::keys(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (!leg) return *fields.refused();
  if (!leg->secret) return wrong_state(*leg, "its keys are no secret: digit events have them");
  return Reply::yes({{"keys", std::exchange(*leg->secret, "")}});
}

}  // namespace hotline::ccswitchd
