// SPDX-License-Identifier: GPL-2.0-or-later
// bridge, join, leave: who talks with whom.
#include <memory>

#include "ask.h"

namespace hotline::ccswitch {

namespace {

struct Bridging {
  std::vector<std::string> legs;
  bool record = false;
  cli::Listing listing{{{"bridge", "BRIDGE"}, {"segment", "SEGMENT"}}};
};

struct Membership {
  std::string bridge, leg;
};

}  // namespace

static int bridge(Bridging& options) {
  auto reply = ask("bridge", {{"legs", options.legs}, {"record", options.record}});
  if (!reply) return cli::fail(reply.error());
  options.listing.row({field(*reply, "bridge"), field(*reply, "segment")});
  return options.listing.finish();
}

void add_bridge(cli::App& app) {
  auto options = std::make_shared<Bridging>();
  auto& verb = app.verb("bridge", "join two to eight legs of a call", [options] { return bridge(*options); });
  verb.arguments("LEG", options->legs, "legs that are up").flag("--record", options->record, "record what they say");
  options->listing.add_options(verb);
}

void add_join(cli::App& app) {
  auto options = std::make_shared<Membership>();
  app.verb("join", "add a leg to a bridge",
           [options] { return perform("join", {{"bridge", options->bridge}, {"leg", options->leg}}); })
      .argument("BRIDGE", options->bridge, "as ccswitch bridge and ccbus follow show it")
      .argument("LEG", options->leg, "up, and of the same call");
}

void add_leave(cli::App& app) {
  auto options = std::make_shared<Membership>();
  app.verb("leave", "take a leg out of its bridge", [options] { return perform("leave", {{"leg", options->leg}}); })
      .argument("LEG", options->leg, "in a bridge");
}

}  // namespace hotline::ccswitch
