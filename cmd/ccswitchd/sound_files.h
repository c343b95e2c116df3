// SPDX-License-Identifier: GPL-2.0-or-later
// Sounds that are files of the instance: speech, messages, recordings. Blocks on the disk: for a worker's thread alone.
#pragma once

#include <sys/stat.h>

#include <list>
#include <map>
#include <string>

#include "media/media.h"

namespace hotline::ccswitchd {

/// What is wrong with the name of a file of `play`, ccwire(7); "" when nothing is. A path below var/, in one of the
/// folders tts, spool, recordings, messages; none of its parts begins with a '.'.
std::string wrong_file_name(const std::string& name);

/// Loads files, and remembers those that were played last, up to so many octets of audio.
class SoundFiles {
 public:
  static constexpr int64_t kFileBytesMax = 32 << 20;  ///< 70 minutes of one channel, 35 of two

  SoundFiles(std::string var_dir, size_t bytes_max) : var_dir_(std::move(var_dir)), bytes_max_(bytes_max) {}

  /// A-law at 8 kHz; of two channels the left one, which in the spool and in recordings is the caller. `no_input` when
  /// it is missing, or a link leads there (the folders themselves may be links); `bad_data` for another form; anything
  /// else is the disk's. A file that has changed since it was remembered is loaded again.
  Result<media::SoundPtr> load(const std::string& name);
  size_t bytes() const { return bytes_; }

 private:
  struct Kept {
    std::string name;
    struct stat status;
    media::SoundPtr sound;
  };
  using Order = std::list<Kept>;
  void remember(Kept kept);
  void forget(Order::iterator kept);

  const std::string var_dir_;
  const size_t bytes_max_;
  size_t bytes_ = 0;
  Order order_;  ///< the last one played first
  std::map<std::string, Order::iterator> by_name_;
};

}  // namespace hotline::ccswitchd
