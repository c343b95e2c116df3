// SPDX-License-Identifier: GPL-2.0-or-later
#include "mind.h"

#include "base/log.h"
#include "base/text.h"
#include "changes.h"

namespace hotline::ccqueue {

static constexpr std::string_view kName = "ccqueue";

Mind::Mind(service::Service& service, Settings settings)
    : service_(service), settings_(std::move(settings)), core_(settings_.rules, utc_now()) {
  core_.suspend();
}

Result<void> Mind::start() {
  if (auto read = past_.read(service_.instance().journal_dir(), service_.last_number()); !read) return read;
  restore(past_);
  service_.on_command([this](const std::string& verb, const Json& body, int) { return obey(verb, body); });
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
  core_.tick(moment(utc_now()), out);
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
  core_.suspend();
}

void Mind::on_event(const wire::Event& event) {
  std::optional<Leg> was;  // a released leg is gone from the view when we look
  if (const auto* leg = view_.leg(event.call, event.leg)) was = *leg;
  view_.apply(event);
  if (event.name.starts_with("phone.")) {
    acd::Actions out;
    std::string phone = wire::text(event.fields, "phone");
    auto known = view_.phones().find(phone);
    core_.phone(phone, known != view_.phones().end() && known->second, moment(event.time), out);
    core_.dnd(phone, view_.dnd(phone), moment(event.time), out);
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
  const auto* entry = core_.entry(event.call);
  if (name == "call.ended") {
    core_.call_over(event.call, now, out);
  } else if (name == "call.handover" || name == "call.fallback" || name == "call.offered") {
    if (call && call->controller == kName)
      arrive(event.call, now, out);
    else
      core_.leave(event.call, acd::ExitReason::withdrawn, now, out);
  } else if (name == "bridge.up") {
    const auto* leg = call && entry ? call->leg_of(entry->offer) : nullptr;
    if (leg && call->bridge_of(leg->id)) {
      joining_.erase(event.call);
      core_.connected(event.call, now, out);
    }
  } else if (name == "notice.played" || name == "play.done") {
    auto joining = joining_.find(event.call);
    bool ours = joining != joining_.end() && joining->second.play == wire::integer(event.fields, "play", -1);
    if (ours) notice_over(event.call, name == "notice.played" ? "end" : wire::text(event.fields, "reason"));
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
    if (event.name == "leg.dialed") leg_dialed(*leg);
    if (event.name == "leg.answered") leg_answered(*leg, out);
  }
  if (event.name == "leg.answered" && was && was->offer().empty()) join(event.call);
  if (event.name == "leg.released" && was) leg_released(*was, event, out);
  perform(out);
}

/// A caller comes to us: with a queue named by a tag, and a clock that began now or, by the tag, earlier.
void Mind::arrive(const std::string& id, Utc entered, acd::Actions& out) {
  const auto* call = view_.call(id);
  const auto* caller = call ? call->caller() : nullptr;
  if (!caller || core_.entry(id)) return;
  if (caller->state == "offered" || caller->state == "alerting") order("answer", {{"leg", caller->id}});
  acd::Arrival arrival{id, call->tag("queue"), {}, entered, offers_[id]};
  if (arrival.queue.empty() && settings_.rules.queues.size() == 1) arrival.queue = settings_.rules.queues[0].name;
  if (auto t0 = parse_utc(call->tag("queue-entry")); t0 && *t0 <= entered) arrival.entered = *t0;
  if (auto priority = parse_int(call->tag("priority")))
    arrival.priority = static_cast<int>(std::clamp<int64_t>(*priority, 0, acd::kPriorityMax));
  if (core_.enter(arrival, now_, out)) return;
  // No such queue: it came and failed, so that the report shows it, and who sent it gets it back.
  log_error("queue.unknown call=" + id + " queue='" + arrival.queue + "' text='name a [[queue]] in the tag queue'");
  out.push_back(acd::Entered{id, arrival.queue, arrival.entered, arrival.priority.value_or(0), 1});
  out.push_back(acd::Exit{id, arrival.queue, acd::ExitReason::failed, milliseconds(0), "", "", milliseconds(0)});
}

void Mind::leg_dialed(const Leg& leg) {
  const auto* entry = core_.entry(leg.call);
  bool open = entry && entry->state != acd::EntryState::talking && entry->offer == leg.offer();
  if (open)
    tell_offered(leg.call, entry->queue, entry->agent, entry->offer, leg.id);
  else
    order("hangup", {{"leg", leg.id}});  // the offer ended before its leg was known
}

void Mind::leg_answered(const Leg& leg, acd::Actions& out) {
  if (!core_.answered(leg.offer(), now_ = moment(leg.since), out)) order("hangup", {{"leg", leg.id}});
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
  const auto* entry = core_.entry(leg.call);
  const auto* call = view_.call(leg.call);
  std::string offer = leg.offer();
  bool talk_over = false;
  if (offer.empty()) {
    if (call && call->caller()) return;  // a third party went; who waits or talks is still there
    talk_over = true;
    core_.call_over(leg.call, now, out);
  } else if (entry && entry->offer == offer && entry->state == acd::EntryState::talking) {
    talk_over = true;
    core_.call_over(leg.call, now, out);
  } else if (entry && entry->offer == offer) {
    bool joining = joining_.erase(leg.call) > 0;
    auto reason = joining ? acd::MissReason::lost
                          : miss_reason(wire::integer(event.fields, "cause"), wire::text(event.fields, "by"));
    core_.missed(offer, reason, now, out);
  }
  // One side of a talk has gone, or he who waited: so goes the rest.
  if (talk_over && call && call->controller == kName && !call->legs.empty()) order("hangup", {{"call", leg.call}});
}

void Mind::forget(const std::string& call) {
  joining_.erase(call);
  offers_.erase(call);
}

std::string Mind::reconfigure(Settings settings) {
  std::string changed = difference(settings_, settings);
  settings_ = std::move(settings);
  acd::Actions out;
  Utc now = moment(utc_now());
  bool was_suspended = core_.suspended();
  core_.suspend();
  core_.configure(settings_.rules, now, out);
  if (sync_->live())
    for (const auto& [phone, registered] : view_.phones()) {
      core_.dnd(phone, view_.dnd(phone), now, out);
      core_.phone(phone, registered, now, out);
    }
  if (!was_suspended) core_.resume(now, out);
  perform(out);
  return changed;
}

}  // namespace hotline::ccqueue
