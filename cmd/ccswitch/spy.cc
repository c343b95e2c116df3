// SPDX-License-Identifier: GPL-2.0-or-later
// spy, unspy: a supervisor's ear, and with an explicit word his voice.
#include <memory>

#include "ask.h"
#include "base/user.h"

namespace hotline::ccswitch {

namespace {

struct Options {
  std::string leg, target, mode = "listen", by;
  bool beep = false;
};

}  // namespace

void add_spy(cli::App& app) {
  auto options = std::make_shared<Options>();
  app.verb("spy", "let a leg hear the talk of another",
           [options] {
             return perform("spy", {{"leg", options->leg},
                                    {"target", options->target},
                                    {"mode", options->mode},
                                    {"by", options->by.empty() ? unix_user() : options->by},
                                    {"beep", options->beep}});
           })
      .argument("LEG", options->leg, "the supervisor's, up and in no bridge")
      .argument("TARGET", options->target, "a leg in a bridge")
      .option("--mode", options->mode, "listen (nobody hears him), whisper (the target does) or barge (all do)")
      .option("--by", options->by, "who asks, for the event (the Unix user)")
      .flag("--beep", options->beep, "tell all of them by a short tone, now and every 15 seconds");
}

void add_unspy(cli::App& app) {
  auto options = std::make_shared<Options>();
  app.verb("unspy", "end it", [options] { return perform("unspy", {{"leg", options->leg}}); })
      .argument("LEG", options->leg, "the supervisor's");
}

}  // namespace hotline::ccswitch
