// SPDX-License-Identifier: GPL-2.0-or-later
// What the room route decides, by the names that the switch uses.
#pragma once

#include "route/plan.h"

namespace hotline::ccswitchd {

using route::Destination;
using route::is_number;
using route::kDirect;
using route::kDirectTo;

}  // namespace hotline::ccswitchd
