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
#include "media/tap.h"

namespace hotline::media {

struct DigitNote : Note {
  DigitNote() : Note(Kind::digit) {}
  Digit digit{};
};

struct SpanStateNote : Note {
  SpanStateNote() : Note(Kind::span_state) {}
  SpanState state{};
};

struct FarEndNote : Note {
  FarEndNote() : Note(Kind::far_end) {}
  FarEndGone gone{};
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
  NotePool<FarEndNote> far_ends{256};
  std::atomic<uint64_t> dropped{0};
};

// Lists whose elements know their index. The last one moves into the place of one that is taken out.
template <typename T>
void take_out(std::vector<T*>& list, T* element) {
  list[element->index] = list.back();
  list[element->index]->index = element->index;
  list.pop_back();
}
template <typename T>
void put_in(std::vector<T*>& list, T* element) {
  element->index = list.size();
  list.push_back(element);
}

/// The media plane without its thread: all lines, ports, bridges, plays and recordings, moved on by tick(). Everything
/// it is given stays the giver's to free: it comes back through the outbox's notes. It never allocates, locks or
/// blocks.
///
/// A tick: lines receive; streams whose turn it is are read, and those that nothing has come from yet, whose turn is
/// from then on in the tick in which their packets come; keys are looked for; announcements are rendered; each port
/// hears its source; recordings take what ports say; lines and streams send.
///
/// Bridges, mixes and spies are edges between ports (graph.h), which are made anew at each change: a tick only follows
/// them.
class Core {
 public:
  static constexpr size_t kPortsMax = 8192, kLinesMax = 256, kTapsMax = 64;

  /// `tick_frames`: a divisor of 160 and a multiple of 8.
  Core(int tick_frames, SoundPtr music, const ToneSet& tones, Outbox& outbox);
  ~Core();

  void add_line(Line* line);
  void remove_line(Line* line);
  void add_port(Port* port);
  void close(Port* port);
  void play(Port* port, Play* play);
  void stop(Port* port);
  /// The port's music is taken out of `music` and what it had before is left there for the giver to free.
  void set_base(Port* port, Base base, SoundPtr& music);
  void set_remote(Port* port, const RtpRemote& remote, std::unique_ptr<Srtp>& keys);
  void send_keys(Port* port, std::string_view keys);
  void bridge(Group* group, Announcement* announcement);  ///< of the ports that are in it; announcement may be null
  void join(Port* member, Port* port);
  void leave(Port* port);
  void unbridge(Port* a, Port* b);
  void announce(Port* a, Port* b, Announcement* announcement);
  void hold(Port* port, bool on);
  void spy(Port* port, Port* target, SpyMode mode, bool beep);
  void unspy(Port* port);
  void overlay(Port* port, Tone tone, int samples);
  void add_tap(Tap* tap);
  void stop_tap(TapId id);  ///< by id: it may have ended and be gone by now
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
  void add_overlay(Port& port);
  void watch_far_end(Port& port);
  void record(Recording& recording);
  void record_alone(Recording& recording);
  void stream(Tap& tap);
  int render(Port& port, Source source, uint8_t* out, int samples);
  void leave_phase(Port& port);
  void join_phase(Port& port, size_t phase);
  void find_phases();
  void pull_streams(bool catching_up);
  void push_streams();
  void listen(Port& port);
  void look_for_keys(Port& port);
  void amplify(Port& port);
  void pass_on(Port& port, const KeyDetector::Change& change, DigitBy by);
  void on_key(Port& port, const KeyDetector::Change& change, DigitBy by);
  void report_state(Line& line);
  void on_frame(Line& line, std::span<const uint8_t> frame);
  void finish_play(Port& port, PlayEnd reason);
  void finish_announcement(Announcement* announcement, PlayEnd reason);
  void connect(Group& group);
  void connect(Port& port);
  void connect_all_of(Port& port);
  void end_spying(Port& port);
  void tell_of_spy(Port& spy);
  void part(Port& port, PlayEnd reason);
  void dissolve(Group& group, PlayEnd reason);
  void forget_in(Recording& recording, const Port* port);
  void finish_tap(Tap* tap, const char* reason);
  void finish_recording(Recording* recording, const char* reason);

  const int frames_, ticks_a_packet_;
  SoundPtr music_;
  const ToneSet& tones_;
  Outbox& outbox_;
  uint64_t tick_ = 0;
  std::vector<Line*> lines_;
  std::vector<Port*> ports_;
  std::vector<std::vector<Port*>> streams_;           // RTP and socket ports by phase
  std::vector<Port*> seeking_;                        // RTP ports whose phase follows their first packet
  std::array<size_t, kPacketSamples / 8> offsets_{};  // where in its 20 ms each phase is in this tick
  std::vector<Announcement*> announcements_;
  std::vector<Recording*> recordings_;
  std::vector<Tap*> taps_;
  std::array<uint8_t, kTickFramesMax> silence_, nowhere_;
};

}  // namespace hotline::media
