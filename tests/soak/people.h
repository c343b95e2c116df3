// SPDX-License-Identifier: GPL-2.0-or-later
// The instance that the soak runs: its folder, its programs as child processes that can be killed and started again.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace hotline::soak {

class Instance {
 public:
  /// A new folder below /tmp, HOTLINE_HOME from now on; programs are taken from `build`/bin.
  explicit Instance(std::string build);
  ~Instance();  ///< ends all that runs; the folder goes unless keep()

  const std::string& home() const { return home_; }
  void keep() { keep_ = true; }
  void write(const std::string& file, const std::string& text) const;

  /// Starts a program; its output goes to <home>/<name>.log. Started again under a name, it takes that one's place in
  /// the books: the one before is forgotten (it is expected to end, or has been killed).
  void start(const std::string& name, std::vector<std::string> command);
  void kill(const std::string& name);  ///< -9, and waits for its end
  pid_t pid(const std::string& name) const;
  bool runs(const std::string& name);
  const std::string& build() const { return build_; }

 private:
  std::string build_, home_;
  std::map<std::string, pid_t> children_;
  std::vector<pid_t> before_;
  bool keep_ = false;
};

/// Resident memory in KiB, and open descriptors, of a process; -1 when it is gone.
int64_t rss_kib(pid_t pid);
int64_t descriptors(pid_t pid);

}  // namespace hotline::soak
