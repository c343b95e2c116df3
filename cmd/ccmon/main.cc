// SPDX-License-Identifier: GPL-2.0-or-later
// ccmon: the supervisor's view of queues, agents, lines and calls.
#include "cli/app.h"
#include "live.h"

int main(int argc, char** argv) {
  using namespace hotline;
  cli::App app("ccmon", "queues, agents, lines and calls on one page");
  bool once = false, as_json = false;
  app.root()
      .flag("--once", once, "print the page and exit")
      .flag("--json", as_json, "print one JSON object and exit (ccformats(5))");
  app.action([&] {
    auto instance = conf::Instance::from_environment();
    return once || as_json ? ccmon::once(instance, as_json) : ccmon::live(instance);
  });
  return app.run(argc, argv);
}
