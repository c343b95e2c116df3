// SPDX-License-Identifier: GPL-2.0-or-later
// What goes into a SETUP and what comes out of one, charges, and causes, as libpri wants them; private to this room.
#pragma once

#include <optional>
#include <string>

#include "isdn/isdn.h"
#include "isdn/libpri_door.h"

namespace hotline::isdn {

/// A call of speech, 3.1 kHz or 7 kHz audio; others cannot be served.
bool is_audio(int transfer_capability);

/// Digits of a called or calling number, what is none left out, '+' before an international one. `plan` holds type of
/// number and plan as Q.931 §4.5.10 codes them.
std::string number_of(const char* digits, int plan);

Setup setup_of(const pri_event_ring& ring);

/// Sends SETUP; 0 or -1.
int send_setup(pri* pri, q931_call* call, const Outgoing& outgoing);

/// Tells the far end who answers, with the CONNECT that follows.
void tell_connected(pri* pri, q931_call* call, const std::string& number);

/// The charge in a subcommand; nullopt when it is none or says nothing.
std::optional<Charge> charge_of(const pri_subcommand& subcommand);
void send_charge(pri* pri, q931_call* call, const Charge& charge);

/// A cause of Q.850 as it came; 31 for what is none.
int valid_cause(int cause);
/// The cause to be sent for it. Four end a call reference, not a call: for those libpri sends RELEASE COMPLETE at most
/// and forgets the call without a word; they go out as 31.
int wire_cause(int cause);

}  // namespace hotline::isdn
