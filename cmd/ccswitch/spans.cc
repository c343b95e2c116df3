// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>

#include "ask.h"

namespace hotline::ccswitch {

static int show(cli::Listing& listing) {
  return list(listing, "spans", [&](const Json& span) {
    listing.row({field(span, "span"), field(span, "state"), field(span, "side"), field(span, "type"),
                 field(span, "channels"), field(span, "busy"), field(span, "lost"), field(span, "late"),
                 field(span, "duplicate"), field(span, "underrun"), field(span, "overrun"),
                 field(span, "remote_alarm")});
  });
}

void add_spans(cli::App& app) {
  auto listing = std::make_shared<cli::Listing>(std::vector<cli::Column>{{"span", "SPAN"},
                                                                         {"state", "STATE"},
                                                                         {"side", "SIDE"},
                                                                         {"type", "TYPE"},
                                                                         {"channels", "CHANNELS", true},
                                                                         {"busy", "BUSY", true},
                                                                         {"lost", "LOST", true},
                                                                         {"late", "LATE", true},
                                                                         {"duplicate", "DUPLICATE", true},
                                                                         {"underrun", "UNDERRUN", true},
                                                                         {"overrun", "OVERRUN", true},
                                                                         {"remote_alarm", "ALARM"}});
  listing->add_options(app.verb("spans", "list the E1 spans and their books", [listing] { return show(*listing); }));
}

}  // namespace hotline::ccswitch
