// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>

namespace hotline::ccswitchd {

/// For a supervisor that starts a program again when its process has ended, while ours is to go on beside the next one:
/// forks, before there are threads. The parent, the supervisor's child, does nothing but hand on TERM, INT and HUP, and
/// ends as the child ends; when it is killed the child is too. Returns in the child: what is returned lets the parent
/// end with status 0 while the child goes on, on its own.
std::function<void()> run_below_supervisor();

}  // namespace hotline::ccswitchd
