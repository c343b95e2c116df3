// SPDX-License-Identifier: GPL-2.0-or-later
// A program that gets a text on its standard input and says one on its standard output, beside the loop. Inside the
// room only.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/loop.h"
#include "base/result.h"

namespace hotline::lookup {

/// Waits for killed processes, which may take their time, without waiting.
class Reaper {
 public:
  explicit Reaper(Loop& loop) : loop_(loop) {}
  void take(pid_t pid, Fd pidfd);

 private:
  Loop& loop_;
  struct Dying {
    Fd pidfd;
    Loop::Handle watch;
  };
  std::map<pid_t, Dying> dying_;
};

/// One process in a group of its own. It is over when it has ended, whoever still holds its output. When this object
/// goes, the group is killed.
class Child {
 public:
  struct Order {
    std::vector<std::string> command;
    std::string directory;  ///< where it runs; "": here
    std::string input;
    size_t output_max = 0;
    bool show_stderr = false;
  };
  struct End {
    int status = 0;  ///< wait(2)
    std::string output;
    bool too_long = false;  ///< it said more than output_max and was killed
  };
  using Ended = std::function<void(const End&)>;

  /// `ended` is called once, not from within start().
  static Result<std::unique_ptr<Child>> start(Loop& loop, Reaper& reaper, Order order, Ended ended);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

 private:
  Child(Loop& loop, Reaper& reaper, Order order, Ended ended)
      : loop_(loop), reaper_(reaper), order_(std::move(order)), ended_(std::move(ended)) {}
  Result<void> spawn();
  void write_input();
  bool read_output();
  void over();

  Loop& loop_;
  Reaper& reaper_;
  Order order_;
  Ended ended_;
  pid_t pid_ = -1;
  Fd pidfd_, in_, out_;
  size_t written_ = 0;
  End end_;
  Loop::Handle writable_, readable_, ended_watch_;
};

}  // namespace hotline::lookup
