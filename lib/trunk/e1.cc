// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"
#include "trunk/lines.h"

namespace hotline::trunk {

namespace {

constexpr int kUnacceptable = 6, kChannelTaken = 44, kNoSuchChannel = 82;  // ITU-T Q.850
constexpr seconds kStrangersWatched{10};
constexpr int kToneSamples = 8000;
/// A line that is down again just after it came up is told of when it has stayed so: one whose packets come in fits is
/// no thousand events.
constexpr milliseconds kSettled{2000};

}  // namespace

E1::E1(Lines& lines, const SpanConfig& config) : lines_(lines), config_(config), channels_(monotonic_now()) {
  started_ = !config.rules.restart;
  audited_ = monotonic_now();
}

Result<void> E1::open(Loop& loop) {
  auto span = tdm::open_span(config_);
  if (!span) return span.error();
  if (!config_.pcap.empty()) {
    auto pcap = isdn::Pcap::open(config_.pcap, config_.network_side);
    if (!pcap) return pcap.error();
    pcap_ = std::move(*pcap);
  }
  id_ = lines_.engine().add_span(std::move(*span));
  auto send = [this](std::span<const uint8_t> frame) {
    if (pcap_) pcap_->write(frame, true, utc_now());
    lines_.engine().send_d(id_, {frame.begin(), frame.end()});
  };
  d_ =
      isdn::DChannel::create(loop, {config_.name, config_.network_side, rules().timers, rules().dialling}, send, *this);
  loop_ = &loop;
  watch_ = loop.every(kStrangersWatched, [this] { watch_strangers(); });
  return {};
}

E1::~E1() {
  d_.reset();
  if (id_ != 0) lines_.engine().remove_span(id_);
}

void E1::adopt(const LineRules& rules) {
  config_.rules = rules;
  d_->adopt(rules.timers, rules.dialling);
}

void E1::leave(std::unique_ptr<SpanConfig> next) {
  leaving_ = true;
  next_ = std::move(next);
}

// The line
// ---------------------------------------------------------------------------------------------------------------------

void E1::on_frame(std::span<const uint8_t> frame) {
  if (pcap_) pcap_->write(frame, false, utc_now());
  d_->receive(frame);
}

void E1::on_state(const media::SpanState& state) {
  receiving_ = state.receiving && !state.ais;
  if (receiving_) return tell("frames come from " + config_.far_end());
  if (state.receiving) return tell("the far end says that it has no signal");
  const std::string why = lines_.engine().span_stats(id_).trouble;
  tell("nothing comes from " + config_.far_end() + (why.empty() ? "" : ": " + why));
}

void E1::on_layer2(bool up) {
  layer2_ = up;
  if (up) {
    channels_.layer2_up(monotonic_now());
    if (!started_) channels_.restart_all();
    started_ = true;
  }
  tell(up ? "layer 2 is up" : "layer 2 is down");
}

void E1::tell(const std::string& reason) {
  settled_.cancel();
  if (up() == told_up_) return;
  Instant now = monotonic_now();
  if (told_up_ && now - told_at_ < kSettled) {
    auto wait = std::chrono::duration_cast<microseconds>(told_at_ + kSettled - now);
    settled_ = loop_->after(wait, [this, reason] { tell(reason); });
    return;
  }
  told_up_ = up();
  told_at_ = now;
  log_line(told_up_ ? Level::info : Level::warning,
           "span '" + config_.name + "' is " + (told_up_ ? "up: " : "down: ") + reason);
  lines_.events().on_span(config_.name, told_up_, reason);
}

void E1::watch_strangers() {
  const uint64_t now = lines_.engine().span_stats(id_).malformed;
  if (now != strangers_) {
    log_warning("span '" + config_.name + "': " + std::to_string(now - strangers_) +
                " datagrams in 10 s were no packets of " + config_.far_end() +
                ": from elsewhere, or type, packet and rtp_header differ between the ends");
  }
  strangers_ = now;
}

// Calls that come in
// -------------------------------------------------------------------------------------------------------------

// Glare (ITU-T Q.931 §5.7): of two SETUPs for one channel that cross, the network's is the one that stands. Ours, when
// we are the user, goes over another channel: one of our choice, or, when it named its channel as a preference only,
// the one that the network's answer to it will name.
int E1::choose_channel(const isdn::Setup& setup) {
  if (leaving_) return 0;
  const Instant now = monotonic_now();
  int slot = setup.channel;
  Line* ours = slot != 0 && !config_.network_side ? lines_.find(channels_.owner(slot)) : nullptr;
  if (ours && ours->outgoing && !ours->heard_of) {
    const isdn::CallId call = ours->call;
    const bool wanted = !ours->hung_up;
    lines_.lose_channel(*ours);
    channels_.take(slot, kReserved, now);
    if (wanted && ours->wish_exclusive) {
      lines_.move(*ours, kChannelTaken);
      d_->hangup(call, kChannelTaken);
    }
    return slot;
  }
  const auto state = channels_.state(slot);
  const bool to_be_had = slot != 0 && (state == Channels::State::idle || state == Channels::State::blocked);
  if (!to_be_had) slot = setup.exclusive ? 0 : free_channel();
  if (slot != 0) channels_.take(slot, kReserved, now);
  return slot;
}

// The owner learns of the call when its number is whole; until then the caller hears a dial tone, or silence.
void E1::on_collecting(isdn::CallId call, const isdn::Setup& setup, int channel) {
  Line& line = lines_.add_line(*this, call, channel);
  line.collecting = true;
  if (!setup.to.empty()) return;
  const media::PlayItem tone{nullptr, static_cast<int>(media::Tone::dial), kToneSamples};
  lines_.engine().play(line.port, {tone}, true, false);
}

void E1::on_digits(isdn::CallId call, const std::string&) {
  if (Line* line = lines_.find(*this, call)) lines_.engine().stop(line->port);
}

void E1::on_incoming(isdn::CallId call, const isdn::Setup& setup, int channel) {
  Line* line = lines_.find(*this, call);
  if (line) {
    line->collecting = false;
    lines_.engine().stop(line->port);
  } else {
    line = &lines_.add_line(*this, call, channel);
  }
  line->setup = std::make_unique<isdn::Setup>(setup);
  auto& from = line->setup->from;
  if (setup.from_type == isdn::NumberType::national && !from.empty()) from.insert(0, rules().national_prefix);
  const LineId id = line->id;
  const std::string caller = from, endpoint = Lines::endpoint_of(*line);
  lines_.events().on_incoming(id, caller, setup.to, endpoint, line->port);
}

// Calls that go out
// -------------------------------------------------------------------------------------------------------------

// A call that has lost its channel to glare and is answered on that one all the same cannot stand.
bool E1::has_channel(const Line* line) {
  if (!line) return false;
  if (line->port == 0) d_->hangup(line->call, kChannelTaken);
  return line->port != 0;
}

bool E1::on_moved(isdn::CallId call, int channel) {
  Line* line = lines_.find(*this, call);
  const auto state = channels_.state(channel);
  if (!line || (state != Channels::State::idle && state != Channels::State::blocked)) return false;
  if (line->port) lines_.lose_channel(*line);
  lines_.put_on(*line, *this, call, channel);
  lines_.events().on_moved(line->id);
  return true;
}

void E1::on_early(isdn::CallId call) {
  Line* line = lines_.find(*this, call);
  if (!has_channel(line)) return;
  line->heard_of = true;
  lines_.events().on_early(line->id);
}

void E1::on_ringing(isdn::CallId call) {
  Line* line = lines_.find(*this, call);
  if (!has_channel(line)) return;
  line->heard_of = true;
  lines_.events().on_ringing(line->id);
}

void E1::on_connected(isdn::CallId call, const std::string& number) {
  if (Line* line = lines_.find(*this, call)) lines_.events().on_connected(line->id, number);
}

void E1::on_answered(isdn::CallId call) {
  Line* line = lines_.find(*this, call);
  if (!has_channel(line)) return;
  line->heard_of = true;
  lines_.events().on_answered(line->id);
}

void E1::on_charged(isdn::CallId call, const isdn::Charge& charge) {
  Line* line = lines_.find(*this, call);
  if (line && !line->collecting) lines_.events().on_charged(line->id, charge);
}

bool E1::on_tone(isdn::CallId call, int cause) {
  Line* line = lines_.find(*this, call);
  if (!line || line->hung_up) return false;
  line->heard_of = true;
  return lines_.events().on_tone(line->id, cause);
}

// A channel that the far end will not have for a call of ours is no reason for the call to fail. When it is free with
// us and the far end has not just restarted it, the two of us disagree about it.
void E1::on_released(isdn::CallId call, int cause, bool by_remote) {
  Line* line = lines_.find(*this, call);
  if (!line) return;
  const bool channel_refused = cause == kChannelTaken || cause == kUnacceptable || cause == kNoSuchChannel;
  if (!line->outgoing || line->heard_of || line->hung_up || !channel_refused)
    return lines_.released(*line, cause, by_remote);
  const int slot = line->slot;
  lines_.move(*line, cause);
  const Instant now = monotonic_now();
  if (cause == kChannelTaken && by_remote && channels_.idle(slot) && !channels_.just_far_restarted(slot, now))
    suspect(slot, "refused");
}

}  // namespace hotline::trunk
