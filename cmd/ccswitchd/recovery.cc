// SPDX-License-Identifier: GPL-2.0-or-later
#include "recovery.h"

#include <algorithm>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "calls.h"
#include "journal/journal.h"

namespace hotline::ccswitchd {

namespace {

int64_t ms_between(Utc from, Utc to) {
  return std::max<int64_t>(0, std::chrono::duration_cast<milliseconds>(to - from).count());
}

wire::Json legs_of(const wire::Event& event) {
  const wire::Json& legs = wire::member(event.fields, "legs");
  return legs.is_array() ? legs : wire::Json::array();
}

void leave(wire::Json& legs, const std::string& leg) {
  auto member = std::find(legs.begin(), legs.end(), wire::Json(leg));
  if (member != legs.end()) legs.erase(member);
}

wire::Event ending(const std::string& name, const std::string& call, wire::Json fields) {
  wire::Event event;
  event.time = utc_now();
  event.name = name;
  event.call = call;
  event.fields = std::move(fields);
  return event;
}

}  // namespace

void Remains::take(const wire::Event& event) {
  last_ = std::max(last_, event.time);
  last_told_ = std::max(last_told_, wire::integer(event.fields, kToldAs));
  if (event.call.empty()) return;
  if (event.name == "call.ended") {
    calls_.erase(event.call);
    return;
  }
  if (event.name == "call.offered" || event.name == "leg.dialed") {
    auto [call, is_new] = calls_.try_emplace(event.call);
    if (is_new) call->second.began = event.time;
    call->second.legs[event.leg];
    return;
  }
  auto found = calls_.find(event.call);
  if (found == calls_.end()) return;
  OpenCall& call = found->second;
  std::string bridge = wire::text(event.fields, "bridge"), segment = wire::text(event.fields, "segment");
  if (event.name == "leg.answered")
    call.legs[event.leg] = {event.time, true};
  else if (event.name == "leg.released")
    call.legs.erase(event.leg);
  else if (event.name == "bridge.up")
    call.bridges[bridge] = {legs_of(event), event.time};
  else if (event.name == "bridge.joined" && call.bridges.count(bridge))
    call.bridges[bridge].legs.push_back(event.leg);
  else if (event.name == "bridge.left" && call.bridges.count(bridge))
    leave(call.bridges[bridge].legs, event.leg);
  else if (event.name == "bridge.down")
    call.bridges.erase(bridge);
  else if (event.name.starts_with("fax."))
    take_fax(call, event);
  else if (event.name.starts_with("spy."))
    take_spy(call, event);
  else if (event.name == "record.started")
    call.recordings[segment] = {wire::text(event.fields, "file"), event.time};
  else if (event.name == "record.stopped")
    call.recordings.erase(segment);
}

Remains Remains::without(const std::set<std::string>& calls) {
  Remains theirs;
  theirs.last_ = last_;
  for (const auto& call : calls)
    if (auto open = calls_.extract(call)) theirs.calls_.insert(std::move(open));
  return theirs;
}

void Remains::take_fax(OpenCall& call, const wire::Event& event) {
  std::string fax = wire::text(event.fields, "fax");
  if (event.name == "fax.done")
    call.faxes.erase(fax);
  else if (event.name == "fax.waiting" || event.name == "fax.started")
    call.faxes[fax] = {event.leg, wire::text(event.fields, "direction"), wire::text(event.fields, "file"), 0, event.time};
  else if (event.name == "fax.page" && call.faxes.count(fax))
    call.faxes[fax].pages = wire::integer(event.fields, "pages");
}

void Remains::take_spy(OpenCall& call, const wire::Event& event) {
  std::string by = wire::text(event.fields, "by"), target = wire::text(event.fields, "target");
  auto open = std::find_if(call.spies.begin(), call.spies.end(), [&](const OpenSpy& one) {
    return one.leg == event.leg && one.by == by && one.target == target;
  });
  if (event.name == "spy.started")
    call.spies.push_back({event.leg, by, target, wire::text(event.fields, "mode"), event.time});
  else if (open != call.spies.end() && event.name == "spy.changed")
    open->mode = wire::text(event.fields, "mode");
  else if (open != call.spies.end())
    call.spies.erase(open);
}

std::vector<wire::Event> Remains::endings(const std::function<int64_t(const std::string& file)>& recorded) const {
  static constexpr int kSamplesPerMs = 8;
  std::vector<wire::Event> events;
  for (const auto& [id, call] : calls_) {
    Utc died = last_;  // at least until then it was alive
    std::vector<wire::Event> stopped;
    for (const auto& [segment, recording] : call.recordings) {
      int64_t ms = recorded(recording.file) / kSamplesPerMs;
      died = std::max(died, recording.began + milliseconds(ms));
      stopped.push_back(
          ending("record.stopped", id,
                 {{"segment", segment}, {"file", recording.file}, {"ms", ms}, {"gap_ms", 0}, {"reason", "restart"}}));
    }
    for (const auto& [fax, open] : call.faxes) {
      // Of one that was being received nothing is left: it has no file.
      bool sent = open.direction == "send";
      events.push_back(ending("fax.done", id,
                              {{"fax", fax},
                               {"direction", open.direction},
                               {"result", "crashed"},
                               {"text", "the switch was restarted"},
                               {"reason", "restart"},
                               {"pages", sent ? open.pages : 0},
                               {"t38", false},
                               {"ms", ms_between(open.began, died)}}));
      events.back().leg = open.leg;
      if (sent) events.back().fields["file"] = open.file;
    }
    for (const auto& open : call.spies) {
      events.push_back(ending("spy.stopped", id,
                              {{"target", open.target},
                               {"mode", open.mode},
                               {"ms", ms_between(open.began, died)},
                               {"reason", "restart"}}));
      events.back().leg = open.leg;
      if (!open.by.empty()) events.back().fields["by"] = open.by;
    }
    for (const auto& [bridge, open] : call.bridges)
      events.push_back(ending(
          "bridge.down", id,
          {{"bridge", bridge}, {"legs", open.legs}, {"ms", ms_between(open.began, died)}, {"reason", "restart"}}));
    events.insert(events.end(), stopped.begin(), stopped.end());
    for (const auto& [leg, open] : call.legs) {
      int64_t up_ms = open.up ? ms_between(open.answered, died) : 0;
      events.push_back(
          ending("leg.released", id, {{"cause", cause::kTemporaryFailure}, {"by", "restart"}, {"up_ms", up_ms}}));
      events.back().leg = leg;
    }
    events.push_back(ending("call.ended", id,
                            {{"cause", cause::kTemporaryFailure},
                             {"by", "restart"},
                             {"ms", ms_between(call.began, died)},
                             {"lost", true}}));
  }
  return events;
}

Result<Remains> read_remains(const std::string& journal_dir, const std::string& mark) {
  int64_t first = 1;
  if (auto text = read_file(mark, 64)) first = parse_int(trim(*text)).value_or(1);
  Remains remains;
  auto read = journal::read(
      journal_dir, "ccswitchd", first,
      [&](const journal::Entry& entry) {
        remains.take(entry.event);
        return true;
      },
      [](const std::string& damage) { log_warning("journal.damage text='" + damage + "'"); });
  if (!read) return read.error();
  return remains;
}

Result<void> set_mark(const std::string& mark, int64_t number) {
  return replace_file(mark, std::to_string(number) + "\n");
}

}  // namespace hotline::ccswitchd
