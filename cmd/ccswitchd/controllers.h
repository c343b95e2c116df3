// SPDX-License-Identifier: GPL-2.0-or-later
// Who controls calls, and whether they live. Pure: told the time, asked what changed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/time.h"

namespace hotline::ccswitchd {

inline constexpr size_t kControllersMax = 64;

class Controllers {
 public:
  /// A name that calls are given to: it has the time-out from now to say hello for the first time. False when there are
  /// kControllersMax already.
  bool expect(const std::string& name, Instant now);
  /// It lives. True when it had been lost.
  bool hello(const std::string& name, Instant now);
  /// Those that are lost since the last question.
  std::vector<std::string> lost(Instant now, milliseconds timeout);
  /// Unknown names are not alive.
  bool alive(const std::string& name) const;
  bool known(const std::string& name) const { return all_.count(name) > 0; }

  struct One {
    Instant heard{};
    bool alive = true;
  };
  const std::map<std::string, One>& all() const { return all_; }

 private:
  std::map<std::string, One> all_;
};

}  // namespace hotline::ccswitchd
