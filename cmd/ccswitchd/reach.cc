// SPDX-License-Identifier: GPL-2.0-or-later
// From "pstn:13800138000" or "phone:1001" to a far end: outbound ways with failover, forwards of telephones.
#include "reach.h"

#include "switch.h"

namespace hotline::ccswitchd {

namespace {

/// The cause of a dial that failed before anything was sent.
int cause_of(const Error& error, bool phone) {
  if (error.code == Errc::unavailable) return phone ? cause::kSubscriberAbsent : cause::kNoCircuit;
  return error.code == Errc::again ? cause::kCongestion : cause::kTemporaryFailure;
}

/// As isdn::Redirecting has it.
const char* redirecting_reason(route::ForwardReason reason) {
  if (reason == route::ForwardReason::always) return "unconditional";
  bool busy = reason == route::ForwardReason::busy || reason == route::ForwardReason::dnd;
  return busy ? "busy" : "no-answer";
}

/// "trunk:telco/13800138000" taken apart.
std::pair<std::string, std::string> trunk_and_number(const std::string& to) {
  size_t slash = to.find('/');
  return {to.substr(6, slash - 6), to.substr(slash + 1)};
}

constexpr int kRoutingError = 25;  // exchange routing error, ITU-T Q.850

Error nowhere(int cause, const std::string& to) {
  if (cause == cause::kBusy) return {Errc::unavailable, "'" + to + "' does not want to be disturbed"};
  return {Errc::unavailable, "'" + to + "' is forwarded more than " + std::to_string(route::kHopsMax) + " times"};
}

}  // namespace

bool Switch::is_registered(const std::string& phone) const {
  return phones_->stack() && phones_->stack()->registered(phone);
}

/// Sets what is tried from now on. nullopt, or why that is nowhere.
std::optional<NotReached> Switch::aim(Reach& reach, const std::string& to) {
  reach.to = to;
  reach.way.reset();
  reach.ways.clear();
  if (reach.forwards) {
    auto reached = forwards_.follow(to, reach.hops_in_all(), [this](const auto& phone) { return is_registered(phone); });
    reach.hops.insert(reach.hops.end(), reached.hops.begin(), reached.hops.end());
    reach.to = reached.to;
    if (reached.cause) return NotReached{nowhere(reached.cause, reached.to), reached.cause};
  } else if (to.starts_with("phone:") && forwards_.of(to.substr(6)).dnd) {
    return NotReached{nowhere(cause::kBusy, to), cause::kBusy};
  }
  if (reach.to.starts_with("phone:")) return std::nullopt;
  if (reach.asked.max_forwards <= 0)
    return NotReached{{Errc::unavailable, "the call has gone through too many exchanges: it runs in a circle"}, kRoutingError};
  if (!reach.to.starts_with("pstn:")) return std::nullopt;
  reach.way = config_.plan.outbounds.find(reach.to.substr(5));
  if (!reach.way) return NotReached{{Errc::unavailable, "no [[outbound]] leads to that number"}, cause::kNoRoute};
  // A class may have become narrower since the forward was set.
  if (!reach.hops.empty() && !config_.plan.may_dial(reach.hops.back().phone, *reach.way))
    return NotReached{{Errc::denied, "the telephone's class does not allow it to forward there"}, cause::kRejected};
  reach.ways.assign(reach.way->via.begin(), reach.way->via.end());
  return std::nullopt;
}

/// One dial by one way.
Result<Dialled> Switch::dial_by(const Reach& reach, const route::Via* via) {
  Dial dial = reach.asked;
  if (!reach.hops.empty()) {
    const auto& last = reach.hops.back();
    dial.redirecting = {last.phone, redirecting_reason(last.reason)};
    dial.diversions = static_cast<int>(reach.hops_in_all());
  }
  if (reach.to.starts_with("phone:")) {
    dial.to = reach.to.substr(6);
    if (!reach.hops.empty()) dial.display += " via " + reach.hops.back().phone;
    return phones_->dial(dial);
  }
  dial.to = via ? reach.way->number : trunk_and_number(reach.to).second;
  if (!reach.from_given) {
    if (!config_.number.empty()) dial.from = config_.number;
    if (via && !reach.way->caller.empty()) dial.from = reach.way->caller;
  }
  if (via && via->kind == route::Via::Kind::span) {
    dial.where = via->name;
    return spans_->dial(dial);
  }
  dial.trunk = via ? via->name : trunk_and_number(reach.to).first;
  return phones_->dial(dial);
}

/// Dials by the ways that are left until one takes it; then where the telephone is forwarded.
std::variant<Dialled, NotReached> Switch::try_reach(Reach& reach) {
  for (;;) {
    NotReached why{{Errc::unavailable, "there is no way to '" + reach.to + "'"}, cause::kNoRoute};
    bool phone = reach.to.starts_with("phone:"), plain = !reach.way;
    const Phone* called = phone ? config_.find_phone(reach.to.substr(6)) : nullptr;
    if (called && calls_.legs_of(reach.to) >= called->calls_max) {
      why = {{Errc::again, "phone '" + called->sip.id + "' has as many calls as it may: see calls_max"}, cause::kBusy};
      plain = false;
    }
    while (plain || !reach.ways.empty()) {
      std::optional<route::Via> via;
      if (!plain) {
        via = reach.ways.front();
        reach.ways.pop_front();
      }
      auto dialled = dial_by(reach, via ? &*via : nullptr);
      if (dialled) return *dialled;
      why = {dialled.error(), cause_of(dialled.error(), phone)};
      if (plain || !reach.way->fails_over(why.cause)) break;
    }
    auto hop = phone && reach.forwards ? forwards_.after(reach.to.substr(6), why.cause) : std::nullopt;
    if (!hop) return why;
    if (auto refused = forward(reach, *hop)) return *refused;
  }
}

std::optional<NotReached> Switch::forward(Reach& reach, const route::Hop& hop) {
  if (reach.hops_in_all() >= route::kHopsMax) {
    return NotReached{nowhere(kRoutingError, reach.to), kRoutingError};
  }
  reach.hops.push_back(hop);
  return aim(reach, hop.to);
}

/// When a leg that was dialled just now is given up, or forwarded.
Instant Switch::deadline_of(const Reach& reach) const {
  milliseconds patience = reach.timeout;
  if (reach.forwards && reach.to.starts_with("phone:")) {
    const auto& forward = forwards_.of(reach.to.substr(6));
    if (!forward.no_answer.empty()) patience = std::min(patience, forward.no_answer_after);
  }
  return monotonic_now() + patience;
}

/// The leg goes on to another far end; the one it had is given up.
void Switch::move_leg(Leg& leg, const Dialled& dialled) {
  Far was = leg.far;
  Side& side_was = side(leg);
  bool open = calls_.move(leg, dialled.far, dialled.port, dialled.endpoint);
  if (open) side_was.hangup(was.id, cause::kNormal);
  refresh_base(leg);
}

void Switch::tell_hops(const Leg& leg, Reach& reach) {
  for (; reach.hops_told < reach.hops.size(); ++reach.hops_told) {
    const auto& hop = reach.hops[reach.hops_told];
    calls_.emit("leg.forwarded", calls_.call_of(leg), &leg,
                {{"phone", hop.phone}, {"to", hop.to}, {"reason", name_of(hop.reason)}, {"hop", reach.hops_told + 1}});
  }
}

/// A leg was not answered, for `cause`: its far end is `gone`, or its time is over. True when something else is tried for
/// it; else `cause` is that of the last thing tried.
bool Switch::reach_on(Leg& leg, int& cause, bool gone) {
  auto found = reaches_.find(leg.id);
  if (found == reaches_.end() || (leg.state != LegState::dialed && leg.state != LegState::ringing)) return false;
  Reach& reach = found->second;
  bool other_way = leg.state == LegState::dialed && reach.way && !reach.ways.empty() && reach.way->fails_over(cause);
  if (!other_way) {
    reach.ways.clear();
    bool phone = reach.forwards && reach.to.starts_with("phone:");
    auto hop = phone ? forwards_.after(reach.to.substr(6), cause) : std::nullopt;
    if (!hop) return false;
    if (auto refused = forward(reach, *hop)) {
      cause = refused->cause;
      return false;
    }
  }
  auto next = try_reach(reach);
  if (auto* dialled = std::get_if<Dialled>(&next)) {
    if (gone) calls_.far_is_gone(leg);
    std::string was = leg.endpoint;
    move_leg(leg, *dialled);
    leg.deadline = deadline_of(reach);
    if (other_way)
      calls_.emit("leg.rerouted", calls_.call_of(leg), &leg, {{"was", was}, {"to", leg.endpoint}, {"cause", cause}});
    tell_hops(leg, reach);
    return true;
  }
  cause = std::get<NotReached>(next).cause;
  return false;
}

}  // namespace hotline::ccswitchd
