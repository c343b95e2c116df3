// SPDX-License-Identifier: GPL-2.0-or-later
// A call comes in: who is not let in, whom the route program is asked about, where the tables lead, codes of telephones.
#include "base/log.h"
#include "base/text.h"
#include "direct.h"
#include "switch.h"
#include "transfer.h"

namespace hotline::ccswitchd {

route::Question Switch::question(const Arrival& arrival) const {
  return {arrival.from, arrival.to, arrival.line, utc_now(), night_};
}

/// Where a telephone gets that dials this number, also for handing a call on; there is no code in that.
Destination Switch::whereto(const std::string& line, const std::string& to) const {
  auto where = config_.plan.decide({line.substr(line.find(':') + 1), to, line, utc_now(), night_});
  if (where.code.empty()) return where;
  Destination refused;
  refused.cause = cause::kRejected;
  return refused;
}

/// Why a caller of the network is not let in: the cause, 0 when he is.
int Switch::blocked(const Arrival& arrival) const {
  if (arrival.line.starts_with("phone:")) return 0;
  const auto& rule = config_.plan.blacklist;
  if (arrival.from.empty()) return rule.withheld ? rule.cause : 0;
  const auto* entry = blacklist_.find(arrival.from, utc_now());
  return entry ? (entry->cause ? entry->cause : rule.cause) : 0;
}

void Switch::arrive(Arrival arrival) {
  if (int cause = blocked(arrival)) return admit(arrival, {}, cause, By::blacklist);
  // SIP has weighed its load already, before it answered 100.
  if (int cause = refusal(arrival.far.kind != Far::Kind::span)) return admit(arrival, {}, cause, By::the_switch);
  if (arrival.port == 0) return admit(arrival, {}, cause::kCongestion, By::the_switch);
  Far far = arrival.far;
  bool asked = program_ && program_->ask(question(arrival), config_.plan.zone,
                                         [this, far](const auto& answer) { program_says(far, answer); });
  if (asked)
    asking_[far] = std::move(arrival);
  else
    admit(arrival, config_.plan.decide(question(arrival)));
}

void Switch::program_says(Far far, const std::optional<ProgramAnswer>& answer) {
  auto waiting = asking_.extract(far);
  if (waiting.empty()) return;
  const Arrival& arrival = waiting.mapped();
  if (draining_) return admit(arrival, {}, cause::kTemporaryFailure, By::the_switch);
  auto asked = question(arrival);
  if (answer)
    if (auto where = by_program(*answer, asked)) return admit(arrival, *where);
  admit(arrival, config_.plan.decide(asked));
}

/// What the program said as a destination; nullopt when the tables decide.
std::optional<route::Destination> Switch::by_program(const ProgramAnswer& answer, const route::Question& asked) {
  using Kind = ProgramAnswer::Kind;
  route::Destination where;
  where.tags = answer.tags;
  where.tags.emplace("lang", config_.language);
  route::Question other = asked;
  switch (answer.kind) {
    case Kind::table:
      return std::nullopt;
    case Kind::called:
      other.called = answer.text;
      return config_.plan.decide(other);
    case Kind::refuse:
      where.cause = answer.cause;
      return where;
    case Kind::controller:
      where.controller = answer.text;
      break;
    case Kind::to:
      if (!can_dial(answer.text)) {
        if (auto times = answer_useless_.due(monotonic_now()))
          log_warning("route-program.fault times=" + std::to_string(times) +
                      " text='it named a far end that there is not'");
        return std::nullopt;
      }
      where.controller = kDirect;
      where.tags[kDirectTo] = answer.text;
  }
  if (where.controller == kDirect || controllers_.expect(where.controller, monotonic_now())) return where;
  if (auto times = answer_useless_.due(monotonic_now()))
    log_warning("route-program.fault times=" + std::to_string(times) + " controller=" + where.controller +
                " text='there are too many controllers'");
  return std::nullopt;
}

/// Whether `to` is something that dial takes.
bool Switch::can_dial(const std::string& to) const {
  if (to.starts_with("phone:")) return config_.find_phone(to.substr(6)) != nullptr;
  if (to.starts_with("group:")) return config_.plan.ring_groups.count(to.substr(6)) > 0;
  size_t slash = to.find('/');
  if (to.starts_with("trunk:") && slash != std::string::npos)
    return config_.find_trunk(to.substr(6, slash - 6)) && is_number(to.substr(slash + 1));
  return to.starts_with("pstn:") && is_number(to.substr(5));
}

/// The caller has gone while the program was thinking: he is in the books all the same.
bool Switch::gave_up_asking(Far far, int cause) {
  auto waiting = asking_.extract(far);
  if (waiting.empty()) return false;
  const Arrival& arrival = waiting.mapped();
  Call& call = calls_.open(valid_utf8(arrival.from), valid_utf8(arrival.to), arrival.line, "", {});
  Leg& leg = calls_.offer(call, arrival.far, arrival.port, arrival.line);
  calls_.released(leg, cause, true);
  return true;
}

void Switch::admit(const Arrival& arrival, route::Destination where, int refusal, By by) {
  if (!refusal && where.controller.empty()) refusal = where.cause;
  if (!refusal && !where.code.empty()) {
    std::string phone = arrival.line.substr(arrival.line.find(':') + 1);
    if (where.code.starts_with("pickup") && pick_up(arrival, where.argument)) return;
    where.tags["code"] = where.code;
    where.tags["code-result"] = obey_code(phone, where.code, where.argument) ? "done" : "refused";
  }
  // Nobody controls a call that is refused: it must not start anything on its way out.
  std::string controller = refusal ? "" : where.controller;
  Call& call = calls_.open(valid_utf8(arrival.from), valid_utf8(arrival.to), arrival.line, controller, where.tags);
  note_setup(call, arrival.far);
  Leg& leg = calls_.offer(call, arrival.far, arrival.port, arrival.line);
  if (where.unrouted) calls_.emit("call.unrouted", call, nullptr, {{"called", call.to}});
  if (refusal)
    release(leg, refusal, by);
  else
    assign(call);
}

/// The call that has rung longest at a telephone of the same pickup group, at that telephone alone when `of` names one, or at
/// a ring group whose calls this telephone may take.
Leg* Switch::ringing_for(const std::string& phone, const std::string& of) {
  const Phone* picker = config_.find_phone(phone);
  if (!picker || picker->sip.pickup_group.empty()) return nullptr;
  const std::string& mine = picker->sip.pickup_group;
  for (const auto& [id, call] : calls_.all()) {
    const route::RingGroup* group = direct_->groups().group_of(id);
    for (const auto& [number, leg] : call.legs) {
      if (leg.state != LegState::dialed && leg.state != LegState::ringing) continue;
      if (!of.empty() && leg.endpoint != "phone:" + of) continue;
      bool is_phone = leg.endpoint.starts_with("phone:");
      const Phone* owner = is_phone ? config_.find_phone(leg.endpoint.substr(6)) : nullptr;
      if ((owner && owner->sip.pickup_group == mine) || (group && group->pickup == mine)) return calls_.find_leg(leg.id);
    }
  }
  return nullptr;
}

/// By a code: the call that rings elsewhere is the telephone's from now on, and the one it came with is no call.
bool Switch::pick_up(const Arrival& arrival, const std::string& of) {
  std::string phone = arrival.line.substr(arrival.line.find(':') + 1);
  Leg* ringing = ringing_for(phone, of);
  return ringing && transfers_->take_over(arrival.far, arrival.port, phone, *ringing);
}

/// What a telephone asked for by a code. False when it may not have that.
bool Switch::obey_code(const std::string& phone, const std::string& code, const std::string& argument) {
  std::string by = "phone:" + phone;
  if (code.starts_with("pickup")) return false;  // nothing rings that he might take, or he has been joined with it
  if (code.starts_with("night_")) {
    set_night(*route::night_mode_named(code.substr(6)), by);
    return true;
  }
  route::Forward forward = forwards_.of(phone);
  if (code == "dnd_on" || code == "dnd_off") forward.dnd = code == "dnd_on";
  if (code == "forward_off") forward.always = forward.busy = forward.no_answer = "";
  if (!argument.empty()) {
    auto target = forward_target(phone, argument);
    if (!target) {
      log_info("phone.forward phone=" + phone + " text='" + target.error().text + "'");
      return false;
    }
    (code == "forward_always" ? forward.always : code == "forward_busy" ? forward.busy : forward.no_answer) = *target;
  }
  set_forward(phone, forward, by);
  return true;
}

void Switch::start_program() {
  if (program_ && program_->command() == config_.route_program) return;
  if (program_) program_->close();
  program_.reset();
  if (config_.route_program.empty()) return;
  program_ = std::make_unique<RouteProgram>(service_.loop(), config_.route_program, [this](bool up, const std::string& why) {
    if (up) log_info("route-program.ready");
    if (!up) log_warning("route-program.down text='" + why + "'");
    if (up != program_alarm_) return;
    program_alarm_ = !up;
    say(up ? "alarm.cleared" : "alarm.set", {{"alarm", "route-program"}, {"text", up ? "the route program answers" : why}});
  });
}

}  // namespace hotline::ccswitchd
