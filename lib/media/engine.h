// SPDX-License-Identifier: GPL-2.0-or-later
// The engine's signalling side: ids, and commands to the core. Tests make one without threads and step it by hand.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <thread>
#include <unordered_map>

#include "media/core.h"
#include "media/media.h"
#include "media/recording.h"

namespace hotline::media {

/// What the media thread is to do; made and freed on the signalling thread.
struct Command : Note {
  virtual void apply(Core& core) = 0;
};

class EngineImpl : public Engine {
 public:
  EngineImpl(Loop& loop, EngineConfig config, OnReport on_report, size_t queue_commands = 8192);
  ~EngineImpl() override;
  Result<void> start_threads();

  SpanId add_span(std::unique_ptr<tdm::Span> span) override;
  void remove_span(SpanId span) override;
  void send_d(SpanId span, std::vector<uint8_t> frame) override;
  void send_ais(SpanId span, bool on) override;
  tdm::SpanStats span_stats(SpanId span) const override;
  PortId open_channel(SpanId span, int slot) override;
  Result<PortId> open_rtp(sockaddr_in& local) override;
  void set_remote(PortId port, const RtpRemote& remote) override;
  std::optional<RtpQuality> quality(PortId port) const override;
  void close(PortId port) override;
  PlayId play(PortId port, std::vector<PlayItem> items, bool loop, bool barge) override;
  void stop(PortId port) override;
  void set_base(PortId port, Base base, SoundPtr sound = nullptr) override;
  void beep(PortId port, Tone tone) override;
  void set_gain(PortId port, int says_db, int hears_db) override;
  void send_digits(PortId port, const std::string& digits) override;
  void detect_in_bridge(PortId port, bool on) override;
  void watch_far_end(PortId port, bool tone, int64_t silence_ms) override;
  using Engine::bridge;
  PortId open_socket(Fd socket) override;
  void bridge(const std::vector<PortId>& ports, std::vector<PlayItem> announce) override;
  void join(PortId member, PortId port) override;
  void leave(PortId port) override;
  void unbridge(PortId a, PortId b) override;
  void hold(PortId port, bool on) override;
  void spy(PortId spy, PortId target, SpyMode mode, bool beep) override;
  void unspy(PortId spy) override;
  void announce(PortId a, PortId b, std::vector<PlayItem> items) override;
  TapId listen(PortId target, Fd socket) override;
  void stop_listening(TapId tap) override;
  void record(RecordSpec spec) override;
  void stop_recording(const std::string& path) override;
  microseconds cpu_time() const override;
  Trouble trouble() const override;
  const TickBook& ticks() const override { return tick_book_; }

  /// Without threads: runs commands and `ticks` ticks, brings recordings to the disk, delivers reports.
  void step(int ticks, bool catching_up = false);
  Core& core() { return core_; }
  /// Null when it is closed. The media thread's to use.
  Port* find(PortId id) const;
  Writer& writer() { return writer_; }

 private:
  void run();
  bool run_commands();
  void run_ticks(uint64_t ticks);
  void wake();
  void deliver();
  void tell(Note* note);

  void hand_over(std::unique_ptr<Command> command);
  template <typename F>
  bool send(F work);
  template <typename F>
  void send_surely(F work);
  void flush_backlog();
  bool room() const { return backlog_.empty() && !commands_.full(); }
  std::unique_ptr<Group> group_of(const std::vector<PortId>& ids) const;
  void keep_port(std::unique_ptr<Port> port);

  Loop& loop_;
  EngineConfig config_;
  OnReport on_report_;
  const ToneSet& tones_;
  Outbox outbox_;
  SpscRing<Command*> commands_;
  Core core_;
  Writer writer_;
  Fd wake_, timer_;
  std::atomic<bool> woken_{false}, stopping_{false};
  std::atomic<uint64_t> late_ticks_{0};
  TickBook tick_book_;
  Instant next_tick_{};  // when it is due; the media thread's, once it runs
  uint64_t commands_refused_ = 0;
  std::deque<std::unique_ptr<Command>> backlog_;  // what must not be refused, while the queue is full
  Loop::Handle woken_watch_, backlog_timer_;
  std::unordered_map<PortId, Port*> ports_;
  std::map<SpanId, Line*> lines_;
  std::map<std::string, uint64_t> recordings_;
  PortId last_port_ = 0;
  SpanId last_span_ = 0;
  PlayId last_play_ = 0;
  TapId last_tap_ = 0;
  size_t taps_ = 0;
  uint64_t last_recording_ = 0;
  int next_rtp_port_;
  std::thread thread_;
};

}  // namespace hotline::media
