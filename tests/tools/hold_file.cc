// SPDX-License-Identifier: GPL-2.0-or-later
// uses: base
// hold_file FILE: a disk that does not answer, for the tests. Holds a lease on FILE (fcntl(2), F_SETLEASE), so that who
// opens it waits until we are gone, 45 s at most. Says "held" when it does, and "wanted" when somebody waits.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "base/fd.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: hold_file FILE\n");
    return 64;
  }
  hotline::Fd fd(::open(argv[1], O_RDWR | O_CLOEXEC));
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGIO);
  ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
  if (!fd || ::fcntl(fd.get(), F_SETLEASE, F_WRLCK) != 0) {
    std::perror("hold_file");
    return 69;
  }
  std::puts("held");
  std::fflush(stdout);
  for (int signal = 0; ::sigwait(&wanted, &signal) == 0;) {
    std::puts("wanted");
    std::fflush(stdout);
  }
  return 70;
}
