// SPDX-License-Identifier: GPL-2.0-or-later
// What goes into a SETUP and what comes out of one, and causes as libpri wants them; private to this room.
#pragma once

#include <string>

#include "isdn/isdn.h"
#include "isdn/libpri_door.h"

namespace hotline::isdn {

/// A call of speech, 3.1 kHz or 7 kHz audio; others cannot be served.
bool is_audio(int transfer_capability);

Setup setup_of(const pri_event_ring& ring);

/// Sends SETUP for 3.1 kHz A-law audio on `channel`, exclusively; 0 or -1. An empty `from` is withheld.
int send_setup(pri* pri, q931_call* call, int channel, const std::string& from, const std::string& to);

/// A cause of Q.850 as it came; 31 for what is none.
int valid_cause(int cause);
/// The cause to be sent for it. Four end a call reference, not a call: for those libpri sends RELEASE COMPLETE at most
/// and forgets the call without a word; they go out as 31.
int wire_cause(int cause);

}  // namespace hotline::isdn
