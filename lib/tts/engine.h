// SPDX-License-Identifier: GPL-2.0-or-later
// Inside room tts: one run of an engine: text in, a WAV out, an end within its time.
//
//     state     end of its output and status 0   other status, too much   time           it is reaped
//     running   done: the WAV                    done: an error           done, killed   -
//     dying     -                                -                        -              gone
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "base/fd.h"
#include "tts/tts.h"

namespace hotline::tts {

class Engine {
 public:
  static constexpr size_t kWavBytesMax = 32u << 20;  ///< 120 s at 48 kHz, 16 bits, two channels, and more

  using Done = std::function<void(Result<std::string>)>;
  /// `done` once, with the octets of its output; `gone` once behind it, when no process of it is left. Neither from
  /// within start(), and neither may destroy the Engine.
  static Result<std::unique_ptr<Engine>> start(Loop& loop, const Settings& settings, const std::string& language,
                                               const std::string& text, Done done, std::function<void()> gone);
  ~Engine();  ///< kills it
  bool is_gone() const { return pid_ <= 0; }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

 private:
  Engine(Loop& loop, Done done, std::function<void()> gone)
      : loop_(loop), done_(std::move(done)), gone_(std::move(gone)) {}
  Result<void> spawn(const Settings& settings, const std::string& language, const std::string& text);
  bool readable();
  void fail(const std::string& why);
  void exited();

  Loop& loop_;
  Done done_;  ///< empty once called
  std::function<void()> gone_;
  pid_t pid_ = -1;
  Fd out_, pidfd_;
  std::string wav_;
  Loop::Handle watch_, exit_watch_, timer_;
};

}  // namespace hotline::tts
