// SPDX-License-Identifier: GPL-2.0-or-later
// Where a call would go, and why: asked of the running switch, or found out from a file.
#include <memory>

#include "ask.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/instance.h"
#include "route/plan.h"

namespace hotline::ccswitch {

namespace {

struct Options {
  std::string called, caller, line = "span", at, config, night;
  cli::Listing listing{{{"what", "WHAT"}, {"verdict", "VERDICT"}, {"why", "WHY"}}};
};

/// "2026-11-23 08:59:59" as the zone's clock shows it, or RFC 3339 in UTC; now without one.
Result<Utc> moment(const std::string& text, const conf::Zone& zone) {
  if (text.empty()) return utc_now();
  if (text.ends_with('Z')) {
    auto time = parse_utc(text.find('.') == text.npos ? text.substr(0, text.size() - 1) + ".000000Z" : text);
    if (time) return *time;
  }
  std::string whole = text.size() == 16 ? text + ":00" : text;
  if (whole.size() == 19) {
    whole[10] = 'T';
    if (auto time = parse_utc(whole + ".000000Z")) return zone.utc(conf::LocalTime(std::chrono::floor<seconds>(*time).time_since_epoch()));
  }
  return Error{Errc::usage, "--at: '" + text + "' is neither \"2026-11-23 08:59:59\" nor RFC 3339 in UTC"};
}


/// The plan of a file, whole or not at all.
Result<route::Plan> read_file_plan(const std::string& path) {
  auto instance = conf::Instance::from_environment();
  auto document = conf::Document::load(path == "-" || path.empty() ? instance.config_file() : path);
  if (!document) return document.error();
  auto root = document->root();
  auto plan = route::read_plan(root, instance);
  if (auto verdict = document->verdict(); !verdict) return verdict.error();
  return plan;
}

int print(cli::Listing& listing, const Json& reply) {
  for (const Json& step : wire::member(reply, "steps"))
    listing.row({field(step, "what"), field(step, "verdict"), field(step, "why")});
  listing.finish();
  return wire::text(reply, "controller").empty() ? 1 : 0;
}

int offline(Options& options) {
  auto plan = read_file_plan(options.config);
  if (!plan) return cli::fail(plan.error());
  auto at = moment(options.at, plan->zone);
  if (!at) return cli::fail(at.error());
  auto mode = options.night.empty() ? plan->night.mode : *route::night_mode_named(options.night);
  route::Question question{options.caller, options.called, options.line, *at, plan->is_night(mode, *at)};
  route::Trace trace;
  auto where = plan->decide(question, &trace);
  for (const auto& step : trace) options.listing.row({step.what, step.verdict, step.why});
  options.listing.finish();
  return where.controller.empty() ? 1 : 0;
}

int online(Options& options) {
  // The site's clock is that of its configuration; without one that can be read, that of this process.
  auto plan = read_file_plan("");
  auto at = moment(options.at, plan ? plan->zone : conf::Zone());
  if (!at) return cli::fail(at.error());
  Json body = {{"called", options.called}, {"line", options.line}};
  if (!options.caller.empty()) body["caller"] = options.caller;
  if (!options.at.empty()) body["at"] = format_utc(*at);
  auto reply = ask("route", body);
  return reply ? print(options.listing, *reply) : cli::fail(reply.error());
}

int route_call(Options& options) {
  if (options.called.empty()) return cli::fail(Errc::usage, "--called is needed: which number?");
  if (!options.night.empty() && (options.night != "on" && options.night != "off"))
    return cli::fail(Errc::usage, "--night: '" + options.night + "' is neither on nor off");
  if (!options.night.empty() && options.config.empty())
    return cli::fail(Errc::usage, "--night is for --config; the running switch knows whether it is night");
  return options.config.empty() ? online(options) : offline(options);
}

}  // namespace

void add_route(cli::App& app) {
  auto options = std::make_shared<Options>();
  auto& verb = app.verb("route", "say where a call would go, and why", [options] { return route_call(*options); });
  verb.option("--called", options->called, "the number that is called")
      .option("--caller", options->caller, "who calls; withheld unless given")
      .option("--line", options->line, "span:e1, phone:1001, trunk:telco (span)")
      .option("--at", options->at, "\"2026-11-23 08:59:59\" by the site's clock, or RFC 3339 (now)")
      .option("--config", options->config, "look it up in this file instead; - is the instance's")
      .option("--night", options->night, "with --config: what night mode would be; by the calendar unless given");
  options->listing.add_options(verb);
}

}  // namespace hotline::ccswitch
