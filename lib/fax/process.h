// SPDX-License-Identifier: GPL-2.0-or-later
// One fax in a process of its own, seen from the daemon that started it (ccfax(1)). Whatever becomes of that process, the
// daemon's loop waits for nothing, and is told once how it ended: by the process's own last word, or, when it died or
// fell silent, by ours.
//
//     state      line "ready"  "refused", "finished"   it dies         time
//     checking   held          its word: over          crashed: over   kCheckMax: killed
//     held       -             -                       crashed: over   -
//     running    -             its word: over          crashed: over   kSilenceMax without a line: killed
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/loop.h"
#include "fax/fax.h"
#include "fax/lines.h"

namespace hotline::fax {

class Process {
 public:
  static constexpr milliseconds kCheckMax{5000}, kSilenceMax{10000}, kStopMax{3000};

  /// A line of its, as JSON with "event": ready, agreed, page, t38; the last one is refused or finished, after which
  /// it is gone. May destroy the Process.
  using Told = std::function<void(const wire::Json&)>;

  /// What the process is given: `audio`, a Unix socket (SOCK_SEQPACKET) with 160 octets of A-law a packet, 20 ms each,
  /// and, where T.38 may be, a bound UDP socket.
  struct Ends {
    Fd audio, udptl;
  };

  /// Starts `program` (ccfax), which checks its file, says ready, and begins when it is told to.
  static Result<std::unique_ptr<Process>> start(Loop& loop, const std::string& program, const Job& job, Ends ends,
                                                Told told);
  ~Process();  ///< kills it
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void begin();
  /// From now on by T.38 to that address; the line "t38" tells that it does, with "on" false when it is too late.
  void change_to_t38(const std::string& address, uint16_t port, const T38Terms& terms);
  /// Its line is gone: it hears what is on its way still, and then that nothing comes any more.
  void hang_up();
  /// Ends it; its last word comes still, within kStopMax.
  void stop();
  pid_t pid() const { return pid_; }

 private:
  enum class State { checking, held, running, over };
  Process(Loop& loop, Told told) : loop_(loop), told_(std::move(told)) {}
  Result<void> spawn(const std::string& program, const Job& job, Ends ends);
  bool readable();
  void line(const std::string& text);
  void say(const wire::Json& json);
  void kill(const std::string& why);
  void exited();
  void patience(milliseconds longest, const char* why);

  Loop& loop_;
  Told told_;
  State state_ = State::checking;
  pid_t pid_ = -1;
  Fd in_, out_, pidfd_;
  std::string buffer_, killed_;
  wire::Json last_;
  bool stopped_ = false;
  Loop::Handle watch_, exit_watch_, timer_;
};

/// Beside the program that runs, or where PATH says: "ccfax".
std::string program_beside_us(const std::string& name);

/// A socketpair for the audio: ours for Engine::open_socket(), theirs for Ends.
Result<std::pair<Fd, Fd>> audio_sockets();

/// A UDP socket on the first free port of the range; `again` when none is. `port` is filled in.
Result<Fd> open_udptl(const std::string& address, int first, int last, uint16_t& port);

}  // namespace hotline::fax
