// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdio>

#include "base/text.h"
#include "verbs.h"

namespace hotline::cccust {

static store::CustomerFilter filter_of(const FindOptions& options) {
  store::CustomerFilter filter;
  filter.number = options.number;
  filter.id_number = options.id_number;
  filter.tag = options.tag;
  filter.area = options.area;
  filter.closed_too = options.closed;
  filter.rows_max = options.limit;
  if (!options.words.empty()) filter.words.push_back({join(options.words, " "), 0});
  if (!options.name.empty()) filter.words.push_back({options.name, 'a'});
  if (!options.address.empty()) filter.words.push_back({options.address, 'b'});
  if (!options.note.empty()) filter.words.push_back({options.note, 'c'});
  return filter;
}

int find(const std::string& as, const FindOptions& options, cli::Listing& list) {
  if (options.limit < 1 || options.limit > 1'000'000) return cli::fail(Errc::usage, "--limit is from 1 to 1000000");
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  if (options.count) {
    auto rows = desk::count_customers(*desk->session, filter_of(options));
    if (!rows) return cli::fail(rows.error());
    std::printf("%lld\n", static_cast<long long>(*rows));
    return *rows > 0 ? 0 : static_cast<int>(Errc::no);
  }
  auto found = desk::find_customers(*desk->session, filter_of(options));
  if (!found) return cli::fail(found.error());
  for (const auto& one : *found) print(one, list);
  return list.finish();
}

int show(const std::string& as, const std::string& code, cli::Listing& list) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto found = desk::customer(*desk->session, code);
  if (!found) return cli::fail(found.error());
  print(*found, list);
  return list.finish();
}

cli::Listing history_listing() {
  return cli::Listing({{"at", "AT"}, {"actor", "ACTOR"}, {"field", "FIELD"}, {"old", "OLD"}, {"new", "NEW"}});
}

int history(const std::string& as, const std::string& code, cli::Listing& list) {
  auto desk = open(as);
  if (!desk) return cli::fail(desk.error());
  auto changes = desk::customer_history(*desk->session, code);
  if (!changes) return cli::fail(changes.error());
  auto text = [](const std::optional<std::string>& value) { return value ? cli::Field(*value) : cli::Field(); };
  for (const auto& one : *changes) {
    std::vector<cli::Field> fields = {format_utc(from_us(one.at_us)), one.actor, one.field, text(one.before),
                                      text(one.after)};
    auto people = fields;
    people[0] = format_local(from_us(one.at_us));
    list.row(fields, people);
  }
  return list.finish();
}

}  // namespace hotline::cccust
