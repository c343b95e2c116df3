// SPDX-License-Identifier: GPL-2.0-or-later
#include "supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/fd.h"
#include "base/require.h"

namespace hotline::ccswitchd {

namespace {

constexpr int kHandedOn[] = {SIGTERM, SIGINT, SIGHUP};

[[noreturn]] void end_as(int status) {
  if (WIFEXITED(status)) ::_exit(WEXITSTATUS(status));
  std::signal(WTERMSIG(status), SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::raise(WTERMSIG(status));
  ::_exit(128 + WTERMSIG(status));
}

[[noreturn]] void stand_by(pid_t child, int signals, int left) {
  for (;;) {
    pollfd ready[] = {{signals, POLLIN, 0}, {left, POLLIN, 0}};
    (void)::poll(ready, 2, -1);
    char mark = 0;
    if ((ready[1].revents & POLLIN) && ::read(left, &mark, 1) == 1) ::_exit(0);
    signalfd_siginfo caught{};
    if ((ready[0].revents & POLLIN) && ::read(signals, &caught, sizeof caught) == sizeof caught &&
        caught.ssi_signo != SIGCHLD)
      (void)::kill(child, static_cast<int>(caught.ssi_signo));
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) end_as(status);
  }
}

}  // namespace

std::function<void()> run_below_supervisor() {
  sigset_t ours, before;
  sigemptyset(&ours);
  sigaddset(&ours, SIGCHLD);
  for (int signal : kHandedOn) sigaddset(&ours, signal);
  ::sigprocmask(SIG_BLOCK, &ours, &before);
  int ends[2];
  require(::pipe2(ends, O_CLOEXEC) == 0);
  pid_t parent = ::getpid(), child = ::fork();
  require(child >= 0);
  if (child > 0) {
    ::close(ends[1]);
    int signals = ::signalfd(-1, &ours, SFD_CLOEXEC);
    require(signals >= 0);
    stand_by(child, signals, ends[0]);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::close(ends[0]);
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(75);  // it died before we could say so
  return [fd = ends[1]] {
    (void)::prctl(PR_SET_PDEATHSIG, 0);
    (void)write_all(fd, "x");
    ::close(fd);
  };
}

}  // namespace hotline::ccswitchd
