// SPDX-License-Identifier: GPL-2.0-or-later
// The site's own program that is asked where a call goes, before the tables are (requirement A16). Started once and kept;
// a line each way, see ROUTE PROGRAMS in ccswitchd(8). It can be slow, silent, wrong or dead: then the tables decide, at
// once or after kAnswerMax, and it is started again. Nothing here waits: pipes do not block, questions are bounded.
//
//     state      line "hello 1"   other line    end of file, faults       time
//     starting   ready            down          down                      kHelloMax: down
//     ready      -                an answer     down                      a question's kAnswerMax: no answer
//     down       -                -             -                         the back-off: starting
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/loop.h"
#include "base/seldom.h"
#include "route/routes.h"

namespace hotline::ccswitchd {

/// What the program says of a call.
struct ProgramAnswer {
  enum class Kind { table, controller, to, called, refuse } kind = Kind::table;
  std::string text;  ///< a controller, a "phone:…", a number
  int cause = 0;
  route::Tags tags;
};

/// The line that asks, and the line that answers with the number of its question; nullopt for what is neither.
std::string question_line(int64_t id, const route::Question& question, const conf::Zone& zone);
std::optional<std::pair<int64_t, ProgramAnswer>> read_answer(const std::string& line);

class RouteProgram {
 public:
  static constexpr milliseconds kAnswerMax{200}, kHelloMax{5000}, kBackOffFirst{1000}, kBackOffMost{60000};
  static constexpr size_t kQuestionsMax = 64;    ///< that wait for an answer; one more goes to the tables
  static constexpr size_t kLineBytesMax = 4096;  ///< a longer line is a fault
  static constexpr int kFaultsMax = 8;           ///< in a row: answers that are none or too late; then it is started anew

  using Answered = std::function<void(const std::optional<ProgramAnswer>&)>;  ///< nullopt: the tables decide
  using Told = std::function<void(bool up, const std::string& why)>;
  /// Runs `command` with sh -c, in a process group of its own.
  RouteProgram(Loop& loop, std::string command, Told told);
  ~RouteProgram();
  RouteProgram(const RouteProgram&) = delete;
  RouteProgram& operator=(const RouteProgram&) = delete;

  /// False when it is not ready or has enough to do: nothing was asked. Else `answered` is called once, later.
  bool ask(const route::Question& question, const conf::Zone& zone, Answered answered);
  /// Leaves what is open to the tables, and asks nothing any more: before it goes while calls wait for it.
  void close();
  const std::string& command() const { return command_; }
  const char* state() const;
  int64_t asked() const { return last_id_; }
  int64_t late() const { return late_; }

 private:
  enum class State { starting, ready, down };
  struct Open {
    Answered answered;
    Loop::Handle timer;
  };
  void start();
  void readable();
  void line(const std::string& text);
  void answer(int64_t id, const std::optional<ProgramAnswer>& answer);
  void fault(const std::string& what);
  void fail(const std::string& why);
  void reap(pid_t pid);

  Loop& loop_;
  std::string command_;
  Told told_;
  State state_ = State::down;
  pid_t pid_ = -1;
  Fd in_, out_;  ///< its standard input, and output
  std::string buffer_;
  Loop::Handle watch_, timer_;
  std::map<pid_t, Loop::Handle> dying_;
  milliseconds back_off_ = kBackOffFirst;
  std::map<int64_t, Open> open_;
  int64_t last_id_ = 0, late_ = 0;
  Seldom said_;
  int faults_ = 0;
};

}  // namespace hotline::ccswitchd
