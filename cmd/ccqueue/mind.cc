// SPDX-License-Identifier: GPL-2.0-or-later
#include "mind.h"

#include "base/log.h"
#include "base/text.h"
#include "changes.h"

namespace hotline::ccqueue {

using Op = acd::Input::Op;

Mind::Mind(service::Service& service, Settings settings)
    : service_(service), settings_(std::move(settings)), now_(utc_now()), core_(settings_.rules, now_) {
  inputs_.push_back({.op = Op::configure, .now = now_, .flag = true, .rules = settings_.rules});
  acd::Actions none;
  feed({.op = Op::suspend, .now = now_}, none);
}

bool Mind::feed(acd::Input input, acd::Actions& out) {
  checkpoint(input.now);
  inputs_.push_back(std::move(input));
  auto done = acd::apply(core_, inputs_.back(), out);
  refusal_ = done ? "" : done.error().text;
  return bool(done);
}

/// The first of a UTC day begins a file of the journal: with all that the core knows, so that this file alone can be
/// played. What was fed and is not written yet is of the day before.
void Mind::checkpoint(Utc now) {
  auto today = std::chrono::floor<std::chrono::days>(now);
  if (!inputs_.empty() || !day_ || *day_ == today) return;
  day_ = today;
  inputs_.push_back({.op = Op::checkpoint, .now = now, .saved = std::make_shared<acd::Saved>(core_.saved())});
  write_down();
}

/// What the switch says of a phone; it says so again and again, and what is no news is not written down.
void Mind::feed_phone(const std::string& phone, Utc now, acd::Actions& out) {
  auto known = view_.phones().find(phone);
  bool registered = known != view_.phones().end() && known->second, dnd = view_.dnd(phone);
  for (const auto& rule : settings_.rules.agents) {
    if (rule.phone != phone) continue;
    const auto* agent = core_.agent(rule.id);
    size_t before = out.size();
    bool news = !agent || agent->dnd != dnd;
    feed({.op = Op::dnd, .now = now, .who = phone, .flag = dnd}, out);
    if (!news && out.size() == before) inputs_.pop_back();
    before = out.size();
    news = !agent || agent->reachable != registered;
    feed({.op = Op::phone, .now = now, .who = phone, .flag = registered}, out);
    if (!news && out.size() == before) inputs_.pop_back();
    return;
  }
}

Result<void> Mind::start() {
  if (auto read = past_.read(service_.instance().journal_dir(), service_.last_number()); !read) return read;
  restore(past_);
  service_.on_command([this](const std::string& verb, const Json& body, int) { return obey(verb, body); });
  watch();
  sync_ = std::make_unique<Sync>(
      service_.loop(), service_.instance(),
      Sync::Ears{[this](const Json& snapshot, const auto& since) { on_snapshot(snapshot, since); },
                 [this](const wire::Event& event) { on_event(event); }, [this] { on_lost(); }});
  arm();
  return {};
}

/// The moment of a decision never runs backwards, but follows a clock that was set back by more than a moment.
Utc Mind::moment(Utc time) {
  now_ = std::max(now_, time);
  if (Utc clock = utc_now(); now_ - clock > seconds(1)) now_ = clock;
  return now_;
}

void Mind::tick() {
  acd::Actions out;
  armed_.reset();
  if (core_.suspended()) return;  // time goes on when the switch is heard again: what rang may have been answered
  Utc now = moment(utc_now());
  if (auto due = core_.next_due(); due && *due <= now) feed({.op = Op::tick, .now = now}, out);
  perform(out);
}

void Mind::arm() {
  auto due = core_.suspended() ? std::nullopt : core_.next_due();
  if (due == armed_ && timer_) return;
  armed_ = due;
  timer_.cancel();
  if (!due) return;
  auto wait = std::max(*due - utc_now(), microseconds(0));
  // A little late rather than early: an early tick finds nothing due and comes again.
  timer_ = service_.loop().after(std::min(wait + microseconds(200), microseconds(std::chrono::hours(1))),
                                 [this] { tick(); });
}

void Mind::on_lost() {
  log_warning("switch.lost text='ccswitchd does not answer; nothing is offered until it does'");
  acd::Actions none;
  feed({.op = Op::suspend, .now = moment(utc_now())}, none);
  write_down();
}

void Mind::on_event(const wire::Event& event) {
  std::optional<Leg> was;  // a released leg is gone from the view when we look
  if (const auto* leg = view_.leg(event.call, event.leg)) was = *leg;
  view_.apply(event);
  if (event.name.starts_with("phone.")) {
    acd::Actions out;
    feed_phone(wire::text(event.fields, "phone"), moment(event.time), out);
    perform(out);
  } else if (event.name.starts_with("leg.")) {
    on_leg(event, was);
  } else if (!event.call.empty()) {
    on_call(event);
  }
}

void Mind::on_call(const wire::Event& event) {
  acd::Actions out;
  Utc now = moment(event.time);
  const auto& name = event.name;
  const auto* call = view_.call(event.call);
  std::string visit = visit_of(event.call);
  const auto* entry = core_.entry(visit);
  bool called_back = visit != event.call;
  if (name == "call.ended") {
    // A call-back outlives the call that did not reach him.
    if (!called_back || (entry && entry->state == acd::EntryState::talking))
      feed({.op = Op::call_over, .now = now, .who = visit}, out);
  } else if (called_back && name.starts_with("call.")) {
    // It is ours from its first leg to its last.
  } else if (name == "call.handover" || name == "call.fallback" || name == "call.offered") {
    if (call && call->controller == kName)
      arrive(event.call, now, out);
    else if (entry)
      feed({.op = Op::leave, .now = now, .who = event.call, .text = "withdrawn"}, out);
  } else if (name == "bridge.up") {
    const auto* leg = call && entry ? call->leg_of(entry->offer) : nullptr;
    if (leg && call->bridge_of(leg->id)) {
      joining_.erase(visit);
      feed({.op = Op::connected, .now = now, .who = visit}, out);
    }
  } else if (name == "notice.played" || name == "play.done") {
    auto joining = joining_.find(visit);
    bool ours = joining != joining_.end() && joining->second.play == wire::integer(event.fields, "play", -1);
    if (ours) notice_over(visit, name == "notice.played" ? "end" : wire::text(event.fields, "reason"));
    auto farewell = farewells_.find(event.call);
    if (farewell != farewells_.end() && farewell->second == wire::integer(event.fields, "play", -1))
      order("hangup", {{"call", event.call}});
  } else if (name == "digit") {
    key_pressed(event, out);
  } else if (name == "announce.done" && wire::text(event.fields, "reason") == "end") {
    if (entry && entry->state == acd::EntryState::talking)
      emit("queue.announced", event.call, {{"agent", entry->agent}});
  }
  perform(out);
  if (name == "call.ended") forget(event.call);
}

void Mind::on_leg(const wire::Event& event, const std::optional<Leg>& was) {
  acd::Actions out;
  if (const auto* leg = view_.leg(event.call, event.leg); leg && !leg->offer().empty()) {
    if (auto visit = leg->call_back(); !visit.empty()) visit_of_[event.call] = visit;
    if (event.name == "leg.dialed") leg_dialed(*leg);
    if (event.name == "leg.answered") leg_answered(*leg, out);
  }
  if (event.name == "leg.answered" && was && was->offer().empty()) join(visit_of(event.call));
  if (event.name == "leg.released" && was) leg_released(*was, event, out);
  perform(out);
}

/// A caller comes to us: with a queue named by a tag, and a clock that began now or, by the tag, earlier.
void Mind::arrive(const std::string& id, Utc entered, acd::Actions& out) {
  const auto* call = view_.call(id);
  const auto* caller = call ? call->caller() : nullptr;
  if (!caller || core_.entry(id) || visit_of_.count(id) || farewells_.count(id)) return;
  if (caller->state == "offered" || caller->state == "alerting") order("answer", {{"leg", caller->id}});
  auto arrival = arrival_of(*call, entered);
  if (feed({.op = Op::enter, .now = now_, .arrival = arrival}, out)) return;
  // No such queue: it came and failed, so that the report shows it, and who sent it gets it back.
  log_error("queue.unknown call=" + id + " queue='" + arrival.queue + "' text='name a [[queue]] in the tag queue'");
  for (auto& fact : failed_visit(arrival)) out.push_back(std::move(fact));
}

void Mind::leg_dialed(const Leg& leg) {
  const auto* entry = core_.entry(visit_of(leg.call));
  bool open = entry && entry->state != acd::EntryState::talking && entry->rings(leg.offer());
  if (open)
    tell_offered(entry->call, entry->queue, leg.agent(), leg.offer(), leg.id);
  else
    order("hangup", {{"leg", leg.id}});  // the offer ended before its leg was known
}

void Mind::leg_answered(const Leg& leg, acd::Actions& out) {
  if (!feed({.op = Op::answered, .now = moment(leg.since), .who = leg.offer()}, out))
    order("hangup", {{"leg", leg.id}});
}

/// Q.850 causes as reasons of queue.missed.
static acd::MissReason miss_reason(int64_t cause, const std::string& by) {
  if (by == "timeout" || cause == 19 || cause == 18 || cause == 102) return acd::MissReason::timeout;
  if (cause == 17) return acd::MissReason::busy;
  if (cause == 21 || cause == 16 || cause == 31) return acd::MissReason::rejected;
  return acd::MissReason::unreachable;
}

void Mind::leg_released(const Leg& leg, const wire::Event& event, acd::Actions& out) {
  Utc now = moment(event.time);
  std::string visit = visit_of(leg.call), offer = leg.offer();
  const auto* entry = core_.entry(visit);
  const auto* call = view_.call(leg.call);
  bool talks = entry && entry->state == acd::EntryState::talking;
  bool talk_over = false;
  if (offer.empty()) {
    if (call && call->caller()) return;  // a third party went; who waits or talks is still there
    if (visit != leg.call && !talks)
      return not_reached(visit, wire::text(event.fields, "by") == "timeout" ? "no answer" : "not reached", out);
    talk_over = true;
    feed({.op = Op::call_over, .now = now, .who = visit}, out);
  } else if (talks && entry->offer == offer) {
    talk_over = true;
    feed({.op = Op::call_over, .now = now, .who = visit}, out);
  } else if (entry && entry->rings(offer)) {
    bool joining = joining_.erase(visit) > 0;
    auto reason = joining ? acd::MissReason::lost
                          : miss_reason(wire::integer(event.fields, "cause"), wire::text(event.fields, "by"));
    feed({.op = Op::missed, .now = now, .who = offer, .text = std::string(acd::name(reason))}, out);
    if (visit != leg.call) order("hangup", {{"call", leg.call}});  // the customer rings for nobody
  }
  // One side of a talk has gone, or he who waited: so goes the rest.
  if (talk_over && call && call->controller == kName && !call->legs.empty()) order("hangup", {{"call", leg.call}});
}

void Mind::forget(const std::string& call) {
  joining_.erase(call);
  offers_.erase(call);
  farewells_.erase(call);
  visit_of_.erase(call);
}

std::string Mind::reconfigure(Settings settings) {
  std::string changed = difference(settings_, settings);
  settings_ = std::move(settings);
  acd::Actions out;
  Utc now = moment(utc_now());
  bool was_suspended = core_.suspended();
  feed({.op = Op::suspend, .now = now}, out);
  feed({.op = Op::configure, .now = now, .rules = settings_.rules}, out);
  if (sync_->live())
    for (const auto& rule : settings_.rules.agents) feed_phone(rule.phone, now, out);
  if (!was_suspended) feed({.op = Op::resume, .now = now}, out);
  perform(out);
  return changed;
}

}  // namespace hotline::ccqueue
