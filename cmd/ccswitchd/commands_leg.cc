// SPDX-License-Identifier: GPL-2.0-or-later
// What can be done to one leg: alert, answer, hangup, play, stop, digits, secret keys.
#include "faxes.h"
#include "file_plays.h"
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

std::optional<Reply> Switch::cannot_hear(const Leg& leg) {
  if (faxes_->busy(leg)) return wrong_state(leg, "and has a fax: fax-stop ends it");
  bool early = leg.state == LegState::alerting && side(leg).early(leg.far.id);
  if (leg.state == LegState::up || leg.state == LegState::answering || early) return std::nullopt;
  return wrong_state(leg, "it hears nothing before it is alerted or answered");
}

std::optional<PlayWish> Switch::wish_to_play(Fields& fields) {
  Leg* leg = needed_leg(fields);
  PlayWish wish;
  wish.loop = fields.boolean("loop", false);
  wish.barge = fields.boolean("barge", false);
  wish.notice = fields.boolean("notice", false);
  if (!leg || !fields) return std::nullopt;
  wish.leg = leg->id;
  wish.items = items(fields, "items", calls_.call_of(*leg), &wish.files);
  if (fields && wish.items.empty()) fields.refuse(wire::code::kBadRequest, "field 'items' is missing or empty");
  if (!fields) return std::nullopt;
  if (auto deaf = cannot_hear(*leg)) {
    fields.refuse(wire::code::kWrongState, wire::text(deaf->body, "text"));
    return std::nullopt;
  }
  return wish;
}

/// All its sounds are there. The leg may have gone while they were loaded.
Reply Switch::begin_play(PlayWish wish) {
  Leg* leg = calls_.find_leg(wish.leg);
  auto deaf = leg ? cannot_hear(*leg) : std::nullopt;
  if (!leg || deaf)
    return Reply::no(kReplaced, "nothing was played to leg '" + wish.leg + "', which is " +
                                    (leg ? name_of(leg->state) : std::string("gone")));
  uint32_t play = engine_->play(leg->port, std::move(wish.items), wish.loop, wish.barge);
  calls_.play_started(*leg, play, wish.notice);
  return Reply::yes({{"play", play}});
}

/// From within: no files, which take their time.
Reply Switch::play(Fields& fields) {
  auto wish = wish_to_play(fields);
  if (!wish) return *fields.refused();
  if (!wish->files.empty()) return Reply::no(wire::code::kInternal, "a play of files has to be answered later");
  file_plays_->replace(wish->leg, "another play came");
  return begin_play(std::move(*wish));
}

std::optional<Reply> Switch::play_later(const Json& body, Relay::Later later) {
  if (!body.is_object()) return Reply::no(wire::code::kBadRequest, "the body is no object");
  Fields fields(body);
  auto wish = wish_to_play(fields);
  if (!wish) return *fields.refused();
  file_plays_->replace(wish->leg, "another play came");
  if (wish->files.empty()) return begin_play(std::move(*wish));
  return file_plays_->load(std::move(*wish), std::move(later));
}

Reply Switch::stop(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (!leg) return *fields.refused();
  file_plays_->replace(leg->id, "it was stopped");
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
