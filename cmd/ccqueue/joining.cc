// SPDX-License-Identifier: GPL-2.0-or-later
// From the agent's answer to the talk: the notice of the recording to the caller who has not heard it, then the bridge,
// with the agent's number for both.
#include "base/log.h"
#include "mind.h"
#include "speech/speech.h"

namespace hotline::ccqueue {

void Mind::join(const std::string& id) {
  const auto* entry = core_.entry(id);
  const auto* call = call_of(id);
  if (!entry || entry->state != acd::EntryState::connecting || joining_.count(id)) return;
  if (entry->call_back && call && !call->caller()) return call_customer(id);
  // His end may be on the way; or, on a route straight to us, he is not connected yet: then leg.answered comes here
  // again.
  if (!call || !call->caller() || !call->caller()->up()) return;
  joining_[id] = {};
  auto queue = settings_.queues.find(entry->queue);
  bool record = queue != settings_.queues.end() && queue->second.record;
  if (!record || call->tag("notice") == "played") return bridge(id, record);
  Json items = Json::array({{{"prompt", settings_.notice}}});
  sync_->ask(
      "play", {{"leg", call->caller()->id}, {"items", items}, {"notice", true}}, [this, id](Result<wire::Reply> reply) {
        auto joining = joining_.find(id);
        if (joining == joining_.end()) return;
        if (reply && reply->ok) {
          joining->second.play = wire::integer(reply->body, "play");
          return;
        }
        // No recording of one who was not told: without the notice the talk is not recorded.
        log_error("notice.missing call=" + id + " text='" +
                  (reply ? wire::text(reply->body, "text") : reply.error().text) + "; the talk is not recorded'");
        bridge(id, false);
      });
}

void Mind::notice_over(const std::string& id, const std::string& reason) {
  auto joining = joining_.find(id);
  if (joining == joining_.end() || joining->second.bridging || reason == "gone") return;
  const auto* call = call_of(id);
  if (reason == "end") {
    if (call) order("tag", {{"call", call->id}, {"set", {{"notice", "played"}}}});
    return bridge(id, true);
  }
  log_error("notice.cut call=" + id + " reason=" + reason + " text='the talk is not recorded'");
  bridge(id, false);
}

void Mind::bridge(const std::string& id, bool record) {
  const auto* entry = core_.entry(id);
  const auto* call = call_of(id);
  const auto* caller = call ? call->caller() : nullptr;
  const auto* leg = call && entry ? call->leg_of(entry->offer) : nullptr;
  if (!caller || !leg) return;  // one of them has gone; leg.released says so
  joining_[id].bridging = true;
  // What is played to a leg is heard instead of its bridge: his place and wait are of no account any more.
  const auto* rule = core_.queue_rule(entry->queue);
  if (rule && rule->announce_every.count() > 0) order("stop", {{"leg", caller->id}});
  Json announce = Json::array();
  auto queue = settings_.queues.find(entry->queue);
  auto agent = settings_.agents.find(entry->agent);
  if (queue != settings_.queues.end() && queue->second.announce && agent != settings_.agents.end() &&
      !agent->second.number.empty()) {
    for (const auto& prompt : speech::agent_number(language(*call), agent->second.number))
      announce.push_back({{"prompt", prompt}});
  }
  Json body = {{"legs", {caller->id, leg->id}}, {"record", record}};
  if (!announce.empty()) body["announce"] = announce;
  sync_->ask("bridge", body, [this, id, body](Result<wire::Reply> reply) {
    if (reply && reply->ok) return;  // bridge.up says the rest
    if (!reply) {
      joining_.erase(id);
      return sync_->resync();
    }
    if (wire::text(reply->body, "code") == wire::code::kNotFound && body.contains("announce")) {
      // A prompt that is missing must not keep two people apart.
      log_error("announce.missing call=" + id + " text='" + wire::text(reply->body, "text") + "'");
      Json plain = body;
      plain.erase("announce");
      return sync_->ask("bridge", plain, [this, id](Result<wire::Reply> second) {
        if (!second || !second->ok) join_failed(id, second ? wire::text(second->body, "text") : second.error().text);
      });
    }
    join_failed(id, wire::text(reply->body, "text"));
  });
}

void Mind::join_failed(const std::string& id, const std::string& why) {
  log_warning("bridge.refused call=" + id + " text='" + why + "'");
  joining_.erase(id);
  acd::Actions out;
  feed({.op = acd::Input::Op::connect_failed, .now = moment(utc_now()), .who = id}, out);
  perform(out);
}

}  // namespace hotline::ccqueue
