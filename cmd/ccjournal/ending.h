// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "store/calls.h"

namespace hotline::journal_fold {

/// How a call ended, one of store::kOutcomes; `open` while it lasts. Pure. In this order, the first that holds:
///
///     open         it has not ended
///     lost         it died with the switch
///     reached, unreached   outbound: the called party answered, or not
///     answered     it was joined with a person
///     …            as its last visit to a queue ended: abandoned, call-back, turned-away (timed-out, overflowed,
///     withdrawn),
///                  ivr (it left by a key and ended in a menu), failed
///     ivr          it ended in a menu; failed if the flow broke
///     abandoned    the caller left before anybody answered
///     refused      we did not want it
///     failed       all else: the network, or a fault of ours
const char* ending(const store::CallFacts& facts);

}  // namespace hotline::journal_fold
