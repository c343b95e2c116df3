// SPDX-License-Identifier: GPL-2.0-or-later
// fax-send, fax-receive, fax-stop: what they need, before faxes.cc does it.
#include "faxes.h"
#include "fax/lines.h"
#include "switch.h"

namespace hotline::ccswitchd {

using wire::Reply;

/// The leg may begin a fax: it is up, has none, and there is room.
bool Switch::may_fax(Fields& fields, const Leg& leg) {
  if (!config_.fax.on)
    fields.refuse(wire::code::kUnavailable, "there is no fax here: hotline.toml has no table [fax]");
  if (fields && faxes_->has(leg)) fields.refuse(wire::code::kWrongState, "leg '" + leg.id + "' has a fax already");
  if (fields) must_be_up(fields, leg);
  if (fields && leg.spy) fields.refuse(wire::code::kWrongState, "leg '" + leg.id + "' spies");
  if (fields && faxes_->running() >= static_cast<size_t>(config_.fax.channels) &&
      faxes_->waiting() >= static_cast<size_t>(config_.fax.waiting_max))
    fields.refuse(wire::code::kBusy, std::to_string(faxes_->waiting()) + " faxes wait already");
  return static_cast<bool>(fields);
}

/// fax-send and fax-receive: their reply comes when the file has been looked at.
std::optional<Reply> Switch::fax(const std::string& verb, const Json& body, Relay::Later later) {
  if (!body.is_object()) return Reply::no(wire::code::kBadRequest, "the body is no object");
  Fields fields(body);
  Leg* leg = needed_leg(fields);
  Faxes::Wish wish;
  wish.direction = verb == "fax-send" ? fax::Direction::send : fax::Direction::receive;
  if (wish.direction == fax::Direction::send) wish.file = fields.needed("file");
  if (fields.has("station")) wish.station = fields.text("station");
  if (fields.has("header")) wish.header = fields.text("header");
  wish.t38 = fields.boolean("t38", true);
  wish.speed_max = static_cast<int>(fields.integer("speed", wish.speed_max, 2400, 14400));
  if (auto wrong = fax::wrong_station(wish.station.value_or("")); !wrong.empty())
    fields.refuse(wire::code::kBadRequest, "field 'station': " + wrong);
  if (auto wrong = fax::wrong_header(wish.header.value_or("")); !wrong.empty())
    fields.refuse(wire::code::kBadRequest, "field 'header': " + wrong);
  if (fields && wish.direction == fax::Direction::receive && fields.has("header"))
    fields.refuse(wire::code::kBadRequest, "field 'header' is for fax-send");
  static constexpr size_t kPathMax = 1024;
  if (wish.file.size() > kPathMax || wish.file.find('\0') != std::string::npos)
    fields.refuse(wire::code::kBadRequest, "field 'file' is no path of at most 1024 octets");
  if (leg && fields) may_fax(fields, *leg);
  if (!leg || !fields) return *fields.refused();
  faxes_->start(*leg, wish, std::move(later));
  return std::nullopt;
}

Reply Switch::fax_stop(Fields& fields) {
  Leg* leg = needed_leg(fields);
  if (!leg) return *fields.refused();
  if (!faxes_->stop(*leg)) return Reply::no(wire::code::kWrongState, "leg '" + leg->id + "' has no fax");
  return Reply::yes();
}

Reply Switch::fax_detect(Fields& fields) {
  static constexpr int64_t kMs = 30'000, kMsMin = 1000, kMsMax = 300'000;
  Leg* leg = needed_leg(fields);
  if (fields && !fields.has("on")) fields.refuse(wire::code::kBadRequest, "field 'on' is missing");
  bool on = fields.boolean("on", false);
  milliseconds time(fields.integer("ms", kMs, kMsMin, kMsMax));
  if (leg && fields && on) must_be_up(fields, *leg);
  if (!leg || !fields) return *fields.refused();
  if (!on) {
    faxes_->deaf(*leg);
    return Reply::yes();
  }
  if (auto begun = faxes_->detect(*leg, time); !begun) return Reply::no(wire::code::kBusy, begun.error().text);
  return Reply::yes();
}

}  // namespace hotline::ccswitchd
