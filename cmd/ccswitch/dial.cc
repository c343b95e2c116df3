// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>

#include "ask.h"

namespace hotline::ccswitch {

namespace {

struct Options {
  std::string to, from, controller = "switch", call;
  int64_t timeout_s = 30;
  bool auto_answer = false;
  cli::Listing listing{{{"call", "CALL"}, {"leg", "LEG"}}};
};

}  // namespace

static int dial(Options& options) {
  Json body = {{"to", options.to},
               {"timeout_ms", options.timeout_s * 1000},
               {"auto_answer", options.auto_answer},
               {"controller", options.controller}};
  if (!options.from.empty()) body["from"] = options.from;
  if (!options.call.empty()) body["call"] = options.call;
  auto reply = ask("dial", body);
  if (!reply) return cli::fail(reply.error());
  options.listing.row({field(*reply, "call"), field(*reply, "leg")});
  return options.listing.finish();
}

void add_dial(cli::App& app) {
  auto options = std::make_shared<Options>();
  auto& verb = app.verb("dial", "call a phone or a subscriber", [options] { return dial(*options); });
  verb.argument("TO", options->to, "phone:ID, pstn:NUMBER or trunk:NAME/NUMBER")
      .option("--from", options->from, "the number that the far end sees")
      .option("--controller", options->controller, "who gets the call (switch: plays music to whoever answers)")
      .option("--call", options->call, "dial within this call instead of a new one")
      .option("--timeout", options->timeout_s, "seconds to let it ring (30)")
      .flag("--auto-answer", options->auto_answer, "ask the phone to answer by itself");
  options->listing.add_options(verb);
}

}  // namespace hotline::ccswitch
