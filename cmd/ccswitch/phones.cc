// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>

#include "ask.h"

namespace hotline::ccswitch {

static int show(cli::Listing& listing) {
  return list(listing, "phones", [&](const Json& phone) {
    std::vector<cli::Field> row = {field(phone, "phone"),   field(phone, "name"),    field(phone, "registered"),
                                   field(phone, "contact"), field(phone, "expires"), field(phone, "busy"),
                                   field(phone, "contacts"), field(phone, "reachable"), field(phone, "rtt_ms")};
    auto people = row;
    if (auto expires = wire::text(phone, "expires"); !expires.empty()) people[4] = local_time(expires);
    listing.row(row, people);
  });
}

void add_phones(cli::App& app) {
  auto listing = std::make_shared<cli::Listing>(std::vector<cli::Column>{{"phone", "PHONE"},
                                                                         {"name", "NAME"},
                                                                         {"registered", "REGISTERED"},
                                                                         {"contact", "CONTACT"},
                                                                         {"expires", "EXPIRES"},
                                                                         {"busy", "BUSY", true},
                                                                         {"contacts", "CONTACTS", true},
                                                                         {"reachable", "REACHABLE"},
                                                                         {"rtt_ms", "RTT MS", true}});
  listing->add_options(app.verb("phones", "list the SIP phones", [listing] { return show(*listing); }));
}

}  // namespace hotline::ccswitch
