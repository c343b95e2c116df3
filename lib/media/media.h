// SPDX-License-Identifier: GPL-2.0-or-later
// Room media: every sample of audio. Knows the tick, G.711, ports, bridges, tones, prompts, DTMF (ITU-T Q.23, Q.24),
// RTP (RFC 3550, 3551, 4733), the recording spool. Refuses to know what a call, a queue or a phone is: it has ports.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/fd.h"
#include "base/loop.h"
#include "base/result.h"
#include "media/tick_book.h"
#include "tdm/span.h"

namespace hotline::media {

/// Immutable A-law audio, 8 kHz mono, shared by all who play it.
struct Sound {
  std::vector<uint8_t> alaw;
};
using SoundPtr = std::shared_ptr<const Sound>;

/// Loads a mono 8 kHz WAV of A-law (format 6), mu-law (7) or 16-bit PCM (1). `no_input` when it is missing, `bad_data`
/// with the remedy (a sox command line) when it has another form.
Result<SoundPtr> load_sound(const std::string& path);

/// Prompts by language and name: <dir>/<lang>/<name>.wav, the first directory that has it wins, so that a site's studio
/// recordings stand before the shipped ones. All are read at load(): playing never touches the disk.
class Prompts {
 public:
  static Result<Prompts> load(const std::vector<std::string>& directories);
  SoundPtr find(const std::string& lang, const std::string& name) const;  ///< null when missing
  std::vector<std::string> names(const std::string& lang) const;
  struct State;

 private:
  std::shared_ptr<const State> state_;
};

/// Call-progress tones, which every country has of its own (tone_plans.cc); beep is 1 kHz everywhere.
enum class Tone { dial, ringback, busy, congestion, special, waiting, unobtainable, beep };
inline constexpr size_t kTones = 8;
std::optional<Tone> tone_named(std::string_view name);  ///< by the names above
bool knows_tones(const std::string& country);           ///< ISO 3166, two letters: "CN"
std::string tone_countries();                           ///< "AU, CN, …"

struct PlayItem {
  SoundPtr sound;       ///< or, when null:
  int tone = -1;        ///< a Tone of the engine's country, or -1 for silence
  int64_t samples = 0;  ///< of a tone or silence
};

/// What a port hears while nothing is played to it and it is in no bridge.
enum class Base { silence, music, ringback };

inline constexpr size_t kBridgePortsMax = 8;  ///< of one bridge
inline constexpr size_t kSpiesMax = 4;        ///< on one port, and whose voices one bridge hears

/// What a spy does. A listening one has no voice: nothing in the media plane leads from it to anybody.
enum class SpyMode {
  listen,   ///< hears all who talk with its target
  whisper,  ///< is heard by its target, too, and by nobody else
  barge,    ///< is heard by all
};

using PortId = uint32_t;  ///< never reused within a process; 0 is none
using SpanId = uint32_t;
using PlayId = uint32_t;
using TapId = uint32_t;

enum class PlayEnd { end, barge, stop, replaced, gone };
enum class DigitBy { inband, rfc4733 };

/// What the media plane tells; delivered on the loop's thread, in order. Every play, announcement and recording ends
/// with exactly one report, also when its port was unknown or its command refused (`gone`). A Digit is told when the
/// key is released; what it barges into ends when it is pressed. Nothing but these ends is told of a port after
/// close().
struct PlayDone {
  PortId port;
  PlayId play;
  PlayEnd reason;
  int64_t samples;
};
struct AnnounceDone {
  PortId a, b;  ///< two that are in the bridge at its end, or were when it began
  PlayEnd reason;
};
struct Digit {
  PortId port;
  char digit;
  int duration_ms;
  DigitBy by;
};
struct RecordDone {
  std::string path;
  int64_t samples;
  int64_t gap_samples;
  std::string reason;           ///< stop, gone, or the disk's error; of one port also limit, silence, key
  int64_t silence_samples = 0;  ///< of one port: at its end
  char key = 0;                 ///< the one that ended it
};
struct TapDone {
  TapId tap;
  int64_t samples;      ///< that the reader was sent
  int64_t gap_samples;  ///< that it did not take in time
  std::string reason;   ///< stop, gone (the port), closed (the reader)
};
struct DFrame {
  SpanId span;
  std::vector<uint8_t> frame;
};  ///< without FCS
struct SpanState {
  SpanId span;
  bool receiving;
  bool remote_alarm;
  bool ais;
  bool operator==(const SpanState&) const = default;
};  ///< at each change, as tdm::SpanStats has them
/// The far end has gone, though no signalling says so (Engine::watch_far_end).
struct FarEndGone {
  PortId port;
  bool by_tone;  ///< it plays busy or congestion tone; else it has been silent for too long
};
using Report = std::variant<PlayDone, AnnounceDone, Digit, RecordDone, TapDone, DFrame, SpanState, FarEndGone>;

/// What SDES has agreed on for SRTP (RFC 3711, RFC 4568 §6.1, §6.2): a suite, and for each way a master key of 16
/// octets followed by its salt of 14. Secrets: they stand in no log, event or snapshot.
enum class SrtpSuite : uint8_t { aes_cm_128_hmac_sha1_80, aes_cm_128_hmac_sha1_32 };
inline constexpr size_t kSrtpKeyBytes = 30;
struct SrtpKeys {
  SrtpSuite suite = SrtpSuite::aes_cm_128_hmac_sha1_80;
  std::array<uint8_t, kSrtpKeyBytes> send{}, receive{};
  bool operator==(const SrtpKeys&) const = default;
};

struct RtpRemote {
  sockaddr_in address{};
  int alaw_payload = 8;               ///< PCMA; 0 for PCMU is accepted too and transcoded by table
  int event_payload = -1;             ///< telephone-event, -1: none, then DTMF is looked for in band
  bool send = true;                   ///< false while the far end holds (sendonly, inactive)
  std::optional<SrtpKeys> srtp{};     ///< RTP/SAVP: what comes without them is dropped, nothing is sent in the clear
  bool rtcp_mux = false;              ///< a=rtcp-mux agreed (RFC 5761): RTCP comes and goes on the RTP port
  std::optional<sockaddr_in> rtcp{};  ///< a=rtcp (RFC 3605); else the port above the address's
};

/// How it went so far between us and an RTP port's far end: what it sent as we heard it, and ours as its reports (RTCP)
/// tell.
struct RtpQuality {
  uint32_t sent = 0, received = 0;     ///< packets
  uint32_t lost = 0, late = 0;         ///< that never came; that came after their turn
  double jitter_ms = 0, delay_ms = 0;  ///< RFC 3550's; what the jitter buffer adds
  double mos = 0;                      ///< what our side hears, 1 bad to 4.4 (ITU-T G.107); 0: nothing was heard
  uint32_t forged = 0;                 ///< SRTP packets that failed their test, or came twice
  std::optional<double> round_trip_ms{}, far_jitter_ms{};
  std::optional<uint32_t> far_lost{};
};

/// What is recorded: a bridge, by its first port and another of it, whoever joins and leaves later: left what the first
/// one says, right the sum of the others. Two ports that are in no bridge: what each says. One port alone: left what it
/// says, right silence.
struct RecordSpec {
  PortId left = 0, right = 0;  ///< right is 0 for one alone
  std::string path;            ///< the spool file, made by the writer thread; its folder exists
  std::string about;           ///< JSON kept inside the file, so that an orphan explains itself; at most 3000 octets

  // Of one port alone, which can have one such recording at a time: how it ends by itself.
  int64_t samples_max = 0;      ///< "limit"; 0: never
  int64_t silence_samples = 0;  ///< "silence", when nobody has spoken for so long (silence.h); 0: never
  std::string keys{};           ///< "key", when one of them is pressed
  bool beep = false;            ///< the port hears a tone first, and the recording begins behind it
};

struct EngineConfig {
  int tick_frames = 40;  ///< 40 = 5 ms, 8 = 1 ms
  SoundPtr music;        ///< loops; null: silence
  std::string tones = "CN";  ///< whose call-progress tones
  std::string rtp_address = "127.0.0.1";
  int rtp_port_first = 30000, rtp_port_last = 30999;  ///< even ports are used
};

/// The media plane: one thread with a steady tick. Called from the signalling thread only; commands go through a
/// bounded queue and never block. Reports come back through `on_report` on the loop's thread.
///
/// A port has one source: what it hears is decided in one place, in this order: an announcement of its bridge, a play,
/// the voices of its bridge, its base. So music can never play under a person.
///
/// Whose voices a port hears is decided in one place too (graph.h). One voice is passed on as it came, octet for octet;
/// two and more are added up in linear, with saturation, and coded again.
class Engine {
 public:
  using OnReport = std::function<void(const Report&)>;
  static Result<std::unique_ptr<Engine>> start(Loop& loop, EngineConfig config, OnReport on_report);
  virtual ~Engine() = default;

  /// Gives the span to the media thread. Its timeslot 16 is HDLC: send_d() and DFrame. Idle B channels carry 0xD5.
  virtual SpanId add_span(std::unique_ptr<tdm::Span> span) = 0;
  virtual void remove_span(SpanId span) = 0;  ///< its ports must be closed before
  virtual void send_d(SpanId span, std::vector<uint8_t> frame) = 0;
  /// Tells the far end that no calls can be carried now (alarm indication), or that they can again.
  virtual void send_ais(SpanId span, bool on) = 0;
  virtual tdm::SpanStats span_stats(SpanId span) const = 0;

  /// A port on timeslot `slot` (1-15, 17-31) of a span. DTMF is detected in band.
  virtual PortId open_channel(SpanId span, int slot) = 0;

  /// A port on an RTP socket of its own; `local` is filled in. `again` when no port of the range is free.
  /// Nothing is sent before set_remote(). The source address is latched once per set_remote() (symmetric RTP).
  virtual Result<PortId> open_rtp(sockaddr_in& local) = 0;
  virtual void set_remote(PortId port, const RtpRemote& remote) = 0;

  /// Nullopt for what is no open RTP port. Reads what the media thread has counted, a fifth of a second old at most.
  virtual std::optional<RtpQuality> quality(PortId port) const = 0;

  /// A port whose other end is a Unix socket (SOCK_SEQPACKET) in another process, as a fax has it: 160 octets of A-law
  /// a packet. The socket is sent one packet every 20 ms, which is the other end's clock; it answers each with one of
  /// its own. What it does not say in time is silence; more than 160 ms that wait are dropped, oldest first. 0, and the
  /// socket closed, when there are too many ports.
  virtual PortId open_socket(Fd socket) = 0;

  virtual void close(PortId port) = 0;  ///< ends its plays, its place in a bridge and recordings, with reports

  virtual PlayId play(PortId port, std::vector<PlayItem> items, bool loop, bool barge) = 0;
  virtual void stop(PortId port) = 0;
  /// `sound` is this port's music instead of the engine's; it goes on where it left as long as it is the same.
  virtual void set_base(PortId port, Base base, SoundPtr sound = nullptr) = 0;
  /// A short tone, over what the port hears: 200 ms of beep, or one round of another.
  virtual void beep(PortId port, Tone tone) = 0;
  /// How much louder what the port says, and what it hears, is made: -20 to 20 dB (gain.h). Keys are looked for before.
  virtual void set_gain(PortId port, int says_db, int hears_db) = 0;
  virtual void send_digits(PortId port, const std::string& digits) = 0;

  /// Keys are looked for in the audio of a channel port, and of an RTP port without event payload, while it is in no
  /// bridge; in a bridge only where this asks for it, because it costs 60 µs of CPU a second of talk. Telephone events
  /// of an RTP port are always told, and passed on to its bridge partner as a tone or an event.
  virtual void detect_in_bridge(PortId port, bool on) = 0;

  /// Joins 2 to 8 ports, each of which leaves the bridge it was in. `announce`, if any, is heard by all first
  /// (AnnounceDone). Ports that are one bridge already stay it, and hear the announcement.
  virtual void bridge(const std::vector<PortId>& ports, std::vector<PlayItem> announce) = 0;
  void bridge(PortId a, PortId b, std::vector<PlayItem> announce) { bridge({a, b}, std::move(announce)); }
  /// `port` joins the bridge that `member` is in; the others hear no gap. Nothing happens when there are 8 already.
  virtual void join(PortId member, PortId port) = 0;
  /// `port` leaves its bridge; the last one of a bridge leaves with it.
  virtual void leave(PortId port) = 0;
  virtual void unbridge(PortId a, PortId b) = 0;  ///< ends the bridge that both are in
  virtual void announce(PortId a, PortId b, std::vector<PlayItem> items) = 0;  ///< to all of the bridge that both are in

  /// A port on hold hears silence in its bridge and is not heard; who is left without a voice hears music.
  virtual void hold(PortId port, bool on) = 0;

  /// `spy` hears all who talk with `target`, wherever that port goes; again: changes the mode. `beep`: every 15 s a short
  /// tone over what they hear tells all of them. Ends with either port. Nothing happens when the target is a spy, the spy
  /// is in a bridge or spied on itself, or the target has four already.
  virtual void spy(PortId spy, PortId target, SpyMode mode, bool beep) = 0;
  virtual void unspy(PortId spy) = 0;

  /// Streams the bridge that `target` is in, wherever it goes, into a Unix socket (SOCK_SEQPACKET): packets of 160 frames
  /// of A-law, left the first port of the bridge, right the sum of the others, until stop, until the port or the socket
  /// closes: TapDone. 0, and the socket closed, when there are too many or no such port.
  virtual TapId listen(PortId target, Fd socket) = 0;
  virtual void stop_listening(TapId tap) = 0;

  /// Records from the next tick on, until stop or until the bridge ends or a port that is not in one closes: RecordDone.
  virtual void record(RecordSpec spec) = 0;
  virtual void stop_recording(const std::string& path) = 0;

  /// CPU time of the media and writer threads so far, for benchmarks.
  virtual microseconds cpu_time() const = 0;

  /// Commands that found the queue full and were refused, ticks that were late, frames a full report queue dropped.
  struct Trouble {
    uint64_t commands_refused = 0, late_ticks = 0, reports_dropped = 0;
  };
  virtual Trouble trouble() const = 0;
  /// How late the ticks came: the machine's word on why something was heard late. Any thread.
  virtual const TickBook& ticks() const = 0;

  /// For lines whose exchange says only in the audio that the far end has hung up, as analogue ones behind a gateway:
  /// FarEndGone once when it plays the country's busy or congestion tone, or when for `silence_ms` nothing was heard on
  /// the port, neither from its far end nor by it. No tone and 0: no more.
  virtual void watch_far_end(PortId port, bool tone, int64_t silence_ms) = 0;
};

/// The spool file: a WAV that any player reads, A-law, two channels, with a fixed 4096-octet head.
///
///     0     RIFF header, sizes refreshed every second (a reader trusts the file's length, not them)
///     12    "fmt " A-law (6), 2 channels, 8000 Hz
///     ...   "fact", and "note": `about` JSON, blank padded
///     4088  "data" and its size
///     4096  frames: left octet, right octet
///
/// Written in whole frames with write(2) at least every 100 ms, so that `kill -9` loses less than 200 ms.
inline constexpr int kSpoolHeadBytes = 4096;
struct SpoolHead {
  std::string about;
  int64_t samples;
};
/// Reads the head of a spool file; samples is what is really there. `bad_data` for anything else.
Result<SpoolHead> read_spool_head(const std::string& path);

}  // namespace hotline::media
