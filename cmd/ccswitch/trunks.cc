// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>

#include "ask.h"

namespace hotline::ccswitch {

static int show(cli::Listing& listing) {
  return list(listing, "trunks", [&](const Json& trunk) {
    std::vector<cli::Field> row = {field(trunk, "trunk"),   field(trunk, "state"),   field(trunk, "gate"),
                                   field(trunk, "calls"),   field(trunk, "calls_max"), field(trunk, "expires"),
                                   field(trunk, "rtt_ms"),  field(trunk, "reason")};
    auto people = row;
    if (auto expires = wire::text(trunk, "expires"); !expires.empty()) people[5] = local_time(expires);
    listing.row(row, people);
  });
}

void add_trunks(cli::App& app) {
  auto listing = std::make_shared<cli::Listing>(std::vector<cli::Column>{{"trunk", "TRUNK"},
                                                                         {"state", "STATE"},
                                                                         {"gate", "GATE"},
                                                                         {"calls", "CALLS", true},
                                                                         {"calls_max", "MAX", true},
                                                                         {"expires", "REGISTERED UNTIL"},
                                                                         {"rtt_ms", "RTT MS", true},
                                                                         {"reason", "REASON"}});
  listing->add_options(app.verb("trunks", "list the SIP trunks", [listing] { return show(*listing); }));
}

}  // namespace hotline::ccswitch
