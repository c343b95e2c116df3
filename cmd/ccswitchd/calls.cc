// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls.h"

#include <algorithm>

#include "base/text.h"

namespace hotline::ccswitchd {

namespace {

int64_t ms_between(Instant from, Instant to) { return std::chrono::duration_cast<milliseconds>(to - from).count(); }

/// The number in "<call>-3"; 0 when `id` is no such name.
int number_of_leg(const std::string& id) {
  static constexpr size_t kCallLength = 13;
  if (id.size() <= kCallLength + 1 || id[kCallLength] != '-') return 0;
  auto number = parse_int(id.substr(kCallLength + 1));
  return number && *number > 0 && *number < 1'000'000 ? static_cast<int>(*number) : 0;
}

}  // namespace

Call& Calls::open(const std::string& from, const std::string& to, const std::string& line,
                  const std::string& controller, Tags tags) {
  auto [mono, utc] = now();
  std::string id = id_text(ids_.next(utc));
  Call& call = calls_[id];
  call.id = id;
  call.from = from;
  call.to = to;
  call.line = line;
  call.controller = controller;
  call.tags = std::move(tags);
  call.since = utc;
  call.began = call.touched = mono;
  return call;
}

Leg& Calls::add(Call& call, Far far, uint32_t port, const std::string& endpoint, const std::string& role,
                LegState state) {
  int number = ++call.last_leg;
  Leg& leg = call.legs[number];
  leg.id = call.id + "-" + std::to_string(number);
  leg.call = call.id;
  leg.role = role;
  leg.endpoint = endpoint;
  leg.state = state;
  leg.since = now().utc;
  leg.far = far;
  leg.port = port;
  by_far_[far] = leg.id;
  if (port) by_port_[port] = leg.id;
  return leg;
}

Leg& Calls::offer(Call& call, Far far, uint32_t port, const std::string& endpoint) {
  Leg& leg = add(call, far, port, endpoint, "caller", LegState::offered);
  emit("call.offered", call, &leg,
       {{"caller", call.from},
        {"called", call.to},
        {"line", call.line},
        {"controller", call.controller},
        {"tags", call.tags}});
  return leg;
}

Leg& Calls::dialed(Call& call, Far far, uint32_t port, const std::string& endpoint, const std::string& to,
                   const std::string& role, Tags tags, std::optional<Instant> deadline) {
  Leg& leg = add(call, far, port, endpoint, role, LegState::dialed);
  leg.tags = std::move(tags);
  leg.deadline = deadline;
  if (call.last_leg == 1) call.dialed = true;
  emit("leg.dialed", call, &leg, {{"to", to}, {"role", role}, {"tags", leg.tags}, {"controller", call.controller}});
  return leg;
}

void Calls::forget(const std::string& call) {
  auto found = calls_.find(call);
  require(found == calls_.end() || found->second.last_leg == 0);
  if (found != calls_.end()) calls_.erase(found);
}

bool Calls::step(Leg& leg, LegEvent event) {
  auto next = next_state(leg.state, event);
  if (!next || *next == LegState::gone || *next == LegState::releasing) return false;
  Call& call = call_of(leg);
  leg.state = *next;
  auto [mono, utc] = now();
  leg.since = utc;
  call.touched = mono;
  if (event == LegEvent::answered) {
    leg.answered = mono;
    leg.deadline.reset();
    emit("leg.answered", call, &leg);
  }
  if (event == LegEvent::ringing) emit("leg.ringing", call, &leg);
  return true;
}

bool Calls::releasing(Leg& leg, int cause, By by) {
  if (!next_state(leg.state, LegEvent::hangup)) return false;
  auto [mono, utc] = now();
  leg.up_ms = leg.state == LegState::up ? ms_between(leg.answered, mono) : 0;
  leg.state = LegState::releasing;
  leg.since = utc;
  leg.deadline.reset();
  leg.release_cause = cause;
  leg.release_by = by;
  while (!leg.plays.empty()) play_done(leg, leg.plays.front().id, "gone", ms_between(leg.plays.front().began, mono));
  return true;
}

void Calls::released(Leg& leg, int cause, bool by_remote) {
  require(leg.bridge.empty());
  Call& call = call_of(leg);
  if (leg.state != LegState::releasing) releasing(leg, cause, by_remote ? By::remote : By::the_switch);
  // Our release and the far end's may cross; then the one that was asked for first stands.
  call.touched = now().mono;
  emit("leg.released", call, &leg,
       {{"cause", leg.release_cause}, {"by", name_of(leg.release_by)}, {"up_ms", leg.up_ms}});
  int number = number_of_leg(leg.id);
  if (number == 1) {
    call.caller_gone = true;
    call.cause = leg.release_cause;
    switch (leg.release_by) {
      case By::remote:
        call.by = call.dialed ? "party" : "caller";
        break;
      case By::local:
        call.by = "controller";
        break;
      default:
        call.by = "switch";
    }
  }
  by_far_.erase(leg.far);
  if (leg.port) by_port_.erase(leg.port);
  call.legs.erase(number);
  if (!call.legs.empty()) return;
  call.last_leg_gone = now().mono;
  if (call.recordings == 0) end(call);
}

void Calls::end(Call& call) {
  emit("call.ended", call, nullptr,
       {{"cause", call.cause}, {"by", call.by}, {"ms", ms_between(call.began, now().mono)}});
  calls_.erase(call.id);
}

void Calls::end_waiting(milliseconds patience) {
  std::vector<std::string> late;
  for (auto& [id, call] : calls_)
    if (call.last_leg_gone && call.legs.empty() && now().mono - *call.last_leg_gone > patience) late.push_back(id);
  for (const auto& id : late) {
    std::vector<std::string> files;
    for (const auto& [file, recording] : recordings_)
      if (recording.call == id) files.push_back(file);
    for (const auto& file : files) record_stopped(file, 0, 0, "writer-silent");  // the last one ends the call
  }
}

std::vector<std::string> Calls::unanswered() const {
  std::vector<std::string> late;
  Instant mono = now().mono;
  for (const auto& [id, call] : calls_)
    for (const auto& [number, leg] : call.legs)
      if (leg.deadline && mono >= *leg.deadline) late.push_back(leg.id);
  return late;
}

std::vector<std::string> Calls::idle(milliseconds patience) const {
  std::vector<std::string> ids;
  for (const auto& [id, call] : calls_)
    if (call.caller_gone && call.bridges.empty() && !call.legs.empty() && now().mono - call.touched > patience)
      ids.push_back(id);
  return ids;
}

Bridge& Calls::bridge_up(Call& call, Leg& left, Leg& right, bool announcing) {
  require(left.bridge.empty() && right.bridge.empty());
  std::string id = call.id + "-b" + std::to_string(++call.last_bridge);
  Bridge& bridge = call.bridges[id];
  bridge.id = id;
  bridge.call = call.id;
  bridge.left = left.id;
  bridge.right = right.id;
  bridge.since = now().utc;
  bridge.began = now().mono;
  bridge.announcing = announcing;
  left.bridge = right.bridge = id;
  emit("bridge.up", call, nullptr, {{"bridge", id}, {"legs", {left.id, right.id}}});
  return bridge;
}

void Calls::bridge_down(Bridge& bridge, const std::string& reason) {
  Call& call = calls_.at(bridge.call);
  if (bridge.announcing) announce_done(bridge, "gone");
  for (const auto& id : {bridge.left, bridge.right})
    if (Leg* leg = find_leg(id); leg && leg->bridge == bridge.id) leg->bridge.clear();
  emit("bridge.down", call, nullptr,
       {{"bridge", bridge.id},
        {"legs", {bridge.left, bridge.right}},
        {"ms", ms_between(bridge.began, now().mono)},
        {"reason", reason}});
  call.touched = now().mono;
  call.bridges.erase(std::string(bridge.id));
}

void Calls::announce_done(Bridge& bridge, const std::string& reason) {
  if (!bridge.announcing) return;
  bridge.announcing = false;
  emit("announce.done", calls_.at(bridge.call), nullptr, {{"bridge", bridge.id}, {"reason", reason}});
}

Recording& Calls::record_started(Bridge& bridge, const std::string& segment) {
  Call& call = calls_.at(bridge.call);
  std::string file = segment + ".wav";
  Recording& recording = recordings_[file] = {segment, call.id, bridge.id, file};
  bridge.segment = segment;
  ++call.recordings;
  emit("record.started", call, nullptr,
       {{"segment", segment}, {"file", file}, {"legs", {bridge.left, bridge.right}}, {"bridge", bridge.id}});
  return recording;
}

void Calls::record_stopped(const std::string& file, int64_t ms, int64_t gap_ms, const std::string& reason) {
  auto found = recordings_.find(file);
  if (found == recordings_.end()) return;
  Recording recording = found->second;
  recordings_.erase(found);
  Call& call = calls_.at(recording.call);
  emit("record.stopped", call, nullptr,
       {{"segment", recording.segment}, {"file", file}, {"ms", ms}, {"gap_ms", gap_ms}, {"reason", reason}});
  if (Bridge* bridge = find_bridge(recording.bridge); bridge && bridge->segment == recording.segment)
    bridge->segment.clear();
  if (--call.recordings == 0 && call.last_leg_gone && call.legs.empty()) end(call);
}

void Calls::play_started(Leg& leg, uint32_t play, bool notice) {
  leg.plays.push_back({play, notice, now().mono});
  if (leg.plays.size() > kPlaysMax) play_done(leg, leg.plays.front().id, "replaced", 0);
}

void Calls::play_done(Leg& leg, uint32_t play, const std::string& reason, int64_t ms) {
  auto found = std::find_if(leg.plays.begin(), leg.plays.end(), [&](const Play& one) { return one.id == play; });
  if (found == leg.plays.end()) return;
  bool notice = found->notice && reason == "end";
  leg.plays.erase(found);
  Call& call = call_of(leg);
  emit("play.done", call, &leg, {{"play", play}, {"reason", reason}, {"ms", ms}});
  if (notice) emit("notice.played", call, &leg, {{"play", play}});
}

std::string Calls::wrong_tags(const Tags& now, const Json& set, const Json& unset) {
  if (!set.is_null() && !set.is_object()) return "'set' is no object of texts";
  if (!unset.is_null() && !unset.is_array()) return "'unset' is no list of keys";
  size_t count = now.size();
  for (const auto& key : unset)
    if (!key.is_string()) return "'unset' is no list of keys";
  for (const auto& [key, value] : set.items()) {
    if (!wire::is_verb(key)) return "tag '" + key.substr(0, 64) + "': a key is a-z, 0-9, '-' and '.', at most 32";
    if (!value.is_string()) return "tag '" + key + "' is no text";
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() > kTagBytesMax) return "tag '" + key + "' is longer than 1024 octets";
    if (!is_one_field(text)) return "tag '" + key + "' holds a tab, newline or NUL";
    if (!now.count(key)) ++count;
  }
  return count > kTagsMax ? "more than 64 tags" : "";
}

static void change(Tags& tags, const Json& set, const Json& unset) {
  for (const auto& key : unset) tags.erase(key.get<std::string>());
  for (const auto& [key, value] : set.items()) tags[key] = value.get<std::string>();
}

static Json object_or_empty(const Json& value) { return value.is_object() ? value : Json::object(); }
static Json array_or_empty(const Json& value) { return value.is_array() ? value : Json::array(); }

void Calls::tag(Call& call, Leg* leg, const Json& set, const Json& unset) {
  change(leg ? leg->tags : call.tags, set, unset);
  call.touched = now().mono;
  emit("call.tagged", call, leg, {{"set", object_or_empty(set)}, {"unset", array_or_empty(unset)}});
}

void Calls::handover(Call& call, const std::string& to, const Json& tags) {
  std::string was = std::exchange(call.controller, to);
  change(call.tags, tags, Json());
  call.touched = now().mono;
  emit("call.handover", call, nullptr, {{"was", was}, {"to", to}, {"tags", object_or_empty(tags)}});
}

void Calls::fall_back(Call& call, const std::string& to) {
  std::string was = std::exchange(call.controller, to);
  call.fallen_back = true;
  emit("call.fallback", call, nullptr, {{"was", was}, {"to", to}});
}

void Calls::emit(const std::string& name, const Call& call, const Leg* leg, Json fields) {
  wire::Event event;
  event.time = now().utc;
  event.name = name;
  event.call = call.id;
  if (leg) event.leg = leg->id;
  event.fields = std::move(fields);
  emit_(std::move(event));
}

Call* Calls::find_call(const std::string& id) {
  auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

Leg* Calls::find_leg(const std::string& id) {
  Call* call = find_call(id.substr(0, id.find('-')));
  if (!call) return nullptr;
  auto found = call->legs.find(number_of_leg(id));
  return found == call->legs.end() || found->second.id != id ? nullptr : &found->second;
}

Leg* Calls::find_leg(Far far) {
  auto found = by_far_.find(far);
  return found == by_far_.end() ? nullptr : find_leg(found->second);
}

Leg* Calls::find_port(uint32_t port) {
  auto found = by_port_.find(port);
  return found == by_port_.end() ? nullptr : find_leg(found->second);
}

Bridge* Calls::find_bridge(const std::string& id) {
  Call* call = find_call(id.substr(0, id.find('-')));
  if (!call) return nullptr;
  auto found = call->bridges.find(id);
  return found == call->bridges.end() ? nullptr : &found->second;
}

}  // namespace hotline::ccswitchd
