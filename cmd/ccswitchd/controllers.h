// SPDX-License-Identifier: GPL-2.0-or-later
// Who controls calls, and whether they live. Pure: told the time, asked what changed.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"

namespace hotline::ccswitchd {

inline constexpr size_t kControllersMax = 64;

class Controllers {
 public:
  /// `needed` tells who has to be remembered although he is lost: who has calls, and who is to get some.
  explicit Controllers(std::function<bool(const std::string& name)> needed) : needed_(std::move(needed)) {}
  /// A name that calls are given to: it has the time-out from now to say hello for the first time. With kControllersMax
  /// the one that is lost longest and not needed is forgotten; false when there is none.
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
  bool forget_one();
  std::function<bool(const std::string&)> needed_;
  std::map<std::string, One> all_;
};

}  // namespace hotline::ccswitchd
