// SPDX-License-Identifier: GPL-2.0-or-later
// What the verbs of ccswitch share: one question to the switch, and a list from its answer.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "cli/app.h"
#include "cli/output.h"
#include "wire/wire.h"

namespace hotline::ccswitch {

using wire::Json;

/// The body of ccswitchd's reply; a refusal is the error, with the exit status that goes with its code.
Result<Json> ask(const std::string& verb, const Json& body = Json::object());

/// Asks for a command whose reply has nothing to show; the exit status.
int perform(const std::string& verb, const Json& body);

/// Asks `verb`, gives every member of the reply's list of that name to `row`, and finishes the listing.
int list(cli::Listing& listing, const std::string& verb, const std::function<void(const Json&)>& row);

/// Text of a member, a nothing when it is missing or empty.
cli::Field field(const Json& object, const char* key);
/// RFC 3339 as it came, and the local clock for people.
std::string local_time(const std::string& rfc3339);

/// "phone:1001" stays, "pstn:138…" is masked for people.
std::string masked_endpoint(const std::string& endpoint);

void add_calls(cli::App& app);
void add_spans(cli::App& app);
void add_channels(cli::App& app);
void add_restart_channel(cli::App& app);
void add_trunks(cli::App& app);
void add_phones(cli::App& app);
void add_ports(cli::App& app);
void add_dial(cli::App& app);
void add_hangup(cli::App& app);
void add_bridge(cli::App& app);
void add_join(cli::App& app);
void add_leave(cli::App& app);
void add_spy(cli::App& app);
void add_unspy(cli::App& app);
void add_gain(cli::App& app);
void add_beep(cli::App& app);
void add_route(cli::App& app);
void add_night(cli::App& app);
void add_blacklist(cli::App& app);
void add_forward(cli::App& app);
void add_fax(cli::App& app);

}  // namespace hotline::ccswitch
