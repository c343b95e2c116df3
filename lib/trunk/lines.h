// SPDX-License-Identifier: GPL-2.0-or-later
// The spans and the calls on them; private to this room.
//
//     lines.cc   the calls of all spans: placed, moved, ended
//     e1.cc      one span: its line, its D channel, its channels
//     audit.cc   restarts, alarms, channels against calls
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "isdn/isdn.h"
#include "isdn/pcap.h"
#include "trunk/alarms.h"
#include "trunk/channels.h"
#include "trunk/trunk.h"

namespace hotline::trunk {

class Lines;
struct Line;

/// One span.
///
///     free ── place() ──────────► taken by a line ── on_released ──► free
///       └──── choose_channel() ──► reserved ── on_incoming ──► taken
class E1 : public isdn::Events {
 public:
  E1(Lines& lines, const SpanConfig& config);
  ~E1() override;
  Result<void> open(Loop& loop);

  const SpanConfig& config() const { return config_; }
  const LineRules& rules() const { return config_.rules; }
  void adopt(const LineRules& rules);
  media::SpanId id() const { return id_; }
  bool up() const { return layer2_ && receiving_; }
  isdn::DChannel& d() { return *d_; }
  Channels& channels() { return channels_; }
  const Channels& channels() const { return channels_; }
  const Alarms& alarms() const { return alarms_; }
  int free_channel(uint32_t except = 0) const { return leaving_ ? 0 : channels_.choose(rules().select, except); }

  /// Takes no new calls any more. `next`: as what it is to be opened again.
  void leave(std::unique_ptr<SpanConfig> next);
  bool leaving() const { return leaving_; }
  bool empty() const { return channels_.busy() == 0 && d_->calls() == 0; }
  std::unique_ptr<SpanConfig> take_next() { return std::move(next_); }

  void on_frame(std::span<const uint8_t> frame);
  void on_state(const media::SpanState& state);
  void tick(Instant now);
  Result<void> restart(int channel);
  void suspect(int channel, const std::string& reason);

  void on_layer2(bool up) override;
  int choose_channel(const isdn::Setup& setup) override;
  void on_collecting(isdn::CallId call, const isdn::Setup& setup, int channel) override;
  void on_digits(isdn::CallId call, const std::string& to) override;
  void on_incoming(isdn::CallId call, const isdn::Setup& setup, int channel) override;
  bool on_moved(isdn::CallId call, int channel) override;
  void on_early(isdn::CallId call) override;
  void on_ringing(isdn::CallId call) override;
  void on_connected(isdn::CallId call, const std::string& number) override;
  void on_answered(isdn::CallId call) override;
  void on_charged(isdn::CallId call, const isdn::Charge& charge) override;
  bool on_tone(isdn::CallId call, int cause) override;
  void on_released(isdn::CallId call, int cause, bool by_remote) override;
  void on_restarted(int channel, bool acknowledged) override;
  void on_restart(int channel) override;
  void on_stuck(int channel) override;

 private:
  bool has_channel(const Line* line);
  void tell(const std::string& reason);
  void watch_strangers();
  void watch_alarms(Instant now);
  void audit(Instant now);
  void next_restart();

  static constexpr uint32_t kReserved = ~uint32_t{0};

  Lines& lines_;
  SpanConfig config_;
  media::SpanId id_ = 0;
  std::unique_ptr<isdn::Pcap> pcap_;
  std::unique_ptr<isdn::DChannel> d_;
  Channels channels_;
  Alarms alarms_;
  bool layer2_ = false, receiving_ = false, told_up_ = false;
  bool started_ = false;  // its channels have been restarted once, or need not be
  bool leaving_ = false;
  std::unique_ptr<SpanConfig> next_;
  uint64_t strangers_ = 0;
  Instant audited_{};
  size_t leaked_ = 0, leak_told_ = 0;  // calls that libpri held too many at the last audit
  Loop* loop_ = nullptr;
  Instant told_at_{};
  Loop::Handle watch_, settled_;
};

/// A call.
struct Line {
  LineId id = 0;
  E1* span = nullptr;
  isdn::CallId call = 0;
  int slot = 0;
  media::PortId port = 0;
  bool outgoing = false;
  bool heard_of = false;    // the far end has rung, answered or said something: it stays where it is
  bool collecting = false;  // its number is not whole: the owner knows nothing of it
  bool hung_up = false;     // by its owner
  Outgoing wish;            // of a call that we place
  bool wish_exclusive = true;
  uint32_t tried = 0;  // a bit for each channel of this span that was not to be had
  Instant placed{};
  std::unique_ptr<isdn::Setup> setup;  // of one that came in
};

class Lines : public Trunk {
 public:
  Lines(Loop& loop, media::Engine& engine, Events& events);
  ~Lines() override;

  Result<void> add(const SpanConfig& config) override;
  bool remove(const std::string& span) override;
  std::vector<std::string> adopt(const std::vector<SpanConfig>& configs) override;
  Result<LineId> place(const Outgoing& outgoing) override;
  void dial(LineId id, const std::string& digits) override;
  media::PortId port(LineId id) const override;
  std::string endpoint(LineId id) const override;
  const isdn::Setup* setup(LineId id) const override;
  void alert(LineId id, bool tones) override;
  void progress(LineId id) override;
  void answer(LineId id, const std::string& number) override;
  void charge(LineId id, const isdn::Charge& charge) override;
  void hangup(LineId id, int cause, bool tones) override;
  std::vector<SpanReport> spans() const override;
  std::vector<ChannelReport> channels() const override;
  Result<void> restart_channel(const std::string& span, int channel) override;
  void on_report(const media::Report& report) override;

  // For E1
  media::Engine& engine() { return engine_; }
  Events& events() { return events_; }
  Line* find(LineId id);
  Line* find(const E1& span, isdn::CallId call);
  Line& add_line(E1& span, isdn::CallId call, int slot);
  void put_on(Line& line, E1& span, isdn::CallId call, int slot);
  void lose_channel(Line& line);
  /// Another channel for a call of ours that cannot have its own; false when there is none, and then it has ended.
  bool move(Line& line, int cause);
  void released(Line& line, int cause, bool by_remote);
  static std::string endpoint_of(const Line& line);

 private:
  E1* find_span(media::SpanId id);
  E1* find_span(const std::string& name);
  Result<E1*> choose_span(const std::string& where);
  Result<isdn::CallId> start(const Line& line, E1& span, int slot);
  void tick();
  void close_left();
  void reopen(Instant now);

  Loop& loop_;
  media::Engine& engine_;
  Events& events_;
  std::vector<std::unique_ptr<E1>> spans_;
  std::map<LineId, Line> lines_;
  std::map<std::pair<const E1*, isdn::CallId>, LineId> by_call_;
  LineId last_id_ = 0;
  struct Reopening {
    SpanConfig config;
    Instant until;
  };
  std::vector<Reopening> reopening_;  // the media plane needs a moment to give the old one's socket back
  Loop::Handle ticker_;
};

}  // namespace hotline::trunk
