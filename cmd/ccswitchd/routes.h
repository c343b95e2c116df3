// SPDX-License-Identifier: GPL-2.0-or-later
// Whereto a called number leads: the longest [[route]] that begins it. Pure.
#pragma once

#include <string>
#include <vector>

#include "calls.h"

namespace hotline::ccswitchd {

/// The controller inside the switch, for plain calls from one line to another (direct.h).
inline constexpr const char* kDirect = "switch";
/// The call's tag that tells it whereto: "phone:1001" or "pstn:13800138000".
inline constexpr const char* kDirectTo = "direct-to";

struct Route {
  std::string called;      ///< a number's beginning, or "default"
  std::string controller;  ///< who gets the call
  std::string flow;        ///< tag "flow" for it, "" none
  std::string lang;        ///< tag "lang", "" the site's
  std::string to;          ///< instead of a controller: "phone:1001", or "pstn" for the number that was called
};

class Routes {
 public:
  Routes() = default;
  explicit Routes(std::vector<Route> routes) : routes_(std::move(routes)) {}
  /// The longest that begins `called`; not "default".
  const Route* find(const std::string& called) const;
  const Route* fallback() const;  ///< the one for "default"
  const std::vector<Route>& all() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

/// Where a call goes: its controller and its first tags. Without a controller it is refused with `cause`.
struct Destination {
  std::string controller;
  Tags tags;
  bool unrouted = false;  ///< no route names the number
  int cause = cause::kUnallocated;
};

/// The way of a call that came over a span: routes, then the default.
Destination route_from_span(const Routes& routes, const std::string& called, const std::string& language);

/// The way of a call that a phone dials: another phone's id, routes, the network outside when `outside` allows it and
/// the text is a number, then the default.
Destination route_from_phone(const Routes& routes, const std::vector<std::string>& phones, bool outside,
                             const std::string& called, const std::string& language);

/// A subscriber's number: at most 32 of 0-9, '*', '#', with a '+' in front or not.
bool is_number(const std::string& text);

}  // namespace hotline::ccswitchd
