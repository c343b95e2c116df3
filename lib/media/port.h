// SPDX-License-Identifier: GPL-2.0-or-later
// What a port is made of. The signalling thread makes these objects, the media thread uses them, and they come back as
// notes.
#pragma once

#include <memory>
#include <string>

#include "media/key_detector.h"
#include "media/keys.h"
#include "media/line.h"
#include "media/media.h"
#include "media/queues.h"
#include "media/rtp_stream.h"
#include "media/tones.h"

namespace hotline::media {

inline constexpr int kTickFramesMax = 160;

struct Port;

struct Play : Note {
  Play(PortId port, PlayId id, Playlist list, bool barge)
      : Note(Kind::play), port(port), id(id), list(std::move(list)), barge(barge) {}
  PortId port;
  PlayId id;
  Playlist list;
  bool barge;
  PlayEnd reason = PlayEnd::gone;
};

/// What both ports of a bridge hear before they hear each other. Rendered once a tick.
struct Announcement : Note {
  Announcement(PortId a, PortId b, Playlist list) : Note(Kind::announcement), a(a), b(b), list(std::move(list)) {}
  PortId a, b;
  Playlist list;
  PlayEnd reason = PlayEnd::gone;
  Port* port = nullptr;  ///< one of the two; the other is its partner
  size_t index = 0;      ///< in the core's list
  int filled = 0;        ///< of `block`, this tick
  uint8_t block[kTickFramesMax];
};

/// What a port hears at one moment, in the order of precedence.
enum class Source : uint8_t { keys, announcement, play, partner, music, ringback, silence };

struct Port : Note {
  explicit Port(PortId id) : Note(Kind::port), id(id) {}

  // Touched at every tick.
  const PortId id;
  Base base = Base::silence;
  Source source = Source::silence;  ///< what it heard last
  bool keys_in_band = true;         ///< its keys are looked for in its audio, and sent as audio
  bool detect_in_bridge = false;
  bool muted = false;             ///< what it says is a key that goes on as an event: it is not heard
  char passing_on = 0;            ///< the key of its that is down and was passed on to its partner
  const uint8_t* said = nullptr;  ///< this tick's octets from the far end
  uint8_t* heard = nullptr;       ///< where this tick's octets to the far end go
  Port* partner = nullptr;
  Play* play = nullptr;
  Announcement* announcement = nullptr;
  size_t base_at = 0, music_at = 0;  ///< positions in the ringback cadence and the music
  KeySender sender;
  KeyDetector detector;

  // Where the octets come from and go to: one of these two. A stream's 20 ms lie at `stream_said` and `stream_heard`.
  Line* line = nullptr;
  int slot = 0;
  std::unique_ptr<RtpStream> rtp;
  const uint8_t* stream_said = nullptr;
  uint8_t* stream_heard = nullptr;

  /// Where keys wait that are to be sent to its far end.
  KeyQueue& keys() { return keys_in_band ? sender.keys : rtp->keys(); }

  size_t index = 0;   ///< in the core's list
  bool fresh = true;  ///< its source has changed since its last RTP packet
};

}  // namespace hotline::media
