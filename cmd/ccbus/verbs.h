// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs of ccbus(1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hotline::ccbus {

struct AskOptions {
  std::string daemon, verb, body;  ///< body: JSON, "-" for standard input, "" for an empty object
  std::string timeout = "3s";
};
int ask(const AskOptions& options);

struct FollowOptions {
  std::vector<std::string> from;  ///< none: every daemon
  std::string topic;              ///< prefix of the events' names
  std::string timeout;            ///< "" for ever
  int64_t count = 0;              ///< 0: without end
  int64_t since = -1;             ///< first number that is wanted from the journals; -1: only what happens from now on
};
int follow(const FollowOptions& options);

}  // namespace hotline::ccbus
