// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps small files of state that commands change: the blacklist, forwards, night mode. The loop never waits for the disk:
// a thread writes, each file as one step; of several versions that wait only the last is written.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/loop.h"
#include "base/result.h"

namespace hotline::ccswitchd {

class Keeper {
 public:
  /// `failed` is called on the loop's thread when a file could not be written; "" when it could again.
  using Told = std::function<void(const std::string& path, const std::string& failure)>;
  Keeper(Loop& loop, Told told);
  /// Writes what waits, then ends.
  ~Keeper();
  void keep(const std::string& path, std::string content);
  /// Waits until all that was given has been written or has failed; before a file is read again.
  void settle();

 private:
  void work();

  Loop& loop_;
  std::shared_ptr<Told> told_;
  std::mutex lock_;
  std::condition_variable wake_, idle_;
  std::map<std::string, std::string> waiting_;
  bool writing_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace hotline::ccswitchd
