// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hotline::tdm {

/// Puts the packets of a pseudowire into order and evens out their arrival (IETF RFC 5086 §5.3). Pure: its only clock
/// are the frames that are taken.
///
///     idle ──first packet──► filling ──target depth reached──► playing
///       ▲                       ▲                                 │
///       └── 100 ms without ─────┴────────── nothing left ─────────┘
///
/// When it runs dry it waits where it is, so that what a stalled sender brings later is played and not thrown away.
/// What has piled up by that is given back in slips of one packet, at a moment when the signalling timeslot is idle if
/// there is one. A sender that starts anew with other numbers is followed from its second packet on.
class JitterBuffer {
 public:
  struct Counts {
    uint64_t lost = 0, late = 0, duplicate = 0, underrun = 0, overrun = 0;
  };

  /// Nothing is allocated after this. `target_packets`: the depth at which playing begins. A frame has `frame_octets`;
  /// the one at `signalling_octet` of it is the signalling timeslot's.
  JitterBuffer(int packet_frames, int frame_octets, int signalling_octet, int target_packets);

  /// No more than a stall of half a second fits; the socket's own buffer must keep the rest.
  bool full() const { return ahead_ + 1 >= capacity_; }
  /// `payload`: packet_frames × frame_octets, or empty for a packet that says its data is not valid.
  void put(uint16_t sequence, std::span<const uint8_t> payload);
  /// Gives the next `frames` frames, a multiple of 8, in runs: `sink(octets, count)`, octets null where nothing is.
  template <typename Sink>
  void take(int frames, Sink&& sink) {
    begin(frames);
    for (int done = 0; done < frames;) {
      const Run run = play(frames - done);
      sink(run.octets, run.frames);
      done += run.frames;
    }
    end(frames);
  }
  const Counts& counts() const { return counts_; }
  /// Another place of the signalling timeslot.
  void watch_octet(int at) { signalling_octet_ = at; }
  /// Forgets what is in it, as before the first packet; the counts stay.
  void clear();

 private:
  enum class Phase { idle, filling, playing };
  enum class Content : uint8_t { none, idle, payload };
  struct Run {
    const uint8_t* octets;
    int frames;
  };

  int slot(uint16_t sequence) const { return sequence & (capacity_ - 1); }
  void start_at(uint16_t sequence);
  bool follows_new_sequence(uint16_t sequence, int distance);
  void store(uint16_t sequence, std::span<const uint8_t> payload);
  void begin(int frames);
  Run play(int frames);
  void end(int frames);
  void step();
  void watch_depth(int frames);
  void give_back();
  bool signalling_idle() const;

  const int packet_frames_, frame_octets_;
  int signalling_octet_;
  const int target_, capacity_;
  std::vector<uint8_t> octets_;
  std::vector<Content> content_;
  Counts counts_;
  Phase phase_ = Phase::idle;
  bool fresh_ = true;      // nothing has been played since start_at
  uint16_t next_ = 0;      // the packet whose turn it is
  int offset_ = 0;         // its frames that have been played
  bool given_up_ = false;  // it was missing when its turn began
  int ahead_ = 0;          // packets from next_ to the newest one, holes included
  int frames_since_put_ = 0;
  uint16_t candidate_ = 0;                  // the last packet that fitted nowhere
  int candidates_ = 0;                      // how many came in a row
  int window_frames_ = 0, window_min_ = 0;  // the least depth seen lately, in frames
  int slip_wanted_ = 0;                     // frames we have been waiting for a good moment to slip; 0: none wanted
};

}  // namespace hotline::tdm
