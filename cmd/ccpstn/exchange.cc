// SPDX-License-Identifier: GPL-2.0-or-later
#include "exchange.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/causes.h"
#include "base/log.h"
#include "base/text.h"
#include "ear.h"

namespace hotline::pstn {

namespace {

constexpr size_t kHistoryMax = 20'000;
constexpr int64_t kToldMax = 500;
constexpr seconds kDrain{5};
constexpr int kNormalClearing = 16, kUnallocated = 1, kTemporaryFailure = 41;

int64_t ms_since(Instant then) { return std::chrono::duration_cast<milliseconds>(monotonic_now() - then).count(); }

std::string replace_percent(std::string path, trunk::LineId line) {
  if (const size_t at = path.find('%'); at != std::string::npos) path.replace(at, 1, std::to_string(line));
  return path;
}

}  // namespace

Result<std::unique_ptr<Exchange>> Exchange::start(service::Service& service,
                                                  const std::vector<trunk::SpanConfig>& spans) {
  std::unique_ptr<Exchange> exchange(new Exchange(service));
  auto* self = exchange.get();
  auto engine = media::Engine::start(service.loop(), {}, [self](const media::Report& r) { self->on_report(r); });
  if (!engine) return engine.error();
  exchange->engine_ = std::move(*engine);
  exchange->trunk_ = trunk::Trunk::create(service.loop(), *exchange->engine_, *exchange);
  for (const auto& span : spans) {
    if (auto added = exchange->trunk_->add(span); !added) return added.error();
  }
  return exchange;
}

Talk* Exchange::find(trunk::LineId line) {
  auto found = talks_.find(line);
  return found == talks_.end() ? nullptr : &found->second;
}

Talk& Exchange::begin(trunk::LineId line, bool incoming, const std::string& from, const std::string& to) {
  Talk& talk = talks_[line];
  talk.line = line;
  talk.incoming = incoming;
  talk.from = from;
  talk.to = to;
  talk.endpoint = trunk_->endpoint(line);
  talk.port = trunk_->port(line);
  talk.began = monotonic_now();
  return talk;
}

Result<trunk::LineId> Exchange::place(const Wish& wish, const ActSpec& spec) {
  auto act = make_act(spec);
  if (!act) return act.error();
  if (drained_) return Error{Errc::unavailable, "ccpstn is stopping"};
  if (!isdn::is_number(wish.to)) return Error{Errc::bad_data, "'" + wish.to + "' is no telephone number"};
  trunk::Outgoing outgoing{wish.where, wish.from, wish.to, wish.name, wish.redirecting, wish.first < 0};
  std::string digits;
  if (wish.first >= 0) {
    const auto first = std::min(wish.to.size(), static_cast<size_t>(wish.first));
    outgoing.to = wish.to.substr(0, first);
    digits = wish.to.substr(first);
  }
  auto line = trunk_->place(outgoing);
  if (!line) return line.error();
  const std::string &from = wish.from, &to = wish.to;
  Talk& talk = begin(*line, false, from, to);
  talk.act = std::move(*act);
  talk.digits = std::move(digits);
  talk.pause = wish.pause;
  if (talk.act.early && !talk.act.hear.empty()) listen(talk);
  if (!talk.digits.empty()) talk.timer = service_.loop().after(talk.pause, [this, id = *line] { next_digit(id); });
  talk.stay = service_.loop().after(talk.act.patience, [this, id = *line] { hangup(id, kNormalClearing); });
  tell("pstn.dialed", talk, {{"from", from}, {"to", to}, {"endpoint", talk.endpoint}});
  return *line;
}

bool Exchange::hangup(trunk::LineId line, int cause) {
  Talk* talk = find(line);
  if (!talk || talk->over) return false;
  trunk_->hangup(line, cause);
  return true;
}

void Exchange::next_digit(trunk::LineId line) {
  Talk* talk = find(line);
  if (!talk || talk->over || talk->digits.empty()) return;
  trunk_->dial(line, talk->digits.substr(0, 1));
  talk->digits.erase(0, 1);
  talk->timer = service_.loop().after(talk->pause, [this, line] { next_digit(line); });
}

// Spans and calls
// ---------------------------------------------------------------------------------------------------------

void Exchange::on_span(const std::string& span, bool up, const std::string& reason) {
  wire::Event event;
  event.name = up ? "span.up" : "span.down";
  event.fields = {{"span", span}, {"reason", reason}};
  const auto fields = event.fields;
  remember(service_.emit(event), event.name, fields);
}

void Exchange::on_incoming(trunk::LineId line, const std::string& from, const std::string& to, const std::string&,
                           media::PortId) {
  Talk& talk = begin(line, true, from, to);
  const Rule* rule = drained_ ? nullptr : rules_.take(to, talk.began);
  talk.rule = rule ? rule->id : 0;
  wire::Json offered = {{"from", from}, {"to", to}, {"endpoint", talk.endpoint}, {"rule", talk.rule}};
  if (const isdn::Setup* setup = trunk_->setup(line); setup && !setup->redirecting.reason.empty()) {
    offered["redirecting"] = {{"number", setup->redirecting.number}, {"reason", setup->redirecting.reason}};
  }
  tell("pstn.offered", talk, std::move(offered));
  if (!rule) {
    trunk_->hangup(line, kUnallocated);
    return;
  }
  follow(talk, *rule);
}

void Exchange::follow(Talk& talk, const Rule& rule) {
  const trunk::LineId line = talk.line;
  auto act = make_act(rule.act);  // a sound that has vanished since the rule was made is this call's trouble only
  if (!act) log_warning("line " + std::to_string(line) + " cannot be taken as asked: " + act.error().text);
  if (!act || rule.taking == Taking::refuse) {
    trunk_->hangup(line, act ? rule.cause : kTemporaryFailure, act && rule.tones);
    return;
  }
  talk.act = std::move(*act);
  talk.act.hear = replace_percent(talk.act.hear, line);
  trunk_->alert(line, talk.act.early);
  if (talk.act.early) speak(talk);
  if (rule.taking == Taking::answer)
    talk.timer =
        service_.loop().after(rule.after, [this, line, number = talk.act.connected] { trunk_->answer(line, number); });
}

void Exchange::on_ringing(trunk::LineId line) {
  if (Talk* talk = find(line)) tell("pstn.ringing", *talk);
}

void Exchange::on_moved(trunk::LineId line) {
  Talk* talk = find(line);
  if (!talk) return;
  talk->endpoint = trunk_->endpoint(line);
  talk->port = trunk_->port(line);
  if (!talk->recording.empty()) {  // the old channel's is worth nothing
    std::error_code ignored;
    std::filesystem::remove(talk->recording, ignored);
    listen(*talk);
  }
  tell("pstn.moved", *talk, {{"endpoint", talk->endpoint}});
}

void Exchange::on_early(trunk::LineId line) {
  if (Talk* talk = find(line)) tell("pstn.early", *talk);
}

bool Exchange::on_tone(trunk::LineId line, int) {
  const Talk* talk = find(line);
  return talk && talk->act.early;
}

void Exchange::on_charged(trunk::LineId line, const isdn::Charge& charge) {
  Talk* talk = find(line);
  if (!talk) return;
  wire::Json fields = {{"final", charge.final}};
  if (charge.units) fields["units"] = *charge.units;
  if (charge.thousandths) {
    fields["amount"] = isdn::amount_text(*charge.thousandths);
    fields["currency"] = charge.currency;
  }
  tell("pstn.charged", *talk, std::move(fields));
}

void Exchange::on_answered(trunk::LineId line) {
  Talk* talk = find(line);
  if (!talk) return;
  talk->answered = monotonic_now();
  talk->setup_us = std::chrono::duration_cast<microseconds>(talk->answered - talk->began).count();
  talk->stay = service_.loop().after(talk->act.stay, [this, line] { hangup(line, kNormalClearing); });
  tell("pstn.answered", *talk, {{"setup_us", talk->setup_us}});
  if (!talk->act.hear.empty() && talk->recording.empty()) listen(*talk);
  if (talk->act.charge && talk->incoming) {
    isdn::Charge charge = *talk->act.charge;
    trunk_->charge(line, charge);
    charge.final = true;
    trunk_->charge(line, charge);
  }
  if (talk->act.fax) return start_fax(*talk);
  next_step(line);
}

void Exchange::next_step(trunk::LineId line) {
  Talk* talk = find(line);
  if (!talk || talk->over) return;
  while (talk->step < talk->act.steps.size()) {
    const Step& step = talk->act.steps[talk->step++];
    if (step.keys.empty()) {
      talk->timer = service_.loop().after(step.wait, [this, line] { next_step(line); });
      return;
    }
    engine_->send_digits(talk->port, step.keys);
    tell("pstn.keys", *talk, {{"keys", step.keys}});
    speak(*talk);  // sounds when the keys have been sent
  }
  speak(*talk);
}

void Exchange::speak(Talk& talk) {
  if (talk.speaking || !talk.act.say) return;
  talk.speaking = true;
  engine_->play(talk.port, {media::PlayItem{talk.act.say}}, !talk.act.once, false);
}

void Exchange::listen(Talk& talk) {
  talk.recording = talk.act.hear + "." + std::to_string(::getpid()) + "-" + std::to_string(talk.line) + "-" +
                   std::to_string(++talk.takes) + ".part";
  engine_->record({talk.port, talk.port, talk.recording, "{}"});
}

void Exchange::on_released(trunk::LineId line, int cause, bool by_remote) {
  Talk* talk = find(line);
  if (!talk) return;
  talk->over = true;
  talk->cause = cause;
  talk->by_remote = by_remote;
  talk->timer.cancel();
  talk->stay.cancel();
  if (talk->answered != Instant{}) talk->up_ms = ms_since(talk->answered);
  if (talk->fax_port) engine_->close(std::exchange(talk->fax_port, 0));
  if (talk->fax) return talk->fax->hang_up();
  if (talk->recording.empty()) end(*talk);
}

void Exchange::on_report(const media::Report& report) {
  if (trunk_) trunk_->on_report(report);
  const auto* done = std::get_if<media::RecordDone>(&report);
  if (!done) return;
  auto found = std::find_if(talks_.begin(), talks_.end(),
                            [&](const auto& entry) { return entry.second.recording == done->path; });
  if (found != talks_.end()) keep(found->second, *done);
}

void Exchange::keep(Talk& talk, const media::RecordDone& done) {
  auto samples = keep_heard(done.path, talk.act.hear);
  if (samples) {
    talk.heard_ms = *samples / 8;
  } else {
    log_error("cannot keep what line " + std::to_string(talk.line) + " heard: " + samples.error().text);
    talk.act.hear.clear();
  }
  talk.recording.clear();
  if (talk.over && !talk.fax) end(talk);
}

void Exchange::end(Talk& talk) {
  const trunk::LineId line = talk.line;
  wire::Json fields = {{"from", talk.from},
                       {"to", talk.to},
                       {"endpoint", talk.endpoint},
                       {"incoming", talk.incoming},
                       {"rule", talk.rule},
                       {"cause", talk.cause},
                       {"cause_text", cause_name(talk.cause)},
                       {"by", talk.by_remote ? "remote" : "local"},
                       {"answered", talk.answered != Instant{}},
                       {"setup_us", talk.setup_us},
                       {"up_ms", talk.up_ms}};
  if ((talk.answered != Instant{} || talk.act.early) && !talk.act.hear.empty()) {
    fields["hear"] = talk.act.hear;
    fields["heard_ms"] = talk.heard_ms;
  }
  if (!talk.faxed.is_null()) fields["fax"] = talk.faxed;
  tell("pstn.ended", talk, std::move(fields));
  talks_.erase(line);
  if (drained_ && talks_.empty()) drained_();
}

void Exchange::drain(std::function<void()> done) {
  if (talks_.empty()) return done();
  drained_ = std::move(done);
  drain_timer_ = service_.loop().after(kDrain, [this] { drained_(); });
  for (auto& [line, talk] : talks_) hangup(line, kNormalClearing);
}

// What is told --------------------------------------------------------------------------------------------------------

void Exchange::tell(const std::string& name, const Talk& talk, wire::Json fields) {
  fields["line"] = talk.line;
  log_info(name.substr(name.find('.') + 1) + " line=" + std::to_string(talk.line) + " at=" + talk.endpoint +
           " from=" + mask_number(talk.from) + " to=" + mask_number(talk.to) +
           (name == "pstn.ended" ? " cause=" + std::to_string(talk.cause) : ""));
  wire::Event event;
  event.name = name;
  event.fields = fields;
  remember(service_.emit(event), name, fields);
}

void Exchange::remember(int64_t number, const std::string& name, const wire::Json& fields) {
  wire::Json entry = fields;
  entry["n"] = number;
  entry["event"] = name;
  history_.push_back(std::move(entry));
  if (history_.size() > kHistoryMax) history_.pop_front();
}

wire::Json Exchange::progress(int64_t after) const {
  wire::Json events = wire::Json::array();
  const bool missed = history_.size() == kHistoryMax && wire::integer(history_.front(), "n") > after + 1;
  auto first = std::partition_point(history_.begin(), history_.end(),
                                    [&](const wire::Json& entry) { return wire::integer(entry, "n") <= after; });
  int64_t last = after;
  for (; first != history_.end() && static_cast<int64_t>(events.size()) < kToldMax; ++first) {
    events.push_back(*first);
    last = wire::integer(*first, "n");
  }
  return {{"n", last}, {"events", std::move(events)}, {"missed", missed}, {"pid", ::getpid()}};
}

}  // namespace hotline::pstn
