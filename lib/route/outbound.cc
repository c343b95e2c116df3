// SPDX-License-Identifier: GPL-2.0-or-later
#include "route/outbound.h"

#include <algorithm>

namespace hotline::route {

const std::vector<int> Outbound::kFailover = {27, 34, 38, 41, 42, 44};

static constexpr const char* kClasses[] = {"internal", "local", "long-distance", "international"};

std::optional<Class> class_named(const std::string& name) {
  for (int i = 0; i < 4; ++i)
    if (name == kClasses[i]) return static_cast<Class>(i);
  return std::nullopt;
}

const char* name_of(Class one) { return kClasses[static_cast<int>(one)]; }

Class class_of(const std::string& number) {
  if (number.starts_with("+86")) return Class::long_distance;
  if (number.starts_with("00") || number.starts_with("+")) return Class::international;
  return number.starts_with("0") ? Class::long_distance : Class::local;
}

std::optional<Via> read_via(const std::string& text) {
  if (text == "span") return Via{Via::Kind::span, ""};
  if (text.starts_with("span:") && text.size() > 5) return Via{Via::Kind::span, text.substr(5)};
  if (text.starts_with("trunk:") && text.size() > 6) return Via{Via::Kind::trunk, text.substr(6)};
  return std::nullopt;
}

bool Way::fails_over(int cause) const {
  return std::find(failover.begin(), failover.end(), cause) != failover.end();
}

bool Outbounds::is_emergency(const std::string& number) const {
  return std::find(emergency_.begin(), emergency_.end(), number) != emergency_.end();
}

std::optional<Way> Outbounds::find(const std::string& number) const {
  const Outbound* best = nullptr;
  for (const auto& row : rows_)
    if (row.called.fits(number) && (!best || row.called.weight() > best->called.weight())) best = &row;
  Way way;
  way.row = best;
  way.via = {Via{}};
  way.failover = Outbound::kFailover;
  std::string bare = number;
  if (best) {
    bare = number.substr(std::min(number.size(), static_cast<size_t>(best->strip)));
    way.via = best->via;
    way.caller = best->caller;
    way.failover = best->failover;
  }
  way.number = best ? best->prepend + bare : number;
  way.needs = best && best->needs ? *best->needs : class_of(bare);
  way.emergency = is_emergency(number) || is_emergency(bare);
  if (!best && !rows_.empty() && !way.emergency) return std::nullopt;
  if (!is_number(way.number)) return std::nullopt;  // nothing is left of it
  return way;
}

}  // namespace hotline::route
