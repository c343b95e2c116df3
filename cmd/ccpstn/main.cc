// SPDX-License-Identifier: GPL-2.0-or-later
// ccpstn: the exchange at the other end of an E1. See ccpstn(1).
#include "verbs.h"

int main(int argc, char** argv) {
  hotline::cli::App app("ccpstn", "the exchange at the other end of an E1");
  hotline::pstn::add_run(app);
  hotline::pstn::add_call(app);
  hotline::pstn::add_take(app);
  hotline::pstn::add_load(app);
  hotline::pstn::add_spans(app);
  return app.run(argc, argv);
}
