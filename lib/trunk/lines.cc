// SPDX-License-Identifier: GPL-2.0-or-later
#include "trunk/lines.h"

#include <algorithm>

#include "base/log.h"

namespace hotline::trunk {

namespace {

constexpr int kNoCircuit = 34;
constexpr milliseconds kTick{250};
constexpr seconds kReopen{10};
constexpr seconds kMoving{10};  // a call of ours looks no longer for a channel that it may have

}  // namespace

Lines::Lines(Loop& loop, media::Engine& engine, Events& events) : loop_(loop), engine_(engine), events_(events) {
  ticker_ = loop_.every(kTick, [this] { tick(); });
}

Lines::~Lines() {
  for (auto& [id, line] : lines_) engine_.close(line.port);
}

// Spans
// -----------------------------------------------------------------------------------------------------------------------

Result<void> Lines::add(const SpanConfig& config) {
  auto span = std::make_unique<E1>(*this, config);
  auto opened = span->open(loop_);
  if (opened) spans_.push_back(std::move(span));
  return opened;
}

bool Lines::remove(const std::string& name) {
  auto named =
      std::find_if(spans_.begin(), spans_.end(), [&](const auto& span) { return span->config().name == name; });
  if (named == spans_.end() || !(*named)->empty()) return false;
  spans_.erase(named);
  return true;
}

static bool same_line(const SpanConfig& a, SpanConfig b) {
  b.rules = a.rules;
  return a == b;
}

std::vector<std::string> Lines::adopt(const std::vector<SpanConfig>& configs) {
  std::vector<std::string> said;
  const auto wanted = [&](const std::string& name) -> const SpanConfig* {
    auto found = std::find_if(configs.begin(), configs.end(), [&](const auto& config) { return config.name == name; });
    return found == configs.end() ? nullptr : &*found;
  };
  std::erase_if(reopening_, [&](auto& one) {
    const SpanConfig* now = wanted(one.config.name);
    if (now) one.config = *now;
    return !now;
  });
  for (auto& span : spans_) {
    const std::string name = span->config().name;
    const SpanConfig* now = wanted(name);
    if (now && same_line(span->config(), *now) && !span->leaving()) {
      span->adopt(now->rules);
      continue;
    }
    const bool was_leaving = span->leaving();
    span->leave(now ? std::make_unique<SpanConfig>(*now) : nullptr);
    if (was_leaving) continue;
    said.push_back(
        "span '" + name + "' " + (now ? "is opened anew" : "goes") +
        (span->empty() ? "" : ", when its " + std::to_string(span->channels().busy()) + " calls have ended"));
  }
  for (const auto& config : configs) {
    const bool reopening = std::any_of(reopening_.begin(), reopening_.end(),
                                       [&](const auto& one) { return one.config.name == config.name; });
    if (find_span(config.name) || reopening) continue;
    auto added = add(config);
    said.push_back("span '" + config.name + "' " + (added ? "added" : "not added: " + added.error().text));
    if (added) events_.on_span_opened(config.name);
  }
  close_left();
  return said;
}

void Lines::tick() {
  const Instant now = monotonic_now();
  for (size_t i = 0; i < spans_.size(); i++) spans_[i]->tick(now);
  close_left();
  reopen(now);
}

void Lines::close_left() {
  for (size_t i = 0; i < spans_.size();) {
    if (!spans_[i]->leaving() || !spans_[i]->empty()) {
      i++;
      continue;
    }
    const std::string name = spans_[i]->config().name;
    auto next = spans_[i]->take_next();
    spans_.erase(spans_.begin() + static_cast<std::ptrdiff_t>(i));
    log_info("span '" + name + "' is closed" + (next ? ", to be opened anew" : ""));
    events_.on_span_gone(name, next ? "changed" : "removed");
    if (next) reopening_.push_back({std::move(*next), monotonic_now() + kReopen});
  }
}

void Lines::reopen(Instant now) {
  for (size_t i = 0; i < reopening_.size();) {
    const SpanConfig config = reopening_[i].config;
    const auto added = add(config);
    if (!added && now < reopening_[i].until) {
      i++;
      continue;
    }
    reopening_.erase(reopening_.begin() + static_cast<std::ptrdiff_t>(i));
    if (added) {
      events_.on_span_opened(config.name);
    } else {
      log_error("span '" + config.name + "' is lost until the next reload: " + added.error().text);
      events_.on_span_lost(config.name, added.error().text);
    }
  }
}

E1* Lines::find_span(media::SpanId id) {
  for (auto& span : spans_) {
    if (span->id() == id) return span.get();
  }
  return nullptr;
}

E1* Lines::find_span(const std::string& name) {
  for (auto& span : spans_) {
    if (span->config().name == name) return span.get();
  }
  return nullptr;
}

// The named one, or of the group of that name, or of all, the least busy that can take a call.
Result<E1*> Lines::choose_span(const std::string& where) {
  E1* best = nullptr;
  const bool by_name = !where.empty() && find_span(where);
  bool known = where.empty(), any_up = false;
  for (auto& span : spans_) {
    if (!where.empty() && (by_name ? span->config().name : span->rules().group) != where) continue;
    known = true;
    any_up = any_up || span->up();
    if (!span->up() || span->free_channel() == 0) continue;
    if (!best || span->channels().busy() < best->channels().busy()) best = span.get();
  }
  if (best) return best;
  const std::string which = where.empty() ? "span" : (by_name || !known ? "span '" : "group '") + where + "'";
  if (!known) return Error{Errc::unavailable, "there is no " + which};
  return Error{Errc::unavailable, any_up ? "no channel of " + which + " is free" : which + " is down"};
}

// Calls
// -----------------------------------------------------------------------------------------------------------------------

Result<isdn::CallId> Lines::start(const Line& line, E1& span, int slot) {
  const LineRules& rules = span.rules();
  const Outgoing& wish = line.wish;
  isdn::Outgoing outgoing;
  outgoing.channel = slot;
  outgoing.exclusive = rules.exclusive;
  outgoing.from = wish.from;
  outgoing.to = wish.to;
  outgoing.from_type = rules.calling_type;
  outgoing.to_type = rules.called_type;
  outgoing.name = wish.name;
  outgoing.redirecting = wish.redirecting;
  outgoing.complete = wish.complete;
  std::string rest;
  if (wish.complete && rules.setup_digits >= 0 && !wish.to.starts_with('+')) {
    outgoing.complete = false;
    const auto first = std::min(wish.to.size(), static_cast<size_t>(rules.setup_digits));
    outgoing.to = wish.to.substr(0, first);
    rest = wish.to.substr(first);
  }
  auto call = span.d().place(outgoing);
  if (call && !rest.empty()) span.d().dial(*call, rest);
  return call;
}

Result<LineId> Lines::place(const Outgoing& outgoing) {
  auto span = choose_span(outgoing.where);
  if (!span) return span.error();
  Line wish;
  wish.wish = outgoing;
  const int slot = (*span)->free_channel();
  auto call = start(wish, **span, slot);
  if (!call) return call.error();
  Line& line = add_line(**span, *call, slot);
  line.outgoing = true;
  line.wish = outgoing;
  line.placed = monotonic_now();
  return line.id;
}

bool Lines::move(Line& line, int cause) {
  line.tried |= 1U << line.slot;
  if (line.port) lose_channel(line);
  by_call_.erase({line.span, line.call});
  line.call = 0;
  E1* span = line.span;
  int slot = 0;
  if (monotonic_now() - line.placed < kMoving) {
    slot = span->up() ? span->free_channel(line.tried) : 0;
    if (slot == 0) {  // another span of the same wish
      auto other = choose_span(line.wish.where);
      if (other && *other != span) {
        span = *other;
        line.tried = 0;
        slot = span->free_channel();
      }
    }
  }
  if (slot != 0) {
    if (auto call = start(line, *span, slot)) {
      put_on(line, *span, *call, slot);
      log_info("line " + std::to_string(line.id) + " goes over " + endpoint_of(line) + " instead");
      events_.on_moved(line.id);
      return true;
    }
  }
  released(line, slot == 0 ? kNoCircuit : cause, true);
  return false;
}

void Lines::dial(LineId id, const std::string& digits) {
  Line* line = find(id);
  if (!line || !line->outgoing) return;
  line->wish.to += digits;  // should it move
  if (line->wish.to.size() > 31) line->wish.to.resize(31);
  if (line->call) line->span->d().dial(line->call, digits);
}

media::PortId Lines::port(LineId id) const {
  auto found = lines_.find(id);
  return found == lines_.end() ? 0 : found->second.port;
}

std::string Lines::endpoint(LineId id) const {
  auto found = lines_.find(id);
  return found == lines_.end() ? "" : endpoint_of(found->second);
}

const isdn::Setup* Lines::setup(LineId id) const {
  auto found = lines_.find(id);
  return found == lines_.end() ? nullptr : found->second.setup.get();
}

void Lines::alert(LineId id, bool tones) {
  if (Line* line = find(id)) line->span->d().alert(line->call, tones);
}

void Lines::progress(LineId id) {
  if (Line* line = find(id)) line->span->d().progress(line->call);
}

void Lines::answer(LineId id, const std::string& number) {
  if (Line* line = find(id)) line->span->d().answer(line->call, number);
}

void Lines::charge(LineId id, const isdn::Charge& charge) {
  if (Line* line = find(id)) line->span->d().charge(line->call, charge);
}

void Lines::hangup(LineId id, int cause, bool tones) {
  constexpr int kUserBusy = 17, kToneSamples = 8000;
  Line* line = find(id);
  if (!line) return;
  line->hung_up = true;
  tones = tones && line->span->config().network_side && !line->outgoing;
  if (tones) {
    const auto tone = cause == kUserBusy ? media::Tone::busy : media::Tone::congestion;
    engine_.play(line->port, {media::PlayItem{nullptr, static_cast<int>(tone), kToneSamples}}, true, false);
  }
  line->span->d().hangup(line->call, cause, tones);
}

Line* Lines::find(LineId id) {
  auto found = lines_.find(id);
  return found == lines_.end() ? nullptr : &found->second;
}

Line* Lines::find(const E1& span, isdn::CallId call) {
  auto found = by_call_.find({&span, call});
  return found == by_call_.end() ? nullptr : find(found->second);
}

Line& Lines::add_line(E1& span, isdn::CallId call, int slot) {
  Line& line = lines_[++last_id_];
  line.id = last_id_;
  put_on(line, span, call, slot);
  return line;
}

void Lines::put_on(Line& line, E1& span, isdn::CallId call, int slot) {
  line.span = &span;
  line.call = call;
  line.slot = slot;
  line.port = engine_.open_channel(span.id(), slot);
  line.wish_exclusive = span.rules().exclusive;
  span.channels().take(slot, line.id, monotonic_now());
  by_call_[{&span, call}] = line.id;
}

// The channel of a call goes to another one, before the call itself has ended.
void Lines::lose_channel(Line& line) {
  if (line.port) engine_.close(line.port);
  line.port = 0;
  line.span->channels().give_back(line.slot, line.id, monotonic_now());
}

void Lines::released(Line& line, int cause, bool by_remote) {
  const LineId id = line.id;
  const bool known = !line.collecting;
  if (line.port) lose_channel(line);
  if (line.call) by_call_.erase({line.span, line.call});
  lines_.erase(id);
  if (known) events_.on_released(id, cause, by_remote);
}

std::string Lines::endpoint_of(const Line& line) {
  return "span:" + line.span->config().name + "/" + std::to_string(line.slot);
}

// Reports
// ---------------------------------------------------------------------------------------------------------------------

std::vector<SpanReport> Lines::spans() const {
  std::vector<SpanReport> reports;
  for (const auto& span : spans_) {
    SpanReport report;
    report.config = span->config();
    report.up = span->up();
    report.busy = span->channels().busy();
    report.stats = engine_.span_stats(span->id());
    report.blocked = span->channels().blocked();
    report.leaving = span->leaving();
    report.alarms = span->alarms().names();
    reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<ChannelReport> Lines::channels() const {
  static constexpr const char* kStates[] = {"idle", "busy", "restarting", "blocked"};
  const Instant now = monotonic_now();
  std::vector<ChannelReport> reports;
  for (const auto& span : spans_) {
    const Channels& table = span->channels();
    for (int slot = 1; slot < Channels::kSlots; slot++) {
      if (!isdn::is_channel(slot)) continue;
      const LineId owner = table.owner(slot);
      reports.push_back({span->config().name, slot, kStates[static_cast<int>(table.state(slot))],
                         lines_.count(owner) ? owner : 0,
                         std::chrono::duration_cast<milliseconds>(now - table.since(slot)), table.restarts(slot)});
    }
  }
  return reports;
}

Result<void> Lines::restart_channel(const std::string& name, int channel) {
  E1* span = find_span(name);
  if (!span) return Error{Errc::no, "there is no span '" + name + "'"};
  if (!isdn::is_channel(channel))
    return Error{Errc::no, "span '" + name + "' has no channel " + std::to_string(channel) + ": 1 to 15 and 17 to 31"};
  return span->restart(channel);
}

void Lines::on_report(const media::Report& report) {
  if (const auto* frame = std::get_if<media::DFrame>(&report)) {
    if (E1* span = find_span(frame->span)) span->on_frame(frame->frame);
  } else if (const auto* state = std::get_if<media::SpanState>(&report)) {
    if (E1* span = find_span(state->span)) span->on_state(*state);
  }
}

std::unique_ptr<Trunk> Trunk::create(Loop& loop, media::Engine& engine, Events& events) {
  return std::make_unique<Lines>(loop, engine, events);
}

}  // namespace hotline::trunk
