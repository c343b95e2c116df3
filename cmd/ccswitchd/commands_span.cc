// SPDX-License-Identifier: GPL-2.0-or-later
// What can be asked and done about channels: channels, restart-channel.
#include <algorithm>

#include "base/text.h"
#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

Reply Switch::list_channels(Fields& fields) {
  const std::string wanted = fields.text("span");
  if (!fields) return *fields.refused();
  const auto spans = spans_->trunk().spans();
  const bool known =
      std::any_of(spans.begin(), spans.end(), [&](const auto& span) { return span.config.name == wanted; });
  if (!wanted.empty() && !known) return Reply::no(wire::code::kNotFound, "no span '" + wanted + "'");
  const Utc now = utc_now();
  Json list = Json::array();
  for (const auto& channel : spans_->trunk().channels()) {
    if (!wanted.empty() && channel.span != wanted) continue;
    const Leg* leg = channel.line ? calls_.find_leg(Far{Far::Kind::span, channel.line}) : nullptr;
    list.push_back({{"span", channel.span},
                    {"channel", channel.channel},
                    {"endpoint", "span:" + channel.span + "/" + std::to_string(channel.channel)},
                    {"state", channel.state},
                    {"since", format_utc(now - channel.since)},
                    {"call", leg ? Json(leg->call) : Json()},
                    {"leg", leg ? Json(leg->id) : Json()},
                    {"restarts", channel.restarts}});
  }
  return Reply::yes({{"n", service_.last_number()}, {"channels", list}});
}

Reply Switch::restart_channel(Fields& fields) {
  const std::string span = fields.needed("span");
  if (fields && !fields.has("channel")) fields.refuse(wire::code::kBadRequest, "field 'channel' is missing");
  const auto channel = static_cast<int>(fields.integer("channel", 1, 1, 31));
  if (!fields) return *fields.refused();
  const auto restarted = spans_->trunk().restart_channel(span, channel);
  if (restarted) return Reply::yes();
  const bool absent = restarted.error().code == Errc::no;
  return Reply::no(absent ? wire::code::kNotFound : wire::code::kUnavailable, restarted.error().text);
}

}  // namespace hotline::ccswitchd
