// SPDX-License-Identifier: GPL-2.0-or-later
#include "switch.h"

#include "base/log.h"
#include "base/text.h"
#include "direct.h"
#include "faxes.h"
#include "file_plays.h"
#include "transfer.h"

namespace hotline::ccswitchd {

namespace {

constexpr int kSamplesPerMs = 8;  // A-law at 8 kHz, ITU-T G.711

const char* name_of(media::PlayEnd end) {
  switch (end) {
    case media::PlayEnd::end:
      return "end";
    case media::PlayEnd::barge:
      return "barge";
    case media::PlayEnd::stop:
      return "stop";
    case media::PlayEnd::replaced:
      return "replaced";
    default:
      return "gone";
  }
}

/// A route's or an endpoint's number as a log may show it; a controller's name is no number.
std::string masked(const std::string& to) {
  size_t colon = to.find(':');
  if (colon == std::string::npos) return to.find_first_not_of("0123456789+*#") == to.npos ? mask_number(to) : to;
  if (size_t slash = to.find('/'); to.starts_with("trunk:") && slash != std::string::npos)
    return to.substr(0, slash + 1) + mask_number(to.substr(slash + 1));
  return to.starts_with("pstn:") ? "pstn:" + mask_number(to.substr(5)) : to;
}

/// One line an event: its name, whom it is about, and its short fields; numbers masked, tags left out.
std::string log_text(const wire::Event& event) {
  static constexpr const char* kMasked[] = {"caller", "called", "to"};
  std::string line = event.name;
  if (!event.leg.empty())
    line += " leg=" + event.leg;
  else if (!event.call.empty())
    line += " call=" + event.call;
  for (const char* key : kMasked)
    if (auto text = wire::text(event.fields, key); !text.empty()) line += std::string(" ") + key + "=" + masked(text);
  for (const char* key :
       {"line", "controller", "span", "alarm", "trunk", "phone", "bridge", "segment", "by", "reason", "was"})
    if (auto text = wire::text(event.fields, key); !text.empty()) line += std::string(" ") + key + "=" + text;
  for (const char* key : {"channel", "units", "cause", "ms", "up_ms", "gap_ms", "lost_calls", "calls"})
    if (const Json& value = wire::member(event.fields, key); value.is_number_integer())
      line += std::string(" ") + key + "=" + std::to_string(value.get<int64_t>());
  return line;
}

bool is_chatter(const std::string& name) {
  return name == "digit" || name == "play.done" || name == "call.tagged" || name == "announce.done";
}

}  // namespace

wire::Event own_event(const std::string& name, Json fields) {
  wire::Event event;
  event.time = utc_now();
  event.name = name;
  event.fields = std::move(fields);
  return event;
}

Switch::Switch(service::Service& service, Config config, Sounds sounds)
    : service_(service),
      config_(std::move(config)),
      sounds_(std::move(sounds)),
      spool_dir_(service.instance().spool_dir()),
      calls_([this](wire::Event event) { emit(std::move(event)); },
             [] {
               return Calls::Now{monotonic_now(), utc_now()};
             }),
      mailboxes_(service.instance().var() + "/ccswitchd.mailboxes"),
      direct_(std::make_unique<Direct>(*this, service.loop())),
      transfers_(std::make_unique<Transfers>(*this, service.loop())),
      faxes_(std::make_unique<Faxes>(*this, service.loop())),
      file_plays_(std::make_unique<FilePlays>(*this, service.loop(), service.instance().var())) {
  for (const auto& route : config_.plan.routes.all())
    if (!route.controller.empty()) controllers_.expect(route.controller, monotonic_now());
  read_state();
}

Switch::~Switch() = default;

Result<void> Switch::start() {
  if (auto opened = faxes_->open_folder(); !opened) return opened.error();
  media::EngineConfig media;
  media.tick_frames = config_.tick_frames;
  media.music = sounds_.music;
  media.tones = config_.tones;
  media.rtp_address = config_.rtp_address;
  media.rtp_port_first = config_.rtp_first;
  media.rtp_port_last = config_.rtp_last;
  auto engine =
      media::Engine::start(service_.loop(), media, [this](const media::Report& report) { on_report(report); });
  if (!engine) return engine.error();
  engine_ = std::move(*engine);
  FarEvents& events = *this;
  spans_ = std::make_unique<SpanSide>(service_.loop(), *engine_, events);
  for (const auto& span : config_.spans)
    if (!relay_ || !relay_->holds_span(span.name))
      if (auto added = spans_->trunk().add(span); !added) return added.error().within("span '" + span.name + "'");
  phones_ = std::make_unique<PhoneSide>(service_.loop(), *engine_, events);
  if (config_.has_sip) {
    sip::Config sip = config_.sip;
    sip.shared = relay_ != nullptr;
    if (auto started = phones_->start(sip); !started) return started.error();
    phones_->stack()->on_admission([this] { return overload_.admit(monotonic_now()); });
    mailboxes_.load();
    if (relay_) expect_phones();
    configure_sip();
    if (relay_) adopt_phones();
    for (const auto& [phone, box] : mailboxes_.all()) phones_->stack()->set_mailbox(phone, box);
  }
  static constexpr milliseconds kUpkeepEvery{200};
  upkeep_ = service_.loop().every(kUpkeepEvery, [this] { upkeep(); });
  tend_night("calendar");
  set_lamp("night", night_);
  start_program();
  return {};
}

void Switch::run() {
  if (phones_->stack())
    phones_->stack()->run();
  else
    service_.loop().run();
}

void Switch::emit(wire::Event event) {
  log_line(is_chatter(event.name) ? Level::debug : Level::info, log_text(event));
  const Call* call = event.call.empty() ? nullptr : calls_.find_call(event.call);
  if (call && transfers_->busy(call->id))
    transfers_->hear(event);
  else if (call && call->controller == kDirect)
    direct_->hear(event);
  const Leg* leg = event.leg.empty() ? nullptr : calls_.find_leg(event.leg);
  if (auto change = leg ? lamps_.hear(event.name, *leg) : std::nullopt; change && phones_->stack())
    phones_->stack()->set_lamp(change->phone, change->lamp);
  if (event.name == "leg.released") file_plays_->replace(event.leg, "it is gone");
  // A call begins with the first of these and is gone just after the last.
  if (relay_ && (event.name == "call.offered" || event.name == "leg.dialed" || event.name == "call.ended"))
    service_.loop().post([this] { tell_calls(); });
  service_.emit(std::move(event));
}

void Switch::say(const std::string& name, Json fields) { emit(own_event(name, std::move(fields))); }

void Switch::on_offered(Far far, const std::string& from, const std::string& to, const std::string& line,
                        media::PortId port) {
  arrive({far, from, to, line, port});
}

void Switch::on_ringing(Far far) {
  Leg* leg = calls_.find_leg(far);
  if (leg && calls_.step(*leg, LegEvent::ringing)) tell_waiting(*leg);
}

/// A call rings at a telephone whose owner talks already.
void Switch::tell_waiting(const Leg& leg) {
  if (!leg.endpoint.starts_with("phone:") || calls_.legs_of(leg.endpoint) < 2) return;
  const Phone* phone = config_.find_phone(leg.endpoint.substr(6));
  for (const auto& [id, call] : calls_.all())
    for (const auto& [number, other] : call.legs) {
      if (other.id == leg.id || other.endpoint != leg.endpoint || other.state != LegState::up || other.held()) continue;
      const Call& waiting = calls_.call_of(leg);
      calls_.emit("leg.waiting", waiting, &leg,
                  {{"phone", leg.endpoint.substr(6)}, {"talks", other.id}, {"caller", waiting.from}});
      if (phone && phone->waiting_tone) engine_->beep(other.port, media::Tone::waiting);
      return;
    }
}

void Switch::on_answered(Far far) {
  Leg* leg = calls_.find_leg(far);
  if (!leg || !calls_.step(*leg, LegEvent::answered)) return;
  reaches_.erase(leg->id);
  watch_far_end(*leg);
  refresh_base(*leg);
}

void Switch::on_released(Far far, int cause, bool by_remote) {
  if (gave_up_asking(far, cause)) return;
  Leg* leg = calls_.find_leg(far);
  if (!leg || reach_on(*leg, cause, true)) return;
  reaches_.erase(leg->id);
  leave_bridge(*leg, "released");
  end_ears(*leg);
  faxes_->leg_gone(*leg);
  if (Json quality = quality_json(leg->port); !quality.is_null())
    calls_.emit("leg.quality", calls_.call_of(*leg), leg, std::move(quality));
  calls_.released(*leg, cause, by_remote);
}

std::optional<sip::T38> Switch::on_t38_offered(Far far, const sip::T38& theirs) {
  const Leg* leg = calls_.find_leg(far);
  return leg ? faxes_->offered(*leg, theirs) : std::nullopt;
}

void Switch::on_t38(Far far, const std::optional<sip::T38>& theirs) {
  if (const Leg* leg = calls_.find_leg(far)) faxes_->answered(*leg, theirs);
}

void Switch::on_info_digit(Far far, char digit, int duration_ms) {
  if (Leg* leg = calls_.find_leg(far))
    tell_key(*leg, digit, duration_ms, "info");
}

// A key that is secret is in no event, and so in no journal: the controller fetches it.
void Switch::tell_key(Leg& leg, char key, int duration_ms, const char* by) {
  static constexpr size_t kSecretKeysMax = 64;
  Json fields = {{"digit", leg.secret ? "" : std::string(1, key)}, {"ms", duration_ms}, {"by", by}};
  if (leg.secret) {
    if (leg.secret->size() < kSecretKeysMax) *leg.secret += key;
    fields["secret"] = true;
  }
  calls_.emit("digit", calls_.call_of(leg), &leg, std::move(fields));
}

void Switch::on_span(const std::string& span, bool up, const std::string& reason) {
  if (up)
    say("span.up", {{"span", span}});
  else
    say("span.down", {{"span", span}, {"reason", reason}});
}

void Switch::on_report(const media::Report& report) {
  spans_->trunk().on_report(report);
  std::visit(
      [this](const auto& one) {
        if constexpr (requires { told(one); }) told(one);
      },
      report);
}

void Switch::told(const media::PlayDone& done) {
  if (Leg* leg = calls_.find_port(done.port))
    calls_.play_done(*leg, done.play, name_of(done.reason), done.samples / kSamplesPerMs);
}

void Switch::told(const media::AnnounceDone& done) {
  Leg* leg = calls_.find_port(done.a);
  if (Bridge* bridge = leg ? calls_.find_bridge(leg->bridge) : nullptr)
    calls_.announce_done(*bridge, name_of(done.reason));
}

void Switch::told(const media::Digit& digit) {
  Leg* leg = calls_.find_port(digit.port);
  if (!leg) return;
  tell_key(*leg, digit.digit, digit.duration_ms, digit.by == media::DigitBy::rfc4733 ? "rfc4733" : "inband");
}

// Analogue lines say in their audio only that somebody has hung up, or that who was dialled is busy.
void Switch::told(const media::FarEndGone& gone) {
  Leg* leg = calls_.find_port(gone.port);
  if (!leg || leg->state == LegState::releasing) return;
  calls_.emit("leg.cleared", calls_.call_of(*leg), leg, {{"by", gone.by_tone ? "busy_tone" : "silence"}});
  int cause = leg->state == LegState::up ? cause::kNormal : cause::kBusy;
  if (leg->state == LegState::up || !reach_on(*leg, cause, false)) release(*leg, cause, By::remote);
}

void Switch::told(const media::RecordDone& done) {
  std::string file = done.path.substr(done.path.rfind('/') + 1);
  if (done.gap_samples > 0)
    log_warning("record.gap file=" + file + " gap_ms=" + std::to_string(done.gap_samples / kSamplesPerMs) +
                " text='audio could not be written: is there room in " + spool_dir_ + "?'");
  Json more = Json::object();
  auto recording = calls_.recordings().find(file);
  if (recording != calls_.recordings().end() && !recording->second.leg.empty()) {
    more["silence_ms"] = done.silence_samples / kSamplesPerMs;
    if (done.key) more["key"] = std::string(1, done.key);
  }
  calls_.record_stopped(file, done.samples / kSamplesPerMs, done.gap_samples / kSamplesPerMs, done.reason, more);
}

}  // namespace hotline::ccswitchd
