// SPDX-License-Identifier: GPL-2.0-or-later
// What a port is made of. The signalling thread makes these objects, the media thread uses them, and they come back as
// notes.
#pragma once

#include <array>
#include <memory>
#include <string>

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
  size_t index = 0;      ///< in the core's list
  int filled = 0;        ///< of `block`, this tick
  uint8_t block[kTickFramesMax];
};

/// What a port hears at one moment, in the order of precedence.
enum class Source : uint8_t { keys, announcement, play, voice, mix, music, ringback, silence };

/// A tone that is added to what a port hears, whatever that is, for a moment.
struct Overlay {
  const std::vector<uint8_t>* cadence = nullptr;
  size_t at = 0;  ///< in the cadence
  int left = 0;   ///< samples still to come
};

struct Port : Note {
  explicit Port(PortId id) : Note(Kind::port), id(id) {}

  // Touched at every tick.
  const PortId id;
  Base base = Base::silence;
  Source source = Source::silence;  ///< what it heard last
  bool keys_in_band = true;         ///< its keys are looked for in its audio, and sent as audio
  bool detect_in_bridge = false;
  bool muted = false;             ///< what it says is a key that goes on as an event: it is not heard
  char passing_on = 0;            ///< the key of its that is down and was passed on in its bridge
  const uint8_t* raw = nullptr;   ///< this tick's octets from the far end as they came
  const uint8_t* said = nullptr;  ///< and as they are heard, recorded and mixed: after the gain
  uint8_t* heard = nullptr;       ///< where this tick's octets to the far end go
  Group* group = nullptr;   ///< the bridge it is in
  Voices voices;            ///< whom it hears there, or as a spy
  bool held = false;
  Play* play = nullptr;
  SoundPtr music;                    ///< its own; null: the core's
  size_t base_at = 0, music_at = 0;  ///< positions in the ringback cadence and the music
  const std::array<uint8_t, 256>*says = nullptr, *hears = nullptr;  ///< gain tables; null: 0 dB
  Recording* mailbox = nullptr;                                     ///< what records it alone
  Overlay over;
  KeySender sender;
  KeyDetector detector;

  Spying spying;

  // Where the octets come from and go to: one of these three. A stream's 20 ms lie at `stream_said` and `stream_heard`.
  Line* line = nullptr;
  int slot = 0;
  std::unique_ptr<RtpStream> rtp;
  std::unique_ptr<SocketStream> socket;
  const uint8_t* stream_said = nullptr;
  uint8_t* stream_heard = nullptr;

  std::array<uint8_t, kTickFramesMax> louder;  ///< `said` when there is a gain
  /// Where keys wait that are to be sent to its far end.
  KeyQueue& keys() { return keys_in_band ? sender.keys : rtp->keys(); }

  size_t index = 0;   ///< in the core's list
  bool fresh = true;  ///< its source has changed since its last RTP packet
};

}  // namespace hotline::media
