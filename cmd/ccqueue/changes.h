// SPDX-License-Identifier: GPL-2.0-or-later
// A configuration as plain text, key by key, and what changes from one to the other: for the log, and for --dry-run,
// which compares a file with what the running daemon says it has.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config.h"
#include "wire/wire.h"

namespace hotline::ccqueue {

/// By subject ("acd", "queue repair", "agent 1001") and key, the values that differ from the defaults, as
/// hotline.toml(5) writes them.
using Flat = std::map<std::string, std::map<std::string, std::string>>;
Flat flat(const Settings& settings);

/// The reply to the command `configuration`, and back; what is no text there is left out.
wire::Json to_json(const Flat& flat);
Flat from_json(const wire::Json& body);

/// One line a change, [acd] first, then queues, then agents: "queue repair: wrap_up 10s -> 20s", "agent 1003: gone",
/// "queue bills: new".
std::vector<std::string> changes(const Flat& was, const Flat& is);

/// The same in numbers: "queues +2 -0 ~1 agents +0 -1 ~3".
std::string difference(const Settings& was, const Settings& is);

}  // namespace hotline::ccqueue
