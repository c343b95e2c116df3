// SPDX-License-Identifier: GPL-2.0-or-later
// `ccpstn spans`: the lines of the exchange and their books.
#include <memory>

#include "bus/bus.h"
#include "cli/output.h"
#include "conf/instance.h"
#include "verbs.h"

namespace hotline::pstn {

namespace {

int spans(cli::Listing& listing) {
  auto reply = bus::ask(conf::Instance::from_environment().command_endpoint("ccpstn"), "spans", wire::Json::object());
  if (!reply) return cli::fail(reply.error());
  if (!reply->ok) return cli::fail(error_of(*reply));
  for (const auto& span : wire::member(reply->body, "spans")) {
    std::vector<cli::Field> row = {wire::text(span, "span"), wire::text(span, "state"), wire::text(span, "side")};
    for (const char* key :
         {"channels", "busy", "received", "sent", "lost", "late", "duplicate", "underrun", "overrun", "malformed"}) {
      row.emplace_back(wire::integer(span, key));
    }
    row.emplace_back(wire::boolean(span, "remote_alarm"));
    listing.row(row);
  }
  return listing.finish();
}

}  // namespace

void add_spans(cli::App& app) {
  auto listing = std::make_shared<cli::Listing>(std::vector<cli::Column>{{"span", "SPAN"},
                                                                         {"state", "STATE"},
                                                                         {"side", "SIDE"},
                                                                         {"channels", "CHANNELS", true},
                                                                         {"busy", "BUSY", true},
                                                                         {"received", "RECEIVED", true},
                                                                         {"sent", "SENT", true},
                                                                         {"lost", "LOST", true},
                                                                         {"late", "LATE", true},
                                                                         {"duplicate", "DUPLICATE", true},
                                                                         {"underrun", "UNDERRUN", true},
                                                                         {"overrun", "OVERRUN", true},
                                                                         {"malformed", "MALFORMED", true},
                                                                         {"remote_alarm", "ALARM"}});
  auto& verb = app.verb("spans", "the lines and their books", [listing] { return spans(*listing); });
  listing->add_options(verb);
}

}  // namespace hotline::pstn
