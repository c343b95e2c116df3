// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>

#include "ask.h"

namespace hotline::ccswitch {

namespace {

struct Options {
  std::string mode;
  cli::Listing listing{{{"night", "NIGHT"}, {"mode", "MODE"}, {"next", "NEXT CHANGE"}}};
};

}  // namespace

static int night(Options& options) {
  Json body = Json::object();
  if (!options.mode.empty()) body["mode"] = options.mode;
  auto reply = ask("night", body);
  if (!reply) return cli::fail(reply.error());
  std::vector<cli::Field> row = {field(*reply, "on"), field(*reply, "mode"), field(*reply, "next")};
  auto people = row;
  if (auto next = wire::text(*reply, "next"); !next.empty()) people[2] = local_time(next);
  options.listing.row(row, people);
  return options.listing.finish();
}

void add_night(cli::App& app) {
  auto options = std::make_shared<Options>();
  auto& verb = app.verb("night", "show night mode, or set it", [options] { return night(*options); });
  verb.optional_argument("MODE", options->mode, "on, off, or auto: by the calendar");
  options->listing.add_options(verb);
}

}  // namespace hotline::ccswitch
