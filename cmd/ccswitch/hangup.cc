// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>

#include "ask.h"
#include "base/id.h"

namespace hotline::ccswitch {

namespace {

struct Options {
  std::string what;
  int64_t cause = 16;  // normal call clearing, ITU-T Q.850 §2.2.5
};

}  // namespace

static int hangup(const Options& options) {
  const char* kind = is_id(options.what) ? "call" : "leg";
  auto reply = ask("hangup", {{kind, options.what}, {"cause", options.cause}});
  return reply ? 0 : cli::fail(reply.error());
}

void add_hangup(cli::App& app) {
  auto options = std::make_shared<Options>();
  app.verb("hangup", "release a call or one of its legs", [options] { return hangup(*options); })
      .argument("CALL|LEG", options->what, "as ccswitch calls and ccbus follow show them")
      .option("--cause", options->cause, "Q.850 cause (16)");
}

}  // namespace hotline::ccswitch
