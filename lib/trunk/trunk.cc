// SPDX-License-Identifier: GPL-2.0-or-later
#include "trunk/trunk.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "base/log.h"
#include "isdn/isdn.h"
#include "isdn/pcap.h"
#include "tdm/cesopsn.h"

namespace hotline::trunk {

namespace {

constexpr int kChannelTaken = 44;
constexpr seconds kStrangersWatched{10};

class Lines;

// One span: its line, its D channel, and who has which channel.
//
//     free ── place() ──────────► taken by a line ── on_released ──► free
//       └──── choose_channel() ──► reserved ── on_incoming ──► taken
class E1 : public isdn::Events {
 public:
  E1(Lines& lines, const SpanConfig& config) : lines_(lines), config_(config) {}

  Result<void> open(Loop& loop);
  ~E1() override;

  const SpanConfig& config() const { return config_; }
  media::SpanId id() const { return id_; }
  bool up() const { return layer2_ && receiving_; }
  int busy() const {
    return static_cast<int>(std::count_if(owner_.begin(), owner_.end(), [](LineId id) { return id; }));
  }
  isdn::DChannel& d() { return *d_; }
  int free_channel() const;
  void take(int slot, LineId line) { owner_[slot] = line; }
  void give_back(int slot, LineId line) {
    if (owner_[slot] == line) owner_[slot] = 0;
  }

  void on_frame(std::span<const uint8_t> frame);
  void on_state(const media::SpanState& state);

  void on_layer2(bool up) override;
  int choose_channel(const isdn::Setup& setup) override;
  void on_incoming(isdn::CallId call, const isdn::Setup& setup, int channel) override;
  void on_ringing(isdn::CallId call) override;
  void on_answered(isdn::CallId call) override;
  void on_released(isdn::CallId call, int cause, bool by_remote) override;

 private:
  void tell(const std::string& reason);
  void watch_strangers();

  static constexpr LineId kReserved = ~LineId{0};

  Lines& lines_;
  const SpanConfig config_;
  media::SpanId id_ = 0;
  std::unique_ptr<isdn::Pcap> pcap_;
  std::unique_ptr<isdn::DChannel> d_;
  std::array<LineId, tdm::kTimeslots> owner_{};
  bool layer2_ = false, receiving_ = false, told_up_ = false;
  uint64_t strangers_ = 0;
  Loop::Handle watch_;
};

struct Line {
  LineId id = 0;
  E1* span = nullptr;
  isdn::CallId call = 0;
  int slot = 0;
  media::PortId port = 0;
  bool outgoing = false;
  bool heard_of = false;  // the far end has rung or answered
};

class Lines : public Trunk {
 public:
  Lines(Loop& loop, media::Engine& engine, Events& events) : loop_(loop), engine_(engine), events_(events) {}
  ~Lines() override {
    for (auto& [id, line] : lines_) engine_.close(line.port);
  }

  Result<void> add(const SpanConfig& config) override {
    auto span = std::make_unique<E1>(*this, config);
    auto opened = span->open(loop_);
    if (opened) spans_.push_back(std::move(span));
    return opened;
  }

  bool remove(const std::string& name) override {
    auto named = std::find_if(spans_.begin(), spans_.end(), [&](const auto& span) { return span->config().name == name; });
    if (named == spans_.end() || (*named)->busy() > 0) return false;
    spans_.erase(named);
    return true;
  }

  Result<LineId> place(const std::string& name, const std::string& from, const std::string& to) override {
    auto span = choose_span(name);
    if (!span) return span.error();
    const int slot = (*span)->free_channel();
    auto call = (*span)->d().place(slot, from, to);
    if (!call) return call.error();
    Line& line = add_line(**span, *call, slot);
    line.outgoing = true;
    return line.id;
  }

  media::PortId port(LineId id) const override {
    auto found = lines_.find(id);
    return found == lines_.end() ? 0 : found->second.port;
  }

  std::string endpoint(LineId id) const override {
    auto found = lines_.find(id);
    return found == lines_.end() ? "" : endpoint_of(found->second);
  }

  void alert(LineId id) override {
    if (Line* line = find(id)) line->span->d().alert(line->call);
  }
  void answer(LineId id) override {
    if (Line* line = find(id)) line->span->d().answer(line->call);
  }
  void hangup(LineId id, int cause) override {
    if (Line* line = find(id)) line->span->d().hangup(line->call, cause);
  }

  std::vector<SpanReport> spans() const override {
    std::vector<SpanReport> reports;
    for (const auto& span : spans_) {
      reports.push_back({span->config(), span->up(), 30, span->busy(), engine_.span_stats(span->id())});
    }
    return reports;
  }

  void on_report(const media::Report& report) override {
    if (const auto* frame = std::get_if<media::DFrame>(&report)) {
      if (E1* span = find_span(frame->span)) span->on_frame(frame->frame);
    } else if (const auto* state = std::get_if<media::SpanState>(&report)) {
      if (E1* span = find_span(state->span)) span->on_state(*state);
    }
  }

  // For E1 ------------------------------------------------------------------------------------------------------------

  media::Engine& engine() { return engine_; }
  Events& events() { return events_; }

  Line* find(LineId id) {
    auto found = lines_.find(id);
    return found == lines_.end() ? nullptr : &found->second;
  }
  Line* find(const E1& span, isdn::CallId call) {
    auto found = by_call_.find({&span, call});
    return found == by_call_.end() ? nullptr : find(found->second);
  }

  Line& add_line(E1& span, isdn::CallId call, int slot) {
    Line& line = lines_[++last_id_];
    line = {last_id_, &span, call, slot, engine_.open_channel(span.id(), slot)};
    span.take(slot, line.id);
    by_call_[{&span, call}] = line.id;
    return line;
  }

  // The channel of a call goes to another one, before the call itself has ended.
  void lose_channel(Line& line) {
    engine_.close(line.port);
    line.port = 0;
    line.span->give_back(line.slot, line.id);
  }

  void released(Line& line, int cause, bool by_remote) {
    const LineId id = line.id;
    if (line.port) lose_channel(line);
    by_call_.erase({line.span, line.call});
    lines_.erase(id);
    events_.on_released(id, cause, by_remote);
  }

  static std::string endpoint_of(const Line& line) {
    return "span:" + line.span->config().name + "/" + std::to_string(line.slot);
  }

 private:
  E1* find_span(media::SpanId id) {
    for (auto& span : spans_) {
      if (span->id() == id) return span.get();
    }
    return nullptr;
  }

  // The named one, or the least busy of those that can take a call.
  Result<E1*> choose_span(const std::string& name) {
    E1* best = nullptr;
    bool known = name.empty(), any_up = false;
    for (auto& span : spans_) {
      if (!name.empty() && span->config().name != name) continue;
      known = true;
      any_up = any_up || span->up();
      if (span->up() && span->free_channel() != 0 && (!best || span->busy() < best->busy())) best = span.get();
    }
    if (best) return best;
    const std::string which = name.empty() ? "span" : "span '" + name + "'";
    if (!known) return Error{Errc::unavailable, "there is no " + which};
    return Error{Errc::unavailable, any_up ? "no channel of " + which + " is free" : which + " is down"};
  }

  Loop& loop_;
  media::Engine& engine_;
  Events& events_;
  std::vector<std::unique_ptr<E1>> spans_;
  std::map<LineId, Line> lines_;
  std::map<std::pair<const E1*, isdn::CallId>, LineId> by_call_;
  LineId last_id_ = 0;
};

// E1
// ----------------------------------------------------------------------------------------------------------------------

Result<void> E1::open(Loop& loop) {
  auto span = tdm::open_cesopsn(
      {config_.name, config_.local, config_.remote, config_.packet_frames, config_.jitter_ms, config_.rtp_header});
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
  d_ = isdn::DChannel::create(loop, {config_.name, config_.network_side}, send, *this);
  watch_ = loop.every(kStrangersWatched, [this] { watch_strangers(); });
  return {};
}

E1::~E1() {
  d_.reset();
  if (id_ != 0) lines_.engine().remove_span(id_);
}

int E1::free_channel() const {
  for (int i = 1; i < tdm::kTimeslots; i++) {
    const int slot = config_.network_side ? i : tdm::kTimeslots - i;
    if (isdn::is_channel(slot) && owner_[slot] == 0) return slot;
  }
  return 0;
}

void E1::on_frame(std::span<const uint8_t> frame) {
  if (pcap_) pcap_->write(frame, false, utc_now());
  d_->receive(frame);
}

void E1::on_state(const media::SpanState& state) {
  receiving_ = state.receiving;
  tell(receiving_ ? "packets come from '" + config_.remote + "'" : "no packets come from '" + config_.remote + "'");
}

void E1::on_layer2(bool up) {
  layer2_ = up;
  tell(up ? "layer 2 is up" : "layer 2 is down");
}

void E1::tell(const std::string& reason) {
  if (up() == told_up_) return;
  told_up_ = up();
  log_line(told_up_ ? Level::info : Level::warning,
           "span '" + config_.name + "' is " + (told_up_ ? "up: " : "down: ") + reason);
  lines_.events().on_span(config_.name, told_up_, reason);
}

// Glare (ITU-T Q.931 §5.7): of two SETUPs for one channel that cross, the network's is the one that stands.
int E1::choose_channel(const isdn::Setup& setup) {
  int slot = setup.channel;
  if (slot != 0 && owner_[slot] != 0) {
    Line* ours = lines_.find(owner_[slot]);
    if (ours && ours->outgoing && !ours->heard_of && !config_.network_side) {
      const LineId line = ours->id;
      lines_.lose_channel(*ours);
      lines_.hangup(line, kChannelTaken);
    }
  }
  if (slot == 0 || (owner_[slot] != 0 && !setup.exclusive)) slot = free_channel();
  if (slot == 0 || owner_[slot] != 0) return 0;
  owner_[slot] = kReserved;
  return slot;
}

void E1::on_incoming(isdn::CallId call, const isdn::Setup& setup, int channel) {
  const Line line = lines_.add_line(*this, call, channel);
  lines_.events().on_incoming(line.id, setup.from, setup.to, Lines::endpoint_of(line), line.port);
}

void E1::on_ringing(isdn::CallId call) {
  Line* line = lines_.find(*this, call);
  if (!line) return;
  line->heard_of = true;
  lines_.events().on_ringing(line->id);
}

void E1::on_answered(isdn::CallId call) {
  Line* line = lines_.find(*this, call);
  if (!line) return;
  line->heard_of = true;
  lines_.events().on_answered(line->id);
}

void E1::on_released(isdn::CallId call, int cause, bool by_remote) {
  if (Line* line = lines_.find(*this, call)) lines_.released(*line, cause, by_remote);
}

void E1::watch_strangers() {
  const uint64_t now = lines_.engine().span_stats(id_).malformed;
  if (now != strangers_) {
    log_warning("span '" + config_.name + "': " + std::to_string(now - strangers_) +
                " datagrams in 10 s were no packets of '" + config_.remote +
                "': from elsewhere, or packet and rtp_header differ between the ends");
  }
  strangers_ = now;
}

}  // namespace

std::unique_ptr<Trunk> Trunk::create(Loop& loop, media::Engine& engine, Events& events) {
  return std::make_unique<Lines>(loop, engine, events);
}

}  // namespace hotline::trunk
