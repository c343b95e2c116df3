// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/time.h"
#include "wire/wire.h"

namespace hotline::ccqueue {

using Tags = std::map<std::string, std::string>;

struct Leg {
  std::string id, call, role, state;
  Utc since{};
  Tags tags;
  bool up() const { return state == "up"; }
  bool going() const { return state == "releasing"; }
  /// The offer this leg rings for; "" for legs that are no agent's.
  std::string offer() const;
  std::string agent() const;
  /// The visit that this agent's leg calls back for; "": none.
  std::string call_back() const;
};
struct Bridge {
  std::set<std::string> legs;
  Utc since{};
};
struct Call {
  std::string id, from, controller;
  Tags tags;
  std::map<std::string, Leg> legs;
  std::map<std::string, Bridge> bridges;

  std::string tag(const std::string& key) const;
  /// The leg of the one who waits: leg 1, or the first that is no agent's.
  const Leg* caller() const;
  const Leg* leg_of(const std::string& offer) const;
  /// The visit that the call calls back for; "": none.
  std::string call_back() const;
  const Bridge* bridge_of(const std::string& leg) const;
};

/// What the switch has, as its snapshot and its events tell it: a copy that decides nothing.
class View {
 public:
  void load(const wire::Json& snapshot);
  void apply(const wire::Event& event);

  const std::map<std::string, Call>& calls() const { return calls_; }
  const std::map<std::string, bool>& phones() const { return phones_; }
  /// Telephones that do not want to be disturbed.
  bool dnd(const std::string& phone) const { return dnd_.count(phone) > 0; }
  const Call* call(const std::string& id) const;
  const Leg* leg(const std::string& call, const std::string& leg) const;

 private:
  void apply_leg(Call& call, const wire::Event& event);

  std::map<std::string, Call> calls_;
  std::map<std::string, bool> phones_;  ///< id to registered and not silent
  std::set<std::string> dnd_;
};

}  // namespace hotline::ccqueue
