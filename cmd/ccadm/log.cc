// SPDX-License-Identifier: GPL-2.0-or-later
// What was changed, and what was asked for without the right.
#include "verbs.h"

namespace hotline::ccadm {

cli::Listing refusals_listing() {
  return cli::Listing(
      {{"at", "AT"}, {"actor", "ACTOR"}, {"block", "BLOCK"}, {"right", "RIGHT"}, {"subject", "SUBJECT"}});
}

int refusals(const std::string& as, const SpanOptions& options, cli::Listing& list) {
  const Utc now = utc_now();
  auto since = parse_moment(options.since, now);
  if (!since) return cli::fail(since.error().within("--since"));
  int64_t until_us = INT64_MAX;
  if (!options.until.empty()) {
    auto until = parse_moment(options.until, now, true);
    if (!until) return cli::fail(until.error().within("--until"));
    until_us = to_us(*until);
  }
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  if (auto may = desk->session->need("users", desk::Right::audit, "refusals"); !may) return cli::fail(may.error());
  auto asked = store::refusals_between(*desk->store, to_us(*since), until_us, [&](const store::Refusal& one) {
    std::vector<cli::Field> fields = {format_utc(from_us(one.at_us)), one.actor, one.block, one.bit, one.subject};
    auto people = fields;
    people[0] = format_local(from_us(one.at_us));
    list.row(fields, people);
  });
  if (!asked) return cli::fail(asked.error());
  return list.finish();
}

cli::Listing history_listing() {
  return cli::Listing({{"at", "AT"}, {"actor", "ACTOR"}, {"field", "FIELD"}, {"old", "OLD"}, {"new", "NEW"}});
}

int history(const std::string& as, const std::string& name, cli::Listing& list) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto user = desk::user(*desk->session, name);
  if (!user) return cli::fail(user.error());
  auto text = [](const std::optional<std::string>& value) { return value ? cli::Field(*value) : cli::Field(); };
  auto asked = store::changes_of(*desk->store, "users", user->id, [&](const store::ChangeRow& one) {
    std::vector<cli::Field> fields = {format_utc(from_us(one.at_us)), one.actor, one.field, text(one.before),
                                      text(one.after)};
    auto people = fields;
    people[0] = format_local(from_us(one.at_us));
    list.row(fields, people);
  });
  if (!asked) return cli::fail(asked.error());
  return list.finish();
}

}  // namespace hotline::ccadm
