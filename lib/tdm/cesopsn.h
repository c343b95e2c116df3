// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>

#include "base/result.h"
#include "tdm/pseudowire.h"

namespace hotline::tdm {

using CesopsnConfig = PseudowireConfig;

/// An E1 over UDP: structure-aware TDM emulation, IETF RFC 5086, timeslots 1 to 31. Blocks may be of any multiple of 8
/// frames whatever the size of a packet: what is too little for one waits for the next send().
///
/// Alarms, in (SpanStats) and out:
///
///     received                    here            we send
///     nothing for 100 ms          !receiving      R
///     L (no signal at the far     ais             M = 10, because as the end of the line we
///       end; payload is idle)                       receive nothing (RFC 5086 §4.3)
///     R, or M = 10                remote_alarm    -
///     send_ais(true)              -               L, and all ones
///
/// Timeslot 16 travels as any other. The signalling packets of RFC 5086, and the multiframe of channel
/// associated signalling with them, are not taken part in: they come with the R2 signalling that needs them.
Result<std::unique_ptr<Span>> open_cesopsn(const CesopsnConfig& config);

}  // namespace hotline::tdm
