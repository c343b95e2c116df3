// SPDX-License-Identifier: GPL-2.0-or-later
#include "lamps.h"

#include <algorithm>

namespace hotline::ccswitchd {

namespace {

sip::Lamp busiest(const std::map<std::string, sip::Lamp>& legs) {
  sip::Lamp most = sip::Lamp::idle;
  for (const auto& [leg, lamp] : legs) most = std::max(most, lamp);
  return most;
}

}  // namespace

std::optional<Lamps::Change> Lamps::hear(const std::string& event, const Leg& leg) {
  if (!leg.endpoint.starts_with("phone:")) return std::nullopt;
  std::string phone = leg.endpoint.substr(6);
  auto& legs = phones_[phone];
  sip::Lamp before = busiest(legs);
  if (event == "call.offered")
    legs[leg.id] = sip::Lamp::calling;
  else if (event == "leg.ringing")
    legs[leg.id] = sip::Lamp::ringing;
  else if (event == "leg.answered")
    legs[leg.id] = sip::Lamp::busy;
  else if (event == "leg.released")
    legs.erase(leg.id);
  sip::Lamp after = busiest(legs);
  if (legs.empty()) phones_.erase(phone);
  return before == after ? std::nullopt : std::optional(Change{phone, after});
}

}  // namespace hotline::ccswitchd
