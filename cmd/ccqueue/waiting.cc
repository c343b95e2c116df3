// SPDX-License-Identifier: GPL-2.0-or-later
// The caller who waits: what he brings along, what he is told of his place, and the keys that he may press.
#include "base/log.h"
#include "base/text.h"
#include "mind.h"

namespace hotline::ccqueue {

using Op = acd::Input::Op;

speech::Language Mind::language(const Call& call) const {
  std::string lang = call.tag("lang");
  return speech::language_of(lang.empty() ? settings_.language : lang).value_or(speech::Language::zh);
}

/// The tags queue, queue-entry, priority, needs and agent, as ccqueue(8) has them.
acd::Arrival Mind::arrival_of(const Call& call, Utc entered) {
  acd::Arrival arrival{call.id, call.tag("queue"), {}, entered, offers_[call.id]};
  if (arrival.queue.empty() && settings_.rules.queues.size() == 1) arrival.queue = settings_.rules.queues[0].name;
  if (auto t0 = parse_utc(call.tag("queue-entry")); t0 && *t0 <= entered) arrival.entered = *t0;
  if (auto priority = parse_int(call.tag("priority")))
    arrival.priority = static_cast<int>(std::clamp<int64_t>(*priority, 0, acd::kPriorityMax));
  for (const auto& need : split(call.tag("needs"), ',')) {
    if (need.empty()) continue;
    auto skill = parse_skill(need);
    if (skill && arrival.needs.size() < acd::kNeedsMax)
      arrival.needs.insert(*skill);
    else
      log_warning("needs.ignored call=" + call.id + " text='" + need + "' is no skill:level, or one too many'");
  }
  const auto* rule = core_.queue_rule(arrival.queue);
  if (rule && rule->needs.size() + arrival.needs.size() > acd::kNeedsMax) {
    log_warning("needs.ignored call=" + call.id + " text='more than " + std::to_string(acd::kNeedsMax) +
                " skills with those of the queue'");
    arrival.needs.clear();
  }
  arrival.preferred = call.tag("agent");
  if (rule && rule->resume_within.count() > 0) arrival.resume_key = call.from;
  return arrival;
}

void Mind::announce(const acd::Tell& tell) {
  const auto* call = view_.call(tell.call);
  const auto* caller = call ? call->caller() : nullptr;
  const auto* entry = core_.entry(tell.call);
  auto queue = settings_.queues.find(tell.queue);
  if (!caller || !caller->up() || !entry || entry->state != acd::EntryState::waiting || queue == settings_.queues.end())
    return;
  auto lang = language(*call);
  speech::Prompts prompts;
  if (queue->second.announce_position) prompts = speech::callers_ahead(lang, std::max<int64_t>(tell.position - 1, 0));
  // In whole minutes, upwards: nobody minds an agent who comes early.
  if (queue->second.announce_wait && tell.expected && tell.position > 1) {
    auto minutes = std::chrono::ceil<std::chrono::minutes>(*tell.expected);
    prompts.push_back("wait-about");
    for (const auto& word : speech::duration(lang, std::max(minutes, std::chrono::minutes(1)))) prompts.push_back(word);
  }
  if (prompts.empty()) return;
  Json items = Json::array();
  for (const auto& prompt : prompts) items.push_back({{"prompt", prompt}});
  std::string name = tell.queue;
  sync_->ask("play", {{"leg", caller->id}, {"items", items}},
             [this, name, id = tell.call, leg = caller->id](Result<wire::Reply> reply) {
               bool missing = reply && !reply->ok && wire::text(reply->body, "code") == wire::code::kNotFound;
               // Not found is a prompt, or a leg that has just gone.
               if (missing && view_.leg(id, leg) && mute_.insert(name).second)
                 log_error("announce.missing queue=" + name + " text='" + wire::text(reply->body, "text") + "'");
             });
}

void Mind::key_pressed(const wire::Event& event, acd::Actions& out) {
  const auto* entry = core_.entry(event.call);
  const auto* call = view_.call(event.call);
  const auto* caller = call ? call->caller() : nullptr;
  if (!entry || !caller || event.leg != caller->id || entry->state != acd::EntryState::waiting) return;
  auto queue = settings_.queues.find(entry->queue);
  if (queue == settings_.queues.end()) return;
  std::string digit = wire::text(event.fields, "digit");
  if (digit == queue->second.exit_key)
    feed({.op = Op::leave, .now = moment(event.time), .who = event.call, .text = "key-exit"}, out);
  else if (digit == queue->second.call_back_key)
    promise(event.call, out);
}

/// He is told that he will be called, and released.
void Mind::farewell(const std::string& id) {
  const auto* call = view_.call(id);
  const auto* caller = call ? call->caller() : nullptr;
  if (!caller) return;
  farewells_[id] = 0;
  Json items = Json::array({{{"prompt", "call-back-promised"}}});
  sync_->ask("play", {{"leg", caller->id}, {"items", items}}, [this, id](Result<wire::Reply> reply) {
    auto farewell = farewells_.find(id);
    if (farewell == farewells_.end()) return;
    if (reply && reply->ok)
      farewell->second = wire::integer(reply->body, "play");
    else
      order("hangup", {{"call", id}});
  });
}

}  // namespace hotline::ccqueue
