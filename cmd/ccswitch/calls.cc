// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>

#include "ask.h"
#include "base/text.h"

namespace hotline::ccswitch {

static std::string agent_of(const Json& call) {
  for (const Json& leg : wire::member(call, "legs"))
    if (auto agent = wire::text(wire::member(leg, "tags"), "agent"); !agent.empty()) return agent;
  return "";
}

static cli::Field or_nothing(const std::string& text) { return text.empty() ? cli::Field() : cli::Field(text); }

static int show(cli::Listing& listing) {
  return list(listing, "calls", [&](const Json& call) {
    const Json &legs = wire::member(call, "legs"), &bridges = wire::member(call, "bridges");
    Json first = legs.empty() ? Json::object() : legs[0];
    bool recorded = false;
    for (const Json& bridge : bridges) recorded |= !wire::text(bridge, "recording").empty();
    auto row = [&](const std::string& since, const std::string& from, const std::string& to) {
      return std::vector<cli::Field>{wire::text(call, "call"),
                                     since,
                                     or_nothing(from),
                                     or_nothing(to),
                                     field(call, "line"),
                                     field(call, "controller"),
                                     field(first, "state"),
                                     field(first, "hears"),
                                     or_nothing(wire::text(wire::member(call, "tags"), "queue")),
                                     or_nothing(agent_of(call)),
                                     static_cast<int64_t>(legs.size()),
                                     recorded};
    };
    std::string since = wire::text(call, "since"), from = wire::text(call, "from"), to = wire::text(call, "to");
    listing.row(row(since, from, to), row(local_time(since), mask_number(from), mask_number(to)));
  });
}

void add_calls(cli::App& app) {
  auto listing = std::make_shared<cli::Listing>(std::vector<cli::Column>{{"call", "CALL"},
                                                                         {"since", "SINCE"},
                                                                         {"from", "FROM"},
                                                                         {"to", "TO"},
                                                                         {"line", "LINE"},
                                                                         {"controller", "CONTROLLER"},
                                                                         {"state", "STATE"},
                                                                         {"hears", "HEARS"},
                                                                         {"queue", "QUEUE"},
                                                                         {"agent", "AGENT"},
                                                                         {"legs", "LEGS", true},
                                                                         {"recorded", "REC"}});
  listing->add_options(app.verb("calls", "list the calls that are up", [listing] { return show(*listing); }));
}

}  // namespace hotline::ccswitch
