// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "media/port.h"
#include "media/recording.h"

namespace hotline::media {

struct DigitNote : Note {
  DigitNote() : Note(Kind::digit) {}
  Digit digit{};
};

struct SpanStateNote : Note {
  SpanStateNote() : Note(Kind::span_state) {}
  SpanState state{};
};

struct FrameNote : Note {
  FrameNote() : Note(Kind::frame) {}
  SpanId span = 0;
  size_t octets = 0;
  std::array<uint8_t, tdm::kFrameBytesMax> frame;
};

/// Ready-made notes of one kind: the media thread takes them, the signalling thread gives them back.
template <typename T>
class NotePool {
 public:
  explicit NotePool(size_t count) : notes_(count), free_(count) {
    for (auto& note : notes_) free_.push(&note);
  }
  T* take() {
    T* note = nullptr;
    return free_.pop(note) ? note : nullptr;
  }
  void give_back(T* note) { free_.push(note); }

 private:
  std::vector<T> notes_;
  SpscRing<T*> free_;
};

/// What the core tells the signalling thread with.
struct Outbox {
  NoteQueue notes;
  NotePool<DigitNote> digits{4096};
  NotePool<SpanStateNote> span_states{256};
  NotePool<FrameNote> frames{1024};
  std::atomic<uint64_t> dropped{0};
};

/// The media plane without its thread: all lines, ports, bridges, plays and recordings, moved on by tick(). Everything
/// it is given stays the giver's to free: it comes back through the outbox's notes. It never allocates, locks or
/// blocks.
///
/// A tick: lines receive; RTP streams whose turn it is are read; keys are looked for; announcements are rendered; each
/// port hears its source; recordings take what ports say; lines and RTP streams send.
class Core {
 public:
  static constexpr size_t kPortsMax = 8192, kLinesMax = 256;

  /// `tick_frames`: a divisor of 160 and a multiple of 8.
  Core(int tick_frames, SoundPtr music, Outbox& outbox);
  ~Core();

  void add_line(Line* line);
  void remove_line(Line* line);
  void add_port(Port* port);
  void close(Port* port);
  void play(Port* port, Play* play);
  void stop(Port* port);
  void set_base(Port* port, Base base);
  void set_remote(Port* port, const RtpRemote& remote, std::unique_ptr<Srtp>& keys);
  void send_keys(Port* port, std::string_view keys);
  void bridge(Port* a, Port* b, Announcement* announcement);  ///< announcement may be null
  void unbridge(Port* a, Port* b);
  void announce(Port* a, Port* b, Announcement* announcement);
  void add_recording(Recording* recording);
  void stop_recording(uint64_t id);  ///< by id: it may have ended and be gone by now

  /// `catching_up`: further ticks follow at once, because the clock is ahead of us.
  void tick(bool catching_up = false);
  int tick_frames() const { return frames_; }
  /// Ends everything, as before the end of the process.
  void end_all();

 private:
  Source source_of(const Port& port, int at) const;
  void hear(Port& port);
  int render(Port& port, Source source, uint8_t* out, int samples);
  void pull_streams(bool catching_up);
  void push_streams();
  void look_for_keys(Port& port);
  void pass_on(Port& port, const KeyDetector::Change& change, DigitBy by);
  void on_key(Port& port, const KeyDetector::Change& change, DigitBy by);
  void report_state(Line& line);
  void on_frame(Line& line, std::span<const uint8_t> frame);
  void finish_play(Port& port, PlayEnd reason);
  void finish_announcement(Announcement* announcement, PlayEnd reason);
  void part(Port& port, PlayEnd reason);
  void finish_recording(Recording* recording, const char* reason);

  const int frames_, ticks_a_packet_;
  SoundPtr music_;
  Outbox& outbox_;
  uint64_t tick_ = 0;
  std::vector<Line*> lines_;
  std::vector<Port*> ports_;
  std::vector<std::vector<Port*>> streams_;  // RTP ports by phase
  std::vector<Announcement*> announcements_;
  std::vector<Recording*> recordings_;
  std::array<uint8_t, kTickFramesMax> silence_, nowhere_;
};

}  // namespace hotline::media
