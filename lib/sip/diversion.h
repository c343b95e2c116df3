// SPDX-License-Identifier: GPL-2.0-or-later
// Who passed a call on before it came: Diversion (RFC 5806) and History-Info (RFC 7044, with the causes of RFC 4458), in the
// words of an E1's redirecting number.
#pragma once

#include <string>

#include "sip/sip.h"
#include "sip/sofia.h"

namespace hotline::sip {

/// What an INVITE says of it. History-Info counts before Diversion when both tell (RFC 7544 §6). What cannot be read is as if
/// it were not there.
Diversion diversion_of(const sip_t* sip);

/// That as a whole header line, `host` being who vouches for the number; "" when nobody passed the call on.
std::string diversion_line(const Diversion& diversion, const std::string& host);

}  // namespace hotline::sip
