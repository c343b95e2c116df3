// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>

#include "ask.h"
#include "base/text.h"
#include "base/time.h"

namespace hotline::ccswitch {

namespace {

struct Options {
  std::string action, number, until, lasting, reason;
  int64_t cause = 0;
  cli::Listing listing{
      {{"number", "NUMBER"}, {"until", "UNTIL"}, {"cause", "CAUSE", true}, {"reason", "REASON"}}};
};

void show(cli::Listing& listing, const Json& entry) {
  std::vector<cli::Field> row = {field(entry, "number"), field(entry, "until"), field(entry, "cause"),
                                 field(entry, "reason")};
  auto people = row;
  people[0] = mask_number(wire::text(entry, "number"));
  if (auto until = wire::text(entry, "until"); !until.empty()) people[1] = local_time(until);
  listing.row(row, people);
}

int list_all(Options& options) {
  Json question = Json::object();
  for (;;) {
    auto body = ask("blacklist", question);
    if (!body) return cli::fail(body.error());
    const Json& entries = wire::member(*body, "blacklist");
    for (const Json& one : entries) show(options.listing, one);
    if (!wire::boolean(*body, "more") || entries.empty()) return options.listing.finish();
    question["after"] = wire::text(entries.back(), "number");
  }
}

/// --until and --for as RFC 3339; "" without either.
Result<std::string> end_of(const Options& options) {
  if (!options.until.empty() && !options.lasting.empty()) return Error{Errc::usage, "give --until or --for, not both"};
  if (!options.lasting.empty()) {
    auto span = parse_duration(options.lasting);
    if (!span) return Error{Errc::usage, "--for: " + span.error().text};
    return format_utc(utc_now() + *span);
  }
  if (options.until.empty()) return std::string();
  auto time = parse_moment(options.until, utc_now(), true);
  if (!time) return Error{Errc::usage, "--until: " + time.error().text};
  return format_utc(*time);
}

int change(Options& options) {
  Json body = {{options.action, options.number}};
  auto until = end_of(options);
  if (!until) return cli::fail(until.error());
  if (!until->empty()) body["until"] = *until;
  if (options.cause) body["cause"] = options.cause;
  if (!options.reason.empty()) body["reason"] = options.reason;
  auto reply = ask("blacklist", body);
  return reply ? 0 : cli::fail(reply.error());
}

int blacklist(Options& options) {
  if (options.action.empty() || options.action == "list") return list_all(options);
  if (options.action != "add" && options.action != "remove")
    return cli::fail(Errc::usage, "'" + options.action + "' is none of list, add, remove" +
                                      did_you_mean(options.action, std::vector<std::string>{"list", "add", "remove"}));
  if (options.number.empty()) return cli::fail(Errc::usage, options.action + " needs a number");
  return change(options);
}

}  // namespace

void add_blacklist(cli::App& app) {
  auto options = std::make_shared<Options>();
  auto& verb = app.verb("blacklist", "callers who are not let in: list, add, remove", [options] { return blacklist(*options); });
  verb.optional_argument("ACTION", options->action, "list, add or remove")
      .optional_argument("NUMBER", options->number, "a number, or 0756* for all that begin so")
      .option("--until", options->until, "a local date (its end) or RFC 3339; for ever unless given")
      .option("--for", options->lasting, "for so long from now on: 30d")
      .option("--cause", options->cause, "Q.850 cause of the release")
      .option("--reason", options->reason, "for people");
  options->listing.add_options(verb);
}

}  // namespace hotline::ccswitch
