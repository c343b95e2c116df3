// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>

#include "base/result.h"
#include "tdm/pseudowire.h"

namespace hotline::tdm {

/// An E1 over UDP as it is, all 2,048 kbit/s of it: structure-agnostic TDM emulation, IETF RFC 4553. The packets know no
/// frames, so we find and make them, as a line card does (g704.h). What is said of blocks in cesopsn.h holds here.
///
/// Alarms, in (SpanStats) and out; timeslot 0 is the line's word, the control word's bits are those of the packet network:
///
///     received                       here            we send
///     nothing for 100 ms             !receiving      R, and A in timeslot 0
///     no frame alignment for 100 ms  !receiving      A
///     L, or all ones                 ais             A
///     R, or A in timeslot 0          remote_alarm    -
///     send_ais(true)                 -               L, and all ones
Result<std::unique_ptr<Span>> open_satop(const PseudowireConfig& config);

}  // namespace hotline::tdm
