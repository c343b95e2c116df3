// SPDX-License-Identifier: GPL-2.0-or-later
// hold, resume, transfer; and the same when it is a phone that wants them.
#include "base/causes.h"
#include "sip/sip.h"
#include "switch.h"
#include "transfer.h"

namespace hotline::ccswitchd {

using wire::Reply;

void Switch::set_held(Leg& leg, bool by_phone, bool on) {
  bool was = leg.held();
  calls_.hold(leg, by_phone, on);
  if (leg.port && leg.held() != was) engine_->hold(leg.port, leg.held());
}

Reply Switch::hold(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (!leg) return *fields.refused();
  if (leg->state != LegState::up)
    return Reply::no(wire::code::kWrongState, "leg '" + leg->id + "' is " + name_of(leg->state) + ", not up");
  set_held(*leg, false, true);
  return Reply::yes();
}

Reply Switch::resume(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (!leg) return *fields.refused();
  if (leg->phone_holds && !leg->controller_holds)
    return Reply::no(wire::code::kWrongState, "leg '" + leg->id + "' is held by its phone, which alone can resume");
  set_held(*leg, false, false);
  return Reply::yes();
}

Reply Switch::transfer(Fields& fields) {
  Leg* leg = needed_leg(fields);
  bool attended = fields.has("with");
  if (attended && fields.has("to"))
    fields.refuse(wire::code::kBadRequest, "fields 'to' and 'with' shut each other out");
  Leg* with = attended ? leg_in(fields, fields.needed("with")) : nullptr;
  std::string to = attended ? "" : fields.needed("to");
  bool back = fields.boolean("back", false);
  if (!fields) return *fields.refused();
  if (to.starts_with("controller:")) return transfers_->to_controller(*leg, to.substr(11), fields.any("tags"), back);
  return attended ? transfers_->attended(*leg, *with) : transfers_->blind(*leg, to);
}

void Switch::on_held(Far far, bool held) {
  Leg* leg = calls_.find_leg(far);
  if (leg && leg->state == LegState::up) set_held(*leg, true, held);
}

/// Only whether it can begin; it begins when the phone has been told so.
int Switch::on_refer(Far far, const std::string& to, std::optional<Far> with) {
  static constexpr int kAccepted = 202, kForbidden = 403, kNotFound = 404, kNoDialog = 481;
  Leg* leg = calls_.find_leg(far);
  if (!leg) return kNoDialog;
  if (!transfers_->wrong(*leg).empty()) return kForbidden;
  if (with && !calls_.find_leg(*with)) return kNotFound;
  if (!with) {
    Destination where = whereto(leg->endpoint, to);
    if (where.controller.empty()) return status_of_cause(where.cause);
  }
  service_.loop().post([this, far, to, with] {
    Leg *by = calls_.find_leg(far), *second = with ? calls_.find_leg(*with) : nullptr;
    if (!by) return;
    std::string id = by->id;
    Reply reply = second ? transfers_->attended(*by, *second)
                  : with ? Reply::no(wire::code::kNotFound, "the other call has ended")
                         : transfers_->to_number(*by, whereto(by->endpoint, to), to);
    if (reply.ok) return;
    int cause = static_cast<int>(wire::integer(reply.body, "cause", cause::kTemporaryFailure));
    wire::Event event = own_event("transfer.failed", {{"to", to}, {"cause", cause}});
    event.call = by->call;
    event.leg = id;
    emit(std::move(event));
    side(*by).transfer_progress(far.id, status_of_cause(cause));
  });
  return kAccepted;
}

bool Switch::on_replacing(Far far, const std::string& phone, Far replaced, media::PortId port) {
  Leg* old = calls_.find_leg(replaced);
  return old && port && !draining_ && transfers_->take_over(far, port, phone, *old);
}

/// A phone that forwards by itself (3xx): followed to other phones and numbers that it could dial itself. An offer to
/// an agent is meant for that agent.
bool Switch::on_moved(Far far, const std::vector<std::string>& numbers) {
  static constexpr int kRedirectionsMax = 3;
  Leg* leg = calls_.find_leg(far);
  bool follows = leg && (leg->state == LegState::dialed || leg->state == LegState::ringing) && leg->role != "agent" &&
                 leg->redirections < kRedirectionsMax;
  if (!follows) return false;
  const Call& call = calls_.call_of(*leg);
  for (const auto& number : numbers) {
    Destination where = whereto(leg->endpoint, number);
    auto to = where.tags.find(kDirectTo);
    if (where.controller != kDirect || to == where.tags.end() || to->second == leg->endpoint) continue;
    Reach reach = reaches_[leg->id];
    reach.forwards = true;
    reach.asked.from = reach.asked.display = call.from;
    if (aim(reach, to->second)) continue;
    auto reached = try_reach(reach);
    const auto* dialled = std::get_if<Dialled>(&reached);
    if (!dialled) continue;
    calls_.redirect(*leg, dialled->far, dialled->port, dialled->endpoint, to->second);
    tell_hops(*leg, reaches_[leg->id] = std::move(reach));
    return true;
  }
  return false;
}

void Switch::on_early(Far far) {
  Leg* leg = calls_.find_leg(far);
  if (!leg) return;
  watch_far_end(*leg);
  calls_.early(*leg);
}

/// The one who waits hears what the called one's network says before the answer: its own ringing, or why there is none.
void Switch::join_early(Leg& waiting, Leg& ringing) {
  if (!ringing.early || !waiting.port || !ringing.port || !waiting.bridge.empty()) return;
  if (waiting.state != LegState::up && !side(waiting).early(waiting.far.id)) return;
  engine_->bridge(waiting.port, ringing.port, {});
}

}  // namespace hotline::ccswitchd
