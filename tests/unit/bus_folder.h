// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <string>

#include "bus/bus.h"

namespace hotline {

/// A folder for sockets of the test's own.
struct BusFolder {
  std::string path;
  BusFolder() {
    char name[] = "/tmp/bus-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~BusFolder() { std::filesystem::remove_all(path); }
  std::string commands() const { return "ipc://" + path + "/daemon.cmd"; }
  std::string events() const { return "ipc://" + path + "/daemon.evt"; }
};

/// Runs the loop until `done`; false when that takes longer than twenty seconds, which is never time's fault.
inline bool run_until(Loop& loop, const std::function<bool()>& done) {
  Instant end = monotonic_now() + seconds(20);
  while (monotonic_now() < end) {
    if (done()) return true;
    loop.step(milliseconds(20));
  }
  return false;
}

}  // namespace hotline
