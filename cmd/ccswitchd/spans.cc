// SPDX-License-Identifier: GPL-2.0-or-later
// What spans tell beside their calls' coming and going, and a reload of them.
#include "base/text.h"
#include "routes.h"
#include "switch.h"

namespace hotline::ccswitchd {

namespace {

Json json_of(const isdn::Charge& charge) {
  Json json = {{"final", charge.final}};
  if (charge.units) json["units"] = *charge.units;
  if (charge.free) json["units"] = 0;
  if (charge.thousandths) {
    json["amount"] = isdn::amount_text(*charge.thousandths);
    json["currency"] = valid_utf8(charge.currency);
  }
  return json;
}

}  // namespace

// From the trunk
// --------------------------------------------------------------------------------------------------------

void SpanSide::on_span_gone(const std::string& span, const std::string& reason) {
  events_.on_line_event("span.removed", {{"span", span}, {"reason", reason}});
}

void SpanSide::on_span_opened(const std::string& span) { events_.on_line_event("span.added", {{"span", span}}); }

void SpanSide::on_span_lost(const std::string& span, const std::string& error) {
  events_.on_line_event("span.down", {{"span", span}, {"reason", error}});
}

void SpanSide::on_alarm(const std::string& span, const std::string& alarm, bool on) {
  events_.on_line_event("span.alarm", {{"span", span}, {"alarm", alarm}, {"on", on}});
}

void SpanSide::on_stuck(const std::string& span, int channel, const std::string& reason) {
  events_.on_line_event("channel.stuck", {{"span", span}, {"channel", channel}, {"reason", reason}});
}

void SpanSide::on_restarted(const std::string& span, int channel, bool acknowledged, const std::string& reason) {
  events_.on_line_event("channel.restarted",
                        {{"span", span}, {"channel", channel}, {"acknowledged", acknowledged}, {"reason", reason}});
}

void SpanSide::on_moved(trunk::LineId line) {
  events_.on_channel(far(line), trunk_->endpoint(line), trunk_->port(line));
}

void SpanSide::on_connected(trunk::LineId line, const std::string& number) { events_.on_connected(far(line), number); }

void SpanSide::on_charged(trunk::LineId line, const isdn::Charge& charge) {
  events_.on_charged(far(line), json_of(charge));
}

bool SpanSide::on_tone(trunk::LineId line, int) {
  const bool heard = events_.on_tone(far(line));
  if (heard) events_.on_early(far(line));
  return heard;
}

// To the table of calls
// -------------------------------------------------------------------------------------------------

void Switch::on_channel(Far far, const std::string& endpoint, media::PortId port) {
  if (Leg* leg = calls_.find_leg(far)) calls_.move_to(*leg, port, endpoint);
}

void Switch::on_connected(Far far, const std::string& number) {
  if (Leg* leg = calls_.find_leg(far)) leg->connected = valid_utf8(number);
}

void Switch::on_charged(Far far, const Json& charge) {
  if (Leg* leg = calls_.find_leg(far)) calls_.emit("leg.charged", calls_.call_of(*leg), leg, charge);
}

/// Somebody is joined with it already, or will be in a moment, as plain calls are.
bool Switch::on_tone(Far far) {
  const Leg* leg = calls_.find_leg(far);
  if (!leg) return false;
  const Call& call = calls_.call_of(*leg);
  return !leg->bridge.empty() || (call.controller == kDirect && call.legs.size() > 1);
}

void Switch::on_line_event(const std::string& event, Json fields) { say(event, std::move(fields)); }

/// What the SETUP of a call, or its INVITE, said beside its numbers.
void Switch::note_setup(Call& call, Far far) {
  if (const sip::Caller* caller = far.kind == Far::Kind::span ? nullptr : phones_->stack()->caller(far.id)) {
    call.max_forwards = caller->max_forwards;
    if (far.kind == Far::Kind::trunk) call.caller_name = valid_utf8(caller->name);
    if (const auto& diverted = caller->diverted; !diverted.reason.empty())
      call.redirecting = {{"number", diverted.number}, {"reason", diverted.reason}, {"count", diverted.count}};
  }
  const isdn::Setup* setup = far.kind == Far::Kind::span ? spans_->trunk().setup(far.id) : nullptr;
  if (!setup) return;
  call.caller_name = valid_utf8(setup->name);
  if (!setup->redirecting.reason.empty())
    call.redirecting = {{"number", setup->redirecting.number}, {"reason", setup->redirecting.reason}};
}

/// The rest of a reload's sentence.
std::string Switch::reload_spans(const Config& config) {
  std::string text;
  std::vector<trunk::SpanConfig> ours = config.spans;
  // What the ccswitchd before still holds is opened as the configuration has it then.
  std::erase_if(ours, [this](const auto& span) { return relay_ && relay_->holds_span(span.name); });
  for (const auto& sentence : spans_->trunk().adopt(ours)) text += "; " + sentence;
  return text;
}

}  // namespace hotline::ccswitchd
