// SPDX-License-Identifier: GPL-2.0-or-later
// Calls of the controller "switch" that ring at a group: members are legs of the call like any other; who answers first
// has it, the others are told that it was answered elsewhere, and when nobody does it goes where the group's `then` says.
//
//                   a member answers   the last one that rang is gone      picked up from elsewhere   the caller is gone
//     members ring  the others go      the next rings; none: `then`        all others go              all go
//
// Here is only how far each call has come; which legs it has stands in the table of calls.
#pragma once

#include <map>
#include <string>

#include "calls.h"
#include "route/ring_group.h"

namespace hotline::ccswitchd {

class Switch;

class RingGroups {
 public:
  explicit RingGroups(Switch& owner) : switch_(owner) {}

  /// The first members ring.
  void start(const Call& call, const std::string& group);
  /// An event of a call that the switch controls. True when that is all there is to do about it.
  bool hear(const Call& call, const wire::Event& event);
  /// The group that this call rings at; null: none.
  const route::RingGroup* group_of(const std::string& call) const;

 private:
  struct Round {
    std::string group;
    size_t rung = 0;  ///< members that have had their turn
    size_t groups = 1;
    int cause = cause::kNoAnswer;
  };
  void advance(const std::string& call);
  void leave(const std::string& call, const route::RingGroup& group);
  void over(const Call& call, const std::string& result, const std::string& taker);
  void clear(const std::string& call, int cause);

  Switch& switch_;
  std::map<std::string, Round> rounds_;  // by call
};

}  // namespace hotline::ccswitchd
