// SPDX-License-Identifier: GPL-2.0-or-later
// The watchdog: a caller who waits while an agent who is fit for him is idle is a fault of ours, whatever the reason.
// Seen twice in a row it is an alarm, and the truth is fetched from the switch anew.
#include <algorithm>

#include "base/log.h"
#include "mind.h"

namespace hotline::ccqueue {

static constexpr microseconds kWatchEvery = seconds(3);

void Mind::watch() {
  watch_ = service_.loop().after(kWatchEvery, [this] { watch(); });
  std::vector<std::string> seen;
  if (!core_.suspended() && !core_.entries().empty()) seen = core_.overlooked();
  for (const auto& pair : seen) {
    if (std::find(overlooked_.begin(), overlooked_.end(), pair) == overlooked_.end()) continue;
    auto at = pair.rfind('@');
    std::string call = pair.substr(0, at), agent = pair.substr(at + 1);
    log_error("queue.overlooked call=" + call + " agent=" + agent + " text='waits although that agent is idle'");
    emit("queue.alarm", call, {{"kind", "overlooked"}, {"agent", agent}});
    sync_->resync();
    seen.clear();  // told once; seen twice more it is told again
    break;
  }
  overlooked_ = std::move(seen);
}

}  // namespace hotline::ccqueue
