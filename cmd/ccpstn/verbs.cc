// SPDX-License-Identifier: GPL-2.0-or-later
// The commands of the running exchange, as ccpstn(1) lists them.
#include "verbs.h"

#include <unistd.h>

#include <algorithm>

namespace hotline::pstn {

namespace {

using wire::Json;
using wire::Reply;

Reply refusal(const Error& error) {
  switch (error.code) {
    case Errc::unavailable:
      return Reply::no(wire::code::kUnavailable, error.text);
    case Errc::again:
      return Reply::no(wire::code::kBusy, error.text);
    case Errc::no_input:
    case Errc::bad_data:
      return Reply::no(wire::code::kBadRequest, error.text);
    case Errc::denied:
      return Reply::no(wire::code::kDenied, error.text);
    default:
      return Reply::no(wire::code::kInternal, error.text);
  }
}

Reply place(Exchange& exchange, const Json& body) {
  Exchange::Wish wish;
  wish.where = wire::text(body, "span");
  wish.from = wire::text(body, "from");
  wish.to = wire::text(body, "to");
  wish.name = wire::text(body, "name");
  if (const std::string by = wire::text(body, "redirecting"); !by.empty()) {
    const size_t colon = by.find(':');
    wish.redirecting = {by.substr(0, colon), colon == by.npos ? "unconditional" : by.substr(colon + 1)};
  }
  if (const std::string overlap = wire::text(body, "overlap"); !overlap.empty()) {
    auto pause = parse_duration(overlap);
    if (!pause || *pause < microseconds(0) || *pause > seconds(60))
      return Reply::no(wire::code::kBadRequest, "--overlap: '" + overlap + "' is no pause of up to a minute");
    wish.pause = std::chrono::duration_cast<milliseconds>(*pause);
    wish.first = static_cast<int>(std::clamp<int64_t>(wire::integer(body, "first"), 0, 31));
  }
  auto line = exchange.place(wish, act_of(body));
  if (!line) return refusal(line.error());
  return Reply::yes({{"line", *line}, {"pid", ::getpid()}});
}

Reply hangup(Exchange& exchange, const Json& body) {
  const int64_t line = wire::integer(body, "line"), cause = wire::integer(body, "cause", 16);
  if (cause < 1 || cause > 127) return Reply::no(wire::code::kBadRequest, "'cause' is 1 to 127");
  if (line <= 0 || line > UINT32_MAX || !exchange.hangup(static_cast<trunk::LineId>(line), static_cast<int>(cause))) {
    return Reply::no(wire::code::kNotFound, "no line '" + std::to_string(line) + "'");
  }
  return Reply::yes();
}

Reply take(Exchange& exchange, const Json& body) {
  constexpr size_t kRulesMax = 10'000;
  auto rule = rule_of(body);
  if (!rule) return refusal(rule.error());
  if (exchange.rules().size() >= kRulesMax) return Reply::no(wire::code::kBusy, "too many rules");
  rule->alive = monotonic_now();
  return Reply::yes({{"rule", exchange.rules().add(std::move(*rule))}, {"pid", ::getpid()}});
}

Reply progress(Exchange& exchange, const service::Service& service, const Json& body) {
  if (const int64_t rule = wire::integer(body, "rule")) exchange.rules().heard_of(rule, monotonic_now());
  return Reply::yes(exchange.progress(wire::integer(body, "after", service.last_number())));
}

Reply spans(const Exchange& exchange) {
  Json list = Json::array();
  for (const auto& span : exchange.spans()) {
    const auto& stats = span.stats;
    list.push_back({{"span", span.config.name},
                    {"state", span.leaving ? "leaving"
                              : span.up    ? "up"
                                           : "down"},
                    {"side", span.config.network_side ? "network" : "user"},
                    {"type", span.config.type},
                    {"local", span.config.local},
                    {"remote", span.config.remote},
                    {"channels", span.channels},
                    {"busy", span.busy},
                    {"received", stats.received},
                    {"sent", stats.sent},
                    {"lost", stats.lost},
                    {"late", stats.late},
                    {"duplicate", stats.duplicate},
                    {"underrun", stats.underrun},
                    {"overrun", stats.overrun},
                    {"malformed", stats.malformed},
                    {"remote_alarm", stats.remote_alarm}});
  }
  return Reply::yes({{"spans", list}});
}

}  // namespace

Reply obey(Exchange& exchange, const service::Service& service, const std::string& verb, const Json& body) {
  if (verb == "place") return place(exchange, body);
  if (verb == "hangup") return hangup(exchange, body);
  if (verb == "progress") return progress(exchange, service, body);
  if (verb == "spans") return spans(exchange);
  if (verb == "take") return take(exchange, body);
  if (verb == "untake") {
    exchange.rules().remove(wire::integer(body, "rule"));
    return Reply::yes();
  }
  return Reply::no(wire::code::kUnknownVerb, "ccpstn knows no '" + verb + "'");
}

}  // namespace hotline::pstn
