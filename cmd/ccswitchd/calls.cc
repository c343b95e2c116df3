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
  count_at(endpoint, 1);
  return leg;
}

Leg& Calls::offer(Call& call, Far far, uint32_t port, const std::string& endpoint) {
  Leg& leg = add(call, far, port, endpoint, "caller", LegState::offered);
  Json fields = {{"caller", call.from},
                 {"called", call.to},
                 {"line", call.line},
                 {"controller", call.controller},
                 {"tags", call.tags}};
  if (!call.caller_name.empty()) fields["caller_name"] = call.caller_name;
  if (!call.redirecting.is_null()) fields["redirecting"] = call.redirecting;
  emit("call.offered", call, &leg, std::move(fields));
  return leg;
}

void Calls::move_to(Leg& leg, uint32_t port, const std::string& endpoint) {
  if (leg.port) by_port_.erase(leg.port);
  leg.port = port;
  leg.endpoint = endpoint;
  if (port) by_port_[port] = leg.id;
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

bool Calls::move(Leg& leg, Far far, uint32_t port, const std::string& endpoint) {
  require(leg.state == LegState::dialed || leg.state == LegState::ringing);
  bool had = by_far_.erase(leg.far) > 0;
  if (leg.port) by_port_.erase(leg.port);
  count_at(leg.endpoint, -1);
  count_at(endpoint, 1);
  leg.far = far;
  leg.port = port;
  leg.endpoint = endpoint;
  leg.early = false;
  leg.state = LegState::dialed;
  leg.since = now().utc;
  call_of(leg).touched = now().mono;
  by_far_[far] = leg.id;
  if (port) by_port_[port] = leg.id;
  return had;
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
    emit("leg.answered", call, &leg, leg.connected.empty() ? Json::object() : Json{{"connected", leg.connected}});
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
  if (leg.held()) {
    leg.phone_holds = leg.controller_holds = false;
    emit("leg.resumed", call_of(leg), &leg, {{"by", "release"}, {"ms", ms_between(leg.held_since, mono)}});
  }
  while (!leg.plays.empty()) play_done(leg, leg.plays.front().id, "gone", ms_between(leg.plays.front().began, mono));
  return true;
}

void Calls::released(Leg& leg, int cause, bool by_remote) {
  // Our release and the far end's may cross; then the one that was asked for first stands.
  if (leg.state != LegState::releasing) releasing(leg, cause, by_remote ? By::remote : By::the_switch);
  gone(leg, "");
}

/// The leg leaves the table; `moved` is what it goes on as in another call, or "".
void Calls::gone(Leg& leg, const std::string& moved) {
  require(leg.bridge.empty() && !leg.spy && spies_.count(leg.id) == 0);
  Call& call = call_of(leg);
  call.touched = now().mono;
  Json fields = {{"cause", leg.release_cause}, {"by", name_of(leg.release_by)}, {"up_ms", leg.up_ms}};
  if (!moved.empty()) fields["moved"] = moved;
  emit("leg.released", call, &leg, std::move(fields));
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
      case By::blacklist:
        call.by = "blacklist";
        break;
      default:
        call.by = "switch";
    }
  }
  by_far_.erase(leg.far);
  if (leg.port) by_port_.erase(leg.port);
  count_at(leg.endpoint, -1);
  call.legs.erase(number);
  if (!call.legs.empty()) return;
  call.last_leg_gone = now().mono;
  end_if_over(call);
}

void Calls::end_if_over(Call& call) {
  if (call.recordings == 0 && call.listeners == 0 && call.faxes == 0 && call.last_leg_gone && call.legs.empty()) end(call);
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
    std::vector<uint32_t> taps;
    for (const auto& [tap, listener] : listeners_)
      if (listener.call == id) taps.push_back(tap);
    for (uint32_t tap : taps) listener_stopped(tap, 0, "target");
    if (Call* call = find_call(id)) {
      call->faxes = 0;
      end_if_over(*call);
    }
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
    if (call.caller_gone && call.bridges.empty() && call.faxes == 0 && !call.legs.empty() && now().mono - call.touched > patience)
      ids.push_back(id);
  return ids;
}

bool Bridge::has(const std::string& leg) const {
  return std::any_of(members.begin(), members.end(), [&](const Member& one) { return one.leg == leg; });
}

Json Bridge::legs() const {
  Json ids = Json::array();
  for (const auto& member : members) ids.push_back(member.leg);
  return ids;
}

Bridge& Calls::bridge_up(Call& call, const std::vector<Leg*>& legs, bool announcing) {
  std::string id = call.id + "-b" + std::to_string(++call.last_bridge);
  Bridge& bridge = call.bridges[id];
  bridge.id = id;
  bridge.call = call.id;
  bridge.since = now().utc;
  bridge.began = now().mono;
  bridge.announcing = announcing;
  for (Leg* leg : legs) {
    require(leg->bridge.empty());
    leg->bridge = id;
    bridge.members.push_back({leg->id, bridge.began});
  }
  emit("bridge.up", call, nullptr, {{"bridge", id}, {"legs", bridge.legs()}});
  return bridge;
}

void Calls::bridge_joined(Bridge& bridge, Leg& leg) {
  require(leg.bridge.empty());
  Call& call = calls_.at(bridge.call);
  leg.bridge = bridge.id;
  bridge.members.push_back({leg.id, now().mono});
  call.touched = now().mono;
  emit("bridge.joined", call, &leg, {{"bridge", bridge.id}});
}

void Calls::bridge_left(Bridge& bridge, Leg& leg, const std::string& reason) {
  require(bridge.members.size() > 2 && leg.bridge == bridge.id);
  Call& call = calls_.at(bridge.call);
  auto member = std::find_if(bridge.members.begin(), bridge.members.end(),
                             [&](const Member& one) { return one.leg == leg.id; });
  int64_t ms = ms_between(member->joined, now().mono);
  bridge.members.erase(member);
  leg.bridge.clear();
  call.touched = now().mono;
  emit("bridge.left", call, &leg, {{"bridge", bridge.id}, {"ms", ms}, {"reason", reason}});
}

void Calls::bridge_down(Bridge& bridge, const std::string& reason) {
  Call& call = calls_.at(bridge.call);
  if (bridge.announcing) announce_done(bridge, "gone");
  for (const auto& member : bridge.members)
    if (Leg* leg = find_leg(member.leg); leg && leg->bridge == bridge.id) leg->bridge.clear();
  emit("bridge.down", call, nullptr,
       {{"bridge", bridge.id},
        {"legs", bridge.legs()},
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

void Calls::start_recording(Call& call, Recording recording, const Json& fields) {
  ++call.recordings;
  Json body = {{"segment", recording.segment}, {"file", recording.file}};
  body.update(fields);
  emit("record.started", call, recording.leg.empty() ? nullptr : find_leg(recording.leg), body);
  recordings_[recording.file] = std::move(recording);
}

Recording& Calls::record_started(Bridge& bridge, const std::string& segment) {
  Call& call = calls_.at(bridge.call);
  std::string file = segment + ".wav";
  bridge.segment = segment;
  start_recording(call, {segment, call.id, bridge.id, file, ""}, {{"legs", bridge.legs()}, {"bridge", bridge.id}});
  return recordings_.at(file);
}

Recording& Calls::record_started(Leg& leg, const std::string& segment) {
  std::string file = segment + ".wav";
  leg.segment = segment;
  start_recording(call_of(leg), {segment, leg.call, "", file, leg.id}, {{"legs", Json::array({leg.id})}});
  return recordings_.at(file);
}

void Calls::record_stopped(const std::string& file, int64_t ms, int64_t gap_ms, const std::string& reason,
                           const Json& more) {
  auto found = recordings_.find(file);
  if (found == recordings_.end()) return;
  Recording recording = found->second;
  recordings_.erase(found);
  Call& call = calls_.at(recording.call);
  Leg* leg = recording.leg.empty() ? nullptr : find_leg(recording.leg);
  Json body = {{"segment", recording.segment}, {"file", file}, {"ms", ms}, {"gap_ms", gap_ms}, {"reason", reason}};
  body.update(more);
  emit("record.stopped", call, leg, body);
  if (leg && leg->segment == recording.segment) leg->segment.clear();
  if (Bridge* bridge = find_bridge(recording.bridge); bridge && bridge->segment == recording.segment)
    bridge->segment.clear();
  --call.recordings;
  end_if_over(call);
}

void Calls::emit_spy(const std::string& name, const Spy& spy, const std::string& leg, const Json& fields) {
  wire::Event event;
  event.time = now().utc;
  event.name = name;
  event.call = spy.target.substr(0, spy.target.find('-'));
  event.leg = leg;
  event.fields = {{"target", spy.target}, {"mode", spy.mode}};
  if (!spy.by.empty()) event.fields["by"] = spy.by;
  event.fields.update(fields);
  emit_(std::move(event));
}

void Calls::spy_started(Leg& leg, const Leg& target, const std::string& mode, const std::string& by) {
  require(!leg.spy);
  leg.spy = Spy{target.id, mode, by, now().mono};
  spies_[target.id].push_back(leg.id);
  emit_spy("spy.started", *leg.spy, leg.id, Json::object());
}

void Calls::spy_changed(Leg& leg, const std::string& mode) {
  leg.spy->mode = mode;
  emit_spy("spy.changed", *leg.spy, leg.id, Json::object());
}

void Calls::spy_stopped(Leg& leg, const std::string& reason) {
  Spy spy = *leg.spy;
  leg.spy.reset();
  auto at = spies_.find(spy.target);
  std::erase(at->second, leg.id);
  if (at->second.empty()) spies_.erase(at);
  emit_spy("spy.stopped", spy, leg.id, {{"ms", ms_between(spy.began, now().mono)}, {"reason", reason}});
}

std::vector<std::string> Calls::spies_of(const std::string& leg) const {
  auto found = spies_.find(leg);
  return found == spies_.end() ? std::vector<std::string>{} : found->second;
}

void Calls::listener_started(uint32_t tap, const Leg& target, const std::string& by) {
  Listener& listener = listeners_[tap] = {target.call, {target.id, "stream", by, now().mono}, ""};
  ++calls_.at(target.call).listeners;
  emit_spy("spy.started", listener.spy, "", Json::object());
}

void Calls::listener_stopped(uint32_t tap, int64_t gap_ms, const std::string& reason) {
  auto found = listeners_.find(tap);
  if (found == listeners_.end()) return;
  Listener listener = found->second;
  listeners_.erase(found);
  emit_spy("spy.stopped", listener.spy, "",
           {{"ms", ms_between(listener.spy.began, now().mono)}, {"reason", reason}, {"gap_ms", gap_ms}});
  Call& call = calls_.at(listener.call);
  --call.listeners;
  end_if_over(call);
}

size_t Calls::ears_at(const Bridge& bridge) const {
  size_t ears = 0;
  for (const auto& member : bridge.members) {
    ears += spies_of(member.leg).size();
    for (const auto& [tap, listener] : listeners_) ears += listener.spy.target == member.leg;
  }
  return ears;
}

/// The leg may be gone already: its name is enough.
void Calls::fax_says(const std::string& name, const std::string& call, const std::string& leg, Json fields) {
  if (!find_call(call)) return;
  wire::Event event;
  event.time = now().utc;
  event.name = name;
  event.call = call;
  event.leg = leg;
  event.fields = std::move(fields);
  emit_(std::move(event));
}

void Calls::fax_done(const std::string& id, const std::string& leg, Json fields) {
  fax_says("fax.done", id, leg, std::move(fields));
  Call* call = find_call(id);
  if (!call || call->faxes == 0) return;
  --call->faxes;
  call->touched = now().mono;
  end_if_over(*call);
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
  for (auto& [number, leg] : call.legs) leg.secret.reset();  // who asked for them gives them to nobody
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

int Calls::legs_of(const std::string& endpoint) const {
  auto found = at_endpoint_.find(endpoint);
  return found == at_endpoint_.end() ? 0 : found->second;
}

void Calls::count_at(const std::string& endpoint, int change) {
  if ((at_endpoint_[endpoint] += change) == 0) at_endpoint_.erase(endpoint);
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
