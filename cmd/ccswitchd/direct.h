// SPDX-License-Identifier: GPL-2.0-or-later
// The controller "switch": plain calls between two lines, as a small exchange makes them. It rings the tag direct-to,
// joins both when it answers, and clears the rest when either leaves. It keeps no state of its own: what it has to know
// stands in the table of calls, and what it does it does by the commands that every controller has.
#pragma once

#include "base/loop.h"
#include "calls.h"
#include "ring_groups.h"

namespace hotline::ccswitchd {

class Switch;

class Direct {
 public:
  Direct(Switch& owner, Loop& loop) : switch_(owner), loop_(loop), groups_(owner), alive_(std::make_shared<bool>(true)) {}
  const RingGroups& groups() const { return groups_; }
  /// An event of a call of ours; acted upon once the table has settled.
  void hear(const wire::Event& event);

 private:
  void act(const wire::Event& event);
  void connect(const Call& call);
  void ring(const Call& call);
  void connect_early(const Call& call);
  void join(const Call& call);
  void acknowledge(const Leg& leg, const std::string& result);
  void clear(const std::string& call, int cause);

  Switch& switch_;
  Loop& loop_;
  RingGroups groups_;
  std::shared_ptr<bool> alive_;  ///< posted work outlives us by an instant
};

}  // namespace hotline::ccswitchd
