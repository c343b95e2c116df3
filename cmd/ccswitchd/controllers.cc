// SPDX-License-Identifier: GPL-2.0-or-later
#include "controllers.h"

namespace hotline::ccswitchd {

bool Controllers::expect(const std::string& name, Instant now) {
  if (known(name)) return true;
  if (all_.size() >= kControllersMax && !forget_one()) return false;
  all_[name] = {now, true};
  return true;
}

/// Scripts that name themselves anew each time they run would fill the table for ever.
bool Controllers::forget_one() {
  auto oldest = all_.end();
  for (auto one = all_.begin(); one != all_.end(); ++one)
    if (!one->second.alive && (oldest == all_.end() || one->second.heard < oldest->second.heard) && !needed_(one->first))
      oldest = one;
  if (oldest == all_.end()) return false;
  all_.erase(oldest);
  return true;
}

bool Controllers::hello(const std::string& name, Instant now) {
  if (!expect(name, now)) return false;
  One& one = all_.at(name);
  bool was_lost = !one.alive;
  one = {now, true};
  return was_lost;
}

std::vector<std::string> Controllers::lost(Instant now, milliseconds timeout) {
  std::vector<std::string> names;
  for (auto& [name, one] : all_)
    if (one.alive && now - one.heard > timeout) {
      one.alive = false;
      names.push_back(name);
    }
  return names;
}

bool Controllers::alive(const std::string& name) const {
  auto found = all_.find(name);
  return found != all_.end() && found->second.alive;
}

}  // namespace hotline::ccswitchd
