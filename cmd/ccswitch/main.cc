// SPDX-License-Identifier: GPL-2.0-or-later
// ccswitch: asks and commands ccswitchd. See ccswitch(1).
#include "ask.h"

int main(int argc, char** argv) {
  hotline::cli::App app("ccswitch", "ask and command the switch");
  hotline::ccswitch::add_calls(app);
  hotline::ccswitch::add_spans(app);
  hotline::ccswitch::add_channels(app);
  hotline::ccswitch::add_restart_channel(app);
  hotline::ccswitch::add_trunks(app);
  hotline::ccswitch::add_phones(app);
  hotline::ccswitch::add_ports(app);
  hotline::ccswitch::add_dial(app);
  hotline::ccswitch::add_hangup(app);
  hotline::ccswitch::add_bridge(app);
  hotline::ccswitch::add_join(app);
  hotline::ccswitch::add_leave(app);
  hotline::ccswitch::add_spy(app);
  hotline::ccswitch::add_unspy(app);
  hotline::ccswitch::add_gain(app);
  hotline::ccswitch::add_beep(app);
  hotline::ccswitch::add_route(app);
  hotline::ccswitch::add_night(app);
  hotline::ccswitch::add_blacklist(app);
  hotline::ccswitch::add_forward(app);
  hotline::ccswitch::add_fax(app);
  return app.run(argc, argv);
}
