// SPDX-License-Identifier: GPL-2.0-or-later
// Room tts: text to speech by a program of the site's choice (the protocol is in cctts(1)), kept in files below
// var/tts. Knows processes, time-outs and the cache; lib/audio makes of what an engine writes what a line can carry.
// Refuses to know who asks and what is played when there is no speech: that is the asker's affair.
//
// Nothing here waits on the loop: engines are processes, the disk belongs to a thread. Texts may have a caller's name
// in them, so they stand in no log, no error and no file's name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/loop.h"
#include "base/result.h"
#include "conf/conf.h"
#include "conf/instance.h"

namespace hotline::tts {

inline constexpr size_t kTextCharactersMax = 1000;

/// The table [tts] of hotline.toml(5).
struct Settings {
  std::vector<std::string> command;  ///< the program and its arguments; the language follows them
  milliseconds timeout{2000};        ///< an asker waits no longer, an engine runs no longer
  int64_t cache_bytes = 256 << 20;
  int processes = 4;             ///< engines at once
  std::string folder;            ///< "<var>/tts"
  milliseconds remember{10000};  ///< how long a failure is held against an engine
  bool engine_talks = false;     ///< what engines say on stderr is let through to ours; it may quote texts
};

/// Reads [tts] of the root table. A first word of the command without a slash is a program of share/tts, or else of
/// PATH.
Settings read_settings(conf::Table& root, const conf::Instance& instance);
/// Those of an instance without a configuration.
Settings default_settings(const conf::Instance& instance);

/// The text as engines get it: trimmed, each run of blanks and control characters one blank. `bad_data` when nothing is
/// left, when it is no UTF-8, or longer than kTextCharactersMax.
Result<std::string> speakable(std::string_view text);
/// "zh-CN", "en": letters, digits and single '-', 16 at most; also the name of a folder of the cache.
bool is_language(std::string_view language);

/// Speech on the disk: A-law, 8 kHz, mono.
struct File {
  std::string path;     ///< "<var>/tts/zh-CN/<hash>.wav"
  std::string name;     ///< the same below var/: "tts/zh-CN/<hash>.wav", for `play` of ccwire(7)
  bool cached = false;  ///< no engine was run for it
};

/// One thread uses it, the loop's; what is called back may ask again, but not destroy it. What is asked for is answered
/// once, later and never from within say(): at the latest when Settings::timeout is over. The same text asked for by
/// many at once runs one engine.
///
/// An engine that hangs, crashes or writes no speech is killed with its children. The text it failed with is refused
/// for Settings::remember; after two failures in a row, of whatever texts, all that is not in the cache is refused for
/// so long, then one engine is tried. So a broken engine costs its time-out twice, and not every caller.
///
///     errors   bad_data     the text or the language is none
///              unavailable  the engine fails, now or a moment ago
///              again        it takes too long; there is too much to do
///              io, denied   the disk
class Speaker {
 public:
  static constexpr size_t kAsksMax = 1000;  ///< that wait; one more is refused

  using Answered = std::function<void(const Result<File>&)>;

  Speaker(Loop& loop, Settings settings);
  ~Speaker();  ///< kills engines; who waits is not called any more
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;

  /// The number of the ask, for cancel().
  uint64_t say(const std::string& language, std::string_view text, Answered answered);
  /// Is not called any more. What was begun is finished and kept.
  void cancel(uint64_t ask);

  /// Since the start. `failed`: engines, not askers.
  struct Counts {
    int64_t asked = 0, cached = 0, joined = 0, made = 0, failed = 0, late = 0;
  };
  const Counts& counts() const;
  /// Engines that run now.
  int running() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hotline::tts
