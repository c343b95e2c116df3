// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>

#include "ask.h"

namespace hotline::ccswitch {

static int show(cli::Listing& listing) {
  return list(listing, "ports", [&](const Json& port) {
    listing.row({field(port, "proto"), field(port, "address"), field(port, "port"), field(port, "port_last"),
                 field(port, "purpose")});
  });
}

void add_ports(cli::App& app) {
  auto listing = std::make_shared<cli::Listing>(std::vector<cli::Column>{{"proto", "PROTO"},
                                                                         {"address", "ADDRESS"},
                                                                         {"port", "PORT", true},
                                                                         {"port_last", "LAST", true},
                                                                         {"purpose", "PURPOSE"}});
  listing->add_options(
      app.verb("ports", "list every port the switch listens on", [listing] { return show(*listing); }));
}

}  // namespace hotline::ccswitch
