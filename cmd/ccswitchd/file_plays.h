// SPDX-License-Identifier: GPL-2.0-or-later
// Plays of files: they are loaded by a thread, and the command is answered when all are there. Until then the play
// waits here, one a leg; nothing of it is heard.
//
//     waits     all loaded         one is wrong   another play, stop, the leg goes   kLoadMax
//               played, answered   refused        refused: replaced                  refused: failed
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/worker.h"
#include "media/media.h"
#include "relay.h"
#include "sound_files.h"
#include "wire/wire.h"

namespace hotline::ccswitchd {

class Switch;

/// An item of a play that is a file: which one, and its name.
struct FileItem {
  size_t place = 0;
  std::string name;
};

/// A play that has been looked at, and has its prompts; its files are to be loaded.
struct PlayWish {
  std::string leg;
  std::vector<media::PlayItem> items;
  std::vector<FileItem> files;
  bool loop = false, barge = false, notice = false;
};

/// Codes of refusals beside those of wire.h.
inline constexpr const char *kReplaced = "replaced", *kFailed = "failed";

class FilePlays {
 public:
  static constexpr milliseconds kLoadMax{1000};
  static constexpr size_t kWaitingMax = 200;             ///< plays whose files wait for the disk
  static constexpr size_t kRememberedBytes = 64u << 20;  ///< 2 hours and 20 minutes
  static constexpr size_t kPlayBytesMax = 32u << 20;     ///< of the files of one play

  FilePlays(Switch& hub, Loop& loop, std::string var_dir);
  /// Answered by `later`, or at once. What waited for the same leg has been replaced.
  std::optional<wire::Reply> load(PlayWish wish, Relay::Later later);
  /// What waits for this leg is answered as replaced, if anything does.
  void replace(const std::string& leg, const std::string& by);

 private:
  struct Loaded {
    std::vector<media::SoundPtr> sounds;
    std::optional<wire::Reply> refused;
  };
  struct Waiting {
    uint64_t id = 0;
    PlayWish wish;
    Relay::Later later;
    Loop::Handle timer;
  };
  static Loaded load_all(SoundFiles& files, const std::vector<FileItem>& wanted);
  void loaded(const std::string& leg, uint64_t id, const Loaded& loaded);
  void refuse(const std::string& leg, const wire::Reply& reply);

  Switch& switch_;
  Loop& loop_;
  std::map<std::string, Waiting> waiting_;  ///< by leg
  uint64_t last_id_ = 0;
  SoundFiles files_;  ///< the worker's
  Worker worker_;     ///< behind what its jobs use
};

}  // namespace hotline::ccswitchd
