// SPDX-License-Identifier: GPL-2.0-or-later
// What a port is made of. The signalling thread makes these objects, the media thread uses them, and they come back as
// notes.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "media/clearing.h"
#include "media/graph.h"
#include "media/key_detector.h"
#include "media/keys.h"
#include "media/line.h"
#include "media/media.h"
#include "media/queues.h"
#include "media/recording.h"
#include "media/rtp_stream.h"
#include "media/socket_stream.h"
#include "media/tones.h"

namespace hotline::media {

inline constexpr int kTickFramesMax = 160;

struct Play : Note {
  Play(PortId port, PlayId id, Playlist list, bool barge)
      : Note(Kind::play), port(port), id(id), list(std::move(list)), barge(barge) {}
  PortId port;
  PlayId id;
  Playlist list;
  bool barge;
  PlayEnd reason = PlayEnd::gone;
};

/// What all ports of a bridge hear before they hear each other. Rendered once a tick.
struct Announcement : Note {
  Announcement(PortId a, PortId b, Playlist list) : Note(Kind::announcement), a(a), b(b), list(std::move(list)) {}
  PortId a, b;
  Playlist list;
  PlayEnd reason = PlayEnd::gone;
  Group* group = nullptr;
  size_t index = 0;  ///< in the core's list
  int filled = 0;    ///< of `block`, this tick
  uint8_t block[kTickFramesMax];
};

/// What a port hears at one moment, in the order of precedence.
enum class Source : uint8_t { keys, announcement, play, voice, mix, music, ringback, silence };

/// A tone that is added to what a port hears, whatever that is, for a moment.
struct Overlay {
  const std::vector<uint8_t>* cadence = nullptr;
  size_t at = 0;  ///< in the cadence
};

/// Thousands of ports are gone through at every tick, so that what counts is how many cache lines of each are touched:
/// the first two, and for most no other. Flags there stand for what lies farther behind.
struct alignas(64) Port : Note {
  explicit Port(PortId id) : Note(Kind::port), id(id) {}

  // The first line.
  const uint8_t* raw = nullptr;     ///< this tick's octets from the far end as they came
  const uint8_t* said = nullptr;    ///< and as they are heard, recorded and mixed: after the gain
  uint8_t* heard = nullptr;         ///< where this tick's octets to the far end go
  Source source = Source::silence;  ///< what it heard last
  Base base = Base::silence;
  uint8_t phase = 0;      ///< of a stream: which tick of its 20 ms is its first
  bool fresh : 1 = true;  ///< its source has changed since its last RTP packet
  bool held : 1 = false;
  bool keys_in_band : 1 = true;  ///< its keys are looked for in its audio, and sent as audio
  bool detect_in_bridge : 1 = false;
  bool muted : 1 = false;         ///< what it says is a key that goes on as an event: it is not heard
  bool detecting : 1 = false;     ///< `detector` has heard something
  bool sending_keys : 1 = false;  ///< `sender` may have something
  bool warns : 1 = false;         ///< it spies with a beep
  bool watched : 1 = false;       ///< `clearing` is there
  // What connect() makes of its place in the graph.
  bool talks : 1 = false;  ///< in a bridge or as a spy
  bool only_listens : 1 = false;
  bool keys_as_events : 1 = false;  ///< somebody in its bridge is told of its keys by events, so nobody is to hear them
  int overlay_left = 0;             ///< samples of `over` still to come

  // The second line. A stream's 20 ms lie at `stream_said` and `stream_heard`.
  const uint8_t* stream_said = nullptr;
  uint8_t* stream_heard = nullptr;
  Group* group = nullptr;  ///< the bridge it is in
  Play* play = nullptr;
  const std::array<uint8_t, 256>*says = nullptr, *hears = nullptr;  ///< gain tables; null: 0 dB
  Voices voices;                                                    ///< whom it hears in its bridge, or as a spy

  const PortId id;
  char passing_on = 0;               ///< the key of its that is down and was passed on in its bridge
  Recording* mailbox = nullptr;      ///< what records it alone
  SoundPtr music;                    ///< its own; null: the core's
  size_t base_at = 0, music_at = 0;  ///< positions in the ringback cadence and the music
  Overlay over;
  KeySender sender;
  KeyDetector detector;
  std::unique_ptr<ClearingDetector> clearing;

  Spying spying;

  // Where the octets come from and go to: one of these three.
  Line* line = nullptr;
  int slot = 0;
  std::unique_ptr<RtpStream> rtp;
  std::unique_ptr<SocketStream> socket;
  size_t index = 0, stream_index = 0;  ///< in the core's list, and in that of its phase
  int seeking_ticks = 0;               ///< for so long its phase may still be moved to where its packets come

  std::array<uint8_t, kTickFramesMax> louder;  ///< `said` when there is a gain
  /// Where keys wait that are to be sent to its far end.
  KeyQueue& keys() {
    if (!keys_in_band) return rtp->keys();
    sending_keys = true;
    return sender.keys;
  }
};

}  // namespace hotline::media
