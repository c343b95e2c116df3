// SPDX-License-Identifier: GPL-2.0-or-later
// uses: tdm base
// e1d_server SOCKET: a virtual pair of E1 lines as osmo-e1d has it, until it is ended. Says "ready" when clients may come.
#include "e1d_server.h"

#include <sys/timerfd.h>

#include <cstdio>

using namespace hotline;

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: e1d_server SOCKET\n");
    return 64;
  }
  constexpr int kFrames = 16;  // 2 ms
  tdm::E1dServer server(arguments[1]);
  Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  itimerspec every{{0, kFrames * 125'000}, {0, kFrames * 125'000}};
  require(::timerfd_settime(timer.get(), 0, &every, nullptr) == 0);
  std::puts("ready");
  std::fflush(stdout);
  for (uint64_t due; ::read(timer.get(), &due, sizeof due) == sizeof due;) {
    server.serve();
    for (; due > 0; due--) server.step(kFrames);
  }
}
