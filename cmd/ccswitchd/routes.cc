// SPDX-License-Identifier: GPL-2.0-or-later
#include "routes.h"

#include <algorithm>

namespace hotline::ccswitchd {

const Route* Routes::find(const std::string& called) const {
  const Route* best = nullptr;
  for (const auto& route : routes_)
    if (route.called != "default" && called.starts_with(route.called) &&
        (!best || route.called.size() > best->called.size()))
      best = &route;
  return best;
}

const Route* Routes::fallback() const {
  auto found = std::find_if(routes_.begin(), routes_.end(), [](const Route& one) { return one.called == "default"; });
  return found == routes_.end() ? nullptr : &*found;
}

bool is_number(const std::string& text) {
  std::string digits = text.starts_with('+') ? text.substr(1) : text;
  return !digits.empty() && digits.size() <= 32 && digits.find_first_not_of("0123456789*#") == std::string::npos;
}

static Destination along(const Route& route, const std::string& called, const std::string& language) {
  Destination where;
  where.controller = route.to.empty() ? route.controller : kDirect;
  where.tags["lang"] = route.lang.empty() ? language : route.lang;
  if (!route.flow.empty()) where.tags["flow"] = route.flow;
  if (!route.to.empty()) where.tags[kDirectTo] = route.to == "pstn" ? "pstn:" + called : route.to;
  return where;
}

static Destination unrouted(const Routes& routes, const std::string& called, const std::string& language) {
  Destination where;
  if (const Route* route = routes.fallback()) where = along(*route, called, language);
  where.unrouted = true;
  return where;
}

Destination route_from_span(const Routes& routes, const std::string& called, const std::string& language) {
  const Route* route = routes.find(called);
  return route ? along(*route, called, language) : unrouted(routes, called, language);
}

Destination route_from_phone(const Routes& routes, const std::vector<std::string>& phones, bool outside,
                             const std::string& called, const std::string& language) {
  Route direct;
  if (std::find(phones.begin(), phones.end(), called) != phones.end()) {
    direct.to = "phone:" + called;
    return along(direct, called, language);
  }
  if (const Route* route = routes.find(called)) return along(*route, called, language);
  if (outside && is_number(called)) {
    direct.to = "pstn";
    return along(direct, called, language);
  }
  Destination where = unrouted(routes, called, language);
  if (!outside && is_number(called)) where.cause = cause::kRejected;
  return where;
}

}  // namespace hotline::ccswitchd
