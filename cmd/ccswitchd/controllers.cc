// SPDX-License-Identifier: GPL-2.0-or-later
#include "controllers.h"

namespace hotline::ccswitchd {

bool Controllers::expect(const std::string& name, Instant now) {
  if (known(name)) return true;
  if (all_.size() >= kControllersMax) return false;
  all_[name] = {now, true};
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
