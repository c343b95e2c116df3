// SPDX-License-Identifier: GPL-2.0-or-later
#include "lamps.h"

#include <algorithm>

#include "base/log.h"

namespace hotline::ccivr {

/// What the switch takes of each.
static constexpr int64_t kMessagesMax = 9999;

void Lamps::show(std::map<std::string, MessageBook::Count> counts) {
  for (const auto& [phone, count] : wanted_) counts.try_emplace(phone);
  wanted_ = std::move(counts);
  for (const auto& [phone, count] : wanted_) tell(phone);
}

void Lamps::tell(const std::string& phone) {
  MessageBook::Count count = wanted_[phone];
  auto known = known_.find(phone);
  if ((known != known_.end() && known->second == count) || !asking_.insert(phone).second) return;
  ask_("mwi",
       {{"phone", phone}, {"new", std::min(count.fresh, kMessagesMax)}, {"old", std::min(count.old, kMessagesMax)}},
       [this, phone, count](Result<wire::Reply> reply) { told(phone, count, reply); });
}

void Lamps::told(const std::string& phone, MessageBook::Count count, const Result<wire::Reply>& reply) {
  asking_.erase(phone);
  if (reply) {
    if (!reply->ok) log_warning("lamp.refused phone=" + phone + " text='" + wire::text(reply->body, "text") + "'");
    known_[phone] = count;
    return tell(phone);  // it may have changed meanwhile
  }
  if (again_) return;
  again_ = after_(kLampRetryAfter, [this] {
    again_.cancel();
    for (const auto& [each, count] : wanted_) tell(each);
  });
}

}  // namespace hotline::ccivr
