// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <variant>
#include <vector>

#include "store/agents.h"
#include "store/calls.h"
#include "store/ivr.h"
#include "store/messages.h"
#include "store/queues.h"
#include "store/recordings.h"
#include "wire/wire.h"

namespace hotline::journal_fold {

/// One change of the call tables.
using Change =
    std::variant<store::CallStarted, store::CallEnded, store::LegStarted, store::LegRinging, store::LegAnswered,
                 store::LegReleased, store::BridgeUp, store::BridgeDown, store::BridgeJoined, store::BridgeLeft,
                 store::RecordStarted, store::RecordStopped, store::RecordKept, store::RecordFailed,
                 store::QueueEntered, store::QueueOffered, store::QueueMissed, store::QueueExit, store::QueueAnnounced,
                 store::QueueServed, store::AgentState, store::IvrEntered, store::IvrNode, store::IvrExit,
                 store::MessageLeft, store::MessageChanged>;

/// What an event of ccwire(7) changes in the call tables; nothing for most events, for those that nobody knows, and for
/// those that lack the call or leg they must speak of.
///
/// Pure: reads the event alone. Each publisher's events change columns of their own, so that the tables come out the
/// same however the publishers' journals are interleaved.
std::vector<Change> fold(const wire::Event& event);

}  // namespace hotline::journal_fold
