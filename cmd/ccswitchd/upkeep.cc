// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "faxes.h"
#include "sip/tls.h"
#include "switch.h"
#include "transfer.h"

namespace hotline::ccswitchd {

void Switch::upkeep() {
  end_timeouts();
  tend_night("calendar");
  for (const auto& name : controllers_.lost(monotonic_now(), config_.controller_timeout)) lose(name);
  fall_back();
  end_idle();
  calls_.end_waiting(kRecordingPatience);
  watch_media();
  watch_load();
  if (let_go_) return finish_yielded();
  if (draining_) finish_drain();
}

void Switch::end_timeouts() {
  for (const auto& id : calls_.unanswered())
    if (Leg* leg = calls_.find_leg(id)) {
      int cause = cause::kNoAnswer;
      if (!reach_on(*leg, cause, false)) release(*leg, cause, By::timeout);
    }
}

void Switch::end_idle() {
  for (const auto& id : calls_.idle(kIdleMax))
    if (Call* call = calls_.find_call(id)) {
      log_warning("call.idle call=" + id + " text='nobody acts for a call whose caller is gone'");
      release_all(*call, cause::kUnspecified, By::the_switch);
    }
}

void Switch::lose(const std::string& controller) {
  int64_t count = 0;
  for (const auto& [id, call] : calls_.all()) count += call.controller == controller && !call.legs.empty();
  if (!let_go_) say("controller.lost", {{"controller", controller}, {"calls", count}});  // else the face says it
  for (auto& [id, call] : calls_.all())
    if (call.controller == controller) assign(call);
}

bool Switch::has_to_do(const std::string& controller) const {
  if (controller == config_.fallback) return true;
  for (const auto& route : config_.plan.routes.all())
    if (route.controller == controller) return true;
  for (const auto& [id, call] : calls_.all())
    if (call.controller == controller) return true;
  return false;
}

void Switch::find_again(const std::string& controller) {
  if (!let_go_) say("controller.back", {{"controller", controller}});
  for (auto& [id, call] : calls_.all())
    if (call.controller == controller) assign(call);
}

/// Calls whose controller stays away go to the fallback, once; where that is away as well, nobody waits for ever. Those
/// who talk are left to talk.
void Switch::fall_back() {
  Instant now = monotonic_now();
  std::vector<std::string> due;
  auto last = [this](const Call& call) { return call.fallen_back || call.controller == config_.fallback; };
  for (const auto& [id, call] : calls_.all())
    if (call.orphan_since && call.bridges.empty() && call.faxes == 0 && !call.legs.empty() &&
        now - *call.orphan_since >= config_.fallback_after * (last(call) ? 2 : 1))
      due.push_back(id);
  for (const auto& id : due) {
    Call& call = *calls_.find_call(id);
    if (transfers_->give_back(call, Json::object(), "lost")) continue;  // who lent it has waited for it
    if (config_.fallback == "hangup" || last(call)) {
      calls_.emit("call.fallback", call, nullptr, {{"was", call.controller}, {"to", "hangup"}});
      call.fallen_back = true;
      call.orphan_since = now;
      release_all(call, cause::kTemporaryFailure, By::the_switch);
      continue;
    }
    bool direct = config_.fallback.find(':') != std::string::npos;  // a phone or a number: the switch connects it
    if (direct) calls_.tag(call, nullptr, {{kDirectTo, config_.fallback}}, Json());
    if (!direct) controllers_.expect(config_.fallback, now);
    calls_.fall_back(call, direct ? kDirect : config_.fallback);
    assign(call);
  }
}

void Switch::watch_media() {
  auto trouble = engine_->trouble();
  bool worse = trouble.commands_refused > trouble_.commands_refused || trouble.reports_dropped > trouble_.reports_dropped;
  if (worse && media_trouble_.due(monotonic_now()))
    log_error("media.trouble commands_refused=" + std::to_string(trouble.commands_refused) +
              " reports_dropped=" + std::to_string(trouble.reports_dropped) + " text='the media plane is overloaded'");
  trouble_ = trouble;
}

/// Measures how much of us is in use, and says when new calls begin to be refused for it, and when no longer.
void Switch::watch_load() {
  Instant now = monotonic_now();
  auto trouble = engine_->trouble();
  auto cpu = engine_->cpu_time();
  Overload::Sample sample;
  sample.signalling = signalling_.busy(now);
  if (load_at_ != Instant{}) {
    std::chrono::duration<double> passed = now - load_at_;
    double ticks = passed.count() * 8000 / config_.tick_frames;
    sample.media = std::chrono::duration<double>(cpu - media_cpu_) / passed;
    sample.late = static_cast<double>(trouble.late_ticks - trouble_before_.late_ticks) / ticks;
  }
  sample.journal_bytes = service_.waiting_bytes();
  load_at_ = now;
  media_cpu_ = cpu;
  trouble_before_ = trouble;
  overload_.sample(sample);
  auto change = overload_.change(now);
  if (!change) return;
  say(change->began ? "overload.began" : "overload.ended", {{"reason", change->reason}, {"refused", change->refused}});
}

void Switch::drain() {
  draining_ = true;
  drain_until_ = monotonic_now() + config_.drain;
  log_info("drain calls=" + std::to_string(calls_up()) + " grace=" + format_duration(config_.drain));
  if (let_go_) return finish_yielded();
  if (relay_) relay_->tell({{"drain", true}});
  finish_drain();
}

/// No call, or no patience: then the rest is released, and three seconds later we go whether or not that was heard.
void Switch::finish_drain() {
  static constexpr milliseconds kLastWords{3000};
  if (drain_done_) return;
  Instant now = monotonic_now();
  if (calls_up() > 0 && now < *drain_until_ + kLastWords) {
    if (now < *drain_until_) return;
    std::vector<std::string> ids;
    for (const auto& [id, call] : calls_.all()) ids.push_back(id);
    for (const auto& id : ids)
      if (Call* call = calls_.find_call(id)) release_all(*call, cause::kTemporaryFailure, By::the_switch);
    if (calls_up() > 0) return;
  }
  drain_done_ = true;
  say("switch.stopped", Json::object());
  service_.done();
}

/// Keeps what cannot change while calls are up, so that `ports` and the next reload speak of what is.
static void keep_what_runs(const Config& was, Config& config) {
  config.tick_frames = was.tick_frames;
  config.has_sip = was.has_sip;
  config.sip = was.sip;
  config.rtp_address = was.rtp_address;
  config.rtp_first = was.rtp_first;
  config.rtp_last = was.rtp_last;
  config.music = was.music;
  config.tones = was.tones;
}

/// Who connects from now on is shown the certificate that is there now; the rest of a reload's sentence.
std::string Switch::renew_certificate() {
  if (!phones_->stack() || !config_.sip.tls.port || !sip::tls_changed(config_.sip.tls)) return "";
  auto renewed = phones_->stack()->renew_certificate();
  if (!renewed) log_error("sip.certificate text='" + renewed.error().text + "'");
  return renewed ? "; another certificate of [sip]" : "; the certificate of [sip] stays: " + renewed.error().text;
}

std::string Switch::reload(Config config, Sounds sounds) {
  std::string text;
  for (const auto& what : needs_restart(config_, config)) text += (text.empty() ? "; needs a restart: " : ", ") + what;
  keep_what_runs(config_, config);
  text += reload_spans(config);
  Config was = std::exchange(config_, std::move(config));
  sounds_ = std::move(sounds);
  configure_sip();
  if (auto opened = faxes_->open_folder(); !opened) text += "; " + opened.error().text;
  faxes_->pump();
  text += renew_certificate();
  return std::to_string(config_.phones.size()) + " phones, " + std::to_string(config_.plan.routes.all().size()) +
         " routes" + adopt_plan(was) + text;
}

}  // namespace hotline::ccswitchd
